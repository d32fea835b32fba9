//! What a run leaves on disk while it goes.

use std::time::{Duration, Instant};

use burnzmann::internal::{MEASURES, save_model};
use burnzmann::model::{Rbm, store::StoreError};
use burnzmann::train::{Best, BestEpoch, EpochReport, Observer, Rotation, Trainer};
use serde_json::Value;

use super::{
    LogFormat,
    metrics_file::{Format, MetricsFile},
};
use crate::{RunFolder, WatchConfig};

/// The numbers of a run, an object an epoch.
const JSON_LINES: &str = "metrics.jsonl";

/// Keeps the checkpoint, the model, the best model and the metrics of a run up to date.
pub(super) struct Files<'a> {
    folder: &'a RunFolder,
    checkpoints: Rotation,
    best: Best,
    /// Whether the model of the run is that of the best epoch, and not the last one: where rows are held
    /// out to tell by.
    held_out: bool,
    /// The epoch that the model on the disk is from.
    handed: Option<u64>,
    /// What the model files say beside the model.
    notes: Value,
    /// The numbers of the epochs, as a table and maybe as JSON lines.
    metrics: Vec<MetricsFile>,
    /// Epochs on tiny data pass faster than a disk syncs: no more often than this.
    interval: Duration,
    last: Option<Instant>,
    /// The update that was written last.
    update: Option<u64>,
    /// The update of the newest checkpoint: the same one twice would push an older one out.
    saved: Option<u64>,
}

impl<'a> Files<'a> {
    /// Files that are written as often, and checkpoints of which as many are kept, as the configuration
    /// says. The newest checkpoint is that of the update `saved`.
    pub(super) fn new(
        folder: &'a RunFolder,
        watch: &WatchConfig,
        held_out: bool,
        saved: Option<u64>,
    ) -> Self {
        let (best, damage) = Best::resume(folder.path(RunFolder::BEST), &MEASURES);
        if let Some(error) = damage {
            errln!("note: {error}; the best epoch is looked for among those to come");
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
            held_out,
            handed: None,
            notes: Value::Null,
            metrics,
            interval: Duration::from_secs_f64(watch.checkpoint_every),
            last: None,
            update: None,
            saved,
        }
    }

    /// The same, whose models say these things as well.
    pub(super) fn with_notes(self, notes: Value) -> Self {
        Self {
            best: self.best.with_notes(notes.clone()),
            notes,
            ..self
        }
    }

    /// The best epoch until now.
    pub(super) fn best(&self) -> Option<&BestEpoch> {
        self.best.found()
    }

    /// The best epoch of a run that goes on, with its model. Of a run that was killed between the two files
    /// it may be one that the trainer has yet to come to, and is none then: the epochs until it are
    /// compared with no earlier one, and the best one decides nothing by such a comparison.
    pub(super) fn best_before(
        &self,
        trainer: &Trainer,
    ) -> Result<Option<(&BestEpoch, Rbm)>, StoreError> {
        let found = self.best.found();
        let Some(found) = found.filter(|best| best.epoch <= trainer.epochs()) else {
            return Ok(None);
        };
        let model = self.best.model(&trainer.device())?;
        Ok(model.map(|model| (found, model)))
    }

    /// The model that the run leaves: that of the best epoch where rows are held out and were measured,
    /// else the last one.
    pub(super) fn handed(&self, trainer: &Trainer) -> Result<Rbm, StoreError> {
        let best = if self.held_out {
            self.best.model(&trainer.device())?
        } else {
            None
        };
        Ok(best.unwrap_or_else(|| trainer.model()))
    }

    /// Whether that is another one than the last.
    pub(super) fn hands_on(&self, trainer: &Trainer) -> Option<&BestEpoch> {
        let best = self.best.found().filter(|_| self.held_out);
        best.filter(|best| best.epoch != trainer.epochs())
    }

    /// Writes it, where it is not written yet.
    fn write_model(&mut self, trainer: &Trainer) -> Result<(), StoreError> {
        let best = self.best.found().filter(|_| self.held_out).cloned();
        let epoch = best.as_ref().map(|best| best.epoch);
        if epoch.is_some() && self.handed == epoch {
            return Ok(());
        }
        let (rbm, notes) = (self.handed(trainer)?, self.notes.clone());
        save_model(&rbm, best.as_ref(), notes, self.folder.root())?;
        self.handed = epoch;
        Ok(())
    }

    /// Writes everything, however short ago it was written, unless nothing was done since.
    pub(super) fn finish(&mut self, trainer: &Trainer) -> Result<(), StoreError> {
        if self.update == Some(trainer.steps()) {
            return Ok(());
        }
        // First: a checkpoint must not know of a better epoch than the file.
        self.best.write()?;
        if self.saved != Some(trainer.steps()) {
            self.checkpoints.save(trainer)?;
            self.saved = Some(trainer.steps());
        }
        self.write_model(trainer)?;
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
