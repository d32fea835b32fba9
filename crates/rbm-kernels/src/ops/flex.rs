//! The fast bodies on the `flex` backend.

use burn::{
    backend::{
        Backend, Flex, TensorMetadata, backend_extension, flex::FlexTensor, ops::FloatTensorOps,
        tensor::FloatTensor,
    },
    tensor::{Tensor, TensorData},
};

use super::Side;
use crate::{BitMatrix, Statistics, uniform::Address};

/// The operations that need a body of their own for each backend and a derivative by hand.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait KernelOps: Backend {
    fn binary_matmul(x: FloatTensor<Self>, w: FloatTensor<Self>) -> FloatTensor<Self>;

    fn sample_bernoulli(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> FloatTensor<Self>;

    fn sample_bernoulli_with_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl KernelOps for Flex {
    fn binary_matmul(x: FloatTensor<Self>, w: FloatTensor<Self>) -> FloatTensor<Self> {
        match product(&x, &w) {
            Some(product) => product,
            None => Self::float_matmul(x, w),
        }
    }

    fn sample_bernoulli(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> FloatTensor<Self> {
        let (inputs, bias) = (inputs.to_contiguous(), bias.to_contiguous());
        let mut samples = vec![0.0; inputs.shape().num_elements()];
        crate::sample_bernoulli(slice(&inputs), slice(&bias), address, &mut samples, None);
        tensor(samples, dims(&inputs))
    }

    fn sample_bernoulli_with_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (inputs, bias) = (inputs.to_contiguous(), bias.to_contiguous());
        let mut samples = vec![0.0; inputs.shape().num_elements()];
        let mut means = samples.clone();
        let (x, b) = (slice(&inputs), slice(&bias));
        crate::sample_bernoulli(x, b, address, &mut samples, Some(&mut means));
        (tensor(means, dims(&inputs)), tensor(samples, dims(&inputs)))
    }
}

/// `x · w`; `None` where `x` is not binary.
fn product(x: &FlexTensor, w: &FlexTensor) -> Option<FlexTensor> {
    let ([m, k], [rows, n]) = (dims(x), dims(w));
    assert_eq!(k, rows, "inner dimensions of a product");
    let bits = BitMatrix::from_rows(slice(&x.to_contiguous()), [m, k])?;
    let mut out = vec![0.0; m * n];
    let layout = w.layout();
    let turned = layout.transpose(0, 1);
    match turned.contiguous_offsets() {
        Some((start, end)) if !layout.is_contiguous() => {
            crate::binary_matmul_nt(&bits, &w.storage()[start..end], &mut out);
        }
        _ => crate::binary_matmul(&bits, slice(&w.to_contiguous()), &mut out),
    }
    Some(tensor(out, [m, n]))
}

/// `xᵀ · g`, the derivative of a product by its right factor.
pub(super) fn derivative(x: &FlexTensor, g: &FlexTensor) -> FlexTensor {
    let ([m, k], [_, n]) = (dims(x), dims(g));
    match BitMatrix::from_columns(slice(&x.to_contiguous()), [m, k]) {
        Some(states) => {
            let mut out = vec![0.0; k * n];
            let (states, other) = (&states, &g.to_contiguous());
            let other = slice(other);
            let phase = Statistics {
                states,
                other,
                scale: 1.0,
            };
            crate::binary_matmul_tn(&[phase], &mut out);
            tensor(out, [k, n])
        }
        None => Flex::float_matmul(Flex::float_transpose(x.clone()), g.clone()),
    }
}

/// The [statistics](super::statistics()) of some sides; `None` where a side's states are not binary.
pub(super) fn statistics<const N: usize>(sides: &[Side; N]) -> Option<Tensor<2>> {
    let [[_, k], [_, n]] = sides
        .first()
        .map(|side| [side.states.dims(), side.other.dims()])?;
    let primitive = |x: &Tensor<2>| {
        let x = x.clone().try_into_primitive::<Flex>();
        x.expect("the device is this backend's").to_contiguous()
    };
    let others: Vec<FlexTensor> = sides.iter().map(|side| primitive(&side.other)).collect();
    let states = sides
        .iter()
        .map(|side| BitMatrix::from_columns(slice(&primitive(&side.states)), side.states.dims()));
    let states: Vec<BitMatrix> = states.collect::<Option<_>>()?;
    let phases = sides.iter().zip(&states).zip(&others);
    let phases = phases.map(|((side, states), other)| Statistics {
        states,
        other: slice(other),
        #[expect(clippy::cast_possible_truncation, reason = "the tensors' precision")]
        scale: side.scale as f32,
    });
    let mut out = vec![0.0; k * n];
    crate::binary_matmul_tn(&phases.collect::<Vec<_>>(), &mut out);
    Some(Tensor::from_primitive::<Flex>(tensor(out, [k, n])))
}

fn slice(x: &FlexTensor) -> &[f32] {
    x.as_slice().expect("single precision, row-major")
}

fn dims(x: &FlexTensor) -> [usize; 2] {
    x.shape().dims()
}

fn tensor(values: Vec<f32>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
