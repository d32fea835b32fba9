//! Training by enumeration.

use burn::module::Module;
use rbm_model::{
    RbmConfig,
    exact::{ExactError, check_memory, exact_phase},
    objective::Clamped,
};
use serde::{Deserialize, Serialize};

use super::{AlgorithmSettings, Phases, Rejection, TrainingAlgorithm, Update};
use crate::{Step, TrainConfigError};

/// The exact negative phase by enumeration, for models with a side of a few units.
///
/// ```
/// use rbm_train::{Algorithm, Exact};
///
/// let exact: Algorithm = serde_json::from_str(r#"{"kind": "exact"}"#)?;
/// assert_eq!(exact, Exact {}.into());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exact {}

impl AlgorithmSettings for Exact {
    fn summary(&self) -> &'static str {
        "Enumeration, for models with a side of at most 25 units"
    }

    fn validate(&self) -> Result<(), TrainConfigError> {
        Ok(())
    }

    fn start(&self) -> Box<dyn TrainingAlgorithm> {
        Box::new(Enumerated)
    }

    fn check_model(&self, model: &RbmConfig) -> Result<(), ExactError> {
        check_memory(model)
    }
}

struct Enumerated;

impl TrainingAlgorithm for Enumerated {
    fn phases(
        &mut self,
        step: &Step<'_>,
        update: &mut Update<'_>,
    ) -> Result<Phases, Box<Rejection>> {
        let model = update.model;
        let positive = Clamped::new(model, step.batch()).expected(model);
        // On a device with autodiff, where sums are in single precision, as runs of earlier versions made them.
        let taped = model.clone().train();
        let negative = exact_phase(&taped).unwrap_or_else(|error| panic!("{error}"));
        Ok(Phases::new(step.weighted(positive), negative, 0))
    }
}
