//! The state of a training run, and one update of it.

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
    Decision, Diverged, EpochReport, Rejection, ScheduledOptimizer, Step, TrainConfig,
    TrainConfigError, TrainingAlgorithm, Update, centring::Centring, history::History,
    penalty::penalised, statistics::Statistics, workers::on_workers,
};

/// A model in training: its parameters, the optimiser and its schedules, the algorithm with its chains,
/// the offsets of centring, and the position in the stream of random numbers.
///
/// # What one update does
///
/// 1. The algorithm [begins](TrainingAlgorithm::begin): it may give the model other parameters, or reject
///    what the last updates made of it.
/// 2. The algorithm makes [both phases](TrainingAlgorithm::phases) of the gradient, or rejects: then the
///    update ends here.
/// 3. The schedule gives the learning rate, halved for each rejection.
/// 4. The offsets of centring follow the batch.
/// 5. Autodiff gives the gradient of the surrogate; centring and penalties change it.
/// 6. The optimiser makes its step. The algorithm may ask for [a part](TrainingAlgorithm::scale) of it.
/// 7. The algorithm may [change the parameters](TrainingAlgorithm::after_update) once more.
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
    pub(crate) optimizer: ScheduledOptimizer,
    pub(crate) algorithm: Box<dyn TrainingAlgorithm>,
    /// Whether the algorithm was given, and is not that of the configuration.
    pub(crate) own_algorithm: bool,
    pub(crate) rejections: Rejections,
    pub(crate) statistics: Statistics,
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
    /// Whether the algorithm rejected: the parameters are earlier ones again.
    pub rejected: bool,
}

/// How often updates were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejections {
    /// In all.
    pub(crate) total: u64,
    /// Since the last update that was not.
    pub(crate) in_a_row: u64,
    /// Why the last one was.
    pub(crate) reason: String,
}

