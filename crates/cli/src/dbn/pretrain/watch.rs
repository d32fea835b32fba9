//! What is shown of the training.

use std::error::Error;

use burnzmann::Likelihood;
use burnzmann::data::{Batches, SUBSET_SEED, subset};
use burnzmann::dbn::PretrainObserver;
use burnzmann::model::{Rbm, numerics::to_f64};
use burnzmann::train::{EpochReport, Observer, StepInfo, Trainer, metrics};

use super::super::{run::DbnRunConfig, screen::Screen};

/// So many times the lowest reconstruction error are clearly worse: from epoch to epoch it wavers by a
/// hundredth.
const WORSE: f64 = 1.05;

/// Shows and measures each epoch.
pub(super) struct Watch {
    pub(super) screen: Screen,
    layers: usize,
    epochs: u64,
    /// Whether the layer at hand sees other values than states; none before it was looked at.
    grey: Option<bool>,
}

impl Watch {
    pub(super) fn new(config: &DbnRunConfig, quiet: bool) -> Self {
        let layers = config.network.layers.len();
        Self {
            screen: Screen::new("updates", quiet),
            layers,
            epochs: 0,
            grey: None,
        }
    }
}

impl PretrainObserver for Watch {
    fn on_layer(&mut self, layer: usize, below: &[Rbm], batches: &Batches) {
        let inputs = batches.dataset().num_visible();
        let made = if below.is_empty() {
            ""
        } else {
            " (features of the layers below)"
        };
        self.screen.line(&format!(
            "layer {layer} of {}: {inputs} inputs{made}",
            self.layers
        ));
        self.screen.bar.reset();
        self.grey = None;
    }

    fn on_step(&mut self, layer: usize, info: &StepInfo) {
        let bar = &self.screen.bar;
        if info.batch == 1 {
            bar.set_message(format!(
                "layer {layer}/{} epoch {}",
                self.layers,
                info.epoch + 1
            ));
        }
        bar.set_position(info.step);
    }

    fn on_held_out(
        &mut self,
        _layer: usize,
        batches: &Batches,
        held_out: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        // Units with few values give no likelihood to means: the last epoch is stacked then.
        let is_discrete = trainer.model().visible.support().is_discrete();
        if is_discrete && *self.grey.get_or_insert_with(|| grey(held_out, trainer)) {
            return Ok(());
        }
        Likelihood::new(batches, Some(held_out), &burnzmann::Watch::default())
            .on_epoch(trainer, report)
    }

    fn on_epoch(
        &mut self,
        layer: usize,
        batches: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.epochs = trainer.config().epochs;
        self.screen
            .bar
            .set_length(self.epochs * batches.len() as u64);
        let few = subset(batches.rows(), 500, SUBSET_SEED);
        let rows = batches.rows_tensor(&few, report.epoch, &trainer.device());
        let error = metrics::reconstruction_error(&trainer.model(), rows);
        report.insert("reconstruction_error", error);
        let of = format!("layer {layer} ");
        let names = ["reconstruction_error", "seconds"];
        self.screen.row(&of, report, self.epochs, &names);
        let algorithm = &trainer.config().algorithm;
        if algorithm.lowers_reconstruction_error()
            && report.epoch == self.epochs
            && let Some(advice) = advice(trainer.history(), report)
        {
            self.screen.line(&format!("  layer {layer}: {advice}"));
        }
        Ok(())
    }
}

/// Whether some of the rows are no states of the units.
fn grey(batches: &Batches, trainer: &Trainer) -> bool {
    let few = subset(batches.rows(), 100, SUBSET_SEED);
    let rows = batches.rows_tensor(&few, 0, &trainer.device());
    let (support, columns) = (trainer.model().visible.support(), rows.dims()[1]);
    let rows = to_f64(rows);
    !rows.chunks_exact(columns).all(|row| support.is_state(row))
}

/// What to say where the reconstructions of the last epochs are clearly worse than they have been. A
/// tenth of the epochs counts as one moment: the least of hundreds of single ones would be luck.
fn advice(history: &[EpochReport], last: &EpochReport) -> Option<String> {
    let reports = history.iter().chain([last]);
    let errors = reports.filter_map(|report| report.get("reconstruction_error"));
    let errors: Vec<f64> = errors.collect();
    let moment = errors.len().div_ceil(10).max(1);
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    let means = errors.windows(moment).map(mean).zip(moment..);
    let (lowest, epoch) = means.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let now = mean(&errors[errors.len() - moment..]);
    (now > WORSE * lowest).then(|| {
        format!(
            "warning: its reconstruction error was {lowest:.4} by epoch {epoch} and ends at {now:.4}. \
             The rate may be too large for so many epochs: try a smaller --lr or --momentum"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_grew_worse_is_told_apart_from_one_that_did_not() {
        let reports = |errors: &[f64]| -> Vec<EpochReport> {
            let report = |(epoch, &error)| {
                let mut report = EpochReport::new(epoch, 600 * epoch);
                report.insert("reconstruction_error", error);
                report
            };
            (1..).zip(errors).map(report).collect()
        };
        let of = |errors: &[f64]| {
            let reports = reports(errors);
            let (last, history) = reports.split_last().unwrap();
            advice(history, last)
        };
        // From runs of fifty and of a hundred epochs.
        assert_eq!(of(&[0.01745, 0.01601, 0.01529, 0.01413]), None);
        assert_eq!(of(&[0.01754, 0.01601, 0.01600, 0.01610]), None);
        let advice = of(&[0.01754, 0.01605, 0.01577, 0.01650, 0.01802]).unwrap();
        assert!(
            advice.contains("0.0158 by epoch 3 and ends at 0.0180"),
            "{advice}"
        );
        assert_eq!(of(&[0.02]), None);
        // One lucky epoch among many is none.
        let mut errors = [0.1; 40];
        errors[7] = 0.09;
        assert_eq!(of(&errors), None);
    }
}
