//! The fast bodies on the `flex` backend.

use std::borrow::Cow;

use burn::{
    backend::{
        Backend, Flex, TensorMetadata, backend_extension, flex::FlexTensor, ops::FloatTensorOps,
        tensor::FloatTensor,
    },
    tensor::{Tensor, TensorData},
};

use crate::{
    BitMatrix, Statistics, add_column_sums, bernoulli, binary,
    centre::{Layers, centre},
    descend::descend_in_place,
    join,
    uniform::Address,
};

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

    fn bernoulli_mean(inputs: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Of two sides: states, others, products of states and weights, factors.
    #[allow(
        clippy::too_many_arguments,
        reason = "tensors have to be arguments of their own"
    )]
    fn negative_energy(
        w: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        states: FloatTensor<Self>,
        other: FloatTensor<Self>,
        product: FloatTensor<Self>,
        second_states: FloatTensor<Self>,
        second_other: FloatTensor<Self>,
        second_product: FloatTensor<Self>,
        scales: [f64; 2],
    ) -> FloatTensor<Self>;
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
        let samples = bernoulli::sample(&rows(&inputs), &rows(&bias), address);
        tensor(samples, dims(&inputs))
    }

    fn sample_bernoulli_with_mean(
        inputs: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        address: Address,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (means, samples) = bernoulli::sample_with_mean(&rows(&inputs), &rows(&bias), address);
        (tensor(means, dims(&inputs)), tensor(samples, dims(&inputs)))
    }

    fn bernoulli_mean(inputs: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        tensor(
            bernoulli::means(&rows(&inputs), &rows(&bias)),
            dims(&inputs),
        )
    }

    fn negative_energy(
        _w: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        states: FloatTensor<Self>,
        other: FloatTensor<Self>,
        product: FloatTensor<Self>,
        second_states: FloatTensor<Self>,
        second_other: FloatTensor<Self>,
        second_product: FloatTensor<Self>,
        scales: [f64; 2],
    ) -> FloatTensor<Self> {
        let sides = Sides {
            states: [states, second_states],
            other: [other, second_other],
            scales,
        };
        sides.energy([&b, &c], [&product, &second_product]).0
    }
}

/// What an energy of two phases is made of, but for the parameters.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub(super) states: [FlexTensor; 2],
    pub(super) other: [FlexTensor; 2],
    pub(super) scales: [f64; 2],
}

impl Sides {
    /// Minus the energy, `[1]`, and the sums of the states and of the others, scaled, which are its
    /// derivatives by the biases.
    pub(super) fn energy(
        &self,
        biases: [&FlexTensor; 2],
        products: [&FlexTensor; 2],
    ) -> (FlexTensor, [Vec<f64>; 2]) {
        let mut energy = 0.0;
        let mut sums = biases.map(|bias| vec![0.0; bias.shape().num_elements()]);
        for (i, scale) in self.scales.into_iter().enumerate() {
            let (states, other) = (rows(&self.states[i]), rows(&self.other[i]));
            add_column_sums(&states, scale, &mut sums[0]);
            add_column_sums(&other, scale, &mut sums[1]);
            energy += scale * crate::dot(&other, &rows(products[i]));
        }
        for (bias, sums) in biases.into_iter().zip(&sums) {
            let bias = rows(bias);
            let terms = bias.iter().zip(sums).map(|(b, sum)| f64::from(*b) * sum);
            energy += terms.sum::<f64>();
        }
        (vector(&[energy], 1.0), sums)
    }

    /// The derivative of `factor` times minus the energy by the weights.
    pub(super) fn statistics(&self, factor: f64) -> FlexTensor {
        let side = |i: usize| (&self.states[i], &self.other[i], factor * self.scales[i]);
        statistics(&[side(0), side(1)])
    }
}

/// Numbers times a factor, in the tensors' precision.
#[expect(clippy::cast_possible_truncation, reason = "the tensors' precision")]
pub(super) fn vector(values: &[f64], factor: f64) -> FlexTensor {
    let values: Vec<f32> = values.iter().map(|x| (factor * x) as f32).collect();
    let length = values.len();
    FlexTensor::from_data(TensorData::new(values, [length]))
}

/// `x · w`; `None` where `x` is not binary.
fn product(x: &FlexTensor, w: &FlexTensor) -> Option<FlexTensor> {
    let ([m, k], [height, n]) = (dims(x), dims(w));
    assert_eq!(k, height, "inner dimensions of a product");
    let bits = BitMatrix::from_rows(&rows(x), [m, k])?;
    let layout = w.layout();
    let turned = layout.transpose(0, 1);
    let out = match turned.contiguous_offsets() {
        Some((start, end)) if !layout.is_contiguous() => {
            binary::product_of(&bits, &w.storage()[start..end], n, true)
        }
        _ => binary::product_of(&bits, &rows(w), n, false),
    };
    Some(tensor(out, [m, n]))
}

