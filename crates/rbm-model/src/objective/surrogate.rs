//! The surrogate objective.

use burn::tensor::Tensor;
use rbm_kernels::ops::interaction;

use super::Phase;
use crate::Rbm;

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
/// The interaction `vᵀWh` is linear in the weights: its derivative is the difference of the phases'
/// correlations, which is one [operation](rbm_kernels::ops::interaction()) on the tape.
///
/// # References
///
/// G. E. Hinton, 2002 (contrastive divergence), equation 8; Y. `LeCun` and others: *A tutorial on
/// energy-based learning*, 2006, section 2.2.4, for the general form.
pub fn surrogate(rbm: &Rbm, positive: Phase, negative: Phase) -> Tensor<1> {
    let units = positive.mean_energy_of_units(rbm) - negative.mean_energy_of_units(rbm);
    let sides = [positive.interaction(1.0), negative.interaction(-1.0)];
    units - interaction(rbm.weight.val(), sides)
}
