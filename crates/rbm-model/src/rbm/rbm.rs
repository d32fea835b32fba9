//! The restricted Boltzmann machine.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor};

use rbm_kernels::ops::binary_matmul;

use super::{RbmConfig, WeightInit};
use crate::{
    Noise,
    units::{UnitLayer, Units},
};

/// A restricted Boltzmann machine: two layers of units joined by weights, with the energy
/// `E(v, h) = E_v(v) + E_h(h) - vᵀWh` and the distribution `p(v, h) = exp(-E(v, h)) / Z`.
///
/// It is a Burn module: it moves between devices, records, counts its parameters and trains with
/// Burn's optimisers. On a device with autodiff its energies are differentiable by `W` and by the
/// parameters of both layers; [`valid`](burn::module::Module::valid) gives the model without a
/// tape, to sample from.
///
/// # Shapes
///
/// `v` is `[batch, visible]`, `h` is `[batch, hidden]`, an energy is `[batch]`, in nats.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
/// let v = Tensor::<2>::ones([2, 4], &device);
/// let h = rbm.sample_hidden(v.clone(), &mut Noise::new(2));
/// assert_eq!(rbm.energy(v, h).dims(), [2]);
/// ```
///
/// # References
///
/// P. Smolensky: *Information processing in dynamical systems: foundations of harmony theory*,
/// 1986; for layers of any exponential family M. Welling, M. Rosen-Zvi, G. E. Hinton, NIPS 17,
/// 2004.
#[derive(Module, Debug)]
pub struct Rbm {
    /// The visible units.
    pub visible: Units,
    /// The hidden units.
    pub hidden: Units,
    /// The weights, `[visible, hidden]`.
    pub weight: Param<Tensor<2>>,
}

impl Rbm {
    /// The model of two layers and the weights between them, the weights as a parameter of its own.
    ///
    /// # Panics
    ///
    /// Where `weight` is not `[visible, hidden]`.
    pub fn from_parts(visible: Units, hidden: Units, weight: Tensor<2>) -> Self {
        assert_eq!(
            weight.dims(),
            [visible.num_units(), hidden.num_units()],
            "weights are [visible, hidden]"
        );
        Self {
            visible,
            hidden,
            weight: Param::from_tensor(weight.detach()),
        }
    }

    /// The configuration of a model of this shape and kind.
    pub fn config(&self) -> RbmConfig {
        RbmConfig {
            num_visible: self.num_visible(),
            num_hidden: self.num_hidden(),
            visible: self.visible.config(),
            hidden: self.hidden.config(),
            weight: WeightInit::default(),
        }
    }

    /// The number of visible units.
    pub fn num_visible(&self) -> usize {
        self.weight.dims()[0]
    }

    /// The number of hidden units.
    pub fn num_hidden(&self) -> usize {
        self.weight.dims()[1]
    }

    /// The device of the parameters.
    pub fn device(&self) -> Device {
        self.weight.val().device()
    }

    /// `E(v, h) = E_v(v) + E_h(h) - vᵀWh` of each row.
    pub fn energy(&self, v: Tensor<2>, h: Tensor<2>) -> Tensor<1> {
        let interaction = (self.hidden_inputs(v.clone()) * h.clone()).sum_dim(1);
        self.visible.energy(v) + self.hidden.energy(h) - interaction.squeeze_dim::<1>(1)
    }

    /// `F(v) = -log Σ_h exp(-E(v, h)) = E_v(v) - Γ_h(vW)` of each row, so that
    /// `log p(v) = -F(v) - log Z`.
    pub fn free_energy(&self, v: Tensor<2>) -> Tensor<1> {
        self.visible.energy(v.clone()) - self.hidden.cgf(self.hidden_inputs(v))
    }

    /// `vW`: the inputs of the hidden units, `[batch, hidden]`, without their bias.
    ///
    /// Where `v` is made of zeros and ones and the backend is `flex`, the rows of `W` that are
    /// switched on are summed; any other `v` goes through the dense product.
    pub fn hidden_inputs(&self, v: Tensor<2>) -> Tensor<2> {
        binary_matmul(v, self.weight.val())
    }

    /// `hWᵀ`: the inputs of the visible units, `[batch, visible]`, without their bias.
    pub fn visible_inputs(&self, h: Tensor<2>) -> Tensor<2> {
        binary_matmul(h, self.weight.val().transpose())
    }

    /// `E[h | v]`.
    pub fn hidden_mean(&self, v: Tensor<2>) -> Tensor<2> {
        self.hidden.mean(self.hidden_inputs(v))
    }

    /// [`hidden_mean`](Self::hidden_mean) under the name that Burn's modules have for it: the features of the rows
    /// of `v`, `[batch, hidden]`.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use rbm_model::{Noise, RbmConfig};
    ///
    /// let device = Device::default();
    /// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
    /// let v = Tensor::ones([3, 6], &device);
    /// assert_eq!(rbm.forward(v.clone()).into_data(), rbm.hidden_mean(v).into_data());
    /// ```
    pub fn forward(&self, v: Tensor<2>) -> Tensor<2> {
        self.hidden_mean(v)
    }

