//! An optimiser with its schedules: the learning rate by update, the momentum by epoch.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use burn::lr_scheduler::{
    LrSchedulerRecord,
    module_lr_scheduler::{ModuleLearningRate, ModuleLrScheduler},
};
use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, DType, TensorData};
use rbm_model::store::{Archive, StoreError};

use crate::OptimizerConfig;

/// An optimiser, its learning rate from update to update and its momentum from epoch to epoch.
///
/// A [`Trainer`](crate::Trainer) has one; a loop of one's own may have one too.
///
/// ```
/// use burn::module::{Module, Param};
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Tensor};
/// use rbm_train::{LearningRate, OptimizerConfig, ScheduledOptimizer};
///
/// #[derive(Module, Debug)]
/// struct Bowl { x: Param<Tensor<1>> }
///
/// let start = Tensor::from_floats([1.0], &Device::default().autodiff());
/// let mut bowl = Bowl { x: Param::from_tensor(start) };
/// let rate = LearningRate::Linear { from: 0.5, to: 0.0 };
/// let mut optimizer = ScheduledOptimizer::new(OptimizerConfig::default(), rate.scheduler(2));
/// for _ in 0..2 {
///     let gradients = GradientsParams::from_grads(bowl.x.val().square().sum().backward(), &bowl);
///     let rate = optimizer.next_rate();
///     bowl = optimizer.step(rate, bowl, gradients);
/// }
/// // x - 0.5 · 2x is zero.
/// assert_eq!(bowl.x.val().into_scalar::<f32>(), 0.0);
/// ```
pub struct ScheduledOptimizer {
    source: Source,
    optimizer: ModuleOptimizer,
    scheduler: ModuleLrScheduler,
    epoch: u64,
    /// What the scheduled rate is multiplied by: halved with each rejected update.
    factor: f64,
}

/// Where a fresh optimiser comes from.
enum Source {
    Config(OptimizerConfig),
    Given(Box<ModuleOptimizer>),
}

impl ScheduledOptimizer {
    /// The optimiser of a configuration, at epoch 0, with a [learning rate](crate::LearningRate::scheduler).
    pub fn new(config: OptimizerConfig, scheduler: ModuleLrScheduler) -> Self {
        Self {
            optimizer: config.init(0),
            source: Source::Config(config),
            scheduler,
            epoch: 0,
            factor: 1.0,
        }
    }

    /// The same with any of Burn's optimisers. Its state is that of `optimizer`; its momentum does not
    /// change from epoch to epoch.
    #[must_use]
    pub fn with_optimizer(self, optimizer: ModuleOptimizer) -> Self {
        Self {
            source: Source::Given(Box::new(optimizer.clone())),
            optimizer,
            ..self
        }
    }

    /// Whether the optimiser was [given](Self::with_optimizer), and is not that of a configuration.
    pub fn is_given(&self) -> bool {
        matches!(self.source, Source::Given(_))
    }

    /// Takes the learning rate of the next update.
    pub fn next_rate(&mut self) -> ModuleLearningRate {
        let rate = self.scheduler.step();
        // The scheduled rate itself where nothing was rejected: it may differ between parameters.
        if self.factor < 1.0 {
            (rate.base() * self.factor).into()
        } else {
            rate
        }
    }

    /// The base learning rate of the next update, which is not taken.
    pub fn peek_rate(&self) -> f64 {
        self.scheduler.clone().step().base() * self.factor
    }

    /// Changes the parameters of `module` by one update.
    pub fn step<M: Module>(
        &mut self,
        rate: ModuleLearningRate,
        module: M,
        gradients: GradientsParams,
    ) -> M {
        self.optimizer.step(rate, module, gradients)
    }

    /// Ends an epoch: the optimiser takes the momentum of the next one.
    pub fn end_epoch(&mut self) {
        self.epoch += 1;
        if let Source::Config(config) = &self.source
            && config.momentum(self.epoch) != config.momentum(self.epoch - 1)
        {
            let state = self.optimizer.to_record();
            self.optimizer = config.init(self.epoch).load_record(state);
        }
    }

    /// Answers a rejected update: the optimiser forgets its state (velocities, moments), and the learning
    /// rate is halved for the rest of the run.
    pub fn back_off(&mut self) {
        self.factor *= 0.5;
        self.optimizer = match &self.source {
            Source::Config(config) => config.init(self.epoch),
            Source::Given(optimizer) => (**optimizer).clone(),
        };
    }

    /// What the scheduled learning rate is multiplied by: 1, halved with each rejected update.
    pub fn rate_factor(&self) -> f64 {
        self.factor
    }

    /// Another learning rate, at its beginning.
    pub(crate) fn set_scheduler(&mut self, scheduler: ModuleLrScheduler) {
        self.scheduler = scheduler;
    }

    /// Puts the states into an archive, as the bytes of Burn's own records, under the names `optimizer`
    /// and `schedule`. `path` is the file's name in messages. The epoch and the
    /// [factor](Self::rate_factor) are the caller's to keep.
    ///
    /// # Errors
    ///
    /// [`StoreError::Content`] where Burn cannot write one.
    pub fn store_in(&self, archive: &mut Archive, path: &Path) -> Result<(), StoreError> {
        let failed =
            |what: &str, error: &dyn Display| StoreError::content(path, what, error.to_string());
        let optimizer = self
            .optimizer
            .into_bytes()
            .map_err(|error| failed("a state of the optimiser", &error))?;
        archive.insert("optimizer", as_tensor(&optimizer));
        let schedule = self.scheduler.to_record().into_bytes();
        let schedule = schedule.map_err(|error| failed("a state of the learning rate", &error))?;
        archive.insert("schedule", as_tensor(&schedule));
        Ok(())
    }

    /// Takes the states out of an archive, for a run in `epoch` whose rate has this
    /// [factor](Self::rate_factor).
    ///
    /// # Errors
    ///
    /// [`StoreError::Content`] where one is missing or damaged.
    pub fn restore(
        self,
        epoch: u64,
        factor: f64,
        archive: &mut Archive,
        path: &Path,
    ) -> Result<Self, StoreError> {
        let mut take = |name: &str| {
            let data = archive.remove(name);
            let data = data
                .ok_or_else(|| StoreError::content(path, format!("a tensor `{name}`"), "none"))?;
            Ok::<_, StoreError>(Bytes::from_bytes_vec(data.as_bytes().to_vec()))
        };
        let damaged = |error: String| {
            StoreError::content(path, "states of the optimiser and the schedule", error)
        };
        let state = take("optimizer")?;
        let optimizer = match &self.source {
            Source::Config(config) => config.init(epoch),
            Source::Given(optimizer) => (**optimizer).clone(),
        };
        let optimizer = read_record(|| optimizer.from_bytes(state)).map_err(damaged)?;
        let state = take("schedule")?;
        let record = read_record(|| LrSchedulerRecord::from_bytes(state)).map_err(damaged)?;
        Ok(Self {
            optimizer,
            scheduler: self.scheduler.load_record(record),
            epoch,
            factor,
            source: self.source,
        })
    }
}

/// What a reader of Burn's makes of a record. Burn 0.22's panic on some records that are damaged: that is
/// an error here.
///
/// # Errors
///
/// What the reader says, or that the record cannot be read.
pub fn read_record<T, E: Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("a record that cannot be read".to_owned()),
    }
}

fn as_tensor(bytes: &[u8]) -> TensorData {
    TensorData::from_bytes_vec(bytes.to_vec(), [bytes.len()], DType::U8)
}
