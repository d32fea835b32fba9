//! The reports of a run's epochs, in memory and on disk.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use burn::tensor::{DType, TensorData};
use rbm_model::store::{Archive, Extent, GrowingFile, StoreError};
use serde::{Deserialize, Serialize};

use crate::{EpochReport, report_line};

/// The tensor with the lines, in a checkpoint that has its history in it.
const TENSOR: &str = "history";

/// The reports of a run's epochs.
///
/// On disk they are lines of JSON, an epoch a line. A checkpoint has them in it, or has its place in a
/// history file beside it, to which each save appends the lines of the epochs since the last one. The
/// file is written and synced before the checkpoint that states how much of it is meant, so that the
/// checkpoint alone decides how far a run is. Checkpoints of several epochs share one file.
///
/// ```
/// use rbm_model::store::Archive;
/// use rbm_train::{EpochReport, internal::History};
///
/// let folder = tempfile::tempdir()?;
/// let checkpoint = folder.path().join("checkpoint.safetensors");
/// let mut history = History::default();
/// history.push(EpochReport::new(1, 100));
///
/// let mut archive = Archive::default();
/// let mark = history.store(&checkpoint, Some("history.jsonl"), &mut archive)?;
/// let again = History::restore(mark.as_ref(), &mut archive, &checkpoint)?;
/// assert_eq!(again.reports(), history.reports());
/// let lines = std::fs::read_to_string(folder.path().join("history.jsonl"))?;
/// assert_eq!(lines, "{\"epoch\":1,\"step\":100,\"metrics\":{}}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct History {
    reports: Vec<EpochReport>,
    /// The file that was written last, or was read.
    stored: Mutex<Option<Stored>>,
}

/// What a checkpoint says of the history file beside it.
///
/// ```
/// use rbm_model::store::Archive;
/// use rbm_train::{EpochReport, internal::History};
///
/// let folder = tempfile::tempdir()?;
/// let checkpoint = folder.path().join("checkpoint.safetensors");
/// let mut history = History::default();
/// history.push(EpochReport::new(1, 100));
/// let mark = history.store(&checkpoint, Some("history.jsonl"), &mut Archive::default())?;
/// let mark = serde_json::to_value(mark.expect("the history has a file"))?;
/// assert_eq!((mark["file"].as_str(), mark["epochs"].as_u64()), (Some("history.jsonl"), Some(1)));
/// let lines = std::fs::read(folder.path().join("history.jsonl"))?;
/// assert_eq!(mark["extent"]["bytes"], lines.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryMark {
    /// The name of the file, which is in the folder of the checkpoint.
    file: String,
    /// The lines that belong to the checkpoint.
    epochs: usize,
    /// How much of the file they are.
    extent: Extent,
}

/// A file with the first so many reports.
#[derive(Debug)]
struct Stored {
    file: GrowingFile,
    epochs: usize,
}

impl From<Vec<EpochReport>> for History {
    fn from(reports: Vec<EpochReport>) -> Self {
        Self {
            reports,
            stored: Mutex::default(),
        }
    }
}

impl History {
    /// The reports, the first epoch first.
    pub fn reports(&self) -> &[EpochReport] {
        &self.reports
    }

    /// Adds the report of the next epoch.
    pub fn push(&mut self, report: EpochReport) {
        self.reports.push(report);
    }

    /// Puts the history where the checkpoint that is about to be written at `checkpoint` has it: into
    /// the file of this name beside it, or, without one, into its archive. Returns what the checkpoint
    /// has to state in its header.
    ///
    /// A file that was written or read before by this value has only the new lines appended. Of any
    /// other file at this place, the lines that agree with the history are kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; checkpoints of this run that were there before are whole then.
    ///
    /// # Panics
    ///
    /// Where `file` is not the name of a file alone.
    pub fn store(
        &self,
        checkpoint: &Path,
        file: Option<&str>,
        archive: &mut Archive,
    ) -> Result<Option<HistoryMark>, StoreError> {
        let Some(name) = file else {
            let lines = self.lines(0).into_bytes();
            let length = lines.len();
            archive.insert(
                TENSOR,
                TensorData::from_bytes_vec(lines, [length], DType::U8),
            );
            return Ok(None);
        };
        assert!(is_name(name), "`{name}` is not the name of a file");
        let path = checkpoint.with_file_name(name);
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = match stored.take().filter(|stored| stored.file.path() == path) {
            Some(same) => stored.insert(same),
            None => stored.insert(self.agreeing(&path)),
        };
        if stored
            .file
            .append(self.lines(stored.epochs).as_bytes())
            .is_err()
        {
            // Where somebody cut or removed the file, it can be written again; a full disk stays full.
            *stored = self.agreeing(&path);
            stored.file.append(self.lines(stored.epochs).as_bytes())?;
        }
        stored.epochs = self.reports.len();
        Ok(Some(HistoryMark {
            file: name.to_owned(),
            epochs: stored.epochs,
            extent: stored.file.extent(),
        }))
    }

