//! What is measured and kept while a run goes.

use burnzmann::Watch;
use serde::{Deserialize, Serialize};

use crate::{CliError, LogFormat, WatchArgs};

/// What a run measures and keeps while it goes, a part of [`RunConfig`](crate::RunConfig): a resumed run
/// does the same, unless it is told otherwise.
///
/// ```
/// use burnzmann_cli::WatchConfig;
///
/// let watch: WatchConfig = serde_json::from_str(r#"{"likelihood_every": 5, "early_stop": true}"#)?;
/// assert_eq!((watch.keep, watch.watch().patience_of(40)), (2, Some(12)));
/// // A run of before there was early stopping has all its epochs.
/// assert_eq!(WatchConfig::default().watch().patience_of(40), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchConfig {
    /// Epochs from one estimate of the likelihood to the next; 0 for none. Where absent, ten estimates at
    /// equal distances, and before the first of them at the epochs 1, 2, 3, 4, 6, 8, 12 and so on.
    pub likelihood_every: Option<u64>,
    /// Seconds between checkpoints, at least.
    pub checkpoint_every: f64,
    /// Checkpoints to keep.
    pub keep: u8,
    /// What the numbers of the epochs are written as, beside `metrics.csv`.
    pub log: Option<LogFormat>,
    /// Whether the run ends where the held-out likelihood has clearly fallen.
    pub early_stop: bool,
    /// For how many epochs it has to have fallen; three tenths of all where absent.
    pub patience: Option<u64>,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self {
            likelihood_every: None,
            checkpoint_every: 1.0,
            keep: 2,
            log: None,
            early_stop: false,
            patience: None,
        }
    }
}

impl WatchConfig {
    /// The same with what the options say.
    #[must_use]
    pub(crate) fn over(self, args: &WatchArgs) -> Self {
        Self {
            likelihood_every: args.likelihood_every.or(self.likelihood_every),
            checkpoint_every: args.checkpoint_every.unwrap_or(self.checkpoint_every),
            keep: args.keep.unwrap_or(self.keep),
            log: args.log.or(self.log),
            early_stop: !args.no_early_stop && (self.early_stop || args.patience.is_some()),
            patience: args.patience.or(self.patience),
        }
    }

    /// When the run is measured, and when it ends early.
    pub fn watch(&self) -> Watch {
        Watch {
            likelihood_every: self.likelihood_every,
            early_stop: self.early_stop,
            patience: self.patience,
        }
    }

    /// Whether a run can be watched like that.
    pub(crate) fn validate(&self) -> Result<(), CliError> {
        if self.keep == 0 {
            return Err(CliError::bad_input(
                "watch.keep is 0: a run keeps one checkpoint or more",
            ));
        }
        if !(0.0..=1e9).contains(&self.checkpoint_every) {
            return Err(CliError::BadInput(format!(
                "watch.checkpoint_every is {}: expected a number of seconds, zero or larger",
                self.checkpoint_every
            )));
        }
        if self.patience == Some(0) {
            return Err(CliError::bad_input(
                "watch.patience is 0: expected a number of epochs, 1 or more",
            ));
        }
        Ok(())
    }
}
