//! What a run leaves on disk while it goes.

use std::time::{Duration, Instant};

use burnzmann::model::store::{self, StoreError};
use burnzmann::train::{Best, BestEpoch, EpochReport, Observer, Rotation, Trainer};

use super::{
    LogFormat, WatchArgs,
    metrics_file::{Format, MetricsFile},
};
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
    /// The numbers of the epochs, as a table and maybe as JSON lines.
    metrics: Vec<MetricsFile>,
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
        let mut metrics = vec![MetricsFile::new(folder.path("metrics.csv"), Format::Csv)];
        let json_lines = folder.path(JSON_LINES);
        if watch.log == Some(LogFormat::Jsonl) || json_lines.exists() {
            metrics.push(MetricsFile::new(json_lines, Format::JsonLines));
        }
        Self {
            folder,
            checkpoints: folder.rotation(watch.keep),
            best,
            metrics,
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
        for file in &mut self.metrics {
            file.write(trainer.history())?;
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
