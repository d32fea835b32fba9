//! What was measured in each epoch, and what follows from it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use burn::train::{
    EarlyStoppingStrategy, Interrupter,
    checkpoint::{CheckpointingAction, CheckpointingStrategy},
    logger::MetricLogger,
    metric::{
        MetricDefinition, MetricId, NumericEntry,
        store::{EpochSummary, EventStoreClient, MetricsUpdate, Split},
    },
};
use rbm_train::EpochReport;

/// The reports of the finished epochs, shared between the learner's threads.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Arc<Mutex<Vec<EpochReport>>>);

impl History {
    pub(super) fn new(reports: Vec<EpochReport>) -> Self {
        Self(Arc::new(Mutex::new(reports)))
    }

    pub(super) fn reports(&self) -> MutexGuard<'_, Vec<EpochReport>> {
        self.0.lock().expect("no thread panics while it holds this")
    }

    /// The first epoch with the smallest validation error, or loss where there are no classes; none
    /// without validation.
    pub(super) fn best_epoch(&self) -> Option<u64> {
        let mut best: Option<(u64, f64)> = None;
        for report in self.reports().iter() {
            let measured = report
                .get("validation_error")
                .or(report.get("validation_loss"));
            if let Some(value) = measured
                && best.is_none_or(|(_, smallest)| value < smallest)
            {
                best = Some((report.epoch, value));
            }
        }
        best.map(|(epoch, _)| epoch)
    }
}

/// Called with the report of each epoch.
pub(super) type OnEpoch = Box<dyn FnMut(&EpochReport) + Send>;

/// Takes the averages over an epoch out of Burn's metrics.
pub(super) struct Recorder {
    pub(super) history: History,
    pub(super) steps_per_epoch: u64,
    pub(super) validates: bool,
    pub(super) interrupter: Interrupter,
    pub(super) on_epoch: Option<OnEpoch>,
    pub(super) names: HashMap<MetricId, String>,
    /// What is known of the epoch so far.
    pub(super) measured: Vec<(String, f64)>,
}

impl MetricLogger for Recorder {
    fn log(&mut self, update: MetricsUpdate, _epoch: usize, split: &Split) {
        if *split == Split::Valid && !self.validates {
            return;
        }
        for metric in update.entries_numeric {
            let (Some(NumericEntry::Final(value)), Some(name)) =
                (metric.numeric_entry, self.names.get(&metric.entry.metric_id))
            else {
                continue;
            };
            let (name, value) = match name.as_str() {
                "Accuracy" => ("error", 1.0 - value / 100.0),
                _ => ("loss", value),
            };
            let split = match split {
                Split::Train => "train",
                _ => "validation",
            };
            self.measured.push((format!("{split}_{name}"), value));
        }
    }

    fn read_numeric(
        &mut self,
        _name: &str,
        _epoch: usize,
        _split: &Split,
    ) -> Result<Vec<NumericEntry>, String> {
        // Early stopping and the choice of checkpoints read the history instead, which a resumed run
        // has whole.
        Ok(Vec::new())
    }

    fn log_metric_definition(&mut self, definition: MetricDefinition) {
        self.names
            .insert(definition.metric_id, definition.name.to_string());
    }

    fn log_epoch_summary(&mut self, summary: EpochSummary) {
        // The validation comes last, and comes also where it is empty.
        if summary.split != Split::Valid {
            return;
        }
        let epoch = summary.epoch_number as u64;
        let mut report = EpochReport::new(epoch, epoch * self.steps_per_epoch);
        for (name, value) in self.measured.drain(..) {
            // Nine decimals: all the digits that single precision has, and few enough for the
            // number to come back from JSON as itself. A resumed run compares it with others.
            report.insert(name, (value * 1e9).round() / 1e9);
        }
        // What is no number is not inserted.
        if report.get("train_loss").is_none() {
            self.interrupter.stop(Some("the loss is no number"));
        }
        if let Some(on_epoch) = &mut self.on_epoch {
            on_epoch(&report);
        }
        self.history.reports().push(report);
    }
}

/// Stops where the validation has not become better for a number of epochs.
#[derive(Clone)]
pub(super) struct Patience {
    pub(super) history: History,
    pub(super) epochs: u64,
}

impl Patience {
    /// Whether it is at an end after this epoch.
    pub(super) fn is_over(&self, epoch: u64) -> bool {
        let best = self.history.best_epoch();
        best.is_some_and(|best| epoch - best >= self.epochs)
    }
}

impl EarlyStoppingStrategy for Patience {
    fn should_stop(&mut self, epoch: usize, _store: &EventStoreClient) -> bool {
        self.is_over(epoch as u64)
    }
}

/// Keeps the checkpoint of the last epoch and that of the best.
pub(super) struct LastAndBest {
    pub(super) history: History,
    pub(super) kept: Vec<usize>,
}

impl CheckpointingStrategy for LastAndBest {
    fn checkpointing(&mut self, epoch: usize, _store: &EventStoreClient) -> Vec<CheckpointingAction> {
        let best = self.history.best_epoch().map(|best| best as usize);
        let (keep, delete) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|&kept| Some(kept) == best || kept + 1 == epoch);
        self.kept = keep;
        self.kept.push(epoch);
        let delete: Vec<usize> = delete;
        let delete = delete.into_iter().map(CheckpointingAction::Delete);
        // Saved before anything is deleted; the last but one stays until the last is on disk.
        [CheckpointingAction::Save].into_iter().chain(delete).collect()
    }
}
