//! The folder of a run, from which it goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use burn::lr_scheduler::LrSchedulerRecord;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use burn::train::{
    LearnerModel, SupervisedTraining,
    checkpoint::{Checkpoint, Checkpointer, CheckpointerError},
};
use rbm_model::store::{Archive, StoreError, changes, write_atomic};
use rbm_train::EpochReport;
use rbm_train::internal::{History as Lines, HistoryMark, read_record};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    FinetuneConfig,
    history::{History, LastAndBest},
};
use crate::DbnError;

/// What `finetune.json` holds: a run goes on as itself or not at all.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunHeader {
    pub(super) config: FinetuneConfig,
    /// The kind of the network, its numbers of inputs and units, from the data up.
    pub(super) network: String,
    pub(super) widths: Vec<usize>,
    pub(super) train_rows: usize,
    pub(super) validation_rows: usize,
}

const HEADER: &str = "finetune.json";
/// The files of an epoch, in the order in which they are written.
const RECORDS: [&str; 3] = ["model", "optim", "scheduler"];
const HISTORY: &str = "history";
/// The history of all epochs. The file `history` of an epoch states how much of it is meant.
const LINES: &str = "history.jsonl";
/// How many files an epoch has.
const WHOLE: usize = RECORDS.len() + 1;

/// What the file `history` of an epoch holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stated {
    /// All of it, as earlier versions had it.
    Reports(Vec<EpochReport>),
    Mark(HistoryMark),
}

/// The files of a run, named after what they hold and the epoch.
#[derive(Clone, Debug)]
pub(super) struct RunFolder(pub(super) PathBuf);

impl RunFolder {
    fn record(&self, name: &str, epoch: usize) -> PathBuf {
        self.0.join(format!("{name}-{epoch}.bpk"))
    }

    fn history(&self, epoch: usize) -> PathBuf {
        self.0.join(format!("{HISTORY}-{epoch}.json"))
    }

    /// Begins a run here.
    pub(super) fn begin(&self, header: &RunHeader) -> Result<(), StoreError> {
        fs::create_dir_all(&self.0).map_err(StoreError::io("make the folder", &self.0))?;
        self.epochs(|_| false)?;
        let text = serde_json::to_string_pretty(header).expect("a header is plain data");
        write_atomic(&self.0.join(HEADER), text.as_bytes())
    }

    /// The last epoch that is here whole, with the history up to it; none where there is no run
    /// yet, or none that finished an epoch.
    pub(super) fn resume(&self, header: &RunHeader) -> Result<Option<(usize, Lines)>, DbnError> {
        let path = self.0.join(HEADER);
        if !path.exists() {
            return Ok(None);
        }
        let found: RunHeader = read_json(&path)?;
        if found != *header {
            let json = |header: &RunHeader| serde_json::to_value(header).expect("plain data");
            let difference = difference("", &json(&found), &json(header));
            let (what, expected, found) = difference.expect("what differs is written");
            return Err(DbnError::OtherRun {
                what,
                expected,
                found,
                folder: self.0.clone(),
            });
        }
        // Epochs that were being written or deleted when a run was killed are no part of it.
        match self.epochs(|files| files == WHOLE)?.last() {
            Some(&epoch) => Ok(Some((epoch, self.lines(epoch)?))),
            None => Ok(None),
        }
    }

    /// The history up to an epoch.
    fn lines(&self, epoch: usize) -> Result<Lines, StoreError> {
        let path = self.history(epoch);
        match read_json(&path)? {
            Stated::Reports(reports) => Ok(reports.into()),
            Stated::Mark(mark) => Lines::restore(Some(&mark), &mut Archive::default(), &path),
        }
    }

    /// The network of an epoch.
    pub(super) fn network<M: LearnerModel>(&self, start: M, epoch: usize) -> Result<M, StoreError> {
        let bytes = self.read("model", epoch)?;
        read_record(|| {
            ModuleRecord::from_bytes(bytes).and_then(|record| start.try_load_record(record))
        })
        .map_err(|error| self.damaged("model", epoch, error))
    }

    /// Whether the learner can go on from an epoch: it panics at a record that it cannot read.
    pub(super) fn check<M: LearnerModel>(
        &self,
        start: M,
        optimizer: ModuleOptimizer,
        epoch: usize,
    ) -> Result<(), StoreError> {
        self.network(start, epoch)?;
        let bytes = self.read("optim", epoch)?;
        read_record(|| optimizer.from_bytes(bytes))
            .map_err(|error| self.damaged("optim", epoch, error))?;
        let bytes = self.read("scheduler", epoch)?;
        read_record(|| LrSchedulerRecord::from_bytes(bytes))
            .map_err(|error| self.damaged("scheduler", epoch, error))?;
        Ok(())
    }

    /// The learning with its checkpoints here; `lines` are those of the epochs that are done.
    pub(super) fn attached<M: LearnerModel>(
        &self,
        learning: SupervisedTraining<M>,
        history: &History,
        lines: Lines,
    ) -> Result<SupervisedTraining<M>, StoreError> {
        let record = |name, history: Option<Beside>| Record {
            folder: self.clone(),
            name,
            history,
        };
        let [model, optim, scheduler] = RECORDS;
        let beside = Beside {
            history: history.clone(),
            lines: Mutex::new(lines),
        };
        let strategy = LastAndBest {
            history: history.clone(),
            kept: self.epochs(|_| true)?,
        };
        Ok(learning
            .with_custom_checkpointers(
                record(model, Some(beside)),
                record(optim, None),
                record(scheduler, None),
            )
            .with_checkpointing_strategy(strategy))
    }

