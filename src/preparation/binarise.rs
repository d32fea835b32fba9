//! How grey levels become the states of binary units.

use rbm_data::Binarisation;
use serde::{Deserialize, Serialize};

/// How grey levels become zeros and ones, by name: what a run and a model file say of it.
///
/// ```
/// use burnzmann::{Binarise, data::Binarisation};
///
/// assert_eq!(Binarisation::from(Binarise::Threshold), Binarisation::Threshold(0.5));
/// assert_eq!(Binarise::Stochastic.to_string(), "stochastic");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binarise {
    /// On where the level is above one half.
    Threshold,
    /// On with the level as probability, drawn anew each epoch.
    Stochastic,
    /// The levels as they are.
    None,
}

impl From<Binarise> for Binarisation {
    fn from(binarise: Binarise) -> Self {
        match binarise {
            Binarise::Threshold => Self::Threshold(0.5),
            Binarise::Stochastic => Self::Stochastic,
            Binarise::None => Self::None,
        }
    }
}

impl Binarise {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Stochastic => "stochastic",
            Self::None => "none",
        }
    }
}

impl std::fmt::Display for Binarise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
