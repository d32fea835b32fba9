//! Arrays of random numbers as tensors.

use burn::tensor::{DType, Device, Element, Tensor, TensorData};

use crate::uniform::{Address, Uniform, fill_normal, fill_uniform};

/// Uniform numbers in [0, 1), multiples of 2⁻²⁴: those that
/// [`fill_uniform`](crate::uniform::fill_uniform) gives, on every backend.
///
/// # Shapes
///
/// The result has `shape`, filled row by row.
///
/// ```
/// use burn::tensor::{Device, DType};
/// use rbm_kernels::{ops::uniform, philox::Key, uniform::{Address, fill_uniform}};
///
/// let address = Address { key: Key::from_seed(1), step: 0, draw: 0 };
/// let tensor = uniform([2, 3], address, DType::F32, &Device::default());
/// let mut slice = [0f32; 6];
/// fill_uniform(&mut slice, address);
/// assert_eq!(tensor.into_data().to_vec::<f32>().unwrap(), slice);
/// ```
pub fn uniform(shape: [usize; 2], address: Address, dtype: DType, device: &Device) -> Tensor<2> {
    #[cfg(feature = "cube")]
    if dtype == DType::F32 && super::cube::is_cube(device) {
        return super::cube::fill(shape, address, false, device);
    }
    match dtype {
        DType::F64 => filled::<f64>(shape, dtype, device, |out| fill_uniform(out, address)),
        _ => filled::<f32>(shape, dtype, device, |out| fill_uniform(out, address)),
    }
}

/// Standard normal numbers: those that [`fill_normal`](crate::uniform::fill_normal) gives, on GPUs
/// to within some units in the last place.
///
/// # Shapes
///
/// As of [`uniform`].
///
/// ```
/// use burn::tensor::{Device, DType};
/// use rbm_kernels::{ops::normal, philox::Key, uniform::Address};
///
/// let address = Address { key: Key::from_seed(1), step: 0, draw: 0 };
/// let draw = |draw| normal([1, 4], Address { draw, ..address }, DType::F32, &Device::default());
/// assert_eq!(draw(0).into_data(), draw(0).into_data());
/// assert_ne!(draw(0).into_data(), draw(1).into_data());
/// ```
pub fn normal(shape: [usize; 2], address: Address, dtype: DType, device: &Device) -> Tensor<2> {
    #[cfg(feature = "cube")]
    if dtype == DType::F32 && super::cube::is_cube(device) {
        return super::cube::fill(shape, address, true, device);
    }
    match dtype {
        DType::F64 => filled::<f64>(shape, dtype, device, |out| fill_normal(out, address)),
        _ => filled::<f32>(shape, dtype, device, |out| fill_normal(out, address)),
    }
}

/// Numbers made on the host, and copied where the device is another.
fn filled<F: Uniform + Element>(
    shape: [usize; 2],
    dtype: DType,
    device: &Device,
    fill: impl FnOnce(&mut [F]),
) -> Tensor<2> {
    let mut values = vec![F::default(); shape[0] * shape[1]];
    fill(&mut values);
    Tensor::from_data(TensorData::new(values, shape), (device, dtype))
}
