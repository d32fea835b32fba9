//! A kernel whose type is not known.

use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    sampling::{GibbsState, Kernel},
};

/// Any [`Kernel`] of Gibbs states, whatever it says of its steps, for threads that share it.
pub(super) trait SharedKernel: Send + Sync {
    /// Chains at these visible states.
    fn init(&self, model: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState;

    /// The visible states after `count` steps.
    fn visible_after(
        &self,
        model: &Rbm,
        state: GibbsState,
        count: usize,
        noise: &mut Noise,
    ) -> Tensor<2>;
}

impl<K: Kernel<State = GibbsState> + Send + Sync> SharedKernel for K {
    fn init(&self, model: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState {
        Kernel::init(self, model, visible, noise)
    }

    fn visible_after(
        &self,
        model: &Rbm,
        state: GibbsState,
        count: usize,
        noise: &mut Noise,
    ) -> Tensor<2> {
        Kernel::visible_after(self, model, state, count, noise)
    }
}
