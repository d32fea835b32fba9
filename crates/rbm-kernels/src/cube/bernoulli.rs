//! Units that are on or off: bias, logistic function, noise and threshold in one launch.

use burn::tensor::DType;
use burn_cubecl::{
    cubecl::{
        self, calculate_cube_count_elemwise,
        client::Client,
        prelude::*,
        std::{
            FastDivmod,
            tensor::layout::linear::{LinearView, LinearViewMut},
        },
        tensor_vectorization_factor,
    },
    ops::numeric::empty_device_dtype,
    tensor::CubeTensor,
};

use super::{
    logistic::sigmoid,
    philox::{Place, place, uniform, words},
};
use crate::uniform::Address;

/// The means of units in {0, 1}.
pub(crate) fn mean(inputs: CubeTensor, bias: CubeTensor) -> CubeTensor {
    let out = empty_like(&inputs);
    if let Some(plan) = Plan::new(&inputs, &bias) {
        mean_kernel::launch(
            &plan.client,
            plan.count,
            plan.dim,
            plan.address_type,
            plan.vector_size,
            inputs.into_linear_view(),
            bias.into_linear_view(),
            out.clone().into_linear_view(),
            plan.columns,
        );
    }
    out
}

/// A draw of units in {0, 1}.
pub(crate) fn sample(inputs: CubeTensor, bias: CubeTensor, address: Address) -> CubeTensor {
    let out = empty_like(&inputs);
    if let Some(plan) = Plan::new(&inputs, &bias) {
        sample_kernel::launch(
            &plan.client,
            plan.count,
            plan.dim,
            plan.address_type,
            plan.vector_size,
            inputs.into_linear_view(),
            bias.into_linear_view(),
            out.clone().into_linear_view(),
            plan.columns,
            place(address, plan.length),
        );
    }
    out
}

/// The means of units in {0, 1}, and a draw.
pub(crate) fn sample_with_mean(
    inputs: CubeTensor,
    bias: CubeTensor,
    address: Address,
) -> (CubeTensor, CubeTensor) {
    let (means, samples) = (empty_like(&inputs), empty_like(&inputs));
    if let Some(plan) = Plan::new(&inputs, &bias) {
        sample_with_mean_kernel::launch(
            &plan.client,
            plan.count,
            plan.dim,
            plan.address_type,
            plan.vector_size,
            inputs.into_linear_view(),
            bias.into_linear_view(),
            means.clone().into_linear_view(),
            samples.clone().into_linear_view(),
            plan.columns,
            place(address, plan.length),
        );
    }
    (means, samples)
}

fn empty_like(x: &CubeTensor) -> CubeTensor {
    let shape = x.meta.shape().clone();
    empty_device_dtype(x.client.clone(), x.device.clone(), shape, DType::F32)
}

/// How the work is cut up: a block of four elements for each unit of the device.
struct Plan {
    client: Client,
    length: usize,
    /// Of a row, in vectors.
    columns: usize,
    vector_size: VectorSize,
    count: CubeCount,
    dim: CubeDim,
    address_type: AddressType,
}

impl Plan {
    /// `None` where there is nothing to do.
    fn new(inputs: &CubeTensor, bias: &CubeTensor) -> Option<Self> {
        let [rows, columns] = inputs.meta.shape().dims();
        let [width] = bias.meta.shape().dims();
        assert_eq!(columns, width, "a bias for each column of the inputs");
        let (client, length) = (inputs.client.clone(), rows * columns);
        if length == 0 {
            return None;
        }
        let sizes: Vec<_> = client
            .io_optimized_vector_sizes(size_of::<f32>())
            .filter(|&size| size <= 4)
            .collect();
        let vectors = |x: &CubeTensor, axis| {
            tensor_vectorization_factor(&sizes, x.meta.shape(), x.meta.strides(), axis)
        };
        let vector_size = vectors(inputs, 1).min(vectors(bias, 0));
        let units = length.div_ceil(4);
        let dim = CubeDim::new(&client, units);
        Some(Self {
            count: calculate_cube_count_elemwise(&client, units, dim),
            dim,
            length,
            columns: columns / vector_size,
            vector_size,
            address_type: inputs
                .required_address_type()
                .max(bias.required_address_type()),
            client,
        })
    }
}

/// The means of a vector of units.
#[cube]
fn means_at<N: Size>(
    inputs: &LinearView<'_, Vector<f32, N>>,
    bias: &LinearView<'_, Vector<f32, N>>,
    position: usize,
    columns: FastDivmod<usize>,
) -> Vector<f32, N> {
    let total = inputs.read(position) + bias.read(columns.modulo(position));
    let mut means = Vector::<f32, N>::empty();
    #[unroll]
    for i in 0..N::value() {
        means.insert(i, sigmoid(total.extract(i)));
    }
    means
}

/// One where a word makes a number below the mean.
#[cube]
fn draw<N: Size>(
    means: Vector<f32, N>,
    words: &Sequence<u32>,
    #[comptime] first: usize,
) -> Vector<f32, N> {
    let mut samples = Vector::<f32, N>::empty();
    #[unroll]
    for i in 0..N::value() {
        let u = uniform(*words.index(comptime!(first + i)));
        samples.insert(i, select(u < means.extract(i), 1.0f32, 0.0f32));
    }
    samples
}

#[cube(launch, address_type = "dynamic")]
fn mean_kernel<N: Size>(
    inputs: LinearView<'_, Vector<f32, N>>,
    bias: LinearView<'_, Vector<f32, N>>,
    mut means: LinearViewMut<'_, Vector<f32, N>>,
    columns: FastDivmod<usize>,
) {
    let size = N::value().comptime();
    let vectors = comptime!(4 / size);
    #[unroll]
    for i in 0..vectors {
        let position = ABSOLUTE_POS * vectors + i;
        if means.is_in_bounds(position) {
            means.write(position, means_at::<N>(&inputs, &bias, position, columns));
        }
    }
}

#[cube(launch, address_type = "dynamic")]
fn sample_kernel<N: Size>(
    inputs: LinearView<'_, Vector<f32, N>>,
    bias: LinearView<'_, Vector<f32, N>>,
    mut samples: LinearViewMut<'_, Vector<f32, N>>,
    columns: FastDivmod<usize>,
    place: Place,
) {
    let size = N::value().comptime();
    let vectors = comptime!(4 / size);
    let words = words(&place, u32::cast_from(ABSOLUTE_POS));
    #[unroll]
    for i in 0..vectors {
        let position = ABSOLUTE_POS * vectors + i;
        if samples.is_in_bounds(position) {
            let means = means_at::<N>(&inputs, &bias, position, columns);
            samples.write(position, draw::<N>(means, &words, comptime!(i * size)));
        }
    }
}

#[cube(launch, address_type = "dynamic")]
fn sample_with_mean_kernel<N: Size>(
    inputs: LinearView<'_, Vector<f32, N>>,
    bias: LinearView<'_, Vector<f32, N>>,
    mut means: LinearViewMut<'_, Vector<f32, N>>,
    mut samples: LinearViewMut<'_, Vector<f32, N>>,
    columns: FastDivmod<usize>,
    place: Place,
) {
    let size = N::value().comptime();
    let vectors = comptime!(4 / size);
    let words = words(&place, u32::cast_from(ABSOLUTE_POS));
    #[unroll]
    for i in 0..vectors {
        let position = ABSOLUTE_POS * vectors + i;
        if samples.is_in_bounds(position) {
            let mean = means_at::<N>(&inputs, &bias, position, columns);
            means.write(position, mean);
            samples.write(position, draw::<N>(mean, &words, comptime!(i * size)));
        }
    }
}
