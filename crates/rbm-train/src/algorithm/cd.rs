//! Contrastive divergence.

use rbm_model::{
    objective::Clamped,
    sampling::{Gibbs, GibbsState, Kernel},
};
use serde::{Deserialize, Serialize};

use super::{
    AlgorithmSettings, Phases, Rejection, SharedKernel, TrainingAlgorithm, Update,
    settings::check_sweeps,
};
use crate::{Schedule, Step, TrainConfigError};

/// Contrastive divergence: chains restarted at the data for each update (G. E. Hinton, 2002).
///
/// ```
/// use rbm_train::{Algorithm, Cd};
///
/// let cd: Algorithm = serde_json::from_str(r#"{"kind": "cd", "k": 25}"#)?;
/// assert_eq!(cd, Cd { k: 25.into() }.into());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cd {
    /// Gibbs sweeps per update.
    pub k: Schedule<usize>,
}

impl Default for Cd {
    /// One sweep.
    fn default() -> Self {
        Self { k: 1.into() }
    }
}

impl AlgorithmSettings for Cd {
    fn summary(&self) -> &'static str {
        "Chains restarted at the data for each update"
    }

    fn validate(&self) -> Result<(), TrainConfigError> {
        check_sweeps(&self.k)
    }

    fn start(&self) -> Box<dyn TrainingAlgorithm> {
        Box::new(ContrastiveDivergence::new(self.clone(), Gibbs::new(1)))
    }

    fn sweeps(&mut self) -> Option<&mut Schedule<usize>> {
        Some(&mut self.k)
    }

    /// Features of digits that CD-1 learns with 0.9 classify better than those of 0.5; chains that persist
    /// do not follow such steps.
    fn usual_momentum(&self) -> f64 {
        0.9
    }

    fn lowers_reconstruction_error(&self) -> bool {
        true
    }
}

/// Contrastive divergence with any kernel of Gibbs states.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, sampling::Gibbs};
/// use rbm_train::{Cd, ContrastiveDivergence, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// // Steps of two sweeps, three of them in an update.
/// let algorithm = ContrastiveDivergence::new(Cd { k: 3.into() }, Gibbs::new(2));
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?.with_algorithm(algorithm);
/// assert_eq!(trainer.step(Tensor::ones([10, 6], &device))?.k, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ContrastiveDivergence {
    settings: Cd,
    kernel: Box<dyn SharedKernel>,
}

impl ContrastiveDivergence {
    /// The algorithm with `k` steps of this kernel in an update.
    pub fn new<K>(settings: Cd, kernel: K) -> Self
    where
        K: Kernel<State = GibbsState> + Send + Sync + 'static,
    {
        Self {
            settings,
            kernel: Box::new(kernel),
        }
    }
}

impl TrainingAlgorithm for ContrastiveDivergence {
    fn phases(
        &mut self,
        step: &Step<'_>,
        update: &mut Update<'_>,
    ) -> Result<Phases, Box<Rejection>> {
        let (model, k) = (update.model, self.settings.k.at(update.epoch));
        // One product serves the positive phase and the start of the chains.
        let clamped = Clamped::new(model, step.batch());
        let visible = clamped.visible();
        let (mean, hidden) = clamped.hidden_mean_and_sample(model, update.noise);
        let positive = update.phase(clamped, mean, hidden.clone());
        let start = GibbsState { visible, hidden };
        let fantasy = self.kernel.visible_after(model, start, k, update.noise);
        let negative = update.phase_of(Clamped::new(model, fantasy));
        let [positive, negative] = [positive, negative].map(|phase| step.weighted(phase));
        Ok(Phases::new(positive, negative, k))
    }
}
