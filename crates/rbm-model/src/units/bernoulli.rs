//! Units that are on or off.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation::sigmoid};
use rbm_kernels::ops::bernoulli_mean;

use super::UnitLayer;
use crate::{
    Noise,
    numerics::{softplus, softplus_sum, to_f64},
};

/// Units in {0, 1} with `E(x) = -b·x`: `p(x = 1 | I) = σ(b + I)`, `Γ(I) = Σ softplus(b + I)`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::units::{Bernoulli, UnitLayer};
///
/// let layer = Bernoulli::new(3, &Device::default());
/// let mean = layer.mean(Tensor::zeros([1, 3], &Device::default()));
/// assert_eq!(mean.into_data().to_vec::<f32>().unwrap(), [0.5; 3]);
/// ```
#[derive(Module, Debug)]
pub struct Bernoulli {
    /// The log-odds of each unit without input, shape `[units]`.
    pub bias: Param<Tensor<1>>,
}

impl Bernoulli {
    /// A layer without bias.
    pub fn new(num_units: usize, device: &Device) -> Self {
        Self::from_bias(Tensor::zeros([num_units], device))
    }

    /// A layer with the given bias, shape `[units]`, as a parameter of its own: no derivative flows
    /// back to where it came from.
    pub fn from_bias(bias: Tensor<1>) -> Self {
        Self {
            bias: Param::from_tensor(bias.detach()),
        }
    }

    /// The layer on the way from `base` at `beta = 0` to this one at `beta = 1`, its energy
    /// interpolated linearly.
    pub fn anneal(&self, base: &Self, beta: f64) -> Self {
        let bias = base.bias.val().mul_scalar(1.0 - beta) + self.bias.val().mul_scalar(beta);
        Self::from_bias(bias)
    }

    fn total_inputs(&self, inputs: Tensor<2>) -> Tensor<2> {
        inputs + self.bias.val().unsqueeze()
    }
}

/// `-b·x` averaged over the rows of `x`, which is constant: by their mean, so that the tape has no
/// temporary of the size of the states.
pub(super) fn linear_mean_energy(
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

impl UnitLayer for Bernoulli {
    fn num_units(&self) -> usize {
        self.bias.dims()[0]
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        // As a matrix product: no temporary of the size of the states, forwards or backwards.
        let column = self.bias.val().unsqueeze_dim::<2>(1);
        states.matmul(column).squeeze_dim::<1>(1).neg()
    }

    fn mean_energy(
        &self,
        mean: Tensor<2>,
        _variance: Option<Tensor<2>>,
        weights: Option<Tensor<1>>,
    ) -> Tensor<1> {
        linear_mean_energy(self.bias.val(), mean, weights)
    }

    fn linear_bias(&self) -> Option<Tensor<1>> {
        Some(self.bias.val())
    }

    fn cgf(&self, inputs: Tensor<2>) -> Tensor<1> {
        softplus_sum(inputs, self.bias.val())
    }

    fn log_partition(&self) -> f64 {
        let softplus = |b: f64| b.max(0.0) + (-b.abs()).exp().ln_1p();
        to_f64(self.bias.val()).into_iter().map(softplus).sum()
    }

    fn log_probability(&self, states: Tensor<2>, inputs: Tensor<2>) -> Tensor<1> {
        // Unit by unit, `t·x - softplus(t)` at the total inputs `t`: no large sums cancel.
        let total = self.total_inputs(inputs);
        let terms = states * total.clone() - softplus(total);
        terms.sum_dim(1).squeeze_dim::<1>(1)
    }

    fn mean(&self, inputs: Tensor<2>) -> Tensor<2> {
        let bias = self.bias.val();
        if inputs.device().is_autodiff() || bias.device().is_autodiff() {
            return sigmoid(self.total_inputs(inputs));
        }
        // No tape: one pass on all threads.
        bernoulli_mean(inputs, bias)
    }

    fn variance(&self, inputs: Tensor<2>) -> Tensor<2> {
        let mean = self.mean(inputs);
        mean.clone() - mean.square()
    }

    fn variance_in_energy(&self, _inputs: Tensor<2>) -> Option<Tensor<2>> {
        None
    }

    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        noise.binary_units(inputs, self.bias.val(), false).1
    }

    fn mean_and_sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, Tensor<2>) {
        let (mean, sample) = noise.binary_units(inputs, self.bias.val(), true);
        (mean.expect("the mean was asked for"), sample)
    }

    fn bias_per_input(&self) -> Option<Tensor<1>> {
        None
    }
}
