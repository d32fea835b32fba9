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
pub(super) struct History {
    reports: Arc<Mutex<Vec<EpochReport>>>,
    best: Arc<Mutex<BestSoFar>>,
}

/// The best of the epochs that were looked at.
#[derive(Debug, Default)]
struct BestSoFar {
    seen: usize,
    epoch: Option<(usize, f64)>,
}

impl History {
    pub(super) fn new(reports: Vec<EpochReport>) -> Self {
        Self {
            reports: Arc::new(Mutex::new(reports)),
            best: Arc::default(),
        }
    }

    pub(super) fn reports(&self) -> MutexGuard<'_, Vec<EpochReport>> {
        let reports = self.reports.lock();
        reports.expect("no thread panics while it holds this")
    }

    /// The first epoch with the smallest validation error, or loss where there are no classes,
    /// counted from 1; none without validation.
    pub(super) fn best_epoch(&self) -> Option<usize> {
        let reports = self.reports();
        let mut best = self.best.lock().expect("as above");
        // The history has every epoch from the first; none is looked at twice.
        for (report, epoch) in reports[best.seen..].iter().zip(best.seen + 1..) {
            let measured = report
                .get("validation_error")
                .or(report.get("validation_loss"));
            if let Some(value) = measured
                && best.epoch.is_none_or(|(_, smallest)| value < smallest)
            {
                best.epoch = Some((epoch, value));
            }
        }
        best.seen = reports.len();
        best.epoch.map(|(epoch, _)| epoch)
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
    pub(super) fn is_over(&self, epoch: usize) -> bool {
        let best = self.history.best_epoch();
        best.is_some_and(|best| (epoch - best) as u64 >= self.epochs)
    }
}

impl EarlyStoppingStrategy for Patience {
    fn should_stop(&mut self, epoch: usize, _store: &EventStoreClient) -> bool {
        self.is_over(epoch)
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
        let best = self.history.best_epoch();
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
