//! Visible units held at given states, and the one matrix product that this costs.

use burn::tensor::Tensor;
use rbm_kernels::ops::binary_matmul;

use super::Phase;
use crate::{Noise, Rbm, units::UnitLayer};

/// A batch of visible states with the hidden inputs `vW` that they make.
///
/// The chain's next step and the surrogate's value both read these numbers, so an update costs no
/// more products than one with a hand-written gradient (five of `2·B·V·H` operations for CD-1).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Rbm, numerics::to_f64, objective::Clamped, units::{Bernoulli, Units}};
///
/// let device = Device::default();
/// let tensor = |x: [f32; 2]| Tensor::<1>::from_floats(x, &device);
/// let units = |bias| Units::Bernoulli(Bernoulli::from_bias(bias));
/// let weight = Tensor::from_floats([[2.0, 0.0], [0.0, -1.0]], &device);
/// let rbm = Rbm::from_parts(units(tensor([0.5, 1.0])), units(tensor([0.0, 0.25])), weight);
///
/// // The hidden units have inputs 2 and -1 beside their biases.
/// let clamped = Clamped::new(&rbm, Tensor::from_floats([[1.0, 1.0]], &device));
/// let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
/// let mean = to_f64(clamped.hidden_mean(&rbm));
/// assert!((mean[0] - logistic(2.0)).abs() < 1e-6 && (mean[1] - logistic(-0.75)).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
pub struct Clamped {
    visible: Tensor<2>,
    inputs: Tensor<2>,
}

impl Clamped {
    /// Clamps the visible units of `rbm` at `visible`, `[batch, visible]`, held constant.
    pub fn new(rbm: &Rbm, visible: Tensor<2>) -> Self {
        let visible = visible.without_autodiff();
        let inputs = binary_matmul(visible.clone(), rbm.weight.val().without_autodiff());
        Self { visible, inputs }
    }

    /// The visible states, `[batch, visible]`.
    pub fn visible(&self) -> Tensor<2> {
        self.visible.clone()
    }

    /// `E[h | v]`, constant for autodiff.
    pub fn hidden_mean(&self, rbm: &Rbm) -> Tensor<2> {
        rbm.hidden.mean(self.inputs.clone()).without_autodiff()
    }

    /// A draw from `p(h | v)`, constant for autodiff.
    pub fn sample_hidden(&self, rbm: &Rbm, noise: &mut Noise) -> Tensor<2> {
        rbm.hidden
            .sample(self.inputs.clone(), noise)
            .without_autodiff()
    }

    /// `E[h | v]` and a draw, constant for autodiff, for the price of one.
    pub fn hidden_mean_and_sample(&self, rbm: &Rbm, noise: &mut Noise) -> (Tensor<2>, Tensor<2>) {
        let (mean, sample) = rbm.hidden.mean_and_sample(self.inputs.clone(), noise);
        (mean.without_autodiff(), sample.without_autodiff())
    }

    /// The phase with these hidden states, which must have been drawn at the clamped visible ones.
    pub fn drawn(self, hidden: Tensor<2>) -> Phase {
        Phase {
            visible: self.visible,
            visible_variance: None,
            hidden: hidden.without_autodiff(),
            hidden_variance: None,
            product: self.inputs,
            weights: None,
        }
    }

    /// The phase with `E[h | v]` instead of a draw (Rao-Blackwellised): the same expectation
    /// with a smaller variance.
    pub fn expected(self, rbm: &Rbm) -> Phase {
        let mean = self.hidden_mean(rbm);
        self.with_hidden_mean(rbm, mean)
    }

    /// [`expected`](Self::expected), where [`hidden_mean`](Self::hidden_mean) is at hand already.
    pub fn with_hidden_mean(self, rbm: &Rbm, mean: Tensor<2>) -> Phase {
        let variance = rbm.hidden.variance_in_energy(self.inputs.clone());
        Phase {
            visible: self.visible,
            visible_variance: None,
            hidden: mean.without_autodiff(),
            hidden_variance: variance.map(Tensor::without_autodiff),
            product: self.inputs,
            weights: None,
        }
    }
}
