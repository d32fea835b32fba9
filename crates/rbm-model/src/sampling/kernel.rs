//! What every sampler is.

use burn::tensor::Tensor;

use crate::{Noise, Rbm};

/// A Markov kernel that leaves the model's distribution unchanged.
///
/// The state carries what the next step needs, the info what a diagnosis needs and nothing else.
/// A kernel holds its settings only, so one value serves any number of chains. Most kernels are of an
/// [`Rbm`]; those of annealing are of a [`Path`](super::annealing::Path).
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
///     fn visible(&self, state: &Tensor<2>) -> Tensor<2> {
///         state.clone()
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
/// let (state, ()) = Coins.steps(&rbm, state, 3, &mut noise);
/// let on: f64 = to_f64(state).iter().sum();
/// assert!((on - 5000.0).abs() < 5.0 * 50.0); // the standard deviation of 10,000 coins is 50
/// ```
pub trait Kernel<M = Rbm> {
    /// Where the chains are.
    type State;
    /// What the last step did.
    type Info;

    /// Chains at the visible states `[chains, visible]`.
    fn init(&self, model: &M, visible: Tensor<2>, noise: &mut Noise) -> Self::State;

    /// The visible states of chains, `[chains, visible]`.
    fn visible(&self, state: &Self::State) -> Tensor<2>;

    /// One step of all chains.
    fn step(&self, model: &M, state: Self::State, noise: &mut Noise) -> (Self::State, Self::Info);

    /// So many steps of all chains, and what the last one did.
    ///
    /// # Panics
    ///
    /// Where `count` is zero.
    fn steps(
        &self,
        model: &M,
        state: Self::State,
        count: usize,
        noise: &mut Noise,
    ) -> (Self::State, Self::Info) {
        assert!(count > 0, "chains make at least one step");
        let first = self.step(model, state, noise);
        (1..count).fold(first, |(state, _), _| self.step(model, state, noise))
    }

    /// The visible states after so many steps, `[chains, visible]`, for callers that draw the hidden ones
    /// themselves, from inputs that they need anyway: a kernel that draws these last may leave them out.
    ///
    /// # Panics
    ///
    /// Where `count` is zero.
    fn visible_after(
        &self,
        model: &M,
        state: Self::State,
        count: usize,
        noise: &mut Noise,
    ) -> Tensor<2> {
        let (state, _) = self.steps(model, state, count, noise);
        self.visible(&state)
    }
}
