//! How the up-down algorithm runs, as data.

use rbm_train::{LearningRate, OptimizerConfig, Schedule, TrainConfigError};
use serde::{Deserialize, Serialize};

/// Everything that determines a run of [`up_down`](crate::up_down()) besides the network and the data.
///
/// ```
/// use dbn::UpDownConfig;
///
/// let config: UpDownConfig = serde_json::from_str(r#"{"epochs": 3, "k": [[0, 3], [1, 6], [2, 10]]}"#)?;
/// config.validate()?;
/// assert_eq!(config.k.at(1), 6);
/// let wrong = UpDownConfig { k: 0.into(), ..config };
/// assert_eq!(wrong.validate().unwrap_err().to_string(), "k is 0: expected 1 sweep or more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpDownConfig {
    /// Passes over the data.
    pub epochs: u64,
    /// The most rows in a batch.
    pub batch_size: usize,
    /// Gibbs sweeps in the top layer between the way up and the way down, by epoch.
    pub k: Schedule<usize>,
    /// The optimiser.
    pub optimizer: OptimizerConfig,
    /// The learning rate over the run.
    pub learning_rate: LearningRate,
    /// The weight of `Σ W²/2` in the loss, over the weights of both directions and of the top;
    /// biases are never penalised.
    pub l2: f64,
    /// The rate of the moving averages that are the offsets of centring; no centring where absent.
    pub centring: Option<f64>,
    /// Random seed.
    pub seed: u64,
}

impl Default for UpDownConfig {
    /// Sweeps that grow from 3 to 6 and 10 at a third and two thirds of 30 epochs, as in the paper,
    /// and the rate and momentum of greedy training.
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 100,
            k: Schedule::Steps(vec![(0, 3), (10, 6), (20, 10)]),
            optimizer: OptimizerConfig::Sgd {
                momentum: 0.9.into(),
            },
            learning_rate: LearningRate::Linear { from: 0.1, to: 0.0 },
            l2: 0.0,
            centring: Some(0.01),
            seed: 42,
        }
    }
}

impl UpDownConfig {
    /// Whether a run of this kind is possible.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        TrainConfigError::unless(self.epochs > 0, "epochs", 0, "1 or more")?;
        TrainConfigError::unless(self.batch_size > 0, "batch_size", 0, "1 row or more")?;
        let expected = "a number, or pairs [epoch, number] whose epochs ascend from 0";
        let found = format!("{:?}", self.k);
        TrainConfigError::unless(self.k.is_complete(), "k", found, expected)?;
        for k in self.k.values() {
            TrainConfigError::unless(k > 0, "k", k, "1 sweep or more")?;
        }
        self.optimizer.validate()?;
        self.learning_rate.validate()?;
        if let Some(rate) = self.centring {
            let holds = rate > 0.0 && rate <= 1.0;
            TrainConfigError::unless(holds, "centring", rate, "a number in (0, 1], or null")?;
        }
        let holds = self.l2.is_finite() && self.l2 >= 0.0;
        TrainConfigError::unless(holds, "l2", self.l2, "a finite number, zero or larger")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        for (json, message) in [
            (r#"{"epochs": 0}"#, "epochs is 0"),
            (r#"{"batch_size": 0}"#, "batch_size is 0"),
            (r#"{"k": 0}"#, "k is 0"),
            (r#"{"k": [[2, 1]]}"#, "k is Steps"),
            (
                r#"{"optimizer": {"kind": "sgd", "momentum": 1.0}}"#,
                "optimizer.momentum is 1",
            ),
            (
                r#"{"learning_rate": {"kind": "constant", "rate": 0.0}}"#,
                "learning_rate.rate is 0",
            ),
            (r#"{"l2": -1.0}"#, "l2 is -1"),
            (r#"{"centring": 1.5}"#, "centring is 1.5"),
        ] {
            let config: UpDownConfig = serde_json::from_str(json).unwrap();
            let error = config.validate().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(serde_json::from_str::<UpDownConfig>(r#"{"steps": 3}"#).is_err());
        UpDownConfig::default().validate().unwrap();
    }
}
