//! What a run leaves on disk while it goes.

use std::time::{Duration, Instant};

use burnzmann::model::store::{self, StoreError, write_atomic};
use burnzmann::train::{Best, BestEpoch, EpochReport, Observer, Rotation, Trainer};

use super::{LogFormat, WatchArgs};
use crate::RunFolder;

/// By which the best epoch is told: a likelihood where one is estimated. Both are of the rows that are
/// held out, where there are any, and more is better; no other number of an epoch says how good it is.
const MEASURES: [&str; 2] = ["log_likelihood", "pseudo_log_likelihood"];

/// The numbers of a run, an object an epoch.
const JSON_LINES: &str = "metrics.jsonl";

/// Keeps the checkpoint, the model, the best model and the metrics of a run up to date.
pub(super) struct Files<'a> {
    folder: &'a RunFolder,
    checkpoints: Rotation,
    best: Best,
    /// Whether the numbers are written as JSON lines, too.
    json_lines: bool,
    /// Epochs on tiny data pass faster than a disk syncs: no more often than this.
    interval: Duration,
    last: Option<Instant>,
    /// The update that was written last: the same one twice would push an older one out.
    update: Option<u64>,
}

impl<'a> Files<'a> {
    /// Files that are written as often, and checkpoints of which as many are kept, as the options say.
    pub(super) fn new(folder: &'a RunFolder, watch: &WatchArgs) -> Self {
        let (best, damage) = Best::resume(folder.path(RunFolder::BEST), &MEASURES);
        if let Some(error) = damage {
            eprintln!("note: {error}; the best epoch is looked for among those to come");
        }
        Self {
            folder,
            checkpoints: folder.rotation(watch.keep),
            best,
            json_lines: watch.log == Some(LogFormat::Jsonl) || folder.path(JSON_LINES).exists(),
            interval: Duration::from_secs_f64(watch.checkpoint_every),
            last: None,
            update: None,
        }
    }

    /// The best epoch until now.
    pub(super) fn best(&self) -> Option<&BestEpoch> {
        self.best.found()
    }

    /// Writes everything, however short ago it was written, unless nothing was done since.
    pub(super) fn finish(&mut self, trainer: &Trainer) -> Result<(), StoreError> {
        if self.update == Some(trainer.steps()) {
            return Ok(());
        }
        // First: a checkpoint must not know of a better epoch than the file.
        self.best.write()?;
        self.checkpoints.save(trainer)?;
        store::save(&trainer.model(), self.folder.root())?;
        let csv = metrics(trainer.history());
        write_atomic(&self.folder.path("metrics.csv"), csv.as_bytes())?;
        if self.json_lines {
            let lines = json_lines(trainer.history());
            write_atomic(&self.folder.path(JSON_LINES), lines.as_bytes())?;
        }
        self.last = Some(Instant::now());
        self.update = Some(trainer.steps());
        Ok(())
    }
}

impl Observer for Files<'_> {
    fn on_epoch(
        &mut self,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.best.look(trainer, report);
        Ok(())
    }

    fn on_checkpoint(
        &mut self,
        trainer: &Trainer,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if self.last.is_none_or(|last| last.elapsed() >= self.interval) {
            self.finish(trainer)?;
        }
        Ok(())
    }
}

/// One line an epoch, one column a number; a number that an epoch does not have is empty.
pub(crate) fn metrics(history: &[EpochReport]) -> String {
    let mut names: Vec<&str> = history
        .iter()
        .flat_map(|report| report.metrics.keys().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut csv = csv::Writer::from_writer(Vec::new());
    let header = ["epoch", "step"].into_iter().chain(names.iter().copied());
    let mut write = |record: Vec<String>| {
        csv.write_record(record)
            .expect("writing to memory succeeds");
    };
    write(header.map(str::to_owned).collect());
    for report in history {
        let fixed = [report.epoch.to_string(), report.step.to_string()];
        let numbers = names
            .iter()
            .map(|name| report.get(name).map_or(String::new(), |x| x.to_string()));
        write(fixed.into_iter().chain(numbers).collect());
    }
    let bytes = csv.into_inner().expect("writing to memory succeeds");
    String::from_utf8(bytes).expect("names and numbers are text")
}

/// One object an epoch: its number, the updates until its end, and what was measured, by name. The
/// file is always the whole history, so no epoch is in it twice, however often a run was resumed.
fn json_lines(history: &[EpochReport]) -> String {
    let line = |report: &EpochReport| {
        let mut object = serde_json::Map::new();
        object.insert("epoch".into(), report.epoch.into());
        object.insert("step".into(), report.step.into());
        for (name, &value) in &report.metrics {
            object.insert(name.clone(), value.into());
        }
        serde_json::Value::from(object).to_string() + "\n"
    };
    history.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_a_column_for_every_number_of_any_epoch() {
        let csv = metrics(&history());
        assert_eq!(csv, "epoch,step,a,b\n1,10,,0.5\n2,20,0.000000001,\n");
    }

    #[test]
    fn a_line_of_json_has_the_numbers_of_its_epoch() {
        let lines = json_lines(&history());
        let expected =
            "{\"b\":0.5,\"epoch\":1,\"step\":10}\n{\"a\":1e-9,\"epoch\":2,\"step\":20}\n";
        assert_eq!(lines, expected);
    }

    fn history() -> [EpochReport; 2] {
        let mut first = EpochReport::new(1, 10);
        first.insert("b", 0.5);
        let mut second = EpochReport::new(2, 20);
        second.insert("a", 1e-9);
        second.insert("b", f64::NAN);
        [first, second]
    }
}
