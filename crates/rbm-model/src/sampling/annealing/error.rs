//! What can be wrong with the base of annealing.

use thiserror::Error;

/// Why there is no path from a base to a model.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, sampling::annealing::Path, units::{Bernoulli, Units}};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
/// let base = Units::Bernoulli(Bernoulli::new(5, &device));
/// let error = Path::new(&rbm, &base).err().expect("the widths differ");
/// assert!(error.to_string().starts_with("the base has 5 units: the model has 4"), "{error}");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AnnealingError {
    /// The base is of another kind than the visible units.
    #[error(
        "the base has {found} units and the model {expected} visible ones; take the base from \
         `base_rate`"
    )]
    Kind {
        /// The model's kind.
        expected: &'static str,
        /// The base's kind.
        found: &'static str,
    },

    /// The base has another number of units than the model.
    #[error("{what} has {found} units: the model has {expected}; take the base from `base_rate`")]
    Width {
        /// What was given.
        what: &'static str,
        /// The model's number of units.
        expected: usize,
        /// The number found.
        found: usize,
    },
}
