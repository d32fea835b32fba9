//! Block Gibbs sampling.

use burn::tensor::Tensor;

use super::Kernel;
use crate::{Noise, Rbm, units::UnitLayer};

/// Block Gibbs sampling: `steps` times `v ~ p(v | h)`, `h ~ p(h | v)`.
///
/// From hidden states drawn at data it is the negative phase of CD-k, from those of the last update
/// that of persistent contrastive divergence.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, sampling::{Gibbs, Kernel}};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let rbm = RbmConfig::new(4, 3).init(&mut noise, &device);
/// let gibbs = Gibbs::new(10);
/// let state = gibbs.init(&rbm, Tensor::zeros([100, 4], &device), &mut noise);
/// let (state, _info) = gibbs.step(&rbm, state, &mut noise);
/// assert_eq!(state.visible.dims(), [100, 4]);
/// ```
///
/// # References
///
/// G. E. Hinton: *Training products of experts by minimizing contrastive divergence*, Neural
/// Computation 14, 2002; T. Tieleman: *Training restricted Boltzmann machines using approximations
/// to the likelihood gradient*, ICML 2008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gibbs {
    /// The number of full sweeps in one step.
    pub steps: usize,
}

/// The state of Gibbs chains; the hidden states were drawn at the visible ones beside them.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, numerics::to_f64, sampling::{Gibbs, GibbsState, Kernel}};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
/// // A state by hand serves as well as one of `init`: a step begins at its hidden units.
/// let at = |hidden| GibbsState { visible: Tensor::zeros([2, 4], &device), hidden };
/// let hidden = Tensor::<2>::from_floats([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]], &device);
/// let step = |state| Gibbs::new(1).step(&rbm, state, &mut Noise::new(2)).0;
/// let other = GibbsState { visible: Tensor::ones([2, 4], &device), ..at(hidden.clone()) };
/// assert_eq!(to_f64(step(at(hidden)).visible), to_f64(step(other).visible));
/// ```
#[derive(Clone, Debug)]
pub struct GibbsState {
    /// `[chains, visible]`.
    pub visible: Tensor<2>,
    /// `[chains, hidden]`.
    pub hidden: Tensor<2>,
}

/// What a step of Gibbs sampling leaves for diagnosis.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, WeightInit, numerics::to_f64, sampling::{Gibbs, Kernel}, units::UnitLayer};
///
/// // Without weights there is no input, and every unit's mean is one half.
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let config = RbmConfig::new(4, 3).with_weight(WeightInit::Normal { std: 0.0 });
/// let rbm = config.init(&mut noise, &device);
/// let gibbs = Gibbs::new(5);
/// let state = gibbs.init(&rbm, Tensor::zeros([2, 4], &device), &mut noise);
/// let (_state, info) = gibbs.step(&rbm, state, &mut noise);
/// assert_eq!(to_f64(info.visible_inputs.clone()), [0.0; 8]);
/// assert_eq!(to_f64(rbm.visible.mean(info.visible_inputs)), [0.5; 8]);
/// ```
#[derive(Clone, Debug)]
pub struct GibbsInfo {
    /// The inputs that the visible states were drawn at, `[chains, visible]`: their
    /// [mean](UnitLayer::mean) is a smoother picture of the chains than the draws are.
    pub visible_inputs: Tensor<2>,
}

impl Gibbs {
    /// Gibbs sampling with `steps` full sweeps a step.
    ///
    /// # Panics
    ///
    /// Where `steps` is zero.
    pub fn new(steps: usize) -> Self {
        assert!(steps > 0, "a Gibbs kernel makes at least one sweep a step");
        Self { steps }
    }

    /// The visible states after `steps` sweeps from `hidden`, without the last hidden draw: what a
    /// gradient needs, which makes the last hidden statistics itself.
    ///
    /// # Shapes
    ///
    /// `[chains, hidden]` to `[chains, visible]`, constant for autodiff.
    pub fn visible_from(&self, rbm: &Rbm, hidden: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        self.half_step(rbm, hidden, noise).0
    }

    fn half_step(self, rbm: &Rbm, hidden: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, GibbsInfo) {
        let [visible, inputs] = rbm.off_tape([hidden], |rbm, [mut hidden]| {
            for _ in 1..self.steps {
                let visible = rbm.sample_visible(hidden, noise);
                hidden = rbm.sample_hidden(visible, noise);
            }
            let inputs = rbm.visible_inputs(hidden);
            [rbm.visible.sample(inputs.clone(), noise), inputs]
        });
        let info = GibbsInfo {
            visible_inputs: inputs,
        };
        (visible, info)
    }
}

impl Kernel for Gibbs {
    type State = GibbsState;
    type Info = GibbsInfo;

    fn init(&self, rbm: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState {
        let hidden = rbm.sample_hidden(visible.clone(), noise);
        GibbsState { visible, hidden }
    }

    fn visible(&self, state: &GibbsState) -> Tensor<2> {
        state.visible.clone()
    }

    fn step(&self, rbm: &Rbm, state: GibbsState, noise: &mut Noise) -> (GibbsState, GibbsInfo) {
        let (visible, info) = self.half_step(rbm, state.hidden, noise);
        // Drawn at the final visible states, never at those before them: a pair out of step is
        // right at equilibrium and biased everywhere else.
        let hidden = rbm.sample_hidden(visible.clone(), noise);
        (GibbsState { visible, hidden }, info)
    }

    fn visible_after(
        &self,
        rbm: &Rbm,
        state: GibbsState,
        count: usize,
        noise: &mut Noise,
    ) -> Tensor<2> {
        assert!(count > 0, "chains make at least one step");
        Self::new(self.steps * count).visible_from(rbm, state.hidden, noise)
    }
}