    /// `E[v | h]`.
    pub fn visible_mean(&self, h: Tensor<2>) -> Tensor<2> {
        self.visible.mean(self.visible_inputs(h))
    }

    /// A draw from `p(h | v)`, constant for autodiff.
    pub fn sample_hidden(&self, v: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let draw = |rbm: &Self, [v]: [_; 1]| [rbm.hidden.sample(rbm.hidden_inputs(v), noise)];
        let [h] = self.off_tape([v], draw);
        h
    }

    /// A draw from `p(v | h)`, constant for autodiff.
    pub fn sample_visible(&self, h: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let draw = |rbm: &Self, [h]: [_; 1]| [rbm.visible.sample(rbm.visible_inputs(h), noise)];
        let [v] = self.off_tape([h], draw);
        v
    }

    /// What `draw` makes of the model and the states `given`, as constants for autodiff, on the device
    /// that they came from.
    ///
    /// Nothing goes back through a draw. So a model in training draws beside the tape, and not on it: the
    /// tape of a draw would be kept for as long as the parameters are.
    ///
    /// ```
    /// use burn::module::Module;
    /// use burn::tensor::{Device, Tensor};
    /// use rbm_model::{Noise, RbmConfig};
    ///
    /// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &Device::default()).train();
    /// let v = Tensor::ones([10, 6], &rbm.device());
    /// let [mean] = rbm.off_tape([v], |rbm, [v]| {
    ///     assert!(!rbm.device().is_autodiff());
    ///     [rbm.hidden_mean(v)]
    /// });
    /// assert!(mean.device().is_autodiff());
    /// ```
    pub fn off_tape<const N: usize, const M: usize>(
        &self,
        given: [Tensor<2>; N],
        draw: impl FnOnce(&Self, [Tensor<2>; N]) -> [Tensor<2>; M],
    ) -> [Tensor<2>; M] {
        let taped = given.iter().any(|x| x.device().is_autodiff());
        if !taped && !self.device().is_autodiff() {
            return draw(self, given);
        }
        let drawn = draw(&self.valid(), given.map(Tensor::without_autodiff));
        drawn.map(Tensor::autodiff)
    }

    /// The same distribution with hidden and visible units in each other's place, in parameters of
    /// its own.
    pub fn mirror(&self) -> Self {
        Self::from_parts(
            self.hidden.fresh(),
            self.visible.fresh(),
            self.weight.val().transpose(),
        )
    }

    /// The model with its parameters in the type `dtype`.
    pub fn cast(&self, dtype: DType) -> Self {
        struct To(DType);
        impl ModuleMapper for To {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                param.map(|tensor| tensor.cast(self.0))
            }
        }
        self.clone().map(&mut To(dtype))
    }

    /// The model on the way from independent units at `beta = 0` to this one at `beta = 1`.
    ///
    /// Energies are interpolated linearly (up to a constant, for Gaussian units): the visible
    /// units go from `base` to their own, the hidden ones from their
    /// [`reference`](Units::reference), and the weights from zero. Annealed importance sampling
    /// and tempering are Gibbs sampling of the models in between.
    ///
    /// # Panics
    ///
    /// Where `base` is of another kind than the visible units.
    ///
    /// # References
    ///
    /// R. Salakhutdinov, I. Murray: *On the quantitative analysis of deep belief networks*, ICML
    /// 2008, section 4.1.
    pub fn anneal(&self, base: &Units, beta: f64) -> Self {
        Self::from_parts(
            self.visible.anneal(base, beta),
            self.hidden.anneal(&self.hidden.reference(), beta),
            self.weight.val().mul_scalar(beta),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataStatistics, RbmConfig, WeightInit, numerics::to_f64, units::UnitsConfig};

    /// Through a file of Burn's, into a model that had other parameters.
    #[test]
    fn burns_own_record_keeps_a_model() {
        let (folder, device) = (tempfile::tempdir().unwrap(), Device::default());
        let gaussian = UnitsConfig::Gaussian { learn_sigma: true };
        let labelled = UnitsConfig::Labelled { classes: 2 };
        for visible in [UnitsConfig::Bernoulli, gaussian, labelled] {
            let config = RbmConfig::new(5, 3)
                .with_visible(visible)
                .with_weight(WeightInit::Normal { std: 1.0 });
            let of = |seed, mean: f64| {
                let (mean, variance) = (vec![mean; 5], vec![0.5 * mean; 5]);
                let data = DataStatistics { mean, variance };
                config.init_from(&data, &mut Noise::new(seed), &device)
            };
            let (model, other) = (of(1, 0.3), of(2, 0.6));
            let path = folder
                .path()
                .join(format!("{visible:?}").replace([' ', '{', '}'], ""));
            model.clone().save_file(&path).unwrap();
            let found = other.clone().load_file(&path);
            let v = Noise::new(3).uniform([4, 5], DType::F32, &device);
            let all = |rbm: &Rbm| {
                let free = to_f64(rbm.free_energy(v.clone()));
                [
                    free,
                    to_f64(rbm.hidden_mean(v.clone())),
                    to_f64(rbm.weight.val()),
                ]
                .concat()
            };
            assert_eq!(all(&found), all(&model), "{visible:?}");
            assert_ne!(all(&found), all(&other));
        }
    }
}
