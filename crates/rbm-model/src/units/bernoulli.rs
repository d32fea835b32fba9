//! Units that are on or off.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation::sigmoid};
use rbm_kernels::ops::bernoulli_mean;

use super::{Support, UnitKind, UnitLayer, linear};
use crate::{
    Noise,
    numerics::{clipped_log_odds, softplus, softplus_sum, to_f64},
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

    fn total_inputs(&self, inputs: Tensor<2>) -> Tensor<2> {
        inputs + self.bias.val().unsqueeze()
    }
}

/// How far from 0 and 1 a data mean is held when it becomes a bias. A pixel that is off in all the
/// data would otherwise have a bias of minus infinity, and could never be learned to turn on.
pub(super) const MEAN_MARGIN: f64 = 1e-3;

/// `Σ softplus(to·x) - softplus(from·x)` of each row, unit by unit: two sums of hundreds of nats would cancel
/// to nothing.
pub(super) fn softplus_step(x: Tensor<2>, from: f64, to: f64) -> Tensor<1> {
    let size = x.clone().abs();
    let tail = |beta: f64| size.clone().mul_scalar(-beta).exp().log1p();
    let tails = tail(to) - tail(from);
    let ramp = (x + size.clone()).mul_scalar(0.5 * (to - from));
    (ramp + tails).sum_dim(1).squeeze_dim::<1>(1)
}

impl UnitKind for Bernoulli {
    type Settings = ();

    const NAME: &'static str = "Bernoulli";

    fn support((): ()) -> Support {
        Support::BINARY
    }

    fn init(num_units: usize, (): (), device: &Device) -> Self {
        Self::new(num_units, device)
    }

    /// Probabilities are held 10⁻³ away from 0 and 1.
    fn fitted(mean: &[f64], _variance: &[f64], (): (), device: &Device) -> Self {
        let log_odds = mean.iter().map(|&p| clipped_log_odds(p, MEAN_MARGIN));
        Self::from_bias(linear::bias(log_odds.collect(), device))
    }

    fn settings(&self) {}

    fn bias_param(&self) -> &Param<Tensor<1>> {
        &self.bias
    }

    fn anneal(&self, base: &Self, beta: f64) -> Self {
        Self::from_bias(linear::interpolated(self.bias.val(), base.bias.val(), beta))
    }

    fn reference(&self) -> Self {
        Self::from_bias(self.bias.val().zeros_like())
    }

    fn cgf_step(&self, inputs: Tensor<2>, from: f64, to: f64) -> Tensor<1> {
        softplus_step(self.total_inputs(inputs), from, to)
    }
}

impl UnitLayer for Bernoulli {
    linear::linear_energy!();

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

    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        noise.binary_units(inputs, self.bias.val(), false).1
    }

    fn mean_and_sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, Tensor<2>) {
        let (mean, sample) = noise.binary_units(inputs, self.bias.val(), true);
        (mean.expect("the mean was asked for"), sample)
    }
}
