//! Everything that determines a training run besides the model and the data.

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use serde::{Deserialize, Serialize};

use super::{HiddenStatistics, LearningRate, OptimizerConfig, TrainConfigError};
use crate::Algorithm;

/// How a model is trained. The defaults are meant to be good ones: persistent chains, centring, a
/// learning rate that falls to zero.
///
/// ```
/// use rbm_train::TrainConfig;
///
/// let config: TrainConfig = serde_json::from_str(r#"{"epochs": 5, "algorithm": {"kind": "cd", "k": 1}}"#)?;
/// config.validate()?;
/// let wrong = TrainConfig { epochs: 0, ..config };
/// assert_eq!(wrong.validate().unwrap_err().to_string(), "epochs is 0: expected 1 or more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Where the negative phase comes from.
    pub algorithm: Algorithm,
    /// What stands for the hidden units in the gradient.
    pub hidden_statistics: HiddenStatistics,
    /// The optimiser.
    pub optimizer: OptimizerConfig,
    /// The learning rate over the run.
    pub learning_rate: LearningRate,
    /// The epoch, counted from 0, at which the learning rate is at its first value: 0, except in a run
    /// that was [given another rate](crate::Trainer::replan) on its way.
    #[serde(skip_serializing_if = "is_zero")]
    pub learning_rate_since: u64,
    /// The weight of `Σ |W|` in the loss; biases are never penalised.
    pub l1: f64,
    /// The weight of `Σ W²/2` in the loss; biases are never penalised.
    pub l2: f64,
    /// The rate of the moving averages that are the offsets of centring; no centring where absent.
    pub centring: Option<f64>,
    /// The most rows in a batch.
    pub batch_size: usize,
    /// Passes over the data.
    pub epochs: u64,
    /// Random seed.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::default(),
            hidden_statistics: HiddenStatistics::default(),
            optimizer: OptimizerConfig::default(),
            learning_rate: LearningRate::default(),
            learning_rate_since: 0,
            l1: 0.0,
            l2: 0.0,
            centring: Some(0.01),
            batch_size: 100,
            epochs: 10,
            seed: 42,
        }
    }
}

/// With 2^32 rows an epoch, updates are still counted in 64 bits.
const MAX_EPOCHS: u64 = 1_000_000_000;
/// More rows or chains than this at a time are taken for a mistake.
pub(crate) const MAX_ROWS: usize = 1 << 24;

impl TrainConfig {
    /// Whether a run of this kind is possible.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        self.algorithm.validate()?;
        self.optimizer.validate()?;
        self.learning_rate.validate()?;
        for (field, value) in [("l1", self.l1), ("l2", self.l2)] {
            let holds = value.is_finite() && value >= 0.0;
            TrainConfigError::unless(holds, field, value, "a finite number, zero or larger")?;
        }
        if let Some(rate) = self.centring {
            let holds = rate > 0.0 && rate <= 1.0;
            TrainConfigError::unless(holds, "centring", rate, "a number in (0, 1], or null")?;
        }
        TrainConfigError::unless(
            (1..=MAX_ROWS).contains(&self.batch_size),
            "batch_size",
            self.batch_size,
            "1 row or more, at most 2^24",
        )?;
        TrainConfigError::unless(self.epochs > 0, "epochs", 0, "1 or more")?;
        TrainConfigError::unless(
            self.epochs <= MAX_EPOCHS,
            "epochs",
            self.epochs,
            "1,000,000,000 or fewer",
        )?;
        TrainConfigError::unless(
            self.learning_rate_since <= self.epochs,
            "learning_rate_since",
            self.learning_rate_since,
            "an epoch of the run",
        )
    }

    /// The learning rate of a run with so many updates an epoch, at its beginning.
    pub(crate) fn scheduler(&self, steps_per_epoch: usize) -> ModuleLrScheduler {
        let epochs = self.epochs.saturating_sub(self.learning_rate_since);
        let epochs = usize::try_from(epochs).unwrap_or(usize::MAX);
        let updates = epochs.saturating_mul(steps_per_epoch);
        self.learning_rate.scheduler(updates)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands on a reference"
)]
fn is_zero(epoch: &u64) -> bool {
    *epoch == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        let cases = [
            (
                r#"{"algorithm": {"kind": "cd", "k": 0}}"#,
                "algorithm.k is 0",
            ),
            (
                r#"{"algorithm": {"kind": "cd", "k": [[1, 1]]}}"#,
                "algorithm.k is Steps",
            ),
            (
                r#"{"algorithm": {"kind": "pcd", "k": 1, "chains": 0}}"#,
                "algorithm.chains is 0",
            ),
            (
                r#"{"optimizer": {"kind": "sgd", "momentum": 1.0}}"#,
                "optimizer.momentum is 1",
            ),
            (
                r#"{"optimizer": {"kind": "sgd", "momentum": []}}"#,
                "optimizer.momentum is Steps",
            ),
            (
                r#"{"optimizer": {"kind": "adam", "beta_1": -0.5}}"#,
                "optimizer.beta_1 is -0.5",
            ),
            (
                r#"{"optimizer": {"kind": "adam", "beta_2": 1.5}}"#,
                "optimizer.beta_2 is 1.5",
            ),
            (
                r#"{"learning_rate": {"kind": "constant", "rate": 0.0}}"#,
                "learning_rate.rate is 0",
            ),
            (
                r#"{"learning_rate": {"kind": "linear", "from": 2.0, "to": 0.0}}"#,
                "learning_rate.from is 2",
            ),
            (
                r#"{"learning_rate": {"kind": "linear", "from": 0.1, "to": -0.1}}"#,
                "learning_rate.to is -0.1",
            ),
            (
                r#"{"learning_rate": {"kind": "cosine", "from": 0.1, "to": 0.2}}"#,
                "learning_rate.to is 0.2",
            ),
            (
                r#"{"learning_rate": {"kind": "exponential", "from": 0.1, "to": 0.0}}"#,
                "learning_rate.to is 0",
            ),
            (r#"{"l1": -1.0}"#, "l1 is -1"),
            (r#"{"l2": -1.0}"#, "l2 is -1"),
            (r#"{"centring": 0.0}"#, "centring is 0"),
            (r#"{"batch_size": 0}"#, "batch_size is 0"),
            (r#"{"batch_size": 100000000}"#, "batch_size is 100000000"),
            (
                r#"{"algorithm": {"kind": "pcd", "k": 1, "chains": 100000000}}"#,
                "algorithm.chains is 100000000",
            ),
            (r#"{"epochs": 0}"#, "epochs is 0"),
            (
                r#"{"epochs": 18446744073709551615}"#,
                "epochs is 18446744073709551615: expected 1,000,000,000 or fewer",
            ),
            (
                r#"{"epochs": 5, "learning_rate_since": 6}"#,
                "learning_rate_since is 6",
            ),
        ];
        for (json, message) in cases {
            let config: TrainConfig = serde_json::from_str(json).unwrap();
            let error = config.validate().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn unknown_and_ill_typed_fields_are_refused() {
        for json in [
            r#"{"epoch": 3}"#,
            r#"{"epochs": -3}"#,
            r#"{"algorithm": {"kind": "cdk", "k": 1}}"#,
            r#"{"algorithm": {"kind": "cd", "k": 1, "chains": 5}}"#,
            r#"{"learning_rate": {"kind": "constant", "rate": null}}"#,
        ] {
            assert!(serde_json::from_str::<TrainConfig>(json).is_err(), "{json}");
        }
        let config = TrainConfig::default();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TrainConfig>(&json).unwrap(), config);
    }
}
