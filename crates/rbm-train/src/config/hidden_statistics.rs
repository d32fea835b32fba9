//! What stands for the hidden units in the gradient.

use serde::{Deserialize, Serialize};

/// What stands for the hidden units in the gradient.
///
/// ```
/// use rbm_train::{HiddenStatistics, TrainConfig};
///
/// let config: TrainConfig = serde_json::from_str(r#"{"hidden_statistics": "drawn"}"#)?;
/// assert_eq!(config.hidden_statistics, HiddenStatistics::Drawn);
/// assert_eq!(TrainConfig::default().hidden_statistics, HiddenStatistics::Expected);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenStatistics {
    /// `E[h | v]` (Rao-Blackwellised): the same expectation with a smaller variance.
    #[default]
    Expected,
    /// Draws.
    Drawn,
}
