//! The folder of a run, from which it goes on.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Bytes;
use burn::train::checkpoint::{Checkpoint, Checkpointer, CheckpointerError};
use rbm_model::store::{StoreError, write_atomic};
use rbm_train::EpochReport;
use serde::{Deserialize, Serialize};

use super::{FinetuneConfig, history::History};

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

/// The files of a run, named after what they hold and the epoch.
#[derive(Clone, Debug)]
pub(super) struct RunFolder(pub(super) PathBuf);

impl RunFolder {
    pub(super) fn record(&self, name: &str, epoch: usize) -> PathBuf {
        self.0.join(format!("{name}-{epoch}.bpk"))
    }

    fn history(&self, epoch: usize) -> PathBuf {
        self.0.join(format!("{HISTORY}-{epoch}.json"))
    }

    /// Begins a run here.
    pub(super) fn begin(&self, header: &RunHeader) -> Result<(), StoreError> {
        fs::create_dir_all(&self.0).map_err(StoreError::io("make the folder", &self.0))?;
        for epoch in self.epochs()? {
            for name in RECORDS {
                let path = self.record(name, epoch);
                if path.exists() {
                    fs::remove_file(&path).map_err(StoreError::io("delete", &path))?;
                }
            }
            let path = self.history(epoch);
            fs::remove_file(&path).map_err(StoreError::io("delete", &path))?;
        }
        let text = serde_json::to_string_pretty(header).expect("a header is plain data");
        write_atomic(&self.0.join(HEADER), text.as_bytes())
    }

    /// The last epoch that is here whole, with the history up to it; none where there is no run
    /// yet, or none that finished an epoch.
    pub(super) fn resume(
        &self,
        header: &RunHeader,
    ) -> Result<Option<(usize, Vec<EpochReport>)>, StoreError> {
        let path = self.0.join(HEADER);
        if !path.exists() {
            return Ok(None);
        }
        let found: RunHeader = read_json(&path)?;
        if found != *header {
            let expected = format!("the run that is asked for, {header:?}");
            return Err(StoreError::content(path, expected, format!("{found:?}")));
        }
        let mut epochs = self.epochs()?;
        epochs.sort_unstable();
        let whole = |epoch: &usize| {
            RECORDS
                .iter()
                .all(|name| self.record(name, *epoch).exists())
        };
        let Some(epoch) = epochs.into_iter().rev().find(whole) else {
            return Ok(None);
        };
        Ok(Some((epoch, read_json(&self.history(epoch))?)))
    }

    /// The epochs that have a history.
    pub(super) fn epochs(&self) -> Result<Vec<usize>, StoreError> {
        let mut epochs = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(StoreError::io("read the folder", &self.0))? {
            let entry = entry.map_err(StoreError::io("read the folder", &self.0))?;
            let name = entry.file_name();
            let epoch = name.to_str().and_then(|name| {
                let number = name.strip_prefix(HISTORY)?.strip_prefix('-')?;
                number.strip_suffix(".json")?.parse::<usize>().ok()
            });
            epochs.extend(epoch);
        }
        Ok(epochs)
    }
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, StoreError> {
    let text = fs::read_to_string(path).map_err(StoreError::io("read", path))?;
    serde_json::from_str(&text)
        .map_err(|error| StoreError::content(path, "a file of a tuning run", error.to_string()))
}

/// One of the three records of an epoch, each whole or not there.
pub(super) struct Record {
    pub(super) folder: RunFolder,
    pub(super) name: &'static str,
    /// Written beside this record.
    pub(super) history: Option<History>,
}

fn failed(error: &dyn std::fmt::Display) -> CheckpointerError {
    CheckpointerError::Unknown(error.to_string())
}

impl<R: Checkpoint> Checkpointer<R> for Record {
    fn save(&self, epoch: usize, record: R) -> Result<(), CheckpointerError> {
        if let Some(history) = &self.history {
            // The learner does not wait for its files: the run may be further by now.
            let mut reports = history.reports().clone();
            reports.retain(|report| report.epoch <= epoch as u64);
            let text = serde_json::to_string(&reports).map_err(|error| failed(&error))?;
            write_atomic(&self.folder.history(epoch), text.as_bytes()).map_err(|e| failed(&e))?;
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
            fs::remove_file(path).map_err(CheckpointerError::IOError)?;
        }
        Ok(())
    }

    fn restore(&self, epoch: usize) -> Result<R, CheckpointerError> {
        let bytes =
            fs::read(self.folder.record(self.name, epoch)).map_err(CheckpointerError::IOError)?;
        R::checkpoint_from_bytes(Bytes::from_bytes_vec(bytes)).map_err(CheckpointerError::Record)
    }
}