/// One side of a gradient: states `[batch, k]`, others `[batch, n]`, a factor.
pub(super) type Factors<'a> = (&'a FlexTensor, &'a FlexTensor, f64);

/// The [statistics](super::statistics()) of some sides, one of which is there.
pub(super) fn statistics(sides: &[Factors<'_>]) -> FlexTensor {
    binary_statistics(sides).unwrap_or_else(|| {
        let dense = |&(states, other, scale): &Factors<'_>| {
            let product = Flex::float_matmul(Flex::float_transpose(states.clone()), other.clone());
            if scale == 1.0 {
                product
            } else {
                Flex::float_mul_scalar(product, scale.into())
            }
        };
        let sum = sides.iter().map(dense).reduce(Flex::float_add);
        sum.expect("a gradient has a side")
    })
}

/// The same by bits; `None` where a side's states are not binary.
fn binary_statistics(sides: &[Factors<'_>]) -> Option<FlexTensor> {
    let [[_, k], [_, n]] = sides
        .first()
        .map(|(states, other, _)| [dims(states), dims(other)])?;
    let others: Vec<_> = sides.iter().map(|(_, other, _)| rows(other)).collect();
    let bits = |(states, _, _): &Factors<'_>| BitMatrix::from_columns(&rows(states), dims(states));
    let states = match sides {
        // A side is packed on one thread.
        [first, second] => {
            let (first, second) = join(|| bits(first), || bits(second));
            vec![first?, second?]
        }
        _ => sides.iter().map(bits).collect::<Option<_>>()?,
    };
    let phases = sides.iter().zip(&states).zip(&others);
    let phases = phases.map(|(((_, _, scale), states), other)| Statistics {
        states,
        other,
        #[expect(clippy::cast_possible_truncation, reason = "the tensors' precision")]
        scale: *scale as f32,
    });
    let phases: Vec<_> = phases.collect();
    let sums = binary::statistics_of(&phases, n);
    Some(tensor(sums, [k, n]))
}

/// `x - rate · gradient`, of any shape.
pub(super) fn descend(mut x: FlexTensor, mut gradient: FlexTensor, rate: f64) -> FlexTensor {
    #[expect(clippy::cast_possible_truncation, reason = "the tensors' precision")]
    let rate = rate as f32;
    // Memory that nobody else sees is written again: the gradient's before that of `x`, which the tape
    // may still hold.
    if let Some(own) = own_rows(&mut gradient) {
        descend_in_place::<false>(own, &rows(&x), rate);
        return gradient;
    }
    if let Some(own) = own_rows(&mut x) {
        descend_in_place::<true>(own, &rows(&gradient), rate);
        return x;
    }
    let next = crate::descend::descend(&rows(&x), &rows(&gradient), rate);
    FlexTensor::from_data(TensorData::new(next, x.shape()))
}

/// The centred gradient of the weights, and what those of the biases lose.
pub(super) fn centred(
    weight: &FlexTensor,
    offsets: &[FlexTensor; 2],
    biases: &[FlexTensor; 2],
) -> (FlexTensor, [FlexTensor; 2]) {
    let [offsets, biases] = [offsets, biases].map(|pair| pair.each_ref().map(rows));
    let layers = Layers {
        offsets: offsets.each_ref().map(AsRef::as_ref),
        biases: biases.each_ref().map(AsRef::as_ref),
    };
    let (gradient, by_rows, by_columns) = centre(&rows(weight), &layers);
    let vector = |x: Vec<f32>| {
        let length = x.len();
        FlexTensor::from_data(TensorData::new(x, [length]))
    };
    (
        tensor(gradient, dims(weight)),
        [by_rows, by_columns].map(vector),
    )
}

/// What a tensor of this backend is made of.
pub(super) fn primitive<const D: usize>(x: Tensor<D>) -> FlexTensor {
    let x = x.try_into_primitive::<Flex>();
    x.expect("the device is this backend's")
}

/// The numbers row by row: where they are, or a copy of a view that is not row-major.
fn rows(x: &FlexTensor) -> Cow<'_, [f32]> {
    match x.layout().contiguous_offsets() {
        Some((start, end)) => Cow::Borrowed(&x.storage()[start..end]),
        None => {
            let copy = x.to_contiguous();
            let values: &[f32] = copy.as_slice().expect("single precision, row-major");
            Cow::Owned(values.to_vec())
        }
    }
}

/// The numbers row by row, to be written, where they are in no other tensor's memory.
fn own_rows(x: &mut FlexTensor) -> Option<&mut [f32]> {
    let (start, end) = x.layout().contiguous_offsets()?;
    x.try_storage_mut()?.get_mut(start..end)
}

fn dims(x: &FlexTensor) -> [usize; 2] {
    x.shape().dims()
}

fn tensor(values: Vec<f32>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
