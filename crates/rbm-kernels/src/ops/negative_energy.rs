//! The energy of both phases, and its three derivatives as one operation.

use burn::tensor::Tensor;

use super::{Side, statistics};

/// `Σ scale · (b·v + c·h + vᵀWh)` over all rows of both sides, shape `[1]`: minus the energy of binary
/// layers, differentiable by `W`, `b` and `c` alone.
///
/// It is linear in all three. Their derivatives are the [`statistics`] of the sides and the sums of
/// their rows, made when they are asked for: one node on the tape, no product there, and no matrix for
/// each phase. The value comes from the products `vW` that sampling has made already, so an update of
/// CD-1 costs five products in all.
///
/// # Shapes
///
/// `w` is `[k, n]`, the biases `[k]` and `[n]`; a side has states `[batch, k]` and others `[batch, n]`,
/// and comes with the product `states · w`, `[batch, n]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_kernels::ops::{Side, negative_energy};
///
/// let device = Device::default().autodiff();
/// let w = Tensor::<2>::from_floats([[2.0], [3.0]], &device).require_grad();
/// let b = Tensor::<1>::from_floats([1.0, -1.0], &device).require_grad();
/// let c = Tensor::<1>::from_floats([4.0], &device).require_grad();
/// let side = |states: [[f32; 2]; 1], scale: f64| {
///     let states = Tensor::<2>::from_floats(states, &device);
///     let product = states.clone().matmul(w.clone());
///     (Side { states, other: Tensor::from_floats([[0.5]], &device), scale }, product)
/// };
/// let sides = [side([[1.0, 1.0]], 1.0), side([[0.0, 1.0]], -1.0)];
/// // Half of 2 for the interaction, 1 for the states' bias; the others' cancels.
/// let energy = negative_energy(w.clone(), [b.clone(), c.clone()], sides);
/// assert_eq!(energy.clone().into_scalar::<f32>(), 2.0);
/// let gradients = energy.backward();
/// assert_eq!(w.grad(&gradients).unwrap().into_data().to_vec::<f32>().unwrap(), [0.5, 0.0]);
/// assert_eq!(b.grad(&gradients).unwrap().into_data().to_vec::<f32>().unwrap(), [1.0, 0.0]);
/// assert_eq!(c.grad(&gradients).unwrap().into_data().to_vec::<f32>().unwrap(), [0.0]);
/// ```
pub fn negative_energy(
    w: Tensor<2>,
    biases: [Tensor<1>; 2],
    sides: [(Side, Tensor<2>); 2],
) -> Tensor<1> {
    #[cfg(feature = "flex")]
    {
        use super::{flex::KernelOps, is_fast};
        use burn::backend::Dispatch;

        let fast = |(side, product): &(Side, Tensor<2>)| {
            is_fast(&side.states) && is_fast(&side.other) && is_fast(product)
        };
        if is_fast(&w) && biases.iter().all(is_fast) && sides.iter().all(fast) {
            let scales = sides.each_ref().map(|(side, _)| side.scale);
            let [first, second] = sides.map(|(side, product)| {
                let constants = [side.states, side.other, product];
                constants.map(|x| x.without_autodiff().into_dispatch())
            });
            let ([v, h, vw], [v2, h2, vw2]) = (first, second);
            let (w, [b, c]) = (w.into_dispatch(), biases.map(Tensor::into_dispatch));
            let energy = Dispatch::negative_energy(w, b, c, v, h, vw, v2, h2, vw2, scales);
            return Tensor::from_dispatch(energy);
        }
    }
    let [b, c] = biases;
    let sides = sides.map(|(side, _)| side);
    let tracked = w.device().is_autodiff();
    let scales = sides.each_ref().map(|side| side.scale);
    // All sums before anything is done with them: elementwise operations that follow one another
    // are one launch on a GPU.
    let sums = [
        |side: &Side| side.states.clone(),
        |side: &Side| side.other.clone(),
    ]
    .map(|of| sides.each_ref().map(|side| sum_of_rows(of(side))));
    let [of_states, of_other] = sums.map(|[first, second]| {
        constant(
            first.mul_scalar(scales[0]) + second.mul_scalar(scales[1]),
            tracked,
        )
    });
    // Linear in all three parameters: the sums of their products with the derivatives have both, value
    // and derivative.
    let (states, other) = (b * of_states, c * of_other);
    let weights = w * constant(statistics(sides), tracked);
    states.sum() + other.sum() + weights.sum()
}

/// The sum of the rows, off the tape.
fn sum_of_rows(x: Tensor<2>) -> Tensor<1> {
    x.without_autodiff().sum_dim(0).squeeze_dim(0)
}

/// A constant that can be multiplied with what is on the tape, where that is.
fn constant<const D: usize>(x: Tensor<D>, tracked: bool) -> Tensor<D> {
    if tracked { x.autodiff() } else { x }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution, TensorData, Tolerance};

    use super::*;

    /// Value and derivatives of the operation beside those of the energies written out on the tape.
    #[test]
    fn is_the_energy_of_both_phases_and_its_derivatives() {
        let device = Device::default().autodiff();
        for (dtype, binary) in [(DType::F32, true), (DType::F32, false), (DType::F64, true)] {
            let uniform = |shape: [usize; 2]| {
                Tensor::<2>::random(shape, Distribution::Uniform(0.0, 1.0), (&device, dtype))
            };
            let w = uniform([40, 19]).sub_scalar(0.5).require_grad();
            let bias = |units: usize| uniform([1, units]).squeeze_dim::<1>(0).require_grad();
            let (b, c) = (bias(40), bias(19));
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
                let product = side.states.clone().matmul(w.clone());
                let of_states = side.states * b.clone().unsqueeze();
                let of_others = side.other.clone() * c.clone().unsqueeze();
                let sum = (product * side.other).sum() + of_states.sum() + of_others.sum();
                sum.mul_scalar(side.scale)
            });
            let [first, second] = written_out;
            // A factor that comes from further up the tape has to reach the derivatives.
            let expected = (first + second).mul_scalar(-3.0);
            let with_products = sides.map(|side| {
                let product = side.states.clone().matmul(w.clone());
                (side, product)
            });
            let biases = [b.clone(), c.clone()];
            let found = negative_energy(w.clone(), biases, with_products).mul_scalar(-3.0);
            let tolerance = Tolerance::<f64>::rel_abs(2e-5, 1e-5);
            let same = |a: TensorData, b: TensorData| {
                a.convert::<f64>()
                    .assert_approx_eq(&b.convert::<f64>(), tolerance);
            };
            same(found.to_data(), expected.to_data());
            let gradients = |loss: Tensor<1>| {
                let gradients = loss.backward();
                let of_bias = |x: &Tensor<1>| x.grad(&gradients).unwrap().into_data();
                [
                    w.grad(&gradients).unwrap().into_data(),
                    of_bias(&b),
                    of_bias(&c),
                ]
            };
            for (found, expected) in gradients(found).into_iter().zip(gradients(expected)) {
                same(found, expected);
            }
        }
    }
}
