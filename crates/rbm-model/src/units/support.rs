//! The values that units take.

/// The set of values that a unit of a layer takes: what a caller has to know of a kind of units to
/// check data or to choose a method.
///
/// ```
/// use rbm_model::units::{Support, UnitsConfig};
///
/// assert_eq!(UnitsConfig::Bernoulli.support(), Support::Binary);
/// assert!(!UnitsConfig::Gaussian { learn_sigma: true }.support().is_discrete());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Each unit is 0 or 1, whatever the others are.
    Binary,
    /// Each unit is 0 or 1, and exactly one of the last `classes` units is 1.
    BinaryAndOneOf {
        /// The number of units in the group.
        classes: usize,
    },
    /// Each unit is any real number.
    Real,
}

impl Support {
    /// Whether each unit takes finitely many values: probabilities and not densities.
    pub fn is_discrete(self) -> bool {
        match self {
            Self::Binary | Self::BinaryAndOneOf { .. } => true,
            Self::Real => false,
        }
    }

    /// Whether every vector of zeros and ones is a state of the layer, and nothing else is.
    pub fn is_binary(self) -> bool {
        self == Self::Binary
    }

    /// The number of units in the one-hot group, where there is one.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::BinaryAndOneOf { classes } => Some(classes),
            Self::Binary | Self::Real => None,
        }
    }
}
