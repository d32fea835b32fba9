//! Layers of conditionally independent units.
//!
//! A layer whose units receive the inputs `I` has the distribution
//! `p(x | I) ∝ exp(-E(x) + I·x)`. Everything a model needs of it is its energy, its
//! log-normaliser `Γ(I) = log Σ_x exp(-E(x) + I·x)`, its mean, its variance and a draw: the
//! [`UnitLayer`] interface; how layers are made is that of [`UnitKind`]. [`Units`] is the closed set of kinds
//! that a model may mix, one file each, and one list.

mod kind;
mod layer;
mod linear;
mod list;
mod support;
#[expect(
    clippy::module_inception,
    reason = "the methods of one public type, named after it"
)]
mod units;

pub use kind::UnitKind;
pub use layer::UnitLayer;
pub use support::Support;

use std::str::FromStr;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

list::kinds! {
    /// Units in {0, 1}.
    bernoulli::Bernoulli,
    /// Units in {-1, 1}.
    spin::Spin,
    /// Real units of unit variance, or of learned variance.
    gaussian::Gaussian {
        /// Whether the logarithms of the standard deviations are parameters.
        #[serde(default)]
        learn_sigma: bool = false,
    },
    /// Units in {0, 1}, the last ones of which are a label: exactly one of them is on.
    labelled::Labelled {
        /// The number of label units, two or more and fewer than the units of the layer.
        classes: usize = 2,
    },
}

#[expect(clippy::derivable_impls, reason = "the list writes the enum")]
impl Default for UnitsConfig {
    fn default() -> Self {
        Self::Bernoulli
    }
}

impl UnitsConfig {
    /// The number of states of a layer of `num_units` such units, where that is finite and a number of
    /// this machine.
    pub fn num_states(self, num_units: usize) -> Option<usize> {
        self.support().num_states(num_units)
    }
}

impl UnitsConfig {
    /// The kinds by names for a command line: with its usual settings each by its own, and behind
    /// `-learned` with every parameter that it may have, where that is something else.
    pub fn names() -> Vec<(&'static str, Self)> {
        let of = |kind: Self| {
            let learned = kind.with_all_parameters();
            let learned = (learned != kind).then_some((kind.learned_key(), learned));
            std::iter::once((kind.key(), kind)).chain(learned)
        };
        Self::all().into_iter().flat_map(of).collect()
    }
}

/// The kind of one of its [names](UnitsConfig::names).
impl FromStr for UnitsConfig {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::names();
        if let Some((_, kind)) = names.iter().find(|(known, _)| *known == name) {
            return Ok(*kind);
        }
        let known: Vec<&str> = names.into_iter().map(|(known, _)| known).collect();
        let known = known.join(", ");
        Err(format!("`{name}` is no kind of units; there are {known}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are those that configurations have always had, and read back.
    #[test]
    fn each_kind_has_one_name_everywhere() {
        for kind in UnitsConfig::all() {
            assert_eq!(kind.key().parse(), Ok(kind));
            let learned = format!("{}-learned", kind.key()).parse();
            assert_eq!(
                learned.ok(),
                Some(kind.with_all_parameters()).filter(|&all| all != kind)
            );
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json["kind"], kind.key());
            assert_eq!(serde_json::from_value::<UnitsConfig>(json).unwrap(), kind);
        }
        // A setting that a kind does not have is an error, and not ignored.
        for kind in ["spin", "bernoulli", "gaussian"] {
            let wrong = serde_json::json!({"kind": kind, "classes": 3});
            let error = serde_json::from_value::<UnitsConfig>(wrong).unwrap_err();
            assert!(
                error.to_string().contains("unknown field `classes`"),
                "{error}"
            );
        }
        let error = "bernouli".parse::<UnitsConfig>().unwrap_err();
        assert!(error.contains("there are bernoulli, "), "{error}");
    }
}
