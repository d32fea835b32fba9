//! The surrogate objective.

use burn::tensor::Tensor;
use rbm_kernels::ops::negative_energy;

use super::Phase;
use crate::{
    Rbm,
    units::{UnitLayer, Units},
};

/// `S = mean E(v⁺, h⁺) - mean E(v⁻, h⁻)`, shape `[1]`, with every configuration held constant.
///
/// Its derivative is the Monte Carlo estimate of the gradient of the negative log-likelihood per
/// datum (in nats), exact where the negative phase is. Its *value* is no likelihood: do not show
/// it as a loss.
///
/// The configurations are constants because the identity `∂ E_p[E] = E_p[∂E]` holds only where the
/// distribution `p` does not move with the parameters; letting the derivative flow through the
/// sampling probabilities adds a term that has no place there.
///
/// The interaction `vᵀWh` is linear in the weights, and the energy of binary units in their biases: the
/// derivatives are the differences of the phases' correlations and means, which are one
/// [operation](rbm_kernels::ops::negative_energy()) on the tape.
///
/// # References
///
/// G. E. Hinton, 2002 (contrastive divergence), equation 8; Y. `LeCun` and others: *A tutorial on
/// energy-based learning*, 2006, section 2.2.4, for the general form.
pub fn surrogate(rbm: &Rbm, positive: Phase, negative: Phase) -> Tensor<1> {
    // That operation's rows weigh the same on the side of the states.
    let weighted = positive.weights.is_some() || negative.weights.is_some();
    let bias = |units: &Units| units.linear_bias().filter(|_| !weighted);
    let biases = [bias(&rbm.visible), bias(&rbm.hidden)];
    let others = [
        biases[0]
            .is_none()
            .then(|| positive.visible_energy(rbm) - negative.visible_energy(rbm)),
        biases[1]
            .is_none()
            .then(|| positive.hidden_energy(rbm) - negative.hidden_energy(rbm)),
    ];
    let weight = rbm.weight.val();
    let none =
        |units: &Units| Tensor::zeros([units.num_units()], (&weight.device(), weight.dtype()));
    let [b, c] = biases;
    let biases = [
        b.unwrap_or_else(|| none(&rbm.visible)),
        c.unwrap_or_else(|| none(&rbm.hidden)),
    ];
    // The signs are turned here: a negation would be one more node on the tape.
    let sides = [positive.interaction(-1.0), negative.interaction(1.0)];
    let bilinear = negative_energy(rbm.weight.val(), biases, sides);
    others
        .into_iter()
        .flatten()
        .fold(bilinear, |sum, energy| sum + energy)
}
