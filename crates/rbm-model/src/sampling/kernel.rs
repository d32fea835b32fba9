//! What every sampler is.

use burn::tensor::Tensor;

use crate::{Noise, Rbm};

/// A Markov kernel that leaves the model's distribution unchanged.
///
/// The state carries what the next step needs, the info what a diagnosis needs and nothing else.
/// A kernel holds its settings only, so one value serves any number of chains.
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
