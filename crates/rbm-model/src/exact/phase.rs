//! The negative phase without sampling.

use burn::tensor::{Tensor, TensorData};

use super::{Enumeration, ExactError, Side};
use crate::{
    Rbm,
    numerics::log_sum_exp,
    objective::{Clamped, Phase},
};

/// The exact negative phase: every state of the enumerated side with its probability, and the
/// other side by its distribution given that state. With it the surrogate's gradient is exact.
///
/// All the states are held at once, so this is for training tiny models:
/// [`check_memory`](super::check_memory) says beforehand whether they fit.
///
/// # Errors
///
/// [`ExactError::TooLarge`] where no side can be enumerated.
pub fn exact_phase(rbm: &Rbm) -> Result<Phase, ExactError> {
    let states = Enumeration::new(rbm)?;
    let blocks = 0..states.num_blocks();
    let log_weights: Vec<f64> = blocks.clone().flat_map(|i| states.log_weights(i)).collect();
    let log_partition = log_sum_exp(&log_weights);
    let probabilities: Vec<f64> = log_weights
        .iter()
        .map(|x| (x - log_partition).exp())
        .collect();

    let weight = rbm.weight.val();
    let options = (&weight.device().without_autodiff(), weight.dtype());
    let rows = probabilities.len();
    let probabilities = Tensor::from_data(TensorData::new(probabilities, [rows]), options);
    // Cast one by one: all of them in double precision would take twice as much.
    let block = |i| states.states(i).cast(weight.dtype());
    let all = Tensor::cat(blocks.map(block).collect(), 0);
    let phase = match states.side() {
        Side::Visible => Clamped::new(rbm, all).expected(rbm),
        Side::Hidden => Phase::expected_visible(rbm, all),
    };
    Ok(phase.with_weights(probabilities))
}
