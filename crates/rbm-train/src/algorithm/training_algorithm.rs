//! What a training algorithm does in an update.

use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    objective::{Clamped, Phase},
    sampling::GibbsState,
    store::StoreError,
};

use super::AlgorithmState;
use crate::{EpochReport, HiddenStatistics, Step, TrainConfig};

/// What supplies the two phases of the gradient, and mainly the negative one: a state that is carried from
/// update to update, and the hooks at which it takes part in a run.
///
/// One update of a [`Trainer`](crate::Trainer) calls, in this order, [`begin`](Self::begin),
/// [`phases`](Self::phases), [`scale`](Self::scale) and [`after_update`](Self::after_update);
/// [`settle`](Self::settle) is called at the end of an epoch. Only `phases` has to be written.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, objective::Clamped, sampling::{Gibbs, independent_visible}};
/// use rbm_train::{Phases, Rejection, Step, TrainConfig, Trainer, TrainingAlgorithm, Update};
///
/// /// One sweep from draws of the visible units alone.
/// struct OneSweep;
///
/// impl TrainingAlgorithm for OneSweep {
///     fn phases(&mut self, step: &Step, update: &mut Update) -> Result<Phases, Box<Rejection>> {
///         let model = update.model;
///         let positive = Clamped::new(model, step.batch()).expected(model);
///         let start = independent_visible(model, step.len(), update.noise);
///         let hidden = model.sample_hidden(start, update.noise);
///         let visible = Gibbs::new(1).visible_from(model, hidden, update.noise);
///         let negative = Clamped::new(model, visible).expected(model);
///         Ok(Phases::new(step.weighted(positive), negative, 1))
///     }
/// }
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?.with_algorithm(OneSweep);
/// assert_eq!(trainer.step(Tensor::ones([10, 6], &device))?.k, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait TrainingAlgorithm: Send + Sync {
    /// Before the gradient of an update: may give the model other parameters (an update without a
    /// gradient), or reject what the updates before have made of it. The update then goes on from the
    /// parameters that it leaves.
    fn begin(&mut self, _update: &mut Update<'_>) -> Decision {
        Decision::Keep
    }

    /// Both phases of the gradient.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] ends the update without a gradient.
    fn phases(
        &mut self,
        step: &Step<'_>,
        update: &mut Update<'_>,
    ) -> Result<Phases, Box<Rejection>>;

    /// The share, in (0, 1], of the way from `before` to `after` that the update goes. `before` has no
    /// tape, and `after` is what the optimiser has made of it, with one.
    fn scale(&mut self, _before: &Rbm, _after: &Rbm) -> f64 {
        1.0
    }

    /// After an update: other parameters for the model, a change of gauge say; none to keep `rbm`, which is
    /// on a device with autodiff.
    fn after_update(&mut self, _rbm: &Rbm) -> Option<Rbm> {
        None
    }

    /// At the end of an epoch, before anything is measured: may add numbers to the report, and may reject.
    fn settle(&mut self, _update: &mut Update<'_>, _report: &mut EpochReport) -> Decision {
        Decision::Keep
    }

    /// The persistent chains, where there are any.
    fn chains(&self) -> Option<&GibbsState> {
        None
    }

    /// Puts everything that the next update depends on into a checkpoint.
    fn store(&self, _state: &mut AlgorithmState) {}

    /// Takes it out again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where it is damaged.
    fn restore(&mut self, _state: &mut AlgorithmState) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What an algorithm sees of the run in an update.
///
/// ```
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{HiddenStatistics, TrainConfig, Update};
///
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &Default::default());
/// let hidden_statistics = HiddenStatistics::Drawn;
/// let config = TrainConfig { hidden_statistics, ..TrainConfig::default() };
/// let mut noise = Noise::new(2);
/// let update = Update { model: &rbm, config: &config, epoch: 0, step: 0, noise: &mut noise };
/// assert!(update.is_drawn());
/// ```
pub struct Update<'a> {
    /// The model before the update, without a tape.
    pub model: &'a Rbm,
    /// The configuration of the run.
    pub config: &'a TrainConfig,
    /// Epochs finished.
    pub epoch: u64,
    /// Updates made.
    pub step: u64,
    /// The random numbers of this update.
    pub noise: &'a mut Noise,
}

impl Update<'_> {
    /// Whether hidden units stand in the gradient as draws, and not as means.
    pub fn is_drawn(&self) -> bool {
        self.config.hidden_statistics == HiddenStatistics::Drawn
    }

    /// The phase with the hidden statistics that the configuration asks for, where both are at hand.
    pub fn phase(&self, clamped: Clamped, mean: Tensor<2>, sample: Tensor<2>) -> Phase {
        if self.is_drawn() {
            clamped.drawn(sample)
        } else {
            clamped.with_hidden_mean(self.model, mean)
        }
    }

    /// The phase with the hidden statistics that the configuration asks for, of which nothing is at hand.
    pub fn phase_of(&mut self, clamped: Clamped) -> Phase {
        if self.is_drawn() {
            let sample = clamped.sample_hidden(self.model, self.noise);
            clamped.drawn(sample)
        } else {
            clamped.expected(self.model)
        }
    }
}

/// The two phases of an update.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, objective::Clamped};
/// use rbm_train::Phases;
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let phase = |v| Clamped::new(&rbm, Tensor::full([2, 6], v, &device)).expected(&rbm);
/// let phases = Phases::new(phase(1.0), phase(0.0), 3).with_statistic("acceptance", 0.4);
/// assert_eq!(phases.k, 3);
/// ```
#[derive(Clone, Debug)]
pub struct Phases {
    /// The data side.
    pub positive: Phase,
    /// The model side.
    pub negative: Phase,
    /// Sweeps of its chains; zero where there are none.
    pub k: usize,
    /// Numbers by name, whose means over an epoch become columns of its report.
    pub statistics: Vec<(&'static str, f64)>,
}

impl Phases {
    /// Two phases without statistics.
    pub fn new(positive: Phase, negative: Phase, k: usize) -> Self {
        Self {
            positive,
            negative,
            k,
            statistics: Vec::new(),
        }
    }

    /// The same with one more number for the report of the epoch.
    #[must_use]
    pub fn with_statistic(mut self, name: &'static str, value: f64) -> Self {
        self.statistics.push((name, value));
        self
    }
}

/// The parameters that the run goes back to: the learning rate is halved for the rest of the run, and the
/// optimiser forgets its state.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Decision, Rejection};
///
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &Device::default());
/// let decision = Decision::reject(rbm, "the chains are left behind");
/// let Decision::Reject(rejection) = decision else { unreachable!() };
/// assert_eq!(rejection.reason, "the chains are left behind");
/// ```
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The parameters.
    pub parameters: Rbm,
    /// Why, for messages.
    pub reason: String,
}

/// What a hook does to the parameters.
///
/// ```
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::Decision;
///
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &Default::default());
/// let decision = Decision::reject(rbm, "the weights exploded");
/// assert!(matches!(decision, Decision::Reject(rejection) if rejection.parameters.num_hidden() == 4));
/// ```
#[derive(Clone, Debug)]
pub enum Decision {
    /// Nothing.
    Keep,
    /// They become these: an update without a gradient.
    Move(Box<Rbm>),
    /// They go back to what they were.
    Reject(Box<Rejection>),
}

impl Decision {
    /// Go back to `parameters`.
    pub fn reject(parameters: Rbm, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Reject(Box::new(Rejection { parameters, reason }))
    }
}
