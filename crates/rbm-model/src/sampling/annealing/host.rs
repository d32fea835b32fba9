//! Tensors as plain numbers of the host.

use burn::tensor::{Element, Tensor};
use rbm_kernels::anneal;

/// A float that tensors hold and layers are computed in.
///
/// ```
/// use rbm_model::sampling::annealing::host::{Real, on_host};
///
/// fn numbers<R: Real>(x: burn::tensor::Tensor<1>) -> Vec<R> {
///     on_host(x)
/// }
/// let x = burn::tensor::Tensor::from_floats([1.0, 2.0], &Default::default());
/// assert_eq!(numbers::<f32>(x), [1.0, 2.0]);
/// ```
pub trait Real: anneal::Real + Element {}

impl<R: anneal::Real + Element> Real for R {}

/// The numbers of a tensor, without a copy where nobody else holds them.
pub fn on_host<R: Real, const D: usize>(x: Tensor<D>) -> Vec<R> {
    let data = x.into_data();
    data.try_into_vec().expect("the type was asked for")
}
