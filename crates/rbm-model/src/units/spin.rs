//! Units that point one way or the other.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::{Support, UnitKind, UnitLayer, linear};
use crate::{
    Noise,
    numerics::{clipped_log_odds, to_f64},
};

/// Units in {-1, 1} with `E(x) = -b·x`: with `t = b + I`, `E[x | I] = tanh t`, and
/// `Γ(I) = Σ log(eᵗ + e⁻ᵗ)`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::units::{Spin, UnitLayer};
///
/// let layer = Spin::from_bias(Tensor::from_floats([0.5, -0.5], &Device::default()));
/// let mean = layer.mean(Tensor::zeros([1, 2], &Device::default()));
/// let mean = mean.into_data().to_vec::<f32>().unwrap();
/// assert!((mean[0] - 0.5f32.tanh()).abs() < 1e-6 && (mean[0] + mean[1]).abs() < 1e-6);
/// ```
///
/// # References
///
/// A. Barra, A. Bernacchia, E. Santucci, P. Contucci: *On the equivalence of Hopfield networks and Boltzmann
/// machines*, Neural Networks 34, 2012, for such units beside Gaussian ones.
#[derive(Module, Debug)]
pub struct Spin {
    /// The field on each unit, half the log-odds of 1 against -1 without input, shape `[units]`.
    pub bias: Param<Tensor<1>>,
}

/// How far from 0 and 1 the share of ones in the data is held when it becomes a bias.
const SHARE_MARGIN: f64 = 1e-3;

impl Spin {
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

/// `log(eᵗ + e⁻ᵗ)` of each number, without overflow.
fn log_two_cosh(total: Tensor<2>) -> Tensor<2> {
    let size = total.abs();
    size.clone() + size.mul_scalar(-2.0).exp().log1p()
}

impl UnitKind for Spin {
    type Settings = ();

    const NAME: &'static str = "spin";

    fn support((): ()) -> Support {
        Support::Values(&[-1, 1])
    }

    fn init(num_units: usize, (): (), device: &Device) -> Self {
        Self::from_bias(Tensor::zeros([num_units], device))
    }

    /// The shares of ones are held 10⁻³ away from 0 and 1.
    fn fitted(mean: &[f64], _variance: &[f64], (): (), device: &Device) -> Self {
        let field = |m: &f64| 0.5 * clipped_log_odds(0.5 * (1.0 + m), SHARE_MARGIN);
        Self::from_bias(linear::bias(mean.iter().map(field).collect(), device))
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
        let size = self.total_inputs(inputs).abs();
        let tail = |beta: f64| size.clone().mul_scalar(-2.0 * beta).exp().log1p();
        let terms = tail(to) - tail(from) + size.clone().mul_scalar(to - from);
        terms.sum_dim(1).squeeze_dim::<1>(1)
    }
}

impl UnitLayer for Spin {
    linear::linear_energy!();

    fn cgf(&self, inputs: Tensor<2>) -> Tensor<1> {
        let terms = log_two_cosh(self.total_inputs(inputs));
        terms.sum_dim(1).squeeze_dim::<1>(1)
    }

    fn log_partition(&self) -> f64 {
        let term = |b: f64| b.abs() + (-2.0 * b.abs()).exp().ln_1p();
        to_f64(self.bias.val()).into_iter().map(term).sum()
    }

    fn log_probability(&self, states: Tensor<2>, inputs: Tensor<2>) -> Tensor<1> {
        // Unit by unit: no large sums cancel.
        let total = self.total_inputs(inputs);
        let terms = states * total.clone() - log_two_cosh(total);
        terms.sum_dim(1).squeeze_dim::<1>(1)
    }

    fn mean(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.total_inputs(inputs).tanh()
    }

    fn variance(&self, inputs: Tensor<2>) -> Tensor<2> {
        // 1 - tanh² would be 0 from an input of 9 on, in single precision.
        let ratio = self.total_inputs(inputs).abs().mul_scalar(-2.0).exp();
        ratio.clone().mul_scalar(4.0) / ratio.add_scalar(1.0).square()
    }

    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let bias = self.bias.val().mul_scalar(2.0);
        let (_, on) = noise.binary_units(inputs.mul_scalar(2.0), bias, false);
        on.mul_scalar(2.0).sub_scalar(1.0)
    }
}
