//! The state of a training run, and one update of it.

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use rbm_model::{
    Noise, Rbm,
    numerics::to_f64,
    objective::surrogate,
    sampling::GibbsState,
    units::{UnitLayer, Units},
};

use crate::{
    Diverged, EpochReport, History, TrainConfig, TrainConfigError, centring::Centring, on_workers,
    penalty::penalised,
};

/// A model in training: its parameters, the optimiser and its schedules, the persistent chains, the
/// offsets of centring, and the position in the stream of random numbers.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// let info = trainer.step(Tensor::ones([10, 6], &device))?;
/// assert_eq!((info.step, info.k), (1, 1));
/// assert_eq!(trainer.model().num_hidden(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer {
    pub(crate) config: TrainConfig,
    /// On a device with autodiff.
    pub(crate) rbm: Rbm,
    pub(crate) optimizer: ModuleOptimizer,
    pub(crate) scheduler: ModuleLrScheduler,
    pub(crate) chains: Option<GibbsState>,
    pub(crate) centring: Option<Centring>,
    pub(crate) noise: Noise,
    /// Updates made.
    pub(crate) step: u64,
    /// Epochs finished.
    pub(crate) epoch: u64,
    /// Batches of the unfinished epoch that are done.
    pub(crate) batch: usize,
    pub(crate) steps_per_epoch: usize,
    pub(crate) history: History,
    /// `|ΔW| / |W|` of the last update, where it was asked for.
    weight_change: Option<f64>,
}

/// What an update did.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// trainer.step(Tensor::ones([10, 6], &device))?;
/// let info = trainer.step(Tensor::ones([7, 6], &device))?;
/// assert_eq!((info.step, info.epoch, info.batch, info.rows), (2, 0, 2, 7));
/// // Ten epochs of a hundred updates, from 0.1 down to zero: one thousandth less with each.
/// assert!((info.learning_rate - 0.0999).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct StepInfo {
    /// Updates made, this one included.
    pub step: u64,
    /// Epochs finished before it.
    pub epoch: u64,
    /// Batches of the epoch that are done, this one included.
    pub batch: usize,
    /// The rows of the batch.
    pub rows: usize,
    /// The learning rate.
    pub learning_rate: f64,
    /// Gibbs sweeps; zero where the negative phase was exact.
    pub k: usize,
}

/// The stream of random numbers that training draws from.
const TRAINING: u64 = 1;

impl Trainer {
    /// A run at its beginning. `steps_per_epoch` updates make an epoch: the schedules need to know.
    ///
    /// The model may be on a device with or without autodiff.
    ///
    /// # Errors
    ///
    /// [`TrainConfigError`] where the configuration is not valid.
    pub fn new(
        config: TrainConfig,
        rbm: Rbm,
        steps_per_epoch: usize,
    ) -> Result<Self, TrainConfigError> {
        config.validate()?;
        let device = rbm.device().without_autodiff();
        let noise = Noise::new(config.seed).derive(TRAINING);
        let rbm = rbm.valid();
        // The offsets start at the means that the model has of itself, without any data.
        let centring = config.centring.map(|_| {
            let rest = |units: &Units| {
                let inputs = Tensor::zeros([1, units.num_units()], (&device, units.bias().dtype()));
                units.mean(inputs).squeeze_dim::<1>(0)
            };
            Centring::new(rest(&rbm.visible), rest(&rbm.hidden))
        });
        Ok(Self {
            optimizer: config.optimizer.init(0),
            scheduler: config.scheduler(steps_per_epoch),
            rbm: rbm.train(),
            config,
            chains: None,
            centring,
            noise,
            step: 0,
            epoch: 0,
            batch: 0,
            steps_per_epoch,
            history: History::default(),
            weight_change: None,
        })
    }

    /// The model as it is now, without a tape.
    pub fn model(&self) -> Rbm {
        self.rbm.valid()
    }

    /// The configuration of the run.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The device that the run is on, without autodiff.
    pub fn device(&self) -> Device {
        self.rbm.device().without_autodiff()
    }

    /// The persistent chains; none before the first update and for algorithms without them.
    pub fn chains(&self) -> Option<&GibbsState> {
        self.chains.as_ref()
    }

    /// Updates made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Epochs finished.
    pub fn epochs(&self) -> u64 {
        self.epoch
    }

    /// The reports of the finished epochs.
    pub fn history(&self) -> &[EpochReport] {
        self.history.reports()
    }

