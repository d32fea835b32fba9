//! What a step of training is made on.

use burn::tensor::{Int, Tensor};
use rbm_model::Noise;

/// Rows of a data set on their way to an update.
///
/// The random numbers of an update come with its batch and not from the device, so that they follow
/// from the seed and the place in the run alone.
///
/// An update with Burn's traits alone, without the learner:
///
/// ```
/// use burn::{module::Module, optim::SgdConfig, tensor::{Device, Tensor}, train::TrainStep};
/// use dbn::{Batch, DbnClassifier};
/// use rbm_model::Noise;
///
/// let device = Device::default();
/// let batch = Batch {
///     inputs: Tensor::from_floats([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]], &device),
///     labels: Some(Tensor::from_ints([0, 1], &device)),
///     noise: Noise::new(1),
/// };
/// let network = DbnClassifier::random(&[3, 4], 2, &mut Noise::new(2), &device)?.train();
/// let mut optimizer = SgdConfig::new().init();
/// let step = TrainStep::step(&network, batch.clone());
/// let tuned = network.optimize(&mut optimizer, 0.5.into(), step.grads);
/// let loss = TrainStep::step(&tuned, batch).item.loss;
/// assert!(loss.into_scalar::<f32>() < step.item.loss.into_scalar::<f32>());
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows, `[rows, columns]`.
    pub inputs: Tensor<2>,
    /// The class of each row, `[rows]`, where the data have classes.
    pub labels: Option<Tensor<1, Int>>,
    /// Where dropout draws from.
    pub noise: Noise,
}
