//! The numbers of a run for people and other programs: a line an epoch.

use std::collections::BTreeSet;
use std::path::PathBuf;

use burnzmann::model::store::{GrowingFile, StoreError, write_atomic};
use burnzmann::train::EpochReport;

/// What the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A table, one column a number.
    Csv,
    /// One object an epoch.
    JsonLines,
}

/// A file with the numbers of each epoch, made of the run's history and read by nobody here.
///
/// It is written whole at first, which drops whatever a killed process left in it, and then only new
/// epochs are appended. Where one of them has a number that no epoch before had, the table needs
/// another column, and is written whole once more.
pub(super) struct MetricsFile {
    format: Format,
    path: PathBuf,
    /// The file as this process wrote it.
    written: Option<GrowingFile>,
    columns: BTreeSet<String>,
    epochs: usize,
}

impl MetricsFile {
    pub(super) fn new(path: PathBuf, format: Format) -> Self {
        Self {
            format,
            path,
            written: None,
            columns: BTreeSet::new(),
            epochs: 0,
        }
    }

    /// Brings the file up to date.
    pub(super) fn write(&mut self, history: &[EpochReport]) -> Result<(), StoreError> {
        let new = &history[self.epochs..];
        let before = self.columns.len();
        if self.format == Format::Csv {
            self.columns.extend(names(new));
        }
        let appended = self.written.as_mut().is_some_and(|file| {
            let lines = || text(self.format, &self.columns, new, false);
            // It fails as well where somebody cut or removed the file.
            self.columns.len() == before && file.append(lines().as_bytes()).is_ok()
        });
        if !appended {
            let whole = text(self.format, &self.columns, history, true);
            write_atomic(&self.path, whole.as_bytes())?;
            self.written = Some(GrowingFile::of(&self.path, whole.as_bytes()));
        }
        self.epochs = history.len();
        Ok(())
    }
}

fn names(history: &[EpochReport]) -> impl Iterator<Item = String> {
    let names = history.iter().flat_map(|report| report.metrics.keys());
    names.cloned()
}

fn text(
    format: Format,
    columns: &BTreeSet<String>,
    history: &[EpochReport],
    with_head: bool,
) -> String {
    match format {
        Format::Csv => table(columns, history, with_head),
        Format::JsonLines => history.iter().map(json_line).collect(),
    }
}

/// One line an epoch, one column a number; a number that an epoch does not have is empty.
pub(crate) fn metrics(history: &[EpochReport]) -> String {
    table(&names(history).collect(), history, true)
}

fn table(columns: &BTreeSet<String>, history: &[EpochReport], with_head: bool) -> String {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut write = |record: Vec<String>| {
        csv.write_record(record)
            .expect("writing to memory succeeds");
    };
    if with_head {
        let fixed = ["epoch", "step"].map(str::to_owned);
        write(fixed.into_iter().chain(columns.iter().cloned()).collect());
    }
    for report in history {
        let fixed = [report.epoch.to_string(), report.step.to_string()];
        let numbers = columns
            .iter()
            .map(|name| report.get(name).map_or(String::new(), |x| x.to_string()));
        write(fixed.into_iter().chain(numbers).collect());
    }
    let bytes = csv.into_inner().expect("writing to memory succeeds");
    String::from_utf8(bytes).expect("names and numbers are text")
}

/// One object: the number of the epoch, the updates until its end, and what was measured, by name.
fn json_line(report: &EpochReport) -> String {
    let mut object = serde_json::Map::new();
    object.insert("epoch".into(), report.epoch.into());
    object.insert("step".into(), report.step.into());
    for (name, &value) in &report.metrics {
        object.insert(name.clone(), value.into());
    }
    serde_json::Value::from(object).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn report(epoch: u64, metrics: &[(&str, f64)]) -> EpochReport {
        let mut report = EpochReport::new(epoch, 10 * epoch);
        for &(name, value) in metrics {
            report.insert(name, value);
        }
        report
    }

    fn history() -> Vec<EpochReport> {
        vec![
            report(1, &[("b", 0.5)]),
            report(2, &[("a", 1e-9), ("b", f64::NAN)]),
        ]
    }

    #[test]
    fn a_table_has_a_column_for_every_number_of_any_epoch() {
        let csv = metrics(&history());
        assert_eq!(csv, "epoch,step,a,b\n1,10,,0.5\n2,20,0.000000001,\n");
    }

    #[test]
    fn a_line_of_json_has_the_numbers_of_its_epoch() {
        let lines: String = history().iter().map(json_line).collect();
        let expected =
            "{\"b\":0.5,\"epoch\":1,\"step\":10}\n{\"a\":1e-9,\"epoch\":2,\"step\":20}\n";
        assert_eq!(lines, expected);
    }

    /// The file after each epoch is the whole of what there is, whether it was appended to or not.
    #[test]
    fn it_grows_into_what_would_be_written_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut all = history();
        all.push(report(3, &[("b", 1.5)]));
        all.push(report(4, &[("a", 2.0), ("b", 2.5)]));
        for format in [Format::Csv, Format::JsonLines] {
            let path = folder.path().join("file");
            fs::write(
                &path,
                "what another process left, longer than all of it: ".repeat(9),
            )
            .unwrap();
            let mut file = MetricsFile::new(path.clone(), format);
            for epochs in [0, 1, 2, 2, 4] {
                file.write(&all[..epochs]).unwrap();
                let columns = names(&all[..epochs]).collect();
                let expected = text(format, &columns, &all[..epochs], true);
                assert_eq!(fs::read_to_string(&path).unwrap(), expected);
            }
        }
    }

    /// New epochs are appended, and nothing before them is written again.
    #[test]
    fn it_writes_new_epochs_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = MetricsFile::new(path.clone(), Format::Csv);
        let mut all = history();
        file.write(&all).unwrap();
        // Of the same length, and not what would be written.
        let marked = fs::read_to_string(&path).unwrap().replace("0.5", "9.9");
        fs::write(&path, &marked).unwrap();
        all.push(report(3, &[("b", 1.5)]));
        file.write(&all).unwrap();
        let found = fs::read_to_string(&path).unwrap();
        assert_eq!(found, marked + "3,30,,1.5\n");
        // Somebody removed it: it is there again with the next epoch.
        fs::remove_file(&path).unwrap();
        all.push(report(4, &[]));
        file.write(&all).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), metrics(&all));
    }
}
