//! The fast bodies on GPUs.

use burn::{
    backend::{
        Backend, Dispatch, backend_extension, fusion::custom::TensorSpec, tensor::FloatTensor,
    },
    tensor::{DType, Device, Shape, Tensor},
};
use burn_cubecl::CubeBackend;

use crate::{cube, uniform::Address};

/// The operations that have a kernel of their own on GPUs. They are constant for autodiff: their
/// callers take tensors off the tape.
///
/// Burn's fusion queues each as one operation of the stream, like any other.
#[backend_extension(Cube, Fusion)]
pub(crate) trait CubeOps: Backend {
    #[fusion(dtype = inputs, shape = inputs)]
    fn cube_bernoulli_mean(inputs: FloatTensor<Self>, bias: FloatTensor<Self>)
    -> FloatTensor<Self>;

    #[fusion(dtype = inputs, shape = inputs)]
    fn cube_sample_bernoulli(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> FloatTensor<Self>;

    #[fusion(meta = |inputs, _bias, _address| (inputs.clone(), inputs.clone()))]
    fn cube_sample_bernoulli_with_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    #[fusion(meta = |_like, rows, columns, _address, _normal| {
        TensorSpec::new(Shape::new([*rows, *columns]), DType::F32)
    })]
    fn cube_fill(
        like: FloatTensor<Self>,
        rows: usize,
        columns: usize,
        address: Address,
        normal: bool,
    ) -> FloatTensor<Self>;
}

impl CubeOps for CubeBackend {
    fn cube_bernoulli_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        cube::mean(inputs, bias)
    }

    fn cube_sample_bernoulli(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> FloatTensor<Self> {
        cube::sample(inputs, bias, address)
    }

    fn cube_sample_bernoulli_with_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        cube::sample_with_mean(inputs, bias, address)
    }

    fn cube_fill(
        like: FloatTensor<Self>,
        rows: usize,
        columns: usize,
        address: Address,
        normal: bool,
    ) -> FloatTensor<Self> {
        cube::fill(&like, Shape::new([rows, columns]), address, normal)
    }
}

/// Whether single precision on this device has the kernels.
pub(super) fn is_cube(device: &Device) -> bool {
    super::enabled()
        && matches!(
            device.clone().without_autodiff().as_dispatch(),
            burn::backend::DispatchDevice::Cube(_)
        )
}

/// Whether a tensor can be given to the kernels.
pub(super) fn has_kernels<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && is_cube(&tensor.device())
}

/// A result of constants, with autodiff where the inputs had it, as stock operations leave it.
fn like_inputs(result: burn::backend::DispatchTensor, autodiff: bool) -> Tensor<2> {
    let result = Tensor::from_dispatch(result);
    if autodiff { result.autodiff() } else { result }
}

pub(super) fn bernoulli_mean(inputs: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    let autodiff = inputs.device().is_autodiff();
    let (inputs, bias) = (inputs.without_autodiff(), bias.without_autodiff());
    let mean = Dispatch::cube_bernoulli_mean(inputs.into_dispatch(), bias.into_dispatch());
    like_inputs(mean, autodiff)
}

pub(super) fn sample_bernoulli(inputs: Tensor<2>, bias: Tensor<1>, address: Address) -> Tensor<2> {
    let autodiff = inputs.device().is_autodiff();
    let (inputs, bias) = (inputs.without_autodiff(), bias.without_autodiff());
    let sample =
        Dispatch::cube_sample_bernoulli(inputs.into_dispatch(), bias.into_dispatch(), address);
    like_inputs(sample, autodiff)
}

pub(super) fn sample_bernoulli_with_mean(
    inputs: Tensor<2>,
    bias: Tensor<1>,
    address: Address,
) -> (Tensor<2>, Tensor<2>) {
    let autodiff = inputs.device().is_autodiff();
    let (inputs, bias) = (inputs.without_autodiff(), bias.without_autodiff());
    let (mean, sample) = Dispatch::cube_sample_bernoulli_with_mean(
        inputs.into_dispatch(),
        bias.into_dispatch(),
        address,
    );
    (like_inputs(mean, autodiff), like_inputs(sample, autodiff))
}

/// Uniform or normal numbers in single precision.
pub(super) fn fill(
    [rows, columns]: [usize; 2],
    address: Address,
    normal: bool,
    device: &Device,
) -> Tensor<2> {
    // An operation is routed by one of its inputs, so there has to be one.
    let like = Tensor::<1>::empty([1], &device.clone().without_autodiff()).into_dispatch();
    let numbers = Dispatch::cube_fill(like, rows, columns, address, normal);
    like_inputs(numbers, device.is_autodiff())
}
