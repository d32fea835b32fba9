//! Which kind of units a layer has.

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{Bernoulli, Gaussian, Labelled, Support, Units};

/// The kind of a layer's units, as written in a configuration.
///
/// ```
/// use rbm_model::units::UnitsConfig;
///
/// let units: UnitsConfig = serde_json::from_str(r#"{"kind": "gaussian", "learn_sigma": true}"#)?;
/// assert_eq!(units, UnitsConfig::Gaussian { learn_sigma: true });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum UnitsConfig {
    /// Units in {0, 1}.
    #[default]
    Bernoulli,
    /// Real units of unit variance, or of learned variance.
    Gaussian {
        /// Whether the logarithms of the standard deviations are parameters.
        #[serde(default)]
        learn_sigma: bool,
    },
    /// Units in {0, 1}, the last ones of which are a label: exactly one of them is on.
    Labelled {
        /// The number of label units, two or more and fewer than the units of the layer.
        classes: usize,
    },
}

impl UnitsConfig {
    /// The kind in one word, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bernoulli => "Bernoulli",
            Self::Gaussian { .. } => "Gaussian",
            Self::Labelled { .. } => "labelled",
        }
    }

    /// The values that the units take.
    pub fn support(self) -> Support {
        match self {
            Self::Bernoulli => Support::Binary,
            Self::Gaussian { .. } => Support::Real,
            Self::Labelled { classes } => Support::BinaryAndOneOf { classes },
        }
    }

    /// The kind with every parameter that independent units of it may have: a spread of their own, for
    /// Gaussian units.
    #[must_use]
    pub fn with_all_parameters(self) -> Self {
        match self {
            Self::Gaussian { .. } => Self::Gaussian { learn_sigma: true },
            Self::Bernoulli | Self::Labelled { .. } => self,
        }
    }

    /// The number of states of a layer of `num_units` such units, where that is finite and a number of
    /// this machine.
    pub fn num_states(self, num_units: usize) -> Option<usize> {
        let binary = |units: usize| 1usize.checked_shl(u32::try_from(units).ok()?);
        match self {
            Self::Bernoulli => binary(num_units),
            Self::Gaussian { .. } => None,
            Self::Labelled { classes } => {
                binary(num_units.checked_sub(classes)?)?.checked_mul(classes)
            }
        }
    }

    /// A layer of `num_units` such units with zero bias and unit spread.
    ///
    /// # Panics
    ///
    /// Where a label has fewer than two classes, or takes all the units.
    pub fn init(self, num_units: usize, device: &Device) -> Units {
        match self {
            Self::Bernoulli => Units::Bernoulli(Bernoulli::new(num_units, device)),
            Self::Gaussian { learn_sigma: false } => {
                Units::Gaussian(Gaussian::new(num_units, device))
            }
            Self::Gaussian { learn_sigma: true } => Units::Gaussian(Gaussian::from_parts(
                Tensor::zeros([num_units], device),
                Some(Tensor::zeros([num_units], device)),
            )),
            Self::Labelled { classes } => {
                Units::Labelled(Labelled::new(num_units, classes, device))
            }
        }
    }
}
