//! What every sampler is.

use burn::tensor::Tensor;

use crate::{Noise, Rbm};

/// A Markov kernel that leaves the model's distribution unchanged.
///
/// The state carries what the next step needs, the info what a diagnosis needs and nothing else.
/// A kernel holds its settings only, so one value serves any number of chains.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, Rbm, RbmConfig, numerics::to_f64, sampling::Kernel};
///
/// /// Draws each unit anew with probability one half, which is right for a model without parameters.
/// struct Coins;
///
/// impl Kernel for Coins {
///     type State = Tensor<2>;
///     type Info = ();
///
///     fn init(&self, _rbm: &Rbm, visible: Tensor<2>, _noise: &mut Noise) -> Tensor<2> {
///         visible
///     }
///
///     fn step(&self, _rbm: &Rbm, state: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, ()) {
///         let means = Tensor::full(state.dims(), 0.5, &state.device());
///         (noise.bernoulli(means), ())
///     }
/// }
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let rbm = RbmConfig::new(10, 3).init(&mut noise, &device);
/// let state = Coins.init(&rbm, Tensor::zeros([1000, 10], &device), &mut noise);
/// let (state, ()) = Coins.step(&rbm, state, &mut noise);
/// let on: f64 = to_f64(state).iter().sum();
/// assert!((on - 5000.0).abs() < 5.0 * 50.0); // the standard deviation of 10,000 coins is 50
/// ```
pub trait Kernel {
    /// Where the chains are.
    type State;
    /// What the last step did.
    type Info;

    /// Chains at the visible states `[chains, visible]`.
    fn init(&self, rbm: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> Self::State;

    /// One step of all chains.
    fn step(&self, rbm: &Rbm, state: Self::State, noise: &mut Noise) -> (Self::State, Self::Info);
}