    fn read(&self, name: &str, epoch: usize) -> Result<Bytes, StoreError> {
        let path = self.record(name, epoch);
        let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
        Ok(Bytes::from_bytes_vec(bytes))
    }

    fn damaged(&self, name: &str, epoch: usize, error: String) -> StoreError {
        let expected = "a record of this network's tuning";
        StoreError::content(self.record(name, epoch), expected, error)
    }

    /// The epochs that have files here, in their order; without those, and their files, of which so
    /// many files are not worth to `keep`.
    fn epochs(&self, keep: impl Fn(usize) -> bool) -> Result<Vec<usize>, StoreError> {
        let mut files: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
        for entry in fs::read_dir(&self.0).map_err(StoreError::io("read the folder", &self.0))? {
            let entry = entry.map_err(StoreError::io("read the folder", &self.0))?;
            if let Some(epoch) = entry.file_name().to_str().and_then(epoch_of) {
                files.entry(epoch).or_default().push(entry.path());
            }
        }
        let (kept, rest): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(_, files)| keep(files.len()));
        for path in rest.into_iter().flat_map(|(_, files)| files) {
            changes::remove_file(&path).map_err(StoreError::io("delete", &path))?;
        }
        Ok(kept.into_iter().map(|(epoch, _)| epoch).collect())
    }
}

/// The epoch that a file of this name belongs to.
fn epoch_of(file: &str) -> Option<usize> {
    let (stem, extension) = file.rsplit_once('.')?;
    let (name, epoch) = stem.rsplit_once('-')?;
    let ours = match extension {
        "bpk" => RECORDS.contains(&name),
        "json" => name == HISTORY,
        _ => false,
    };
    ours.then(|| epoch.parse().ok())?
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, StoreError> {
    let text = fs::read_to_string(path).map_err(StoreError::io("read", path))?;
    serde_json::from_str(&text)
        .map_err(|error| StoreError::content(path, "a file of a tuning run", error.to_string()))
}

/// One of the three records of an epoch, each whole or not there.
struct Record {
    folder: RunFolder,
    name: &'static str,
    /// Written beside this record.
    history: Option<Beside>,
}

/// The history of the run, and as much of it as is on disk.
struct Beside {
    history: History,
    lines: Mutex<Lines>,
}

impl Beside {
    /// Writes the history up to an epoch: the learner does not wait for its files, so the run may be
    /// further by now.
    fn save(&self, epoch: usize, path: &Path) -> Result<(), StoreError> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let done = lines.reports().len();
        let reports = self.history.reports();
        let new = reports.iter().take(epoch).skip(done);
        new.for_each(|report| lines.push(report.clone()));
        drop(reports);
        let mark = lines.store(path, Some(LINES), &mut Archive::default())?;
        let text = serde_json::to_string(&mark).expect("a mark is plain data");
        write_atomic(path, text.as_bytes())
    }
}

fn failed(error: &dyn std::fmt::Display) -> CheckpointerError {
    CheckpointerError::Unknown(error.to_string())
}

impl<R: Checkpoint> Checkpointer<R> for Record {
    fn save(&self, epoch: usize, record: R) -> Result<(), CheckpointerError> {
        if let Some(history) = &self.history {
            let path = self.folder.history(epoch);
            history.save(epoch, &path).map_err(|e| failed(&e))?;
        }
        let bytes = record
            .checkpoint_into_bytes()
            .map_err(CheckpointerError::Record)?;
        write_atomic(&self.folder.record(self.name, epoch), &bytes).map_err(|e| failed(&e))
    }

    fn delete(&self, epoch: usize) -> Result<(), CheckpointerError> {
        let mut paths = vec![self.folder.record(self.name, epoch)];
        paths.extend(self.history.is_some().then(|| self.folder.history(epoch)));
        for path in paths {
            changes::remove_file(&path).map_err(CheckpointerError::IOError)?;
        }
        Ok(())
    }

    fn restore(&self, epoch: usize) -> Result<R, CheckpointerError> {
        let bytes =
            fs::read(self.folder.record(self.name, epoch)).map_err(CheckpointerError::IOError)?;
        R::checkpoint_from_bytes(Bytes::from_bytes_vec(bytes)).map_err(CheckpointerError::Record)
    }
}

/// The first place at which two records differ, and what stands there in each.
fn difference(place: &str, then: &Value, now: &Value) -> Option<(String, String, String)> {
    if then == now {
        return None;
    }
    if let (Value::Object(then), Value::Object(now)) = (then, now)
        && then.keys().eq(now.keys())
    {
        return then.iter().find_map(|(name, value)| {
            let place = if place.is_empty() {
                name.clone()
            } else {
                format!("{place}.{name}")
            };
            difference(&place, value, &now[name])
        });
    }
    Some((place.to_owned(), then.to_string(), now.to_string()))
}
