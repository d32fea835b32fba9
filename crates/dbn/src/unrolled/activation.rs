//! What a unit does with its input.

use burn::tensor::{Tensor, activation::sigmoid};
use rbm_model::{numerics::softplus, units::Support};
use serde::{Deserialize, Serialize};

/// The mean of a layer's units as a function of their inputs, bias included.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::Activation;
///
/// let inputs = Tensor::<2>::zeros([1, 2], &Device::default());
/// let mean = Activation::Logistic.apply(inputs).into_data();
/// assert_eq!(mean.to_vec::<f32>().unwrap(), [0.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `1 / (1 + exp(-x))`: units in {0, 1}.
    Logistic,
    /// `x`: Gaussian units.
    Linear,
    /// `tanh(x)`: units in {-1, 1}.
    Tanh,
}

impl Activation {
    /// The mean of units with these values, where it is one of these functions.
    pub fn of(support: Support) -> Option<Self> {
        match support {
            Support::Real => Some(Self::Linear),
            Support::Values(&[0, 1]) => Some(Self::Logistic),
            Support::Values(&[-1, 1]) => Some(Self::Tanh),
            _ => None,
        }
    }

    /// The means at these inputs, of the same shape.
    pub fn apply(self, inputs: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Logistic => sigmoid(inputs),
            Self::Linear => inputs,
            Self::Tanh => inputs.tanh(),
        }
    }

    /// How badly units with these inputs explain `targets`, in nats per row, shape `[1]`: the
    /// cross-entropy of logistic units and of those in {-1, 1}, half the squared error of linear ones (a
    /// Gaussian of unit variance, without its constant).
    pub(crate) fn reconstruction_loss(self, inputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        let per_row = (inputs.dims()[0] as f64).recip();
        let nats = match self {
            Self::Logistic => softplus(inputs.clone()) - inputs * targets,
            Self::Linear => (inputs - targets).square().mul_scalar(0.5),
            // log(eᵃ + e⁻ᵃ) - a·t
            Self::Tanh => {
                softplus(inputs.clone().mul_scalar(2.0)) - inputs * targets.add_scalar(1.0)
            }
        };
        nats.sum().mul_scalar(per_row)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use rbm_model::numerics::to_f64;

    use super::*;

    #[test]
    fn losses_are_negative_log_likelihoods() {
        let device = Device::default();
        let row =
            |x: [f32; 4]| Tensor::<2>::from_data(TensorData::new(x.to_vec(), [2, 2]), &device);
        let (inputs, targets) = ([0.5, -2.0, 3.0, 0.0], [1.0, 0.25, 0.0, 0.5]);
        let pairs = || {
            inputs
                .iter()
                .zip(&targets)
                .map(|(&a, &t)| (f64::from(a), f64::from(t)))
        };
        let bernoulli: f64 = pairs()
            .map(|(a, t)| {
                let p = 1.0 / (1.0 + (-a).exp());
                -t * p.ln() - (1.0 - t) * (1.0 - p).ln()
            })
            .sum();
        let gaussian: f64 = pairs().map(|(a, t)| 0.5 * (a - t) * (a - t)).sum();
        let spin: f64 = pairs()
            .map(|(a, t)| {
                let m = a.tanh();
                -0.5 * (1.0 + t) * (0.5 * (1.0 + m)).ln() - 0.5 * (1.0 - t) * (0.5 * (1.0 - m)).ln()
            })
            .sum();
        for (activation, expected) in [
            (Activation::Logistic, bernoulli / 2.0),
            (Activation::Linear, gaussian / 2.0),
            (Activation::Tanh, spin / 2.0),
        ] {
            let loss = activation.reconstruction_loss(row(inputs), row(targets));
            assert!((to_f64(loss)[0] - expected).abs() < 1e-6, "{activation:?}");
        }
    }
}