    /// `|ΔW| / |W|` of the last update of the last epoch.
    pub fn weight_change(&self) -> Option<f64> {
        self.weight_change
    }

    /// One update on a batch `[rows, visible]`.
    ///
    /// # Errors
    ///
    /// [`Diverged`] where an energy or a parameter is not finite: at this update on CPU backends,
    /// within 50 of it elsewhere. The model is then not to be used.
    ///
    /// # Panics
    ///
    /// Where the batch has another number of columns than the model has visible units, or where an
    /// exact negative phase is asked for of a model that cannot be enumerated.
    pub fn step(&mut self, batch: Tensor<2>) -> Result<StepInfo, Diverged> {
        let [rows, columns] = batch.dims();
        assert_eq!(
            columns,
            self.rbm.num_visible(),
            "a batch has a column for each visible unit"
        );
        on_workers(&self.device(), self.terms(rows), || self.update(batch))
    }

    /// Terms of a product of so many rows with the weights.
    pub(crate) fn terms(&self, rows: usize) -> usize {
        rows * self.rbm.num_visible() * self.rbm.num_hidden()
    }

    /// The update on the thread that calls it.
    pub(crate) fn update(&mut self, batch: Tensor<2>) -> Result<StepInfo, Diverged> {
        let rows = batch.dims()[0];
        let mut noise = self.noise.at_step(self.step);
        let sampler = self.rbm.valid();
        let (positive, negative, k) = self.phases(&sampler, batch.clone(), &mut noise);
        let learning_rate = self.scheduler.step();
        let info = StepInfo {
            step: self.step + 1,
            epoch: self.epoch,
            batch: self.batch + 1,
            rows,
            learning_rate: learning_rate.base(),
            k,
        };
        if let (Some(centring), Some(rate)) = (&mut self.centring, self.config.centring) {
            centring.follow(positive.visible(), positive.hidden(), rate);
        }
        let loss = surrogate(&self.rbm, positive, negative);
        self.check_finite(&loss, &batch, info)?;
        let mut gradients = GradientsParams::from_grads(loss.backward(), &self.rbm);
        if let Some(centring) = &self.centring {
            centring.apply(&self.rbm, &mut gradients);
        }
        if self.config.l1 > 0.0 || self.config.l2 > 0.0 {
            let id = self.rbm.weight.id;
            let gradient = gradients
                .remove::<2>(id)
                .expect("the weights have a gradient");
            let weight = sampler.weight.val();
            let gradient = penalised(gradient, &weight, self.config.l1, self.config.l2);
            gradients.register(id, gradient);
        }
        let closes_epoch = self.batch + 1 == self.steps_per_epoch;
        let before = closes_epoch.then(|| sampler.weight.val());
        // The model goes through the optimiser without a copy.
        let rbm = std::mem::replace(&mut self.rbm, sampler);
        self.rbm = self.optimizer.step(learning_rate, rbm, gradients);
        self.advance(before);
        Ok(info)
    }

    /// Counts the update, and at the end of an epoch, where the weights `before` are at hand, notes how
    /// far it went.
    fn advance(&mut self, before: Option<Tensor<2>>) {
        self.step += 1;
        self.batch += 1;
        if let Some(before) = before {
            let after = self.rbm.weight.val().without_autodiff();
            let norm = |x: Tensor<2>| to_f64(x.square().sum())[0].sqrt();
            let change = norm(after.clone() - before);
            self.weight_change = Some(change / norm(after).max(f64::MIN_POSITIVE));
        }
    }

    /// Closes an epoch: the optimiser takes the momentum of the next one.
    pub(crate) fn end_epoch(&mut self) {
        self.batch = 0;
        self.epoch += 1;
        let optimizer = &self.config.optimizer;
        if optimizer.momentum(self.epoch) != optimizer.momentum(self.epoch - 1) {
            let state = self.optimizer.to_record();
            self.optimizer = optimizer.init(self.epoch).load_record(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use rbm_model::RbmConfig;

    use super::*;

    #[test]
    fn the_terms_of_a_product_are_counted() {
        let rbm = RbmConfig::new(7, 5).init(&mut Noise::new(1), &Device::default());
        let trainer = Trainer::new(TrainConfig::default(), rbm, 1).unwrap();
        assert_eq!((trainer.terms(1), trainer.terms(10)), (35, 350));
    }
}
