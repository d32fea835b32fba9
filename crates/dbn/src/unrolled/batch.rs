//! What a step of training is made on.

use burn::tensor::{Int, Tensor};
use rbm_model::Noise;

/// Rows of a data set on their way to an update.
///
/// The random numbers of an update come with its batch and not from the device, so that they follow
/// from the seed and the place in the run alone.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows, `[rows, columns]`.
    pub inputs: Tensor<2>,
    /// The class of each row, `[rows]`, where the data have classes.
    pub labels: Option<Tensor<1, Int>>,
    /// Where dropout draws from.
    pub noise: Noise,
}