    /// The history of the checkpoint at `checkpoint`, whose header states this mark: from the file
    /// beside it, or from its archive where there is no mark.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where it is missing or is not what the checkpoint states.
    pub fn restore(
        mark: Option<&HistoryMark>,
        archive: &mut Archive,
        checkpoint: &Path,
    ) -> Result<Self, StoreError> {
        let Some(mark) = mark else {
            let data = archive.remove(TENSOR).ok_or_else(|| {
                StoreError::content(checkpoint, "a tensor `history`", "none of that name")
            })?;
            let reports = parse(data.as_bytes(), checkpoint)?;
            return Ok(reports.into());
        };
        if !is_name(&mark.file) {
            let expected = "the name of the history file beside it";
            let found = format!("`{}`", mark.file);
            return Err(StoreError::content(checkpoint, expected, found));
        }
        let path = checkpoint.with_file_name(&mark.file);
        // No epoch is finished: there need not be a file yet.
        let (file, lines) = if mark.extent == GrowingFile::new(&path).extent() {
            (GrowingFile::new(&path), Vec::new())
        } else {
            GrowingFile::open(&path, &mark.extent)?
        };
        let reports = parse(&lines, &path)?;
        if reports.len() != mark.epochs {
            let expected = format!("{} lines of epochs", mark.epochs);
            let found = reports.len().to_string();
            return Err(StoreError::content(path, expected, found));
        }
        Ok(Self {
            stored: Mutex::new(Some(Stored {
                file,
                epochs: reports.len(),
            })),
            reports,
        })
    }

    /// The lines of the epochs after the first `from`.
    fn lines(&self, from: usize) -> String {
        let new = self.reports.iter().skip(from);
        new.map(|report| report_line::write(report) + "\n")
            .collect()
    }

    /// The file at `path` as far as its lines are those of the history.
    fn agreeing(&self, path: &Path) -> Stored {
        let there = std::fs::read(path).unwrap_or_default();
        let (mut bytes, mut epochs) = (0, 0);
        for report in &self.reports {
            let line = report_line::write(report) + "\n";
            if !there[bytes..].starts_with(line.as_bytes()) {
                break;
            }
            bytes += line.len();
            epochs += 1;
        }
        let file = GrowingFile::of(path, &there[..bytes]);
        Stored { file, epochs }
    }
}

/// Nothing of a checkpoint leads out of its folder.
fn is_name(file: &str) -> bool {
    Path::new(file).file_name() == Some(file.as_ref())
}

