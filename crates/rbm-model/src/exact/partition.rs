//! The partition function and what it makes exact.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Enumeration, ExactError};
use crate::{
    Rbm,
    numerics::{log_add_exp, log_sum_exp, to_f64},
};

/// `log Z` in nats.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, Rbm, exact::log_partition, units::{Bernoulli, Units}};
///
/// let device = Device::default();
/// let layer = |n| Units::Bernoulli(Bernoulli::new(n, &device));
/// let rbm = Rbm::from_parts(layer(4), layer(3), Tensor::zeros([4, 3], &device));
/// assert!((log_partition(&rbm)? - 7.0 * 2f64.ln()).abs() < 1e-12);
/// # Ok::<(), rbm_model::exact::ExactError>(())
/// ```
///
/// # Errors
///
/// [`ExactError::TooLarge`] where no side can be enumerated.
pub fn log_partition(rbm: &Rbm) -> Result<f64, ExactError> {
    let states = Enumeration::new(rbm)?;
    Ok((0..states.num_blocks())
        .map(|block| log_sum_exp(&states.log_weights(block)))
        .fold(f64::NEG_INFINITY, log_add_exp))
}

/// `log p(v) = -F(v) - log Z` of each row of `v`, `[rows, visible]`, in nats.
///
/// # Errors
///
/// [`ExactError::TooLarge`] where no side can be enumerated.
pub fn log_probability(rbm: &Rbm, v: Tensor<2>) -> Result<Vec<f64>, ExactError> {
    let log_partition = log_partition(rbm)?;
    let free_energy = to_f64(rbm.valid().free_energy(v.without_autodiff()));
    Ok(free_energy.iter().map(|f| -f - log_partition).collect())
}

/// The mean of `log p(v)` over the rows of `v`, `[rows, visible]`, in nats per row.
///
/// # Errors
///
/// [`ExactError::TooLarge`] where no side can be enumerated.
pub fn log_likelihood(rbm: &Rbm, v: Tensor<2>) -> Result<f64, ExactError> {
    let log_probability = log_probability(rbm, v)?;
    Ok(log_probability.iter().sum::<f64>() / log_probability.len() as f64)
}
