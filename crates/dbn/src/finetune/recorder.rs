//! Takes the averages over an epoch out of Burn's metrics.

use std::collections::HashMap;

use burn::train::{
    Interrupter,
    logger::{EvaluationProgressLogger, TrainingProgressLogger},
    metric::{MetricDefinition, MetricId, NumericEntry},
    renderer::{
        EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
        MetricsRendererTraining,
    },
};
use rbm_train::EpochReport;

use super::history::History;

/// Called with the report of each epoch.
pub(super) type OnEpoch = Box<dyn FnMut(&EpochReport) + Send + Sync>;

/// A screen for Burn's learner that shows nothing itself, and writes the history.
///
/// Burn's own screens print a line a batch or take the whole terminal; a library does neither
/// unasked. It is the screen that records, and not a metric logger, because the learner waits for
/// the one at the end of an epoch and not for the other.
pub(super) struct Recorder {
    pub(super) history: History,
    pub(super) steps_per_epoch: u64,
    pub(super) validates: bool,
    pub(super) interrupter: Interrupter,
    pub(super) on_epoch: Option<OnEpoch>,
    /// Shown beside, where one was asked for.
    pub(super) screen: Option<Box<dyn MetricsRenderer>>,
    pub(super) epoch: EpochSoFar,
}

/// What is known of an epoch that is not over.
#[derive(Default)]
pub(super) struct EpochSoFar {
    names: HashMap<MetricId, String>,
    measured: Vec<(String, f64)>,
    /// The rows of the split that have been seen, and all of them.
    seen: usize,
    total: usize,
}

impl Recorder {
    fn measure(&mut self, split: &str, state: &MetricState) {
        let MetricState::Numeric(entry, Some(NumericEntry::Final(value))) = state else {
            return;
        };
        let Some(name) = self.epoch.names.get(&entry.metric_id) else {
            return;
        };
        let (name, value) = match name.as_str() {
            "Accuracy" => ("error", 1.0 - value / 100.0),
            _ => ("loss", *value),
        };
        self.epoch.measured.push((format!("{split}_{name}"), value));
    }

    fn end_epoch(&mut self, epoch: u64) {
        let measured = std::mem::take(&mut self.epoch.measured);
        if self.epoch.seen < self.epoch.total {
            // Interrupted in the middle of the validation.
            return;
        }
        let mut report = EpochReport::new(epoch, epoch * self.steps_per_epoch);
        for (name, value) in measured {
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

impl MetricsRendererTraining for Recorder {
    fn update_train(&mut self, state: MetricState) {
        self.measure("train", &state);
        if let Some(screen) = &mut self.screen {
            screen.update_train(state);
        }
    }

    fn update_valid(&mut self, state: MetricState) {
        if self.validates {
            self.measure("validation", &state);
        }
        if let Some(screen) = &mut self.screen {
            screen.update_valid(state);
        }
    }
}

impl TrainingProgressLogger for Recorder {
    fn start(
        &mut self,
        total_epochs: usize,
        starting_epoch: usize,
        total_items: Option<usize>,
        label: Option<&str>,
    ) {
        if let Some(screen) = &mut self.screen {
            screen.start(total_epochs, starting_epoch, total_items, label);
        }
    }

    fn update_epoch(&mut self, epoch: usize) {
        self.end_epoch(epoch as u64);
        if let Some(screen) = &mut self.screen {
            screen.update_epoch(epoch);
        }
    }

    fn start_split(&mut self, split: &str, total_items: usize) {
        (self.epoch.seen, self.epoch.total) = (0, total_items);
        if let Some(screen) = &mut self.screen {
            screen.start_split(split, total_items);
        }
    }

    fn update_split(&mut self, items_processed: usize) {
        self.epoch.seen = items_processed;
        if let Some(screen) = &mut self.screen {
            screen.update_split(items_processed);
        }
    }

    fn end_split(&mut self) {
        if let Some(screen) = &mut self.screen {
            screen.end_split();
        }
    }

    fn end(&mut self) {
        if let Some(screen) = &mut self.screen {
            screen.end();
        }
    }

    fn log_event_training(&mut self, event: String) {
        if let Some(screen) = &mut self.screen {
            screen.log_event_training(event);
        }
    }
}

impl MetricsRenderer for Recorder {
    fn manual_close(&mut self) {
        if let Some(screen) = &mut self.screen {
            screen.manual_close();
        }
    }

    fn register_metric(&mut self, definition: MetricDefinition) {
        let name = definition.name.to_string();
        self.epoch.names.insert(definition.metric_id.clone(), name);
        if let Some(screen) = &mut self.screen {
            screen.register_metric(definition);
        }
    }
}

/// A screen has to be able to show evaluations too; the learner makes none.
impl MetricsRendererEvaluation for Recorder {
    fn update_test(&mut self, _name: EvaluationName, _state: MetricState) {}
}

impl EvaluationProgressLogger for Recorder {
    fn start_global_progress(&mut self, _total_tests: usize) {}
    fn start_test(&mut self, _name: &str, _total_items: usize) {}
    fn update_test_progress(&mut self, _items_processed: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _event: String) {}
}
