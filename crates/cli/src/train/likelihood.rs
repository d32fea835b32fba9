//! How likely held-out data become while a model is trained.

use burn::tensor::Tensor;
use burnzmann::data::Batches;
use burnzmann::eval::{
    Ais, EvaluationConfig, EvaluationData, PseudoLogLikelihood, Schedule, evaluate,
};
use burnzmann::model::{numerics::to_f64, units::Units};
use burnzmann::train::{EpochReport, Observer, Trainer};

use crate::subject::values;

/// Rows that are watched.
const ROWS: usize = 1000;
/// Units of work in a pseudo-likelihood, rows times visible times hidden units: a tenth of a second.
const PSEUDO_WORK: usize = 20_000_000;

/// Adds `pseudo_log_likelihood` at each epoch, and at every `every`th and the last one
/// `log_likelihood` with its interval, by cheap annealing (exactly, where a side is small).
///
/// Gray levels on binary units have neither, so nothing is added for these.
///
/// Cheap annealing is for the shape of the curve: `burnzmann evaluate` measures a model.
pub(crate) struct Likelihood<'a> {
    held_out: &'a Batches<'a>,
    train: &'a Batches<'a>,
    every: u64,
    /// Whether the rows are states of binary units, once that was looked at.
    states: Option<bool>,
}

impl<'a> Likelihood<'a> {
    /// `every` of zero leaves the likelihood out.
    pub(crate) fn new(train: &'a Batches<'a>, held_out: &'a Batches<'a>, every: u64) -> Self {
        Self {
            held_out,
            train,
            every,
            states: None,
        }
    }
}

/// The standard error of a mean; not a number where there is one value alone.
fn standard_error(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|x| (x - mean).powi(2));
    (squares.sum::<f64>() / (n - 1.0) / n).sqrt()
}

/// Whether rows are such as the units have: gray levels on binary units are none, and have neither a
/// probability nor a pseudo-likelihood.
fn are_states(units: &Units, rows: &Tensor<2>) -> bool {
    matches!(units, Units::Gaussian(_))
        || values(rows.clone()).iter().all(|&x| x == 0.0 || x == 1.0)
}

impl Observer for Likelihood<'_> {
    fn on_epoch(
        &mut self,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let rbm = trainer.model();
        let subset = |batches: &Batches| {
            let rows = &batches.rows()[..ROWS.min(batches.rows().len())];
            batches.try_rows_tensor(rows, 0, &trainer.device())
        };
        let rows = subset(self.held_out)?;
        let states = *self
            .states
            .get_or_insert_with(|| are_states(&rbm.visible, &rows));
        if !states {
            return Ok(());
        }
        // It is defined for binary visible units alone.
        if let Units::Bernoulli(_) = rbm.visible {
            // All units of a few rows, and not one unit of many: without noise the curve can be read.
            let affordable = PSEUDO_WORK / (rbm.num_visible() * rbm.num_hidden()).max(1);
            let few = rows.dims()[0].min(affordable.max(10));
            let pseudo = PseudoLogLikelihood::exact(&rbm, rows.clone().narrow(0, 0, few))?;
            report.insert("pseudo_log_likelihood", pseudo.mean);
            report.insert("pseudo_log_likelihood_error", pseudo.standard_error);
        }

        let last = report.epoch == trainer.config().epochs;
        if self.every == 0 || !(last || report.epoch.is_multiple_of(self.every)) {
            return Ok(());
        }
        // Of the mean over the rows, however well log Z is known.
        let free = to_f64(rbm.free_energy(rows.clone()));
        report.insert("log_likelihood_error", standard_error(&free));
        let data = EvaluationData {
            rows,
            training: Some(subset(self.train)?),
        };
        let config = EvaluationConfig {
            ais: Ais {
                schedule: Schedule::Linear { steps: 500 },
                chains: 64,
                seed: trainer.config().seed,
                ..Ais::default()
            },
            reverse: false,
            ..EvaluationConfig::default()
        };
        let found = evaluate(&rbm, &data, &config, &mut |_| ())?.log_likelihood;
        report.insert("log_likelihood", found.value);
        report.insert("log_likelihood_low", found.low);
        report.insert("log_likelihood_high", found.high);
        Ok(())
    }
}
