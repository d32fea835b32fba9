//! Tensors as plain numbers of the host.

use burn::tensor::{Element, Tensor};
use rbm_kernels::anneal;

/// A float that tensors hold and layers are computed in.
pub trait Real: anneal::Real + Element {}

impl<R: anneal::Real + Element> Real for R {}

/// The numbers of a tensor, without a copy where nobody else holds them.
pub fn on_host<R: Real, const D: usize>(x: Tensor<D>) -> Vec<R> {
    let data = x.into_data();
    data.try_into_vec().expect("the type was asked for")
}