/// The stream of random numbers that training draws from.
const TRAINING: u64 = 1;
/// The streams in it of the ends of epochs, and of parts of batches.
const SETTLING: u64 = 1;
const SHARDS: u64 = 2;

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
            optimizer: ScheduledOptimizer::new(
                config.optimizer.clone(),
                config.scheduler(steps_per_epoch),
            ),
            algorithm: config.algorithm.start(),
            own_algorithm: false,
            rejections: Rejections::default(),
            statistics: Statistics::default(),
            rbm: rbm.train(),
            config,
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

    /// The same run with an algorithm of one's own instead of that of the configuration. Its checkpoints
    /// are read by [`load_with`](crate::checkpoint::load_with).
    #[must_use]
    pub fn with_algorithm(self, algorithm: impl TrainingAlgorithm + 'static) -> Self {
        Self {
            algorithm: Box::new(algorithm),
            own_algorithm: true,
            ..self
        }
    }

    /// The same run with any of Burn's optimisers instead of that of the configuration. Its checkpoints
    /// are read by [`load_with`](crate::checkpoint::load_with).
    ///
    /// ```
    /// use burn::{optim::RmsPropConfig, tensor::{Device, Tensor}};
    /// use rbm_model::{Noise, RbmConfig};
    /// use rbm_train::{LearningRate, TrainConfig, Trainer};
    ///
    /// let device = Device::default();
    /// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
    /// let learning_rate = LearningRate::Constant { rate: 0.001 };
    /// let config = TrainConfig { learning_rate, ..TrainConfig::default() };
    /// let mut trainer = Trainer::new(config, rbm, 100)?.with_optimizer(RmsPropConfig::new().init());
    /// trainer.step(Tensor::ones([10, 6], &device))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_optimizer(self, optimizer: ModuleOptimizer) -> Self {
        Self {
            optimizer: self.optimizer.with_optimizer(optimizer),
            ..self
        }
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
        self.algorithm.chains()
    }

    /// Updates that the algorithm rejected.
    pub fn rejections(&self) -> u64 {
        self.rejections.total
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
        self.step_with(&Step::new(batch))
    }

    /// One update on a batch of which more is known than its values.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step).
    ///
    /// # Panics
    ///
    /// As [`step`](Self::step).
    pub fn step_with(&mut self, step: &Step<'_>) -> Result<StepInfo, Diverged> {
        let [rows, columns] = step.batch().dims();
        assert_eq!(
            columns,
            self.rbm.num_visible(),
            "a batch has a column for each visible unit"
        );
        on_workers(&self.device(), self.terms(rows), || self.update(step))
    }

    /// Terms of a product of so many rows with the weights.
    pub(crate) fn terms(&self, rows: usize) -> usize {
        rows * self.rbm.num_visible() * self.rbm.num_hidden()
    }

    /// The update on the thread that calls it.
    pub(crate) fn update(&mut self, step: &Step<'_>) -> Result<StepInfo, Diverged> {
        let mut noise = self.noise_of(step);
        let rejections = self.rejections.total;
        let mut sampler = self.rbm.valid();
        let decision = self.algorithm.begin(&mut Update {
            model: &sampler,
            config: &self.config,
            epoch: self.epoch,
            step: self.step,
            noise: &mut noise,
        });
        if self.decide(decision) {
            sampler = self.rbm.valid();
        }
        let phases = self.algorithm.phases(
            step,
            &mut Update {
                model: &sampler,
                config: &self.config,
                epoch: self.epoch,
                step: self.step,
                noise: &mut noise,
            },
        );
        let phases = match phases {
            Ok(phases) => Some(phases),
            Err(rejection) => {
                self.reject(*rejection);
                None
            }
        };
        let learning_rate = self.optimizer.next_rate();
        let rejected = self.rejections.total > rejections;
        let info = StepInfo {
            step: self.step + 1,
            epoch: self.epoch,
            batch: self.batch + 1,
            rows: step.len(),
            learning_rate: learning_rate.base(),
            k: phases.as_ref().map_or(0, |phases| phases.k),
            rejected,
        };
        if !rejected {
            self.rejections.in_a_row = 0;
        }
        let Some(phases) = phases else {
            self.advance(None);
            return Ok(info);
        };
        self.statistics.add(&phases.statistics);
        let (positive, negative) = (phases.positive, phases.negative);
        if let (Some(centring), Some(rate)) = (&mut self.centring, self.config.centring) {
            let [visible, hidden] =
                [positive.visible(), positive.hidden()].map(|states| step.weighted_rows(states));
            centring.follow(visible, hidden, rate);
        }
        let loss = surrogate(&self.rbm, positive, negative);
        self.check_finite(&loss, step, info)?;
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
        let after = self.optimizer.step(learning_rate, rbm, gradients);
        let share = self.algorithm.scale(&self.rbm, &after);
        self.rbm = if share < 1.0 {
            self.rbm.towards(&after, share).train()
        } else {
            after
        };
        if let Some(changed) = self.algorithm.after_update(&self.rbm) {
            self.rbm = self.rbm.towards(&changed, 1.0);
        }
        self.advance(before);
        Ok(info)
    }

    /// The random numbers of the update, others for each part of a batch.
    fn noise_of(&self, step: &Step<'_>) -> Noise {
        let shard = step.shard();
        if shard.count > 1 {
            let part = self.noise.derive(SHARDS).derive(shard.index as u64);
            part.at_step(self.step)
        } else {
            self.noise.at_step(self.step)
        }
    }

    /// Does what a hook of the algorithm asks for, and says whether that changed parameters.
    fn decide(&mut self, decision: Decision) -> bool {
        match decision {
            Decision::Keep => return false,
            Decision::Move(parameters) => self.rbm = self.rbm.towards(&parameters, 1.0),
            Decision::Reject(rejection) => self.reject(*rejection),
        }
        true
    }

    fn reject(&mut self, rejection: Rejection) {
        self.rbm = self.rbm.towards(&rejection.parameters, 1.0);
        self.optimizer.back_off();
        self.rejections.total += 1;
        self.rejections.in_a_row += 1;
        self.rejections.reason = rejection.reason;
    }

    /// Lets the algorithm [settle](TrainingAlgorithm::settle), as is done before anything is measured, and
    /// adds its numbers to the report: means over the epoch of the statistics of its updates, and how many
    /// were rejected in all, where any was. [`fit`](crate::fit()) does so at the end of each epoch; a loop of
    /// one's own does it before [`end_epoch`](Self::end_epoch).
    pub fn settle(&mut self, report: &mut EpochReport) {
        for (name, mean) in self.statistics.take_means() {
            report.insert(name, mean);
        }
        let mut noise = self.noise.derive(SETTLING).at_step(self.step);
        let model = self.rbm.valid();
        let decision = self.algorithm.settle(
            &mut Update {
                model: &model,
                config: &self.config,
                epoch: self.epoch,
                step: self.step,
                noise: &mut noise,
            },
            report,
        );
        self.decide(decision);
        if self.rejections.total > 0 {
            report.insert("rejections", self.rejections.total as f64);
        }
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

    /// Ends an epoch: settings that change from epoch to epoch (`k`, momentum) take the values of the next
    /// one. [`fit`](crate::fit()) does so; a loop of one's own does it after the updates of each epoch.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use rbm_model::{Noise, RbmConfig};
    /// use rbm_train::{Pcd, Schedule, TrainConfig, Trainer};
    ///
    /// let device = Device::default();
    /// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
    /// let k = Schedule::Steps(vec![(0, 1), (2, 5)]);
    /// let config = TrainConfig { algorithm: Pcd { k, chains: None }.into(), ..TrainConfig::default() };
    /// let mut trainer = Trainer::new(config, rbm, 1)?;
    /// let mut sweeps = Vec::new();
    /// for _ in 0..4 {
    ///     sweeps.push(trainer.step(Tensor::ones([10, 6], &device))?.k);
    ///     trainer.end_epoch();
    /// }
    /// assert_eq!(sweeps, [1, 1, 5, 5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn end_epoch(&mut self) {
        self.batch = 0;
        self.epoch += 1;
        self.optimizer.end_epoch();
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
