//! The methods by which a likelihood is found.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::EvalError;

/// How a log-likelihood is found.
///
/// ```
/// use rbm_eval::Method;
/// assert_eq!("ais".parse::<Method>()?, Method::Ais);
/// assert_eq!(Method::Pseudo.to_string(), "pseudo");
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Exactly where a layer has 20 units or fewer, by annealing where not.
    #[default]
    Auto,
    /// By enumeration of the smaller discrete layer, 25 units at most.
    Exact,
    /// By annealed importance sampling.
    Ais,
    /// Not at all: the pseudo-log-likelihood instead.
    Pseudo,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Exact => "exact",
            Self::Ais => "ais",
            Self::Pseudo => "pseudo",
        })
    }
}

impl FromStr for Method {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        [Self::Auto, Self::Exact, Self::Ais, Self::Pseudo]
            .into_iter()
            .find(|method| method.to_string() == text)
            .ok_or_else(|| EvalError::Setting {
                name: "the method",
                expected: "`auto`, `exact`, `ais` or `pseudo`",
                found: format!("`{text}`"),
            })
    }
}
