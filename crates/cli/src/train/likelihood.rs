//! How likely held-out data become while a model is trained.

use burnzmann::data::Batches;
use burnzmann::eval::{
    Ais, EvaluationConfig, EvaluationData, PseudoLogLikelihood, Schedule, evaluate,
};
use burnzmann::model::Noise;
use burnzmann::train::{EpochReport, Observer, Trainer};

/// The stream of random numbers that watching draws from.
const WATCHING: u64 = 4;
/// Rows that are watched.
const ROWS: usize = 1000;

/// Adds `pseudo_log_likelihood` at each epoch, and at every `every`th and the last one
/// `log_likelihood` with its interval, by cheap annealing (exactly, where a side is small).
///
/// Cheap annealing is for the shape of the curve: `burnzmann evaluate` measures a model.
pub(super) struct Likelihood<'a> {
    held_out: &'a Batches<'a>,
    train: &'a Batches<'a>,
    every: u64,
}

impl<'a> Likelihood<'a> {
    /// `every` of zero leaves the likelihood out.
    pub(super) fn new(train: &'a Batches<'a>, held_out: &'a Batches<'a>, every: u64) -> Self {
        Self {
            held_out,
            train,
            every,
        }
    }
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
            batches.rows_tensor(rows, 0, &trainer.device())
        };
        let rows = subset(self.held_out);
        let mut noise = Noise::new(trainer.config().seed)
            .derive(WATCHING)
            .at_step(report.step);
        let pseudo = PseudoLogLikelihood::stochastic(&rbm, rows.clone(), &mut noise)?;
        report.insert("pseudo_log_likelihood", pseudo.mean);

        let last = report.epoch == trainer.config().epochs;
        if self.every == 0 || !(last || report.epoch.is_multiple_of(self.every)) {
            return Ok(());
        }
        let data = EvaluationData {
            rows,
            training: Some(subset(self.train)),
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
