//! Persistent contrastive divergence.

use rbm_model::{
    objective::Clamped,
    sampling::{Gibbs, GibbsState, Kernel, independent_visible},
    store::StoreError,
};
use serde::{Deserialize, Serialize};

use super::{
    AlgorithmSettings, AlgorithmState, Phases, Rejection, SharedKernel, TrainingAlgorithm, Update,
    settings::{check_chains, check_sweeps},
};
use crate::{Schedule, Step, TrainConfigError};

/// Persistent contrastive divergence: chains kept from update to update (T. Tieleman, 2008).
///
/// ```
/// use rbm_train::{Algorithm, Pcd};
///
/// let pcd: Algorithm = serde_json::from_str(r#"{"kind": "pcd", "k": [[0, 1], [10, 5]]}"#)?;
/// let Algorithm::Pcd(Pcd { k, chains }) = pcd else { unreachable!() };
/// assert_eq!((k.at(9), k.at(10), chains), (1, 5, None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pcd {
    /// Gibbs sweeps per update.
    pub k: Schedule<usize>,
    /// The number of chains; as many as a batch has rows where absent.
    #[serde(default)]
    pub chains: Option<usize>,
}

impl Default for Pcd {
    /// One sweep, and as many chains as a batch has rows.
    fn default() -> Self {
        Self {
            k: 1.into(),
            chains: None,
        }
    }
}

impl AlgorithmSettings for Pcd {
    fn summary(&self) -> &'static str {
        "Chains kept from update to update"
    }

    fn validate(&self) -> Result<(), TrainConfigError> {
        check_sweeps(&self.k)?;
        check_chains(self.chains)
    }

    fn start(&self) -> Box<dyn TrainingAlgorithm> {
        Box::new(PersistentChains::new(self.clone(), Gibbs::new(1)))
    }

    fn sweeps(&mut self) -> Option<&mut Schedule<usize>> {
        Some(&mut self.k)
    }

    fn chains(&mut self) -> Option<&mut Option<usize>> {
        Some(&mut self.chains)
    }
}

/// Persistent contrastive divergence with any kernel of Gibbs states.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, sampling::Gibbs};
/// use rbm_train::{Pcd, PersistentChains, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let settings = Pcd { k: 1.into(), chains: Some(7) };
/// let algorithm = PersistentChains::new(settings, Gibbs::new(2));
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?.with_algorithm(algorithm);
/// trainer.step(Tensor::ones([10, 6], &device))?;
/// assert_eq!(trainer.chains().expect("there was an update").visible.dims(), [7, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PersistentChains {
    settings: Pcd,
    kernel: Box<dyn SharedKernel>,
    chains: Option<GibbsState>,
}

impl PersistentChains {
    /// The algorithm with `k` steps of this kernel in an update.
    pub fn new<K>(settings: Pcd, kernel: K) -> Self
    where
        K: Kernel<State = GibbsState> + Send + Sync + 'static,
    {
        Self {
            settings,
            kernel: Box::new(kernel),
            chains: None,
        }
    }
}

impl TrainingAlgorithm for PersistentChains {
    fn phases(
        &mut self,
        step: &Step<'_>,
        update: &mut Update<'_>,
    ) -> Result<Phases, Box<Rejection>> {
        let (model, k) = (update.model, self.settings.k.at(update.epoch));
        let clamped = Clamped::new(model, step.batch());
        let start = match self.chains.take() {
            Some(state) => state,
            // No data are needed, and at a data-driven start these already have the data's means.
            None => {
                let chains = self.settings.chains.unwrap_or(update.config.batch_size);
                let visible = independent_visible(model, chains, update.noise);
                self.kernel.init(model, visible, update.noise)
            }
        };
        let (positive, visible) = if update.is_drawn() {
            let positive = update.phase_of(clamped);
            let visible = self.kernel.visible_after(model, start, k, update.noise);
            (positive, visible)
        } else {
            // Neither needs the other: a thread that has no part in one has one in the other.
            let (kernel, noise) = (&self.kernel, &mut *update.noise);
            rbm_kernels::join(
                || clamped.expected(model),
                || kernel.visible_after(model, start, k, noise),
            )
        };
        let clamped = Clamped::new(model, visible.clone());
        // The draw starts the next update: it costs no product.
        let (mean, hidden) = clamped.hidden_mean_and_sample(model, update.noise);
        let negative = update.phase(clamped, mean, hidden.clone());
        self.chains = Some(GibbsState { visible, hidden });
        Ok(Phases::new(step.weighted(positive), negative, k))
    }

    fn chains(&self) -> Option<&GibbsState> {
        self.chains.as_ref()
    }

    fn store(&self, state: &mut AlgorithmState) {
        if let Some(chains) = &self.chains {
            state.insert("chains.visible", &chains.visible);
            state.insert("chains.hidden", &chains.hidden);
        }
    }

    fn restore(&mut self, state: &mut AlgorithmState) -> Result<(), StoreError> {
        let visible = state.take("chains.visible", state.num_visible())?;
        let hidden = state.take("chains.hidden", state.num_hidden())?;
        self.chains = match (visible, hidden) {
            (Some(visible), Some(hidden)) => Some(GibbsState { visible, hidden }),
            _ => None,
        };
        Ok(())
    }
}
