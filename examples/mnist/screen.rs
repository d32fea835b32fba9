//! A line for some of the epochs, with the rate and the time to go.

use std::time::Instant;

use burnzmann::data::{Batches, SUBSET_SEED, subset};
use burnzmann::dbn::PretrainObserver;
use burnzmann::train::{EpochReport, Observer, Trainer, metrics::reconstruction_error};

use crate::{Outcome, say};

/// Lines for a model, at most.
const LINES: u64 = 20;

/// What is shown while a model is trained.
pub(crate) struct Screen {
    epochs: u64,
    begun: Instant,
}

impl Screen {
    pub(crate) fn new(epochs: u64) -> Self {
        say(format_args!("      epoch  recon. err.   rows/s    to go"));
        Self {
            epochs,
            begun: Instant::now(),
        }
    }

    fn line(&self, layer: &str, report: &EpochReport, error: impl FnOnce() -> f64) {
        let done = report.epoch;
        if !done.is_multiple_of(self.epochs.div_ceil(LINES)) && done != self.epochs {
            return;
        }
        let left = self.begun.elapsed().as_secs_f64() / done as f64 * (self.epochs - done) as f64;
        let error = error();
        let rate = report.get("rows_per_second").unwrap_or(f64::NAN);
        let epoch = format!("{layer}{done}/{}", self.epochs);
        say(format_args!(
            "{epoch:>11}  {error:11.5}  {rate:7.0}  {left:5.0} s"
        ));
    }
}

impl Observer for Screen {
    fn on_epoch(&mut self, _trainer: &Trainer, report: &mut EpochReport) -> Outcome {
        let error = || report.get("reconstruction_error").unwrap_or(f64::NAN);
        self.line("", report, error);
        Ok(())
    }
}

impl PretrainObserver for Screen {
    fn on_epoch(
        &mut self,
        layer: usize,
        batches: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Outcome {
        if report.epoch == 1 {
            self.begun = Instant::now();
        }
        let error = || {
            let rows = subset(batches.rows(), 1000, SUBSET_SEED);
            let rows = batches.rows_tensor(&rows, 0, &trainer.device());
            reconstruction_error(&trainer.model(), rows)
        };
        self.line(&format!("{layer}: "), report, error);
        Ok(())
    }
}
