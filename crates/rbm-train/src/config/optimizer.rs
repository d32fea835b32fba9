//! Which optimiser takes the gradient.

use burn::optim::{AdamConfig, ModuleOptimizer};
use serde::{Deserialize, Serialize};

use super::{Schedule, TrainConfigError};
use crate::descent::Descent;

/// The optimiser.
///
/// ```
/// use rbm_train::OptimizerConfig;
///
/// let json = r#"{"kind": "sgd", "momentum": [[0, 0.5], [5, 0.9]]}"#;
/// let sgd: OptimizerConfig = serde_json::from_str(json)?;
/// assert_eq!((sgd.momentum(4), sgd.momentum(5)), (0.5, 0.9));
/// let adam: OptimizerConfig = serde_json::from_str(r#"{"kind": "adam"}"#)?;
/// assert_eq!(adam, OptimizerConfig::Adam { beta_1: 0.9, beta_2: 0.999 });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerConfig {
    /// Stochastic gradient descent.
    Sgd {
        /// The share of the last update that is made again, by epoch.
        #[serde(default = "no_momentum")]
        momentum: Schedule<f64>,
    },
    /// Adam (D. P. Kingma, J. Ba, 2015).
    Adam {
        /// The decay of the mean of gradients.
        #[serde(default = "beta_1")]
        beta_1: f32,
        /// The decay of the mean of squared gradients.
        #[serde(default = "beta_2")]
        beta_2: f32,
    },
}

fn no_momentum() -> Schedule<f64> {
    Schedule::Constant(0.0)
}
fn beta_1() -> f32 {
    0.9
}
fn beta_2() -> f32 {
    0.999
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Sgd {
            momentum: no_momentum(),
        }
    }
}

impl OptimizerConfig {
    /// Whether a run can have this optimiser.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        match self {
            Self::Sgd { momentum } => {
                TrainConfigError::unless(
                    momentum.is_complete(),
                    "optimizer.momentum",
                    format!("{momentum:?}"),
                    "a number, or pairs [epoch, number] whose epochs ascend from 0",
                )?;
                momentum.values().try_for_each(|m| {
                    let holds = (0.0..1.0).contains(&m);
                    TrainConfigError::unless(holds, "optimizer.momentum", m, "a number in [0, 1)")
                })
            }
            Self::Adam { beta_1, beta_2 } => {
                let range = "a number in [0, 1)";
                let holds = |beta: &f32| (0.0..1.0).contains(beta);
                TrainConfigError::unless(holds(beta_1), "optimizer.beta_1", beta_1, range)?;
                TrainConfigError::unless(holds(beta_2), "optimizer.beta_2", beta_2, range)
            }
        }
    }

    /// The momentum during `epoch`; zero for optimisers that have none.
    pub fn momentum(&self, epoch: u64) -> f64 {
        match self {
            Self::Sgd { momentum } => momentum.at(epoch),
            Self::Adam { .. } => 0.0,
        }
    }

    /// The optimiser for `epoch`, without state.
    pub fn init(&self, epoch: u64) -> ModuleOptimizer {
        match self {
            Self::Sgd { .. } => Descent::new(self.momentum(epoch)).into(),
            Self::Adam { beta_1, beta_2 } => AdamConfig::new()
                .with_beta_1(*beta_1)
                .with_beta_2(*beta_2)
                .with_epsilon(1e-8)
                .init(),
        }
    }
}
