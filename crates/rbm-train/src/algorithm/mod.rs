//! Training algorithms: one file each, and one list.

mod list;
mod settings;
pub use settings::AlgorithmSettings;
mod training_algorithm;
pub use training_algorithm::{Decision, Phases, Rejection, TrainingAlgorithm, Update};
mod state;
pub use state::AlgorithmState;
pub(crate) use state::take;
mod shared_kernel;
use shared_kernel::SharedKernel;

use rbm_model::{RbmConfig, exact::ExactError};
use serde::{Deserialize, Serialize};

use crate::{Schedule, TrainConfigError};

list::algorithms! {
    cd::Cd,
    pcd::Pcd,
    exact::Exact,
    rdm::Rdm,
}

impl Default for Algorithm {
    fn default() -> Self {
        Pcd::default().into()
    }
}

impl Algorithm {
    /// The algorithm of this name with its usual settings.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|one| one.name() == name)
    }

    /// The negative phase in one sentence.
    pub fn summary(&self) -> &'static str {
        self.settings().summary()
    }

    /// Whether a run can have these settings.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        self.settings().validate()
    }

    /// Whether a model of this shape can be trained by it here.
    ///
    /// # Errors
    ///
    /// [`ExactError`] where its states are too many to be summed over.
    pub fn check_model(&self, model: &RbmConfig) -> Result<(), ExactError> {
        self.settings().check_model(model)
    }

    /// The algorithm at the beginning of a run.
    pub fn start(&self) -> Box<dyn TrainingAlgorithm> {
        self.settings().start()
    }

    /// The sweeps of an update, where there is such a setting.
    pub fn sweeps(&mut self) -> Option<&mut Schedule<usize>> {
        self.settings_mut().sweeps()
    }

    /// The number of chains, where there is such a setting: as many as a batch has rows where absent.
    pub fn chains(&mut self) -> Option<&mut Option<usize>> {
        self.settings_mut().chains()
    }

    /// The same with the sweeps and chains of another algorithm, as far as both have such settings.
    ///
    /// ```
    /// use rbm_train::{Algorithm, Cd, Pcd};
    ///
    /// let mut cd = Cd { k: 3.into() }.into();
    /// let pcd = Algorithm::from(Pcd::default()).with_settings_of(&mut cd);
    /// assert_eq!(pcd, Pcd { k: 3.into(), chains: None }.into());
    /// ```
    #[must_use]
    pub fn with_settings_of(mut self, other: &mut Self) -> Self {
        if let (Some(k), Some(of)) = (self.sweeps(), other.sweeps()) {
            k.clone_from(of);
        }
        if let (Some(chains), Some(of)) = (self.chains(), other.chains()) {
            *chains = *of;
        }
        self
    }

    /// The momentum that deep networks are trained with.
    pub fn usual_momentum(&self) -> f64 {
        self.settings().usual_momentum()
    }

    /// Whether the reconstruction error falls where training goes well, so that one that rises is a reason
    /// for a warning.
    pub fn lowers_reconstruction_error(&self) -> bool {
        self.settings().lowers_reconstruction_error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the list are the `kind`s that serde writes, and every setting has a name in JSON.
    #[test]
    fn names_are_the_kinds_of_the_configuration() {
        for algorithm in Algorithm::all() {
            let json = serde_json::to_value(&algorithm).unwrap();
            assert_eq!(json["kind"], algorithm.name());
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm.clone()));
            assert_eq!(
                serde_json::from_value::<Algorithm>(json).unwrap(),
                algorithm
            );
            assert!(algorithm.validate().is_ok() && !algorithm.summary().ends_with('.'));
        }
        assert_eq!(Algorithm::named("gibbs"), None);
    }

    #[test]
    fn unknown_settings_are_refused() {
        for mut json in Algorithm::all()
            .iter()
            .map(|one| serde_json::to_value(one).unwrap())
        {
            json["rate"] = 1.into();
            let error = serde_json::from_value::<Algorithm>(json).unwrap_err();
            assert!(
                error.to_string().contains("unknown field `rate`"),
                "{error}"
            );
        }
    }
}
