//! Burn's dashboard in the terminal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::train::Interrupter;
use burn::train::logger::TrainingProgressLogger;
use burn::train::metric::{
    MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry,
};
use burn::train::renderer::{
    MetricState, MetricsRenderer, MetricsRendererTraining, tui::TuiMetricsRendererWrapper,
};
use burnzmann::train::{EpochReport, Observer, StepInfo, Trainer};

/// A panel: its title, the numbers of a report that are of the training and of the held-out rows, and
/// whether more is better.
type Panel = (
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    bool,
);

const PANELS: [Panel; 7] = [
    ("Log-likelihood", None, Some("log_likelihood"), true),
    (
        "Pseudo-log-likelihood",
        None,
        Some("pseudo_log_likelihood"),
        true,
    ),
    (
        "Free energy",
        Some("free_energy_train"),
        Some("free_energy_validation"),
        false,
    ),
    (
        "Reconstruction error",
        None,
        Some("reconstruction_error"),
        false,
    ),
    ("Hidden activity", Some("hidden_activity"), None, true),
    ("|dW| / |W|", Some("weight_change"), None, false),
    ("Learning rate", Some("learning_rate"), None, false),
];

/// Shows a run on Burn's dashboard, instead of the table and the bar.
///
/// `q` asks there whether to stop, which is what Ctrl-C is elsewhere.
pub(super) struct Dashboard {
    /// None once it was left by force.
    screen: Option<TuiMetricsRendererWrapper>,
    interrupter: Interrupter,
    panels: Vec<MetricId>,
    batches: usize,
}

impl Dashboard {
    /// The dashboard of a run with so many batches in an epoch, with what it did until now.
    pub(super) fn new(trainer: &Trainer, batches: usize) -> Self {
        let interrupter = Interrupter::new();
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let done = count(trainer.epochs());
        // It counts from the epochs that are done, and shows the one that is going on.
        let mut screen = TuiMetricsRendererWrapper::new(interrupter.clone(), Some(done));
        let mut panels = Vec::new();
        for (title, _, _, higher_is_better) in PANELS {
            let metric_id = MetricId::new(Arc::new(title.to_owned()));
            panels.push(metric_id.clone());
            screen.register_metric(MetricDefinition {
                metric_id,
                name: Arc::new(title.to_owned()),
                description: None,
                attributes: NumericAttributes {
                    unit: None,
                    higher_is_better,
                }
                .into(),
            });
        }
        let epochs = count(trainer.config().epochs);
        TrainingProgressLogger::start(&mut screen, epochs, done + 1, None, None);
        screen.start_split("train", batches);
        let mut dashboard = Self {
            screen: Some(screen),
            interrupter,
            panels,
            batches,
        };
        for report in trainer.history() {
            dashboard.show(report);
        }
        dashboard
    }

    /// Whether the user asked it to stop.
    pub(super) fn stopper(&self) -> impl Fn() -> bool + use<> {
        let interrupter = self.interrupter.clone();
        move || interrupter.should_stop()
    }

    fn show(&mut self, report: &EpochReport) {
        let mut states = Vec::new();
        for ((_, train, held_out, _), id) in PANELS.iter().zip(&self.panels) {
            for (held_out, name) in [(false, train), (true, held_out)] {
                let value = name.and_then(|name| report.get(name));
                if let Some(value) = value {
                    let shown = SerializedEntry::new(format!("{value:.4}"), value.to_string());
                    let entry = MetricEntry::new(id.clone(), shown);
                    let point = Some(NumericEntry::Value(value));
                    states.push((held_out, MetricState::Numeric(entry, point)));
                }
            }
        }
        self.on_screen(|screen| {
            for (held_out, state) in states {
                if held_out {
                    screen.update_valid(state);
                } else {
                    screen.update_train(state);
                }
            }
        });
    }

    /// The dashboard panics where the user chooses to leave at once: that is a stop, too.
    fn on_screen(&mut self, draw: impl FnOnce(&mut TuiMetricsRendererWrapper)) {
        let Some(mut screen) = self.screen.take() else {
            return;
        };
        let draw = AssertUnwindSafe(|| {
            draw(&mut screen);
            screen
        });
        match catch_unwind(draw) {
            Ok(screen) => self.screen = Some(screen),
            Err(_) => self.interrupter.stop(Some("left")),
        }
    }
}

impl Observer for Dashboard {
    fn on_step(&mut self, info: &StepInfo) {
        let batches = self.batches;
        self.on_screen(|screen| {
            if info.batch == 1 {
                screen.start_split("train", batches);
            }
            screen.update_split(info.batch);
        });
    }

    fn on_epoch(
        &mut self,
        _trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.show(report);
        let epoch = usize::try_from(report.epoch).unwrap_or(usize::MAX);
        self.on_screen(|screen| {
            screen.end_split();
            screen.update_epoch(epoch);
        });
        Ok(())
    }
}
