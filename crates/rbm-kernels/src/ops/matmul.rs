//! The product of states and weights.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::is_fast;

/// `x · w`, fast where `x` holds nothing but zeros and ones.
///
/// The result is that of [`Tensor::matmul`] for any `x`: states are looked at, and a dense product
/// is made of those that are not binary. `w` may be the transpose of a tensor, which is not
/// copied. Differentiable by both factors; the derivative by `w`, `xᵀ · g`, is a binary product too.
///
/// # Shapes
///
/// `x` is `[batch, k]`, `w` is `[k, n]`, the result `[batch, n]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_kernels::ops::binary_matmul;
///
/// let device = Device::default().autodiff();
/// let v = Tensor::<2>::from_floats([[1.0, 0.0], [1.0, 1.0]], &device);
/// let w = Tensor::<2>::from_floats([[0.25, 1.0], [2.0, 4.0]], &device).require_grad();
/// let inputs = binary_matmul(v, w.clone());
/// let gradients = inputs.clone().sum().backward();
/// assert_eq!(inputs.into_data().to_vec::<f32>().unwrap(), [0.25, 1.0, 2.25, 5.0]);
/// let gradient = w.grad(&gradients).unwrap();
/// assert_eq!(gradient.into_data().to_vec::<f32>().unwrap(), [2.0, 2.0, 1.0, 1.0]);
/// ```
pub fn binary_matmul(x: Tensor<2>, w: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_fast(&x) && is_fast(&w) {
        use super::flex::KernelOps;
        let (x, w) = (x.into_dispatch(), w.into_dispatch());
        return Tensor::from_dispatch(burn::backend::Dispatch::binary_matmul(x, w));
    }
    x.matmul(w)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution, Tolerance};

    use super::*;

    fn states(shape: [usize; 2], density: f64, device: &Device) -> Tensor<2> {
        let x = Tensor::<2>::random(shape, Distribution::Uniform(0.0, 1.0), device);
        x.lower_elem(density).float()
    }

    fn normal(shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    fn same(a: Tensor<2>, b: Tensor<2>) {
        let tolerance = Tolerance::<f32>::rel_abs(1e-5, 1e-5);
        a.into_data().assert_approx_eq(&b.into_data(), tolerance);
    }

    #[test]
    fn equals_the_dense_product_whatever_the_layout() {
        let device = Device::default();
        for (m, k, n) in [(1, 1, 1), (7, 40, 33), (130, 64, 20), (3, 100, 48)] {
            for density in [0.0, 0.1, 0.6, 1.0] {
                let x = states([m, k], density, &device);
                let w = normal([k, n], &device);
                same(binary_matmul(x.clone(), w.clone()), x.clone().matmul(w));
                let w = normal([n, k], &device).transpose();
                same(binary_matmul(x.clone(), w.clone()), x.clone().matmul(w));
                let w = normal([n + 2, k + 3], &device)
                    .slice([1..=n, 2..=k + 1])
                    .transpose();
                same(binary_matmul(x.clone(), w.clone()), x.matmul(w.clone()));
                let x = states([k, m], density, &device).transpose();
                same(binary_matmul(x.clone(), w.clone()), x.matmul(w));
            }
        }
    }

    #[test]
    fn states_that_are_not_binary_are_multiplied_as_they_are() {
        let device = Device::default();
        let (x, w) = (normal([9, 12], &device), normal([12, 5], &device));
        same(
            binary_matmul(x.clone(), w.clone()),
            x.clone().matmul(w.clone()),
        );
        let (x, w) = (
            states([9, 12], 0.5, &device).cast(DType::F64),
            w.cast(DType::F64),
        );
        let product = binary_matmul(x.clone(), w.clone());
        assert_eq!(product.dtype(), DType::F64);
        same(product.cast(DType::F32), x.matmul(w).cast(DType::F32));
    }

    #[test]
    fn derivatives_are_those_of_the_dense_product() {
        let device = Device::default().autodiff();
        for (binary, turned) in [(true, false), (true, true), (false, false)] {
            let x = if binary {
                states([20, 30], 0.4, &device)
            } else {
                normal([20, 30], &device)
            };
            let x = x.require_grad();
            let w = normal(if turned { [11, 30] } else { [30, 11] }, &device).require_grad();
            let g = normal([20, 11], &device);
            let gradients = |product: fn(Tensor<2>, Tensor<2>) -> Tensor<2>| {
                let factor = if turned {
                    w.clone().transpose()
                } else {
                    w.clone()
                };
                let loss = (product(x.clone(), factor) * g.clone()).sum();
                let gradients = loss.backward();
                [x.grad(&gradients).unwrap(), w.grad(&gradients).unwrap()]
            };
            let [by_x, by_w] = gradients(binary_matmul);
            let [expected_by_x, expected_by_w] = gradients(Tensor::matmul);
            same(by_x, expected_by_x);
            same(by_w, expected_by_w);
        }
    }

    #[test]
    fn a_constant_factor_may_come_without_autodiff() {
        let (plain, device) = (Device::default(), Device::default().autodiff());
        let (x, w) = (
            states([4, 6], 0.5, &plain),
            normal([6, 3], &device).require_grad(),
        );
        let gradients = binary_matmul(x.clone(), w.clone()).sum().backward();
        let expected = x.transpose().matmul(Tensor::ones([4, 3], &plain));
        same(w.grad(&gradients).unwrap(), expected);
    }
}
