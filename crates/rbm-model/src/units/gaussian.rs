//! Units on the real line.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::{Support, UnitKind, UnitLayer, linear};
use crate::{Noise, numerics::to_f64};

/// Real units with `E(x) = Σ (x - b)² / 2σ²`: `x | I` is normal with mean `b + σ²I` and variance
/// `σ²`, and `Γ(I) = Σ (bI + σ²I²/2 + log σ√(2π))`.
///
/// The weights of a model act on `x` itself, not on `x/σ`. The spread is one unless
/// `log_sigma` is there, and is learned then.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::units::{Gaussian, UnitLayer};
///
/// let layer = Gaussian::new(2, &Device::default());
/// let mean = layer.mean(Tensor::<1>::from_floats([3.0, -1.0], &Device::default()).unsqueeze());
/// assert_eq!(mean.into_data().to_vec::<f32>().unwrap(), [3.0, -1.0]);
/// ```
///
/// # References
///
/// M. Welling, M. Rosen-Zvi, G. E. Hinton, NIPS 17, 2004; the logarithm of the spread as the
/// parameter follows K. Cho, A. Ilin, T. Raiko: *Improved learning of Gaussian-Bernoulli restricted
/// Boltzmann machines*, ICANN 2011, section 3.1.
#[derive(Module, Debug)]
pub struct Gaussian {
    /// The mean of each unit without input, shape `[units]`.
    pub bias: Param<Tensor<1>>,
    /// The logarithm of each unit's standard deviation, shape `[units]`; zero where absent.
    pub log_sigma: Option<Param<Tensor<1>>>,
}

/// `log √(2π)`.
const LOG_SQRT_TAU: f64 = 0.918_938_533_204_672_8;

impl Gaussian {
    /// A layer of standard normal units.
    pub fn new(num_units: usize, device: &Device) -> Self {
        Self::from_parts(Tensor::zeros([num_units], device), None)
    }

    /// A layer with the given means and logarithms of the standard deviations, shapes `[units]`, as
    /// parameters of its own: no derivative flows back to where they came from.
    pub fn from_parts(bias: Tensor<1>, log_sigma: Option<Tensor<1>>) -> Self {
        Self {
            bias: Param::from_tensor(bias.detach()),
            log_sigma: log_sigma.map(|log_sigma| Param::from_tensor(log_sigma.detach())),
        }
    }

    /// `σ²` as a row, or `None` where it is one.
    fn sigma_squared(&self) -> Option<Tensor<2>> {
        let log_sigma = self.log_sigma.as_ref()?;
        Some(log_sigma.val().mul_scalar(2.0).exp().unsqueeze())
    }

    /// `Σ squares / 2σ²` of each row.
    fn half_precision_sum(&self, squares: Tensor<2>) -> Tensor<1> {
        let scaled = match self.sigma_squared() {
            Some(variance) => squares / variance,
            None => squares,
        };
        scaled.sum_dim(1).squeeze_dim::<1>(1).mul_scalar(0.5)
    }
}

/// The least standard deviation that a constant unit starts with.
const SIGMA_MARGIN: f64 = 1e-2;

impl UnitKind for Gaussian {
    /// Whether the logarithms of the standard deviations are parameters.
    type Settings = bool;

    const NAME: &'static str = "Gaussian";

    fn support(_learn_sigma: bool) -> Support {
        Support::Real
    }

    fn with_all_parameters(_learn_sigma: bool) -> bool {
        true
    }

    fn init(num_units: usize, learn_sigma: bool, device: &Device) -> Self {
        let log_sigma = learn_sigma.then(|| Tensor::zeros([num_units], device));
        Self::from_parts(Tensor::zeros([num_units], device), log_sigma)
    }

    /// Standard deviations, where they are parameters, are 10⁻² or more.
    fn fitted(mean: &[f64], variance: &[f64], learn_sigma: bool, device: &Device) -> Self {
        let log_sigma = variance.iter().map(|v| v.sqrt().max(SIGMA_MARGIN).ln());
        Self::from_parts(
            linear::bias(mean.to_vec(), device),
            learn_sigma.then(|| linear::bias(log_sigma.collect(), device)),
        )
    }

    fn settings(&self) -> bool {
        self.log_sigma.is_some()
    }

    fn bias_param(&self) -> &Param<Tensor<1>> {
        &self.bias
    }

