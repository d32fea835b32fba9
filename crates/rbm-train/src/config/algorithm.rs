//! Where the negative phase comes from.

use serde::{Deserialize, Serialize};

use super::{Schedule, TrainConfigError, train::MAX_ROWS};

/// The source of the negative phase.
///
/// ```
/// use rbm_train::{Algorithm, Schedule};
///
/// let pcd: Algorithm = serde_json::from_str(r#"{"kind": "pcd", "k": [[0, 1], [10, 5]]}"#)?;
/// let Algorithm::Pcd { k, chains } = pcd else { unreachable!() };
/// assert_eq!((k.at(9), k.at(10), chains), (1, 5, None));
/// let cd: Algorithm = serde_json::from_str(r#"{"kind": "cd", "k": 25}"#)?;
/// assert_eq!(cd, Algorithm::Cd { k: Schedule::Constant(25) });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Algorithm {
    /// Contrastive divergence: chains restarted at the data for each update (G. E. Hinton, 2002).
    Cd {
        /// Gibbs sweeps per update.
        k: Schedule<usize>,
    },
    /// Persistent contrastive divergence: chains kept from update to update (T. Tieleman, 2008).
    Pcd {
        /// Gibbs sweeps per update.
        k: Schedule<usize>,
        /// The number of chains; as many as a batch has rows where absent.
        #[serde(default)]
        chains: Option<usize>,
    },
    /// The exact negative phase by enumeration, for models with a side of a few units.
    Exact,
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Pcd {
            k: Schedule::Constant(1),
            chains: None,
        }
    }
}

/// More sweeps in an update than this are a mistake: it would take hours.
const MAX_SWEEPS: usize = 1 << 20;

impl Algorithm {
    pub(super) fn validate(&self) -> Result<(), TrainConfigError> {
        let (Self::Cd { k } | Self::Pcd { k, .. }) = self else {
            return Ok(());
        };
        TrainConfigError::unless(
            k.is_complete(),
            "algorithm.k",
            format!("{k:?}"),
            "a number, or pairs [epoch, number] whose epochs ascend from 0",
        )?;
        for k in k.values() {
            let holds = (1..=MAX_SWEEPS).contains(&k);
            TrainConfigError::unless(holds, "algorithm.k", k, "1 sweep or more, at most 2^20")?;
        }
        if let Self::Pcd {
            chains: Some(chains),
            ..
        } = self
        {
            TrainConfigError::unless(
                (1..=MAX_ROWS).contains(chains),
                "algorithm.chains",
                chains,
                "1 chain or more, at most 2^24",
            )?;
        }
        Ok(())
    }
}

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
