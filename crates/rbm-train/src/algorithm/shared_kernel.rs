//! A kernel whose type is not known.

use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    sampling::{GibbsState, Kernel},
};

/// Any kernel of Gibbs states, for threads that share it.
pub(super) struct SharedKernel(Box<dyn Moves>);

trait Moves: Send + Sync {
    fn init(&self, model: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState;

    fn visible_after(
        &self,
        model: &Rbm,
        state: GibbsState,
        count: usize,
        noise: &mut Noise,
    ) -> Tensor<2>;
}

impl<K: Kernel<State = GibbsState> + Send + Sync> Moves for K {
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

impl SharedKernel {
    pub(super) fn new<K>(kernel: K) -> Self
    where
        K: Kernel<State = GibbsState> + Send + Sync + 'static,
    {
        Self(Box::new(kernel))
    }

    /// Chains at these visible states.
    pub(super) fn init(&self, model: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState {
        self.0.init(model, visible, noise)
    }

    /// The visible states after `count` steps.
    pub(super) fn visible_after(
        &self,
        model: &Rbm,
        state: GibbsState,
        count: usize,
        noise: &mut Noise,
    ) -> Tensor<2> {
        self.0.visible_after(model, state, count, noise)
    }
}
