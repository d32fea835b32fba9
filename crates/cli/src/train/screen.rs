//! What a run shows while it goes.

use std::time::Duration;

use burnzmann::data::Batches;
use burnzmann::internal::measured_by;
use burnzmann::train::{EpochReport, Fall, Observer, StepInfo, Trainer};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::files::Files;
use crate::{RunConfig, RunFolder};

/// A progress bar on the terminal, and a line for each epoch (for some of them where there are
/// many).
pub(super) struct Screen {
    bar: ProgressBar,
    epochs: u64,
    quiet: bool,
}

/// The columns: heading, name in the report, width, decimals.
const COLUMNS: [(&str, &str, usize, usize); 8] = [
    ("recon. err.", "reconstruction_error", 11, 5),
    ("F train", "free_energy_train", 9, 2),
    ("F gap", "free_energy_gap", 7, 2),
    ("PLL", "pseudo_log_likelihood", 9, 2),
    ("log-lik.", "log_likelihood", 9, 2),
    ("active", "hidden_activity", 7, 3),
    ("|dW|/|W|", "weight_change", 9, 6),
    ("rows/s", "rows_per_second", 8, 0),
];

/// Lines in a table, at most.
const LINES: u64 = 40;

impl Screen {
    pub(super) fn new(
        folder: &RunFolder,
        config: &RunConfig,
        trainer: &Trainer,
        train: &Batches,
        quiet: bool,
    ) -> Self {
        let style = ProgressStyle::with_template(
            "{bar:28} epoch {msg}  {pos}/{len} updates  {per_sec}  {eta} to go",
        )
        .expect("the template is well formed");
        let total = config.train.epochs * train.len() as u64;
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(total).with_style(style)
        };
        bar.set_position(trainer.steps());
        bar.reset_eta();
        let screen = Self {
            bar,
            epochs: config.train.epochs,
            quiet,
        };
        let model = &config.model;
        screen.line(&format!(
            "{}: {} rows of {} pixels, {} hidden units, seed {} -> {}",
            config.data,
            train.rows().len(),
            model.num_visible,
            model.num_hidden,
            config.train.seed,
            folder.root().display(),
        ));
        let headings = COLUMNS.map(|(heading, _, width, _)| format!("{heading:>width$}"));
        screen.line(&format!("{:>9} {}", "epoch", headings.join(" ")));
        screen
    }

    fn line(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| crate::out::progress(text));
        }
    }

    /// Takes the bar away.
    pub(super) fn close(&self) {
        self.bar.finish_and_clear();
    }

    /// The last lines of a finished run, which `took` so long where there was anything left to do.
    pub(super) fn summary(
        &self,
        config: &RunConfig,
        folder: &RunFolder,
        trainer: &Trainer,
        files: &Files<'_>,
        measured: &[String],
        took: Option<Duration>,
    ) {
        let root = folder.root().display();
        let (done, planned) = (trainer.epochs(), config.train.epochs);
        if let Some(took) = took {
            self.line(&format!(
                "trained for {} ({} updates). In {root}: model.safetensors, metrics.csv, filters.png, \
                 reconstructions.png, fantasies.png, curves.png",
                HumanDuration(took),
                trainer.steps(),
            ));
        }
        match &config.ended {
            Some(fall) => {
                let patience = config.watch.watch().patience_of(planned).unwrap_or_default();
                self.line(&stopped(fall, done, planned, patience));
                self.line(&format!(
                    "to train on: burnzmann resume {root} --epochs {planned} (or more)"
                ));
            }
            None if took.is_none() => self.line(&format!(
                "{root} is finished: all its {planned} epochs are done; to train on: burnzmann resume \
                 {root} --epochs N, with a larger N"
            )),
            None => (),
        }
        for line in measured {
            self.line(line);
        }
        if let Some(best) = files.hands_on(trainer) {
            self.line(&format!(
                "model.safetensors is that of epoch {}, the best one ({}); the last one is in the \
                 checkpoint: --last takes it",
                best.epoch,
                measured_by(best)
            ));
        } else if let Some(best) = files.best() {
            self.line(&format!(
                "{}: epoch {}, {}",
                RunFolder::BEST,
                best.epoch,
                measured_by(best)
            ));
        }
    }
}

/// Why a run has fewer epochs than were planned.
fn stopped(fall: &Fall, done: u64, planned: u64, patience: u64) -> String {
    format!(
        "stopped early, after epoch {done} of {planned}: the held-out {} was {:.2} at epoch {} and is {:.2} \
         at epoch {}, clearly lower in each of {} measurements (patience: {patience} epochs; \
         --no-early-stop trains all of them)",
        fall.measure, fall.best, fall.best_epoch, fall.value, fall.epoch, fall.measurements
    )
}

impl Observer for Screen {
    fn on_step(&mut self, info: &StepInfo) {
        if info.batch == 1 {
            self.bar
                .set_message(format!("{}/{}", info.epoch + 1, self.epochs));
        }
        self.bar.set_position(info.step);
    }

    fn on_epoch(
        &mut self,
        _trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let every = self.epochs.div_ceil(LINES).max(1);
        if report.epoch.is_multiple_of(every) || report.epoch == self.epochs || report.epoch == 1 {
            let cells = COLUMNS.map(|(_, name, width, decimals)| match report.get(name) {
                Some(value) => format!("{value:>width$.decimals$}"),
                None => format!("{:>width$}", "-"),
            });
            let epoch = format!("{}/{}", report.epoch, self.epochs);
            self.line(&format!("{epoch:>9} {}", cells.join(" ")));
        }
        Ok(())
    }
}
