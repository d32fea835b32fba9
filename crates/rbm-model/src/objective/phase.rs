//! One side of the gradient: configurations, held constant.

use burn::tensor::Tensor;
use rbm_kernels::ops::{Side, binary_matmul, statistics};

use crate::{Rbm, units::UnitLayer};

/// Configurations of a model over which an energy is averaged: the data side (positive phase) or
/// the model side (negative phase) of the gradient.
///
/// Everything in it is a constant for autodiff. Either side may be known by its mean (and variance)
/// instead of a draw, and the rows may carry weights.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Rbm, objective::Phase, units::{Bernoulli, Units}};
///
/// let device = Device::default();
/// let tensor = |x: [f32; 2]| Tensor::<1>::from_floats(x, &device);
/// let units = |bias| Units::Bernoulli(Bernoulli::from_bias(bias));
/// let weight = Tensor::from_floats([[2.0, 0.0], [0.0, -1.0]], &device);
/// let rbm = Rbm::from_parts(units(tensor([0.5, 1.0])), units(tensor([0.0, 0.25])), weight);
///
/// // E(v, h) = -b·v - c·h - vWh of the two rows is -1.5 - 0.25 + 1 and -0.5 - 0 - 2.
/// let v = Tensor::<2>::from_floats([[1.0, 1.0], [1.0, 0.0]], &device);
/// let h = Tensor::<2>::from_floats([[0.0, 1.0], [1.0, 0.0]], &device);
/// let energy: f32 = Phase::drawn(&rbm, v, h).mean_energy(&rbm).into_scalar();
/// assert!((energy - (-0.75 - 2.5) / 2.0).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
pub struct Phase {
    pub(super) visible: Tensor<2>,
    pub(super) visible_variance: Option<Tensor<2>>,
    pub(super) hidden: Tensor<2>,
    pub(super) hidden_variance: Option<Tensor<2>>,
    /// `vW`, from which the interaction's value is read.
    pub(super) product: Tensor<2>,
    /// The probability of each row; all the same where absent.
    pub(super) weights: Option<Tensor<1>>,
}

impl Phase {
    /// Drawn configurations `(v, h)`, `[batch, visible]` and `[batch, hidden]`.
    pub fn drawn(rbm: &Rbm, visible: Tensor<2>, hidden: Tensor<2>) -> Self {
        super::Clamped::new(rbm, visible).drawn(hidden)
    }

    /// Hidden states known exactly and the visible ones by their distribution given them:
    /// Rao-Blackwellised the other way round, as enumeration of the hidden side needs it.
    pub fn expected_visible(rbm: &Rbm, hidden: Tensor<2>) -> Self {
        let hidden = hidden.without_autodiff();
        let inputs = rbm.visible_inputs(hidden.clone()).without_autodiff();
        let variance = rbm.visible.variance_in_energy(inputs.clone());
        let visible = rbm.visible.mean(inputs).without_autodiff();
        let product = binary_matmul(visible.clone(), rbm.weight.val().without_autodiff());
        Self {
            visible,
            visible_variance: variance.map(Tensor::without_autodiff),
            hidden,
            hidden_variance: None,
            product,
            weights: None,
        }
    }

    /// The same with a probability for each row, `[batch]`, summing to one.
    #[must_use]
    pub fn with_weights(mut self, weights: Tensor<1>) -> Self {
        self.weights = Some(weights.without_autodiff());
        self
    }

    /// The visible states or means, `[batch, visible]`.
    pub fn visible(&self) -> Tensor<2> {
        self.visible.clone()
    }

    /// The hidden states or means, `[batch, hidden]`.
    pub fn hidden(&self) -> Tensor<2> {
        self.hidden.clone()
    }

    /// The mean energy over the rows, shape `[1]`, in nats; differentiable by the model's
    /// parameters.
    pub fn mean_energy(self, rbm: &Rbm) -> Tensor<1> {
        let weight = rbm.weight.val();
        let units = self.visible_energy(rbm) + self.hidden_energy(rbm);
        let statistics = statistics([self.interaction(1.0).0]);
        let statistics = if weight.device().is_autodiff() {
            statistics.autodiff()
        } else {
            statistics
        };
        units - (weight * statistics).sum()
    }

    /// The part of it that is the visible units' own.
    pub(super) fn visible_energy(&self, rbm: &Rbm) -> Tensor<1> {
        let (mean, variance) = (self.visible.clone(), self.visible_variance.clone());
        rbm.visible
            .mean_energy(mean, variance, self.weights.clone())
    }

    /// The part of it that is the hidden units' own.
    pub(super) fn hidden_energy(&self, rbm: &Rbm) -> Tensor<1> {
        let (mean, variance) = (self.hidden.clone(), self.hidden_variance.clone());
        rbm.hidden.mean_energy(mean, variance, self.weights.clone())
    }

    /// The rest, `sign · mean vᵀWh`, as a side of
    /// [`negative_energy`](rbm_kernels::ops::negative_energy()).
    pub(super) fn interaction(self, sign: f64) -> (Side, Tensor<2>) {
        let rows = self.visible.dims()[0] as f64;
        let (other, scale) = match self.weights {
            Some(weights) => (self.hidden * weights.unsqueeze_dim::<2>(1), sign),
            None => (self.hidden, sign / rows),
        };
        let side = Side {
            states: self.visible,
            other,
            scale,
        };
        (side, self.product)
    }
}
