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

/// The methods of [`UnitLayer`](super::UnitLayer) that follow from such an energy, for a kind with a field `bias`.
macro_rules! linear_energy {
    () => {
        fn num_units(&self) -> usize {
            self.bias.dims()[0]
        }

        fn energy(&self, states: Tensor<2>) -> Tensor<1> {
            linear::energy(self.bias.val(), states)
        }

        fn mean_energy(
            &self,
            mean: Tensor<2>,
            _variance: Option<Tensor<2>>,
            weights: Option<Tensor<1>>,
        ) -> Tensor<1> {
            linear::mean_energy(self.bias.val(), mean, weights)
        }

        fn linear_bias(&self) -> Option<Tensor<1>> {
            Some(self.bias.val())
        }

        fn variance_in_energy(&self, _inputs: Tensor<2>) -> Option<Tensor<2>> {
            None
        }

        fn bias_per_input(&self) -> Option<Tensor<1>> {
            None
        }
    };
}

pub(super) use linear_energy;

/// The bias on the way from that of the base at `beta = 0`.
pub(super) fn interpolated(bias: Tensor<1>, base: Tensor<1>, beta: f64) -> Tensor<1> {
    base.mul_scalar(1.0 - beta) + bias.mul_scalar(beta)
}

/// A bias with these values.
pub(super) fn bias(values: Vec<f64>, device: &Device) -> Tensor<1> {
    let shape = [values.len()];
    Tensor::from_data(TensorData::new(values, shape), device)
}
