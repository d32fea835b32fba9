//! What is measured and kept while a run goes.

use burnzmann::train::EarlyStop;
use serde::{Deserialize, Serialize};

use crate::{CliError, LogFormat, WatchArgs};

/// What a run measures and keeps while it goes, a part of [`RunConfig`](crate::RunConfig): a resumed run
/// does the same, unless it is told otherwise.
///
/// ```
/// use burnzmann_cli::WatchConfig;
///
/// let watch: WatchConfig = serde_json::from_str(r#"{"likelihood_every": 5, "early_stop": true}"#)?;
/// assert_eq!((watch.keep, watch.patience_of(40)), (2, Some(12)));
/// // A run of before there was early stopping has all its epochs.
/// assert_eq!(WatchConfig::default().patience_of(40), None);
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

/// What ends a run where it falls: the first of these that was measured.
const FALLING: [&str; 2] = ["log_likelihood", "pseudo_log_likelihood"];

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

    /// Whether the likelihood is estimated at the end of this epoch, in a run of so many. A model of few
    /// rows may be at its best in the first hundredth of its epochs.
    pub(crate) fn is_measured(&self, epoch: u64, epochs: u64) -> bool {
        let every = self.likelihood_every.unwrap_or(epochs.div_ceil(10));
        if every == 0 {
            return false;
        }
        let is_early = || {
            let odd = epoch >> epoch.trailing_zeros();
            self.likelihood_every.is_none() && epoch < every && (odd == 1 || odd == 3)
        };
        epoch == epochs || epoch.is_multiple_of(every) || is_early()
    }

    /// The patience of a run of so many epochs, where it may end early.
    pub fn patience_of(&self, epochs: u64) -> Option<u64> {
        let default = EarlyStop::default_patience(epochs);
        self.early_stop.then(|| self.patience.unwrap_or(default))
    }

    /// What ends a run of so many epochs early, where it may end so.
    pub(crate) fn early_stop(&self, epochs: u64) -> Option<EarlyStop> {
        let patience = self.patience_of(epochs)?;
        Some(EarlyStop::new(&FALLING, patience))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(watch: &WatchConfig, epochs: u64) -> Vec<u64> {
        let mut all: Vec<u64> = (1..=epochs).collect();
        all.retain(|&epoch| watch.is_measured(epoch, epochs));
        all
    }

    #[test]
    fn the_likelihood_is_estimated_more_often_at_the_beginning() {
        let usual = WatchConfig::default();
        assert_eq!(measured(&usual, 10), (1..=10).collect::<Vec<_>>());
        assert_eq!(
            measured(&usual, 125),
            [
                1, 2, 3, 4, 6, 8, 12, 13, 26, 39, 52, 65, 78, 91, 104, 117, 125
            ]
        );
        // Of a hundredfold run a few more, and none of a tenth of it goes by unseen.
        let long = measured(&usual, 12_500);
        assert_eq!(long.len(), 30);
        assert!(long.windows(2).all(|pair| pair[1] <= 2 * pair[0]));
        let every = |n| WatchConfig {
            likelihood_every: Some(n),
            ..WatchConfig::default()
        };
        assert_eq!(measured(&every(50), 125), [50, 100, 125]);
        assert_eq!(measured(&every(0), 125), [0; 0]);
    }
}