fn parse(lines: &[u8], path: &Path) -> Result<Vec<EpochReport>, StoreError> {
    let text = String::from_utf8_lossy(lines);
    let parsed = text.lines().zip(1..).map(|(line, number)| {
        report_line::read(line).ok_or_else(|| {
            let expected = "the report of an epoch on each line";
            StoreError::content(path, expected, format!("another text on line {number}"))
        })
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn report(epoch: u64) -> EpochReport {
        let mut report = EpochReport::new(epoch, 10 * epoch);
        report.insert("seconds", (epoch as f64).sqrt());
        report
    }

    fn history(epochs: u64) -> History {
        (1..=epochs).map(report).collect::<Vec<_>>().into()
    }

    /// A history on disk, and what a checkpoint of it states.
    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { folder }
        }

        fn checkpoint(&self) -> std::path::PathBuf {
            self.folder.path().join("checkpoint.safetensors")
        }

        fn store(&self, history: &History) -> HistoryMark {
            let mut none = Archive::default();
            let mark = history.store(&self.checkpoint(), Some("h.jsonl"), &mut none);
            assert_eq!(none, Archive::default());
            mark.unwrap().unwrap()
        }

        fn restore(&self, mark: &HistoryMark) -> Result<History, String> {
            let mut none = Archive::default();
            History::restore(Some(mark), &mut none, &self.checkpoint())
                .map_err(|error| error.to_string())
        }

        fn text(&self) -> String {
            fs::read_to_string(self.folder.path().join("h.jsonl")).unwrap()
        }

        fn write(&self, text: &str) {
            fs::write(self.folder.path().join("h.jsonl"), text).unwrap();
        }
    }

    #[test]
    fn each_mark_has_its_own_length_of_one_file() {
        let place = Place::new();
        let mut run = history(0);
        let mut marks = vec![place.store(&run)];
        for epoch in 1..=5 {
            run.push(report(epoch));
            marks.push(place.store(&run));
        }
        for (mark, epochs) in marks.iter().zip(0..) {
            let found = place.restore(mark).unwrap();
            assert_eq!(found.reports(), history(epochs).reports());
            // As a header has it.
            let json = serde_json::to_string(mark).unwrap();
            assert_eq!(serde_json::from_str::<HistoryMark>(&json).unwrap(), *mark);
        }
        assert_eq!(place.text(), history(5).lines(0));
    }

    /// Killed between the history and the checkpoint, or taken up from an older checkpoint: the epochs
    /// behind it happen again, and with other times.
    #[test]
    fn what_is_behind_the_mark_is_cut_off() {
        let place = Place::new();
        let mark = place.store(&history(3));
        place.store(&history(5));
        place.write(&(place.text() + "{\"epoch\":6,\"st"));
        let mut resumed = place.restore(&mark).unwrap();
        let mut other = report(4);
        other.insert("seconds", 77.5);
        resumed.push(other);
        let four = place.store(&resumed);
        let expected =
            history(3).lines(0) + "{\"epoch\":4,\"step\":40,\"metrics\":{\"seconds\":77.5}}\n";
        assert_eq!(place.text(), expected);
        for (mark, epochs) in [(&mark, 3), (&four, 4)] {
            assert_eq!(place.restore(mark).unwrap().reports().len(), epochs);
        }
        // Nothing new: it is cut all the same.
        let resumed = place.restore(&mark).unwrap();
        assert_eq!(place.store(&resumed), mark);
        assert_eq!(place.text(), history(3).lines(0));
    }

    /// What was written before is not looked at again, let alone written: a save costs what is new.
    #[test]
    fn a_save_writes_new_lines_alone() {
        let place = Place::new();
        let mut run = history(3);
        place.store(&run);
        // Of the same length, and not what would be written.
        let marked = place.text().replace("step", "STEP");
        place.write(&marked);
        run.push(report(4));
        place.store(&run);
        assert_eq!(place.text(), marked + &history(4).lines(3));
    }

    #[test]
    fn a_file_that_was_removed_or_cut_meanwhile_is_written_again() {
        let place = Place::new();
        let mut run = history(3);
        place.store(&run);
        for (epoch, text) in [(4, None), (5, Some("{\"epo"))] {
            match text {
                Some(text) => place.write(text),
                None => fs::remove_file(place.folder.path().join("h.jsonl")).unwrap(),
            }
            run.push(report(epoch));
            place.store(&run);
            assert_eq!(place.text(), history(epoch).lines(0));
        }
    }

    #[test]
    fn a_file_that_is_not_what_the_mark_says_is_refused() {
        let place = Place::new();
        let mark = place.store(&history(3));
        let whole = place.text();
        place.write(&whole.replace("30", "31"));
        let error = place.restore(&mark).unwrap_err();
        assert!(
            error.contains("h.jsonl: expected") && error.contains("of digest"),
            "{error}"
        );
        place.write(&whole[..whole.len() - 1]);
        let error = place.restore(&mark).unwrap_err();
        assert!(error.contains("h.jsonl: expected"), "{error}");
        fs::remove_file(place.folder.path().join("h.jsonl")).unwrap();
        let error = place.restore(&mark).unwrap_err();
        assert!(error.contains("h.jsonl: cannot read"), "{error}");
        // The digest may be that of something else.
        place.write("1,2,3\n");
        let mut file = GrowingFile::new(place.folder.path().join("other"));
        file.append(b"1,2,3\n").unwrap();
        let wrong = HistoryMark {
            extent: file.extent(),
            ..mark.clone()
        };
        let error = place.restore(&wrong).unwrap_err();
        assert!(error.contains("another text on line 1"), "{error}");
        let wrong = HistoryMark {
            file: "../h.jsonl".into(),
            ..mark
        };
        let error = place.restore(&wrong).unwrap_err();
        assert!(error.contains("the name of the history file"), "{error}");
    }

    #[test]
    fn without_a_file_it_is_in_the_archive() {
        let mut archive = Archive::default();
        let path = Path::new("c.safetensors");
        let run = history(4);
        assert_eq!(run.store(path, None, &mut archive).unwrap(), None);
        let found = History::restore(None, &mut archive, path).unwrap();
        assert_eq!(found.reports(), run.reports());
        let error = History::restore(None, &mut archive, path).unwrap_err();
        assert!(error.to_string().contains("a tensor `history`"), "{error}");
    }
}