    /// The precisions, and the means weighted by them, are interpolated linearly.
    fn anneal(&self, base: &Self, beta: f64) -> Self {
        if self.log_sigma.is_none() && base.log_sigma.is_none() {
            let bias = linear::interpolated(self.bias.val(), base.bias.val(), beta);
            return Self::from_parts(bias, None);
        }
        let precision = |layer: &Self| match &layer.log_sigma {
            Some(log_sigma) => log_sigma.val().mul_scalar(-2.0).exp(),
            None => layer.bias.val().ones_like(),
        };
        let (p0, p1) = (precision(base), precision(self));
        let theta = (p0.clone() * base.bias.val()).mul_scalar(1.0 - beta)
            + (p1.clone() * self.bias.val()).mul_scalar(beta);
        let p = p0.mul_scalar(1.0 - beta) + p1.mul_scalar(beta);
        Self::from_parts(theta / p.clone(), Some(p.log().mul_scalar(-0.5)))
    }

    fn reference(&self) -> Self {
        let log_sigma = self.log_sigma.as_ref().map(Param::val);
        Self::from_parts(self.bias.val(), log_sigma)
    }
}

impl UnitLayer for Gaussian {
    fn num_units(&self) -> usize {
        self.bias.dims()[0]
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        self.half_precision_sum((states - self.bias.val().unsqueeze()).square())
    }

    fn mean_energy(
        &self,
        mean: Tensor<2>,
        variance: Option<Tensor<2>>,
        weights: Option<Tensor<1>>,
    ) -> Tensor<1> {
        let squares = (mean - self.bias.val().unsqueeze()).square();
        let energy = self.half_precision_sum(match variance {
            Some(variance) => squares + variance,
            None => squares,
        });
        match weights {
            Some(weights) => (energy * weights).sum(),
            None => energy.mean(),
        }
    }

    fn linear_bias(&self) -> Option<Tensor<1>> {
        None
    }

    fn cgf(&self, inputs: Tensor<2>) -> Tensor<1> {
        let linear = inputs.clone() * self.bias.val().unsqueeze();
        let quadratic = inputs.square().mul_scalar(0.5);
        let (quadratic, log_spread) = match (self.sigma_squared(), &self.log_sigma) {
            (Some(variance), Some(log_sigma)) => {
                (quadratic * variance, Some(log_sigma.val().sum()))
            }
            _ => (quadratic, None),
        };
        let gamma = (linear + quadratic).sum_dim(1).squeeze_dim::<1>(1);
        let gamma = gamma.add_scalar(self.num_units() as f64 * LOG_SQRT_TAU);
        match log_spread {
            Some(log_spread) => gamma + log_spread,
            None => gamma,
        }
    }

    fn log_partition(&self) -> f64 {
        let log_sqrt_tau = 0.5 * std::f64::consts::TAU.ln();
        let log_sigma = self.log_sigma.as_ref().map(|s| to_f64(s.val()));
        self.num_units() as f64 * log_sqrt_tau + log_sigma.map_or(0.0, |s| s.into_iter().sum())
    }

    fn mean(&self, inputs: Tensor<2>) -> Tensor<2> {
        let shift = match self.sigma_squared() {
            Some(variance) => inputs * variance,
            None => inputs,
        };
        shift + self.bias.val().unsqueeze()
    }

    fn variance(&self, inputs: Tensor<2>) -> Tensor<2> {
        match self.sigma_squared() {
            Some(variance) => variance.expand(inputs.shape()),
            None => inputs.ones_like(),
        }
    }

    fn variance_in_energy(&self, inputs: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.variance(inputs))
    }

    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let normal = noise.normal(inputs.dims(), inputs.dtype(), &inputs.device());
        let spread = match &self.log_sigma {
            Some(log_sigma) => normal * log_sigma.val().exp().unsqueeze(),
            None => normal,
        };
        self.mean(inputs) + spread
    }

    fn bias_per_input(&self) -> Option<Tensor<1>> {
        self.sigma_squared().map(|row| row.squeeze_dim::<1>(0))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, TensorData};

    use super::*;

    fn row(values: &[f64]) -> Tensor<1> {
        let data = TensorData::new(values.to_vec(), [values.len()]);
        Tensor::from_data(data, (&Device::flex(), DType::F64))
    }

    /// Written out, with a spread of one and with others.
    #[test]
    fn the_density_is_the_normal_one() {
        let (bias, log_sigma) = ([0.4, -1.3, 0.2], [0.3, -0.4, 0.7]);
        let (inputs, states) = ([0.7, 2.1, -1.0], [1.0, -2.0, 0.5]);
        for log_sigma in [None, Some(log_sigma)] {
            let layer = Gaussian::from_parts(row(&bias), log_sigma.map(|s| row(&s)));
            let expected: f64 = (0..3)
                .map(|i| {
                    let variance = log_sigma.map_or(1.0, |s| (2.0 * s[i]).exp());
                    let off = states[i] - bias[i] - variance * inputs[i];
                    -0.5 * (off * off / variance + (std::f64::consts::TAU * variance).ln())
                })
                .sum();
            let found = layer.log_probability(row(&states).unsqueeze(), row(&inputs).unsqueeze());
            let found = to_f64(found)[0];
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
