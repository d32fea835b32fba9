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
    /// Leaves the hidden layers of a classifier as they are: what is trained is a logistic regression on
    /// the features.
    pub frozen: bool,
    /// Stops after this many epochs without a better validation (a smaller share of wrong classes,
    /// or a smaller loss of an autoencoder), and gives the network of the best one. All epochs and
    /// the network of the last where absent.
    pub patience: Option<u64>,
    /// Random seed.
    pub seed: u64,
}

impl Default for FinetuneConfig {
    /// Adam, from 0.001 down to zero. On a 784-500-500-2000 network and 10,000 digits of MNIST it had
    /// the smaller training loss after five epochs, 0.17 against 0.28 nats of plain momentum 0.9 at
    /// its best rate of 0.01, 0.03 and 0.1: the thousands of inputs of the class layer, each on half of
    /// the time, make the first updates of a larger rate overshoot.
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 100,
            optimizer: OptimizerConfig::Adam {
                beta_1: 0.9,
                beta_2: 0.999,
            },
            learning_rate: LearningRate::Linear {
                from: 0.001,
                to: 0.0,
            },
            regularisation: Regularisation::default(),
            frozen: false,
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
        if let (true, Some(norm)) = (self.frozen, self.regularisation.max_norm) {
            let expected = "null with frozen hidden layers, whose weights do not grow";
            TrainConfigError::unless(false, "regularisation.max_norm", norm, expected)?;
        }
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
            (
                r#"{"frozen": true, "regularisation": {"max_norm": 3.0}}"#,
                "regularisation.max_norm is 3: expected null with frozen",
            ),
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
