//! Draws of the network, free or held to something.

use burn::tensor::{Bool, Tensor};
use rbm_model::{
    Noise,
    sampling::{ClampedGibbs, Gibbs, GibbsInfo, GibbsState, Kernel, independent_visible},
    units::UnitLayer,
};

use crate::{Dbn, DbnError};

/// Draws of a deep belief network.
///
/// See [`Dbn::generate`].
///
/// ```
/// use burn::tensor::Device;
/// use dbn::Dbn;
/// use rbm_model::{Noise, RbmConfig, WeightInit, numerics::to_f64};
///
/// // Without weights and biases every pixel is on half of the time.
/// let (device, none) = (Device::default(), WeightInit::Normal { std: 0.0 });
/// let layer = |visible, hidden| {
///     RbmConfig::new(visible, hidden).with_weight(none).init(&mut Noise::new(1), &device)
/// };
/// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
/// let mut noise = Noise::new(2);
/// let chains = dbn.random_chains(10, &mut noise);
/// let drawn = dbn.generate(chains, 1, &mut noise);
/// assert_eq!(to_f64(drawn.mean), [0.5; 60]);
/// assert!(to_f64(drawn.visible).iter().all(|&x| x == 0.0 || x == 1.0));
/// assert_eq!(drawn.chains.hidden.dims(), [10, 3]); // of the top layer
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generated {
    /// The chains of the top layer: to go on from.
    pub chains: GibbsState,
    /// `E[v]` given the draws of the layer above, `[chains, visible]`: a smoother picture.
    pub mean: Tensor<2>,
    /// The draws, `[chains, visible]`.
    pub visible: Tensor<2>,
}

impl Dbn {
    /// Chains of the top layer at random states: visible units drawn by their bias alone, hidden
    /// ones given them.
    pub fn random_chains(&self, chains: usize, noise: &mut Noise) -> GibbsState {
        let top = self.top();
        let visible = independent_visible(top, chains, noise);
        Gibbs::new(1).init(top, visible, noise)
    }

    /// Chains of the top layer at draws from `q(h | v)`, the rows of `v`, `[chains, visible]`.
    ///
    /// # Panics
    ///
    /// Where `v` has another width.
    pub fn chains_at(&self, v: Tensor<2>, noise: &mut Noise) -> GibbsState {
        let features = self.sample_encoding(v, self.num_layers() - 1, noise);
        let visible = self.with_drawn_label(features, noise);
        Gibbs::new(1).init(self.top(), visible, noise)
    }

    /// Draws after `sweeps` Gibbs sweeps of the top layer from `chains`, and one pass down.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dbn::Dbn;
    /// use rbm_model::{Noise, RbmConfig};
    ///
    /// let (device, mut noise) = (Device::default(), Noise::new(1));
    /// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
    /// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
    /// let mut noise = Noise::new(2);
    /// let chains = dbn.random_chains(10, &mut noise);
    /// let first = dbn.generate(chains, 100, &mut noise);
    /// let second = dbn.generate(first.chains, 100, &mut noise);
    /// assert_eq!(second.visible.dims(), [10, 6]);
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # References
    ///
    /// G. E. Hinton, S. Osindero, Y.-W. Teh, 2006, section 7.
    ///
    /// # Panics
    ///
    /// Where `sweeps` is zero, or the chains belong to another network.
    pub fn generate(&self, chains: GibbsState, sweeps: usize, noise: &mut Noise) -> Generated {
        self.walk(chains, &Gibbs::new(sweeps), noise)
    }

    /// A draw for each of these classes: `sweeps` Gibbs sweeps of the top layer from random features
    /// with the label held, which are draws from `p(v | y)`, and one pass down.
    ///
    /// # Errors
    ///
    /// [`DbnError::NoClasses`] where the top layer has no label units,
    /// [`DbnError::UnknownClass`] where a class is none of them.
    ///
    /// # Panics
    ///
    /// Where `sweeps` is zero.
    pub fn generate_classes(
        &self,
        classes: &[usize],
        sweeps: usize,
        noise: &mut Noise,
    ) -> Result<Generated, DbnError> {
        let label = self.label_states(classes)?;
        let start = self.without_label(self.random_chains(classes.len(), noise).visible);
        let known = Tensor::cat(vec![start.zeros_like(), label.ones_like()], 1);
        let kernel = ClampedGibbs::new(known, sweeps);
        let start = kernel.init(self.top(), Tensor::cat(vec![start, label], 1), noise);
        Ok(self.walk(start, &kernel, noise))
    }

    /// Completes `v` where `held` is false: again and again up the stack, through the top layer and
    /// down, with the held units put back each time. The free ones start at draws by their bias.
    ///
    /// For a network of one layer this is Gibbs sampling of `p(v_free | v_held)`. With more layers
    /// the way up draws from `q(h | v)`, which is not the posterior of the network: the result is
    /// as good as that approximation.
    ///
    /// # Shapes
    ///
    /// `v` and `held` are `[rows, visible]`; what `v` has in its free units has no effect.
    ///
    /// # Panics
    ///
    /// Where `sweeps` is zero, or a width or a number of rows differs.
    pub fn inpaint(
        &self,
        v: Tensor<2>,
        held: Tensor<2, Bool>,
        sweeps: usize,
        noise: &mut Noise,
    ) -> Generated {
        assert!(sweeps > 0, "inpainting makes at least one sweep");
        let hold = |drawn: Tensor<2>| drawn.mask_where(held.clone(), v.clone());
        let start = independent_visible(&self.stack[0], v.dims()[0], noise);
        let start = match self.num_layers() {
            // A label beside the data is drawn on the way up.
            1 => self.without_label(start),
            _ => start,
        };
        let sweep = |visible, noise: &mut Noise| {
            let chains = self.chains_at(visible, noise);
            let drawn = self.generate(chains, 1, noise);
            Generated {
                chains: drawn.chains,
                mean: hold(drawn.mean),
                visible: hold(drawn.visible),
            }
        };
        let first = sweep(hold(start), noise);
        (1..sweeps).fold(first, |last, _| sweep(last.visible, noise))
    }

    /// One step of the kernel in the top layer, and one pass down.
    fn walk(
        &self,
        chains: GibbsState,
        kernel: &impl Kernel<State = GibbsState, Info = GibbsInfo>,
        noise: &mut Noise,
    ) -> Generated {
        let top = self.top();
        let (chains, info) = kernel.step(top, chains, noise);
        let inputs = info.visible_inputs;
        let [mean] = top.off_tape([inputs], |top, [inputs]| [top.visible.mean(inputs)]);
        let mean = self.without_label(mean);
        let drawn = self.without_label(chains.visible.clone());
        let (mean, visible) = self.descend(mean, drawn, noise);
        Generated {
            chains,
            mean,
            visible,
        }
    }

    /// From the features below the top layer, their means and draws, to the visible units.
    fn descend(
        &self,
        mean: Tensor<2>,
        drawn: Tensor<2>,
        noise: &mut Noise,
    ) -> (Tensor<2>, Tensor<2>) {
        let below = self.stack[..self.num_layers() - 1].iter().rev();
        let [mean, drawn] = below.fold([mean, drawn], |[_, drawn], rbm| {
            rbm.off_tape([drawn], |rbm, [drawn]| {
                rbm.visible
                    .mean_and_sample(rbm.visible_inputs(drawn), noise)
                    .into()
            })
        });
        (mean, drawn)
    }
}
