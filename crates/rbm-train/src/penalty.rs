//! L1 and L2 penalties on the weights.

use burn::tensor::Tensor;

/// The gradient with that of `l1 Σ |W| + l2 Σ W²/2` added.
pub(crate) fn penalised(gradient: Tensor<2>, weight: &Tensor<2>, l1: f64, l2: f64) -> Tensor<2> {
    let mut gradient = gradient;
    if l1 > 0.0 {
        gradient = gradient + weight.clone().sign().mul_scalar(l1);
    }
    if l2 > 0.0 {
        gradient = gradient + weight.clone().mul_scalar(l2);
    }
    gradient
}
