//! Draws of binary units.

use burn::tensor::{Tensor, activation::sigmoid};

#[cfg(feature = "flex")]
use super::is_fast;
use super::uniform;
use crate::uniform::Address;

/// Zeros and ones with `p(x = 1) = sigmoid(input + bias)`, constant for autodiff.
///
/// Element `i` is one where the element `i` of the uniform numbers at `address` is below its mean,
/// on every backend.
///
/// # Shapes
///
/// `inputs` is `[batch, units]`, `bias` is `[units]`; the result is as the inputs.
///
/// ```
/// use burn::tensor::Tensor;
/// use rbm_kernels::{ops::sample_bernoulli, philox::Key, uniform::Address};
///
/// let address = Address { key: Key::from_seed(1), step: 0, draw: 0 };
/// let bias = Tensor::<1>::from_floats([-90.0, 90.0], &Default::default());
/// let x = sample_bernoulli(Tensor::zeros([1, 2], &Default::default()), bias, address);
/// assert_eq!(x.into_data().to_vec::<f32>().unwrap(), [0.0, 1.0]);
/// ```
pub fn sample_bernoulli(inputs: Tensor<2>, bias: Tensor<1>, address: Address) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_fast(&inputs) && is_fast(&bias) {
        use super::flex::KernelOps;
        let (inputs, bias) = (inputs.into_dispatch(), bias.into_dispatch());
        let sample = burn::backend::Dispatch::sample_bernoulli(inputs, bias, address);
        return Tensor::from_dispatch(sample);
    }
    #[cfg(feature = "cube")]
    if super::cube::has_kernels(&inputs) && super::cube::has_kernels(&bias) {
        return super::cube::sample_bernoulli(inputs, bias, address);
    }
    stock(inputs, bias, address).1
}

/// The means `sigmoid(input + bias)` and a draw, from one pass; both constant for autodiff.
///
/// # Shapes
///
/// As of [`sample_bernoulli`], for both.
pub fn sample_bernoulli_with_mean(
    inputs: Tensor<2>,
    bias: Tensor<1>,
    address: Address,
) -> (Tensor<2>, Tensor<2>) {
    #[cfg(feature = "flex")]
    if is_fast(&inputs) && is_fast(&bias) {
        use super::flex::KernelOps;
        let (inputs, bias) = (inputs.into_dispatch(), bias.into_dispatch());
        let (mean, sample) =
            burn::backend::Dispatch::sample_bernoulli_with_mean(inputs, bias, address);
        return (Tensor::from_dispatch(mean), Tensor::from_dispatch(sample));
    }
    #[cfg(feature = "cube")]
    if super::cube::has_kernels(&inputs) && super::cube::has_kernels(&bias) {
        return super::cube::sample_bernoulli_with_mean(inputs, bias, address);
    }
    stock(inputs, bias, address)
}

/// `sigmoid(input + bias)`: the means of binary units, constant for autodiff.
///
/// # Shapes
///
/// As of [`sample_bernoulli`].
///
/// ```
/// use burn::tensor::Tensor;
///
/// let bias = Tensor::<1>::from_floats([0.0, 90.0], &Default::default());
/// let inputs = Tensor::zeros([1, 2], &Default::default());
/// let mean = rbm_kernels::ops::bernoulli_mean(inputs, bias);
/// assert_eq!(mean.into_data().to_vec::<f32>().unwrap(), [0.5, 1.0]);
/// ```
pub fn bernoulli_mean(inputs: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if is_fast(&inputs) && is_fast(&bias) {
        use super::flex::KernelOps;
        let (inputs, bias) = (inputs.into_dispatch(), bias.into_dispatch());
        return Tensor::from_dispatch(burn::backend::Dispatch::bernoulli_mean(inputs, bias));
    }
    #[cfg(feature = "cube")]
    if super::cube::has_kernels(&inputs) && super::cube::has_kernels(&bias) {
        return super::cube::bernoulli_mean(inputs, bias);
    }
    sigmoid(inputs.detach() + bias.detach().unsqueeze())
}

/// The same by stock operations.
fn stock(inputs: Tensor<2>, bias: Tensor<1>, address: Address) -> (Tensor<2>, Tensor<2>) {
    let (dtype, device, shape) = (inputs.dtype(), inputs.device(), inputs.dims());
    let mean = sigmoid(inputs.detach() + bias.detach().unsqueeze());
    let sample = uniform(shape, address, dtype, &device).lower(mean.clone());
    (mean, sample.float().cast(dtype))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution, Tolerance};

    use super::*;
    use crate::philox::Key;

    /// The two logistic functions differ in the last bits, and so may one draw in a million.
    #[test]
    fn the_kernel_draws_what_stock_operations_draw() {
        for device in [Device::default(), Device::default().autodiff()] {
            let inputs = Tensor::<2>::random([300, 41], Distribution::Normal(0.0, 3.0), &device);
            let bias = Tensor::<1>::random([41], Distribution::Normal(0.0, 1.0), &device);
            let address = Address {
                key: Key::from_seed(8),
                step: 2,
                draw: 3,
            };
            for inputs in [inputs.clone(), inputs.reshape([41, 300]).transpose()] {
                let (mean, sample) =
                    sample_bernoulli_with_mean(inputs.clone(), bias.clone(), address);
                let mean_alone = bernoulli_mean(inputs.clone(), bias.clone());
                mean_alone.into_data().assert_eq(&mean.to_data(), true);
                let alone = sample_bernoulli(inputs.clone(), bias.clone(), address);
                assert_eq!(alone.device(), inputs.device());
                alone.into_data().assert_eq(&sample.to_data(), true);
                let (stock_mean, stock_sample) = stock(inputs, bias.clone(), address);
                let tolerance = Tolerance::<f32>::relative(2e-6);
                mean.into_data()
                    .assert_approx_eq(&stock_mean.into_data(), tolerance);
                let differences = (sample - stock_sample).abs().sum().into_scalar::<f32>();
                assert!(differences <= 1.0, "{differences} draws differ");
            }
        }
    }

    #[test]
    fn double_precision_takes_the_stock_body() {
        let device = Device::default();
        let inputs = Tensor::<2>::zeros([3, 5], (&device, DType::F64));
        let bias = Tensor::<1>::zeros([5], (&device, DType::F64));
        let address = Address {
            key: Key::from_seed(8),
            step: 2,
            draw: 3,
        };
        let (mean, sample) = sample_bernoulli_with_mean(inputs, bias, address);
        assert_eq!((mean.dtype(), sample.dtype()), (DType::F64, DType::F64));
    }
}
