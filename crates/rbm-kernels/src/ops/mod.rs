//! The kernels as operations on Burn's tensors, each with a body of stock operations.
//!
//! The stock body runs on every backend and says what the operation means; on the `flex` backend,
//! in single precision, the kernels of this crate take its place, and on GPUs (feature `cube`) those
//! that make random numbers do. They change no result by more than the rounding of sums, and no
//! random number. Setting the environment variable
//! `BURNZMANN_KERNELS` to `off` leaves the stock bodies everywhere, for comparison.

#[cfg(feature = "flex")]
mod autodiff;
mod centre;
#[cfg(feature = "cube")]
mod cube;
mod descend;
#[cfg(feature = "flex")]
mod flex;
mod matmul;
mod negative_energy;
mod noise;
mod sample;
mod statistics;

pub use centre::centred;
pub use descend::descend;
pub use matmul::binary_matmul;
pub use negative_energy::negative_energy;
pub use noise::{normal, uniform};
pub use sample::{bernoulli_mean, sample_bernoulli, sample_bernoulli_with_mean};
pub use statistics::{Side, statistics};

use burn::tensor::Tensor;

/// Whether the operations of this module have a fast body on the host for this tensor.
///
/// ```
/// use burn::tensor::{DType, Tensor};
///
/// let x = Tensor::<2>::zeros([2, 3], &Default::default());
/// assert!(!rbm_kernels::ops::is_fast(&x.cast(DType::F64)));
/// ```
pub fn is_fast<const D: usize>(tensor: &Tensor<D>) -> bool {
    #[cfg(feature = "flex")]
    {
        use burn::tensor::{DType, Device};

        // Equality of devices ignores whether autodiff is on.
        enabled() && tensor.dtype() == DType::F32 && tensor.device() == Device::flex()
    }
    #[cfg(not(feature = "flex"))]
    {
        let _ = tensor;
        false
    }
}

/// Whether the environment leaves the kernels on.
#[cfg(any(feature = "flex", feature = "cube"))]
fn enabled() -> bool {
    use std::sync::LazyLock;

    static ON: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("BURNZMANN_KERNELS").is_none_or(|on| on != "off"));
    *ON
}
