//! The correlations that a gradient by the weights is made of.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::is_fast;

/// One side of a gradient by the weights.
///
/// ```
/// use burn::tensor::Tensor;
/// use rbm_kernels::ops::{Side, statistics};
///
/// let device = Default::default();
/// let states = Tensor::<2>::from_floats([[1.0], [0.0], [1.0], [1.0]], &device);
/// let other = Tensor::<2>::from_floats([[2.0], [4.0], [8.0], [6.0]], &device);
/// // The mean over four rows of the other side, where the unit is on: (2 + 8 + 6) / 4.
/// let mean = statistics([Side { states, other, scale: 0.25 }]);
/// assert_eq!(mean.into_scalar::<f32>(), 4.0);
/// ```
#[derive(Clone, Debug)]
pub struct Side {
    /// States of one layer, `[batch, k]`.
    pub states: Tensor<2>,
    /// States or means of the other, `[batch, n]`.
    pub other: Tensor<2>,
    /// A factor for their product, as one over the batch.
    pub scale: f64,
}

/// `Σ scale · statesᵀ · other` over the sides, constant for autodiff: both phases of a gradient in
/// one matrix, without one for each. Fast where all states hold nothing but zeros and ones.
///
/// They are the derivative of [`negative_energy`](super::negative_energy()) by the weights.
///
/// # Shapes
///
/// The result is `[k, n]`.
///
/// # Panics
///
/// Without a side.
///
/// ```
/// use burn::tensor::Tensor;
/// use rbm_kernels::ops::{Side, statistics};
///
/// let tensor = |x: [[f32; 2]; 1]| Tensor::<2>::from_floats(x, &Default::default());
/// let data = Side { states: tensor([[1.0, 0.0]]), other: tensor([[0.5, 0.25]]), scale: 1.0 };
/// let model = Side { states: tensor([[1.0, 1.0]]), other: tensor([[0.5, 0.5]]), scale: -1.0 };
/// let gradient = statistics([data, model]);
/// assert_eq!(gradient.into_data().to_vec::<f32>().unwrap(), [0.0, -0.25, -0.5, -0.5]);
/// ```
pub fn statistics<const N: usize>(sides: [Side; N]) -> Tensor<2> {
    let sides = sides.map(|side| Side {
        states: side.states.without_autodiff(),
        other: side.other.without_autodiff(),
        scale: side.scale,
    });
    #[cfg(feature = "flex")]
    if sides
        .iter()
        .all(|side| is_fast(&side.states) && is_fast(&side.other))
    {
        use burn::backend::Flex;

        let primitive = |x: Tensor<2>| {
            let x = x.try_into_primitive::<Flex>();
            x.expect("the device is this backend's")
        };
        let sides = sides.map(|side| (primitive(side.states), primitive(side.other), side.scale));
        let factors = sides
            .each_ref()
            .map(|(states, other, scale)| (states, other, *scale));
        return Tensor::from_primitive::<Flex>(super::flex::statistics(&factors));
    }
    // All products before anything is done with them, as in the energy.
    let products = sides.map(|side| (side.states.transpose().matmul(side.other), side.scale));
    let scaled = products.map(|(product, scale)| product.mul_scalar(scale));
    let sum = scaled.into_iter().reduce(|a, b| a + b);
    sum.expect("a gradient has a side")
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution, Tolerance};

    use super::*;

    #[test]
    fn equal_the_stock_products_binary_or_not() {
        let device = Device::default().autodiff();
        for density in [0.2, 2.0] {
            let side = |batch: usize, scale: f64| {
                let x = Tensor::<2>::random([batch, 50], Distribution::Uniform(0.0, 1.0), &device);
                // At a density of two, states between zero and one.
                let states = if density > 1.0 {
                    x
                } else {
                    x.lower_elem(density).float()
                };
                let other = Tensor::random([batch, 21], Distribution::Uniform(0.0, 1.0), &device);
                Side {
                    states,
                    other,
                    scale,
                }
            };
            let sides = [side(40, 1.0 / 40.0), side(100, -0.01)];
            let dense = |side: &Side| {
                let product = side.states.clone().transpose().matmul(side.other.clone());
                product.mul_scalar(side.scale)
            };
            let expected = dense(&sides[0]) + dense(&sides[1]);
            let sum = statistics(sides);
            assert!(!sum.device().is_autodiff());
            let tolerance = Tolerance::<f32>::rel_abs(1e-5, 1e-6);
            sum.into_data()
                .assert_approx_eq(&expected.into_data(), tolerance);
        }
    }
}
