//! The state of a run, and one update of it.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor};
use rbm_model::numerics::to_f64;
use rbm_train::{EpochReport, ScheduledOptimizer, internal::History};

use super::{UntiedDbn, UpDownConfig, offsets::Offsets, passes::Passes};
use crate::{Batch, DbnError};

/// A network in training by contrastive wake-sleep.
///
/// In each update the data are drawn up the stack by the recognition weights, the top runs `k` Gibbs
/// sweeps from there, and where its chain ends is drawn down by the generative weights. The
/// generative weights learn to give back the states of the way up, the recognition weights those of
/// the way down, by the delta rule; the top learns by contrastive divergence, with the label of each
/// row clamped on the way up where it has label units.
///
/// As in the paper, the data units of the way down are known by their means; other than there, the
/// top's gradient uses the means of its hidden units and not draws, which has the same expectation.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::{Batch, Dbn, UntiedDbn, UpDown, UpDownConfig};
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
/// let mut run = UpDown::new(UpDownConfig::default(), &UntiedDbn::from(&dbn), 1000)?;
/// let inputs = Tensor::ones([100, 6], &device);
/// run.step(Batch { inputs, labels: None, noise: Noise::new(2) })?;
/// assert_eq!(run.steps(), 1);
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # References
///
/// G. E. Hinton, S. Osindero, Y.-W. Teh, 2006, appendix B; G. E. Hinton, P. Dayan, B. J. Frey, R. M.
/// Neal: *The wake-sleep algorithm for unsupervised neural networks*, Science 268, 1995.
pub struct UpDown {
    pub(super) config: UpDownConfig,
    /// On a device with autodiff.
    pub(super) network: UntiedDbn,
    pub(super) optimizer: ScheduledOptimizer,
    /// Where centring is on, from the first update on.
    pub(super) offsets: Option<Offsets>,
    pub(super) rows: usize,
    /// Updates made.
    pub(super) step: u64,
    /// Epochs finished.
    pub(super) epoch: u64,
    /// Batches of the unfinished epoch that are done.
    pub(super) batch: usize,
    /// Sums over those batches.
    pub(super) sums: Sums,
    pub(super) history: History,
}

/// What is averaged over an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sums {
    pub(super) generative_loss: f64,
    pub(super) recognition_loss: f64,
}

impl UpDown {
    /// A run at its beginning, on data of so many rows.
    ///
    /// # Errors
    ///
    /// [`DbnError::Config`] where the configuration is not valid.
    pub fn new(config: UpDownConfig, network: &UntiedDbn, rows: usize) -> Result<Self, DbnError> {
        config.validate()?;
        let per_epoch = rows.div_ceil(config.batch_size);
        let updates = usize::try_from(config.epochs).unwrap_or(usize::MAX);
        let scheduler = config
            .learning_rate
            .scheduler(updates.saturating_mul(per_epoch));
        Ok(Self {
            optimizer: ScheduledOptimizer::new(config.optimizer.clone(), scheduler),
            network: network.valid().train(),
            config,
            offsets: None,
            rows,
            step: 0,
            epoch: 0,
            batch: 0,
            sums: Sums::default(),
            history: History::default(),
        })
    }

    /// The network as it is now, without a tape.
    pub fn network(&self) -> UntiedDbn {
        self.network.valid()
    }

    /// The configuration of the run.
    pub fn config(&self) -> &UpDownConfig {
        &self.config
    }

    /// The device that the run is on, without autodiff.
    pub fn device(&self) -> Device {
        self.network.device().without_autodiff()
    }

    /// Updates made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Epochs finished.
    pub fn epochs(&self) -> u64 {
        self.epoch
    }

    /// The reports of the finished epochs: `generative_loss`, `-log p` of the states of the way up
    /// given the features below the top, `recognition_loss`, `-log q` of those of the way down given
    /// the data units, both averages in nats per row, `learning_rate` and `k`.
    pub fn history(&self) -> &[EpochReport] {
        self.history.reports()
    }

    pub(super) fn steps_per_epoch(&self) -> usize {
        self.rows.div_ceil(self.config.batch_size)
    }

    /// One update. The random numbers are the batch's.
    ///
    /// # Errors
    ///
    /// [`DbnError::Diverged`] where a loss is no finite number; the network is then not to be used.
    ///
    /// # Panics
    ///
    /// Where the batch has another number of columns than the network has visible units, or no
    /// labels where the top has label units.
    pub fn step(&mut self, batch: Batch) -> Result<(), DbnError> {
        let sampler = self.network.valid();
        let dtype = sampler.top.weight.val().dtype();
        let label = sampler.classes().map(|classes| {
            let labels: Tensor<1, Int> = batch.labels.expect("the top has label units");
            labels.one_hot::<2>(classes).float().cast(dtype)
        });
        let mut noise = batch.noise;
        let passes = Passes::new(
            &self.network,
            &sampler,
            batch.inputs.clone().cast(dtype),
            label,
            self.config.k.at(self.epoch),
            &mut noise,
        );
        drop(sampler);
        let generative = passes.generative_loss(&self.network);
        let recognition = passes.recognition_loss(&self.network);
        let mut loss = passes.top_surrogate(&self.network.top);
        for part in [&generative, &recognition].into_iter().flatten() {
            loss = loss + part.clone();
        }
        let value =
            |loss: Option<Tensor<1>>| loss.map_or(0.0, |loss| to_f64(loss.without_autodiff())[0]);
        self.sums.generative_loss += value(generative);
        self.sums.recognition_loss += value(recognition);
        let total = self.sums.generative_loss + self.sums.recognition_loss;
        if !(total.is_finite() && value(Some(loss.clone())).is_finite()) {
            let inputs = std::iter::once(batch.inputs);
            return Err(DbnError::diverged(self.epoch + 1, &self.network, inputs));
        }
        let mut gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        if let Some(rate) = self.config.centring {
            let offsets = Offsets::after(self.offsets.as_ref(), &passes, rate);
            offsets.apply(&self.network, &mut gradients);
            self.offsets = Some(offsets);
        }
        if self.config.l2 > 0.0 {
            self.penalise(&mut gradients);
        }
        let rate = self.optimizer.next_rate();
        self.network = self
            .optimizer
            .step(rate.clone(), self.network.clone(), gradients);
        self.step += 1;
        self.batch += 1;
        if self.batch == self.steps_per_epoch() {
            self.end_epoch(rate.base());
        }
        Ok(())
    }

    /// Adds the gradient of the penalty on all weights.
    fn penalise(&self, gradients: &mut GradientsParams) {
        let layers = self.network.layers.iter();
        let weights = layers.flat_map(|layer| [&layer.recognition, &layer.generative]);
        for weight in weights.chain([&self.network.top.weight]) {
            let gradient = gradients.remove::<2>(weight.id);
            let gradient = gradient.expect("every weight has a gradient");
            let pull = weight.val().without_autodiff().mul_scalar(self.config.l2);
            gradients.register(weight.id, gradient + pull);
        }
    }

    fn end_epoch(&mut self, learning_rate: f64) {
        let updates = self.batch as f64;
        let sums = std::mem::take(&mut self.sums);
        let mut report = EpochReport::new(self.epoch + 1, self.step);
        report.insert("generative_loss", sums.generative_loss / updates);
        report.insert("recognition_loss", sums.recognition_loss / updates);
        report.insert("learning_rate", learning_rate);
        report.insert("k", self.config.k.at(self.epoch) as f64);
        self.history.push(report);
        self.batch = 0;
        self.epoch += 1;
        self.optimizer.end_epoch();
    }
}
