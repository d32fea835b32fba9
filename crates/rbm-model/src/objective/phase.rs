//! One side of the gradient: configurations, held constant.

use burn::tensor::Tensor;

use crate::{Rbm, units::UnitLayer};

/// Configurations of a model over which an energy is averaged: the data side (positive phase) or
/// the model side (negative phase) of the gradient.
///
/// Everything in it is a constant for autodiff but the product `vW`. Either side may be known by
/// its mean (and variance) instead of a draw, and the rows may carry weights.
#[derive(Clone, Debug)]
pub struct Phase {
    pub(super) visible: Tensor<2>,
    pub(super) visible_variance: Option<Tensor<2>>,
    pub(super) hidden: Tensor<2>,
    pub(super) hidden_variance: Option<Tensor<2>>,
    /// `vW`, on the tape of the model.
    pub(super) interaction: Tensor<2>,
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
        let interaction = rbm.hidden_inputs(visible.clone());
        Self {
            visible,
            visible_variance: variance.map(Tensor::without_autodiff),
            hidden,
            hidden_variance: None,
            interaction,
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
        let energy = rbm
            .visible
            .expected_energy(self.visible, self.visible_variance)
            + rbm
                .hidden
                .expected_energy(self.hidden.clone(), self.hidden_variance);
        let interaction = self.interaction * self.hidden;
        match self.weights {
            Some(weights) => {
                let interaction = interaction.sum_dim(1).squeeze_dim::<1>(1);
                ((energy - interaction) * weights).sum()
            }
            // The whole sum at once: one reduction in place of two.
            None => {
                let rows = interaction.dims()[0] as f64;
                // Times the reciprocal: Burn 0.22 differentiates a quotient in single precision.
                energy.mean() - interaction.sum().mul_scalar(rows.recip())
            }
        }
    }
}
