//! How a model is measured.

use serde::{Deserialize, Serialize};

use crate::{Ais, AnnealingSchedule, Method};

/// How to measure.
///
/// ```
/// use rbm_eval::{EvaluationConfig, Method, AnnealingSchedule};
///
/// let json = r#"{"method": "ais", "ais": {"chains": 500, "schedule": {"kind": "linear", "steps": 2000}}}"#;
/// let config: EvaluationConfig = serde_json::from_str(json).unwrap();
/// assert_eq!((config.method, config.ais.chains), (Method::Ais, 500));
/// assert_eq!(config.ais.schedule, AnnealingSchedule::Linear { steps: 2000 });
/// assert!(config.reverse);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluationConfig {
    /// By which method.
    pub method: Method,
    /// The settings of annealing.
    pub ais: Ais,
    /// Whether to anneal back as well, from as many chains, one batch of them at most. Without it
    /// nothing bounds `log Z` from above.
    pub reverse: bool,
    /// Gibbs sweeps of the reverse chains from data before they anneal, 8 or more.
    pub burn_in: usize,
}

impl Default for EvaluationConfig {
    /// 1,000 chains over 5,000 temperatures, forward and back: what `burnzmann evaluate` does.
    fn default() -> Self {
        Self {
            method: Method::default(),
            ais: Ais {
                schedule: AnnealingSchedule::Linear { steps: 5000 },
                chains: 1000,
                ..Ais::default()
            },
            reverse: true,
            burn_in: 1000,
        }
    }
}
