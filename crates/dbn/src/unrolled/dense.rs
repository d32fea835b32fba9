//! One direction of an RBM as a layer of a network.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Device, Tensor};
use rbm_model::{
    Noise, Rbm,
    units::{UnitLayer, Units},
};

use super::Activation;

/// A Burn [`Linear`] layer with its activation: `E[h | v]` or `E[v | h]` of an RBM when it is made,
/// and a function with weights of its own from then on.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::Dense;
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let rbm = RbmConfig::new(6, 4).init(&mut noise, &device);
/// let v = Tensor::<2>::ones([1, 6], &device);
/// let up = Dense::upward(&rbm).forward(v.clone());
/// up.into_data().assert_eq(&rbm.hidden_mean(v).into_data(), true);
/// ```
#[derive(Module, Debug)]
pub struct Dense {
    /// Weights `[inputs, units]` and biases `[units]`.
    pub linear: Linear,
    /// What the units do with their inputs.
    #[module(skip)]
    pub activation: Activation,
}

impl Dense {
    /// `E[h | v]` of an RBM.
    ///
    /// # Panics
    ///
    /// Where the hidden units are no [activation](Activation::of) of one sum of inputs each.
    pub fn upward(rbm: &Rbm) -> Self {
        Self::of(rbm.weight.val(), &rbm.hidden)
    }

    /// `E[v | h]` of an RBM.
    ///
    /// # Panics
    ///
    /// Where the visible units are none, as with a label among them.
    pub fn downward(rbm: &Rbm) -> Self {
        Self::of(rbm.weight.val().transpose(), &rbm.visible)
    }

    /// The mean `b + s·I` or `σ(b + I)` of `units` at the inputs `I = xW`; the factor `s` of Gaussian
    /// units, their variance, becomes part of the weights.
    fn of(weight: Tensor<2>, units: &Units) -> Self {
        let activation = Activation::of(units.support())
            .unwrap_or_else(|| panic!("{} units have no activation", units.config().name()));
        let weight = match units.bias_per_input() {
            Some(scale) => weight * scale.unsqueeze(),
            None => weight,
        };
        Self {
            linear: linear(weight, units.bias()),
            activation,
        }
    }

    /// Logistic units with random weights, uniform within `±4 √(6 / (inputs + units))`, and no bias:
    /// inputs and derivatives keep their spread through many such layers.
    ///
    /// # References
    ///
    /// X. Glorot, Y. Bengio: *Understanding the difficulty of training deep feedforward neural
    /// networks*, AISTATS 2010, equation 16; the factor 4 is for units whose slope at zero is ¼.
    pub fn random(inputs: usize, units: usize, noise: &mut Noise, device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        let dtype: DType = device.settings().float_dtype.into();
        let bound = 4.0 * (6.0 / (inputs + units) as f64).sqrt();
        let uniform = noise.uniform([inputs, units], dtype, &device);
        let weight = uniform.mul_scalar(2.0 * bound).sub_scalar(bound);
        Self {
            linear: linear(weight, Tensor::zeros([units], (&device, dtype))),
            activation: Activation::Logistic,
        }
    }

    /// The inputs of the units, bias included: `[batch, inputs]` to `[batch, units]`.
    pub fn inputs(&self, x: Tensor<2>) -> Tensor<2> {
        self.linear.forward(x)
    }

    /// The means of the units: `[batch, inputs]` to `[batch, units]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.activation.apply(self.inputs(x))
    }

    /// The numbers of inputs and of units.
    pub fn dims(&self) -> [usize; 2] {
        self.linear.weight.dims()
    }
}

/// A layer with these values, in parameters of its own.
pub(crate) fn linear(weight: Tensor<2>, bias: Tensor<1>) -> Linear {
    // Through the host: a transposed view would stay one through every product and update.
    let (device, dtype) = (weight.device().without_autodiff(), weight.dtype());
    let weight = Tensor::from_data(weight.into_data(), (&device, dtype));
    Linear {
        weight: Param::from_tensor(weight),
        bias: Some(Param::from_tensor(bias.without_autodiff())),
    }
}

#[cfg(test)]
mod tests {
    use rbm_model::{
        numerics::to_f64,
        units::{Bernoulli, Gaussian},
    };

    use super::*;

    /// Both directions of RBMs of all kinds, against the RBM's own means.
    #[test]
    fn a_layer_is_the_mean_of_the_units() {
        let device = Device::flex();
        let draw = |shape, seed| Noise::new(seed).normal(shape, DType::F64, &device);
        let vector = |n, seed| draw([1, n], seed).squeeze_dim::<1>(0);
        for (gaussian_below, learn_sigma) in [(true, true), (true, false), (false, true)] {
            let gaussian = Units::Gaussian(Gaussian::from_parts(
                vector(5, 1),
                learn_sigma.then(|| vector(5, 2)),
            ));
            let binary = Units::Bernoulli(Bernoulli::from_bias(vector(3, 3)));
            let rbm = Rbm::from_parts(gaussian, binary, draw([5, 3], 4));
            let rbm = if gaussian_below { rbm } else { rbm.mirror() };
            let v = draw([7, rbm.num_visible()], 5);
            let h = draw([7, rbm.num_hidden()], 6);
            for (found, expected) in [
                (Dense::upward(&rbm).forward(v.clone()), rbm.hidden_mean(v)),
                (
                    Dense::downward(&rbm).forward(h.clone()),
                    rbm.visible_mean(h),
                ),
            ] {
                for (found, expected) in to_f64(found).iter().zip(to_f64(expected)) {
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }

    /// The variance of a uniform number within ±a is a²/3; its estimate from n numbers has the
    /// relative error √(4/5n).
    #[test]
    fn random_weights_have_the_spread_of_glorot_and_bengio() {
        let layer = Dense::random(300, 200, &mut Noise::new(2), &Device::default());
        let weights = to_f64(layer.linear.weight.val());
        let n = weights.len() as f64;
        let variance = weights.iter().map(|w| w * w).sum::<f64>() / n;
        let expected = 16.0 * 6.0 / 500.0 / 3.0;
        assert!(
            (variance / expected - 1.0).abs() < 5.0 * (0.8 / n).sqrt(),
            "{variance}"
        );
    }
}
