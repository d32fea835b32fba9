//! Gibbs sampling of what is missing.

use burn::tensor::Tensor;

use super::{Gibbs, GibbsInfo, GibbsState, Kernel};
use crate::{Noise, Rbm, units::UnitLayer};

/// Block Gibbs sampling with some visible units held at what they are: its chains converge to
/// `p(v_missing, h | v_known)`, which fills in the missing part of an image.
///
/// The known values are those of the states that [`init`](Kernel::init) is given; what these hold
/// elsewhere is where the chains start.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, sampling::{ClampedGibbs, Kernel}};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let rbm = RbmConfig::new(4, 3).init(&mut noise, &device);
/// // The first two units are known, in all chains.
/// let known = Tensor::from_data([[1.0, 1.0, 0.0, 0.0]], &device);
/// let kernel = ClampedGibbs::new(known, 10);
/// let state = kernel.init(&rbm, Tensor::ones([100, 4], &device), &mut noise);
/// let (state, _info) = kernel.step(&rbm, state, &mut noise);
/// assert_eq!(state.visible.narrow(1, 0, 2).sum().into_scalar::<f32>(), 200.0);
/// ```
#[derive(Clone, Debug)]
pub struct ClampedGibbs {
    known: Tensor<2>,
    steps: usize,
}

impl ClampedGibbs {
    /// Sampling with `steps` full sweeps a step; `known` is 1 where a visible unit is held and 0
    /// where it is missing.
    ///
    /// # Shapes
    ///
    /// `known` is `[1, visible]`, or `[chains, visible]` where the chains differ in it.
    ///
    /// # Panics
    ///
    /// Where `steps` is zero.
    pub fn new(known: Tensor<2>, steps: usize) -> Self {
        assert!(steps > 0, "a Gibbs kernel makes at least one sweep a step");
        Self { known, steps }
    }
}

impl Kernel for ClampedGibbs {
    type State = GibbsState;
    type Info = GibbsInfo;

    fn init(&self, rbm: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState {
        Gibbs::new(1).init(rbm, visible, noise)
    }

    fn visible(&self, state: &GibbsState) -> Tensor<2> {
        state.visible.clone()
    }

    fn step(&self, rbm: &Rbm, state: GibbsState, noise: &mut Noise) -> (GibbsState, GibbsInfo) {
        let known = self.known.clone().cast(state.visible.dtype());
        let given = [state.visible, state.hidden, known];
        let [visible, hidden, inputs] = rbm.off_tape(given, |rbm, [visible, hidden, known]| {
            let missing = known.clone().neg().add_scalar(1.0);
            let held = visible * known;
            let mut sweep = |hidden: Tensor<2>| {
                let inputs = rbm.visible_inputs(hidden);
                let drawn = rbm.visible.sample(inputs.clone(), noise);
                let visible = held.clone() + drawn * missing.clone();
                let hidden = rbm.sample_hidden(visible.clone(), noise);
                [visible, hidden, inputs]
            };
            let first = sweep(hidden);
            (1..self.steps).fold(first, |[_, hidden, _], _| sweep(hidden))
        });
        let info = GibbsInfo {
            visible_inputs: inputs,
        };
        (GibbsState { visible, hidden }, info)
    }
}
