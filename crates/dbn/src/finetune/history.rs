//! What was measured in each epoch, and what follows from it.

use std::sync::{Arc, Mutex, MutexGuard};

use burn::train::{
    EarlyStoppingStrategy,
    checkpoint::{CheckpointingAction, CheckpointingStrategy},
    metric::store::EventStoreClient,
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
    fn checkpointing(
        &mut self,
        epoch: usize,
        _store: &EventStoreClient,
    ) -> Vec<CheckpointingAction> {
        let best = self.history.best_epoch().map(|best| best as usize);
        let (keep, delete) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|&kept| Some(kept) == best || kept + 1 == epoch);
        self.kept = keep;
        self.kept.push(epoch);
        let delete: Vec<usize> = delete;
        let delete = delete.into_iter().map(CheckpointingAction::Delete);
        // Saved before anything is deleted; the last but one stays until the last is on disk.
        [CheckpointingAction::Save]
            .into_iter()
            .chain(delete)
            .collect()
    }
}
