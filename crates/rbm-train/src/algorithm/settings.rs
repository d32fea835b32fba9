//! What a configuration says of an algorithm.

use rbm_model::{RbmConfig, exact::ExactError};

use super::TrainingAlgorithm;
use crate::{Schedule, TrainConfigError, config::MAX_ROWS};

/// The settings of an algorithm, as they are in a configuration, and what can be known of it beforehand.
///
/// ```
/// use rbm_model::RbmConfig;
/// use rbm_train::{AlgorithmSettings, Exact, Pcd};
///
/// let mut pcd = Pcd { k: 5.into(), chains: None };
/// assert_eq!(pcd.sweeps().map(|k| k.at(0)), Some(5));
/// // A layer of 25 units at most is summed over.
/// assert!(Exact {}.check_model(&RbmConfig::new(64, 30)).is_err());
/// assert!(pcd.check_model(&RbmConfig::new(64, 30)).is_ok());
/// ```
pub trait AlgorithmSettings {
    /// The negative phase in one sentence, for the help of the command line and the guide.
    fn summary(&self) -> &'static str;

    /// Whether a run can have these settings.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    fn validate(&self) -> Result<(), TrainConfigError>;

    /// The algorithm at the beginning of a run.
    fn start(&self) -> Box<dyn TrainingAlgorithm>;

    /// Whether a model of this shape can be trained by it here.
    ///
    /// # Errors
    ///
    /// [`ExactError`] where its states are too many to be summed over.
    fn check_model(&self, _model: &RbmConfig) -> Result<(), ExactError> {
        Ok(())
    }

    /// The sweeps of an update, where there is such a setting.
    fn sweeps(&mut self) -> Option<&mut Schedule<usize>> {
        None
    }

    /// The number of chains, where there is such a setting: as many as a batch has rows where absent.
    fn chains(&mut self) -> Option<&mut Option<usize>> {
        None
    }

    /// The momentum that deep networks are trained with.
    fn usual_momentum(&self) -> f64 {
        0.0
    }

    /// Whether the reconstruction error falls where training goes well, so that one that rises is a reason
    /// for a warning.
    fn lowers_reconstruction_error(&self) -> bool {
        false
    }
}

/// More sweeps in an update than this are a mistake: it would take hours.
const MAX_SWEEPS: usize = 1 << 20;

/// Whether a run can have so many sweeps.
pub(super) fn check_sweeps(k: &Schedule<usize>) -> Result<(), TrainConfigError> {
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
    Ok(())
}

/// Whether a run can have so many chains.
pub(super) fn check_chains(chains: Option<usize>) -> Result<(), TrainConfigError> {
    let Some(chains) = chains else {
        return Ok(());
    };
    TrainConfigError::unless(
        (1..=MAX_ROWS).contains(&chains),
        "algorithm.chains",
        chains,
        "1 chain or more, at most 2^24",
    )
}
