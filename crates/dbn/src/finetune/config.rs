//! How an unrolled network is tuned, as data.

use rbm_train::{LearningRate, OptimizerConfig, Schedule, TrainConfigError};
use serde::{Deserialize, Serialize};

use crate::Regularisation;

/// Everything that determines the tuning of a network besides the network and the data.
///
/// ```
/// use dbn::FinetuneConfig;
///
/// let config: FinetuneConfig = serde_json::from_str(
///     r#"{"epochs": 20, "optimizer": {"kind": "adam"}, "regularisation": {"hidden_dropout": 0.5}}"#,
/// )?;
/// config.validate()?;
/// let wrong = FinetuneConfig { batch_size: 0, ..config };
/// let message = wrong.validate().unwrap_err().to_string();
/// assert_eq!(message, "batch_size is 0: expected 1 row or more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FinetuneConfig {
    /// Passes over the data.
    pub epochs: u64,
    /// The most rows in a batch.
    pub batch_size: usize,
    /// The optimiser. Its momentum is one number throughout: Burn's learner keeps its optimiser.
    pub optimizer: OptimizerConfig,
    /// The learning rate over the run.
    pub learning_rate: LearningRate,
    /// Dropout, max-norm and weight decay.
    pub regularisation: Regularisation,
    /// Stops after this many epochs without a better validation (a smaller share of wrong classes,
    /// or a smaller loss of an autoencoder), and gives the network of the best one. All epochs and
    /// the network of the last where absent.
    pub patience: Option<u64>,
    /// Names all the random numbers of the run.
    pub seed: u64,
}

impl Default for FinetuneConfig {
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 100,
            optimizer: OptimizerConfig::Sgd {
                momentum: Schedule::Constant(0.9),
            },
            learning_rate: LearningRate::Linear { from: 0.1, to: 0.0 },
            regularisation: Regularisation::default(),
            patience: None,
            seed: 42,
        }
    }
}

impl FinetuneConfig {
    /// Whether a run of this kind is possible.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        TrainConfigError::unless(self.epochs > 0, "epochs", 0, "1 or more")?;
        TrainConfigError::unless(self.batch_size > 0, "batch_size", 0, "1 row or more")?;
        self.optimizer.validate()?;
        if let OptimizerConfig::Sgd { momentum } = &self.optimizer {
            let (holds, found) = (
                matches!(momentum, Schedule::Constant(_)),
                format!("{momentum:?}"),
            );
            let expected = "one number for all epochs";
            TrainConfigError::unless(holds, "optimizer.momentum", found, expected)?;
        }
        self.learning_rate.validate()?;
        self.regularisation.validate()?;
        let holds = self.patience != Some(0);
        TrainConfigError::unless(holds, "patience", 0, "1 epoch or more, or null")
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
            (
                r#"{"optimizer": {"kind": "sgd", "momentum": [[0, 0.5], [5, 0.9]]}}"#,
                "optimizer.momentum is Steps",
            ),
            (
                r#"{"optimizer": {"kind": "adam", "beta_1": 1.0}}"#,
                "optimizer.beta_1 is 1",
            ),
            (
                r#"{"learning_rate": {"kind": "constant", "rate": 0.0}}"#,
                "learning_rate.rate is 0",
            ),
            (
                r#"{"regularisation": {"max_norm": -1.0}}"#,
                "regularisation.max_norm is -1",
            ),
            (r#"{"patience": 0}"#, "patience is 0"),
        ] {
            let config: FinetuneConfig = serde_json::from_str(json).unwrap();
            let error = config.validate().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        for json in [r#"{"epoch": 3}"#, r#"{"regularisation": {"l1": 0.1}}"#] {
            assert!(
                serde_json::from_str::<FinetuneConfig>(json).is_err(),
                "{json}"
            );
        }
    }
}
