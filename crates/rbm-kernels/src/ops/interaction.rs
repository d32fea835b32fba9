//! The interaction energy of both phases, and its derivative as one operation.

use burn::tensor::Tensor;

use super::{Side, statistics};

/// `Σ scale · vᵀWh` over all rows of both sides, shape `[1]`, differentiable by `W` alone.
///
/// The derivative is the [`statistics`] of the sides, made in one pass when it is asked for: no
/// product is on the tape, and there is no matrix for each phase. The value comes from the products
/// `vW` that sampling has made already, so an update of CD-1 costs five products in all.
///
/// # Shapes
///
/// `w` is `[k, n]`; a side has states `[batch, k]` and others `[batch, n]`, and comes with the
/// product `states · w`, `[batch, n]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_kernels::ops::{Side, interaction};
///
/// let device = Device::default().autodiff();
/// let w = Tensor::<2>::from_floats([[2.0], [3.0]], &device).require_grad();
/// let side = |states: [[f32; 2]; 1], scale: f64| {
///     let states = Tensor::<2>::from_floats(states, &device);
///     let product = states.clone().matmul(w.clone());
///     (Side { states, other: Tensor::from_floats([[0.5]], &device), scale }, product)
/// };
/// let energy = interaction(w.clone(), [side([[1.0, 1.0]], 1.0), side([[0.0, 1.0]], -1.0)]);
/// assert_eq!(energy.clone().into_scalar::<f32>(), 1.0);
/// let gradient = w.grad(&energy.backward()).unwrap();
/// assert_eq!(gradient.into_data().to_vec::<f32>().unwrap(), [0.5, 0.0]);
/// ```
pub fn interaction(w: Tensor<2>, sides: [(Side, Tensor<2>); 2]) -> Tensor<1> {
    #[cfg(feature = "flex")]
    {
        use super::{flex::KernelOps, is_fast};
        use burn::backend::Dispatch;

        let fast = |(side, product): &(Side, Tensor<2>)| {
            is_fast(&side.states) && is_fast(&side.other) && is_fast(product)
        };
        if is_fast(&w) && sides.iter().all(fast) {
            let scales = sides.each_ref().map(|(side, _)| side.scale);
            let [first, second] = sides.map(|(side, product)| {
                let constants = [side.states, side.other, product];
                constants.map(|x| x.without_autodiff().into_dispatch())
            });
            let ([v, h, vw], [v2, h2, vw2]) = (first, second);
            let w = w.into_dispatch();
            return Tensor::from_dispatch(Dispatch::interaction(w, v, h, vw, v2, h2, vw2, scales));
        }
    }
    // Linear in the weights: the sum of their products with the statistics has both, value and
    // derivative.
    let statistics = statistics(sides.map(|(side, _)| side));
    let statistics = if w.device().is_autodiff() {
        statistics.autodiff()
    } else {
        statistics
    };
    (w * statistics).sum()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution, Tolerance};

    use super::*;

    /// Value and derivative of the operation beside those of the energies written out on the tape.
    #[test]
    fn is_the_energy_of_both_phases_and_its_derivative() {
        let device = Device::default().autodiff();
        for (dtype, binary) in [(DType::F32, true), (DType::F32, false), (DType::F64, true)] {
            let uniform = |shape: [usize; 2]| {
                Tensor::<2>::random(shape, Distribution::Uniform(0.0, 1.0), (&device, dtype))
            };
            let w = uniform([40, 19]).sub_scalar(0.5).require_grad();
            let side = |batch: usize, scale: f64| {
                let x = uniform([batch, 40]);
                let states = if binary {
                    x.lower_elem(0.3).float().cast(dtype)
                } else {
                    x
                };
                Side {
                    states,
                    other: uniform([batch, 19]),
                    scale,
                }
            };
            let sides = [side(30, 1.0 / 30.0), side(64, -1.0 / 64.0)];
            let written_out = sides.clone().map(|side| {
                let product = side.states.matmul(w.clone());
                (product * side.other).sum().mul_scalar(side.scale)
            });
            let [first, second] = written_out;
            // A factor that comes from further up the tape has to reach the derivative.
            let expected = (first + second).mul_scalar(-3.0);
            let with_products = sides.map(|side| {
                let product = side.states.clone().matmul(w.clone());
                (side, product)
            });
            let found = interaction(w.clone(), with_products).mul_scalar(-3.0);
            let tolerance = Tolerance::<f64>::rel_abs(2e-5, 1e-5);
            let same = |a: burn::tensor::TensorData, b: burn::tensor::TensorData| {
                a.convert::<f64>()
                    .assert_approx_eq(&b.convert::<f64>(), tolerance);
            };
            same(found.to_data(), expected.to_data());
            let gradient = |loss: Tensor<1>| w.grad(&loss.backward()).unwrap().into_data();
            same(gradient(found), gradient(expected));
        }
    }
}
