//! What kinds share whose energy is `-b·x` and nothing else.

use burn::tensor::{Device, Tensor, TensorData};

/// `-b·x` of each row.
pub(super) fn energy(bias: Tensor<1>, states: Tensor<2>) -> Tensor<1> {
    // As a matrix product: no temporary of the size of the states, forwards or backwards.
    let column = bias.unsqueeze_dim::<2>(1);
    states.matmul(column).squeeze_dim::<1>(1).neg()
}

/// `-b·x` averaged over the rows of `x`, which is constant: by their mean, so that the tape has no
/// temporary of the size of the states.
pub(super) fn mean_energy(
    bias: Tensor<1>,
    states: Tensor<2>,
    weights: Option<Tensor<1>>,
) -> Tensor<1> {
    let mean = match weights {
        Some(weights) => weights.unsqueeze_dim::<2>(0).matmul(states),
        None => states.mean_dim(0),
    };
    (bias * mean.squeeze_dim::<1>(0)).sum().neg()
}

/// The bias on the way from that of the base at `beta = 0`.
pub(super) fn interpolated(bias: Tensor<1>, base: Tensor<1>, beta: f64) -> Tensor<1> {
    base.mul_scalar(1.0 - beta) + bias.mul_scalar(beta)
}

/// A bias with these values.
pub(super) fn bias(values: Vec<f64>, device: &Device) -> Tensor<1> {
    let shape = [values.len()];
    Tensor::from_data(TensorData::new(values, shape), device)
}
