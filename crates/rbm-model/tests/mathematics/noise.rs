//! Random numbers are the same on every backend.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rbm_kernels::{
    philox::Key,
    uniform::{Address, fill_normal, fill_uniform},
};
use rbm_model::{
    Noise,
    numerics::to_f64,
    units::{Bernoulli, UnitLayer},
};

const SEED: u64 = 0x1234_5678_9abc_def0;
/// Both halves of the step count.
const STEP: u64 = (7 << 32) + 3;

/// The stream, and where its draw of this number is.
fn stream(draw: u32) -> (Noise, Address) {
    let address = Address {
        key: Key::from_seed(SEED),
        step: STEP,
        draw,
    };
    (Noise::new(SEED).at_step(STEP), address)
}

/// Whole rows of vectors, and rows whose length is no multiple of a vector, or of a block.
const SHAPES: [[usize; 2]; 6] = [[1, 1], [3, 2], [5, 33], [64, 50], [100, 784], [257, 63]];

#[test]
fn uniform_numbers_are_those_of_the_host_to_the_bit() {
    let device = Device::default();
    let (mut noise, _) = stream(0);
    for (draw, shape) in (0..).zip(SHAPES) {
        let mut host = vec![0f32; shape[0] * shape[1]];
        fill_uniform(&mut host, stream(draw).1);
        let device = noise.uniform(shape, DType::F32, &device).into_data();
        assert_eq!(device.try_to_vec::<f32>().unwrap(), host, "{shape:?}");
    }
}

/// Of 8·10⁴ numbers none is off by more than 4 units in the last place of a single between two and
/// four, wherever it lies.
#[test]
fn normal_numbers_are_those_of_the_host_to_rounding() {
    let device = Device::default();
    let (mut noise, _) = stream(0);
    for (draw, shape) in (0..).zip(SHAPES) {
        let mut host = vec![0f64; shape[0] * shape[1]];
        fill_normal(&mut host, stream(draw).1);
        let numbers = to_f64(noise.normal(shape, DType::F32, &device));
        for (found, expected) in numbers.iter().zip(host) {
            let error = (found - expected).abs();
            assert!(error < 1e-6, "{found} is off by {error:e} in {shape:?}");
        }
    }
}

/// Means to 10⁻⁶; a unit is on where its number is below its mean, but where the two are closer than
/// the means are known.
#[test]
fn binary_units_are_drawn_by_the_numbers_of_the_host() {
    let device = Device::default();
    let (mut noise, _) = stream(0);
    for (draw, [rows, units]) in (0..).zip(SHAPES) {
        let (mut inputs, mut bias) = (vec![0f32; rows * units], vec![0f32; units]);
        fill_normal(&mut inputs, stream(1000).1);
        fill_normal(&mut bias, stream(1001).1);
        for x in &mut inputs {
            *x *= 4.0;
        }
        // Inputs that are the transpose of what is in memory, or one row for all, are drawn row by row.
        for layout in ["rows", "columns", "one row"] {
            let input = |row: usize, unit: usize| {
                f64::from(match layout {
                    "rows" => inputs[row * units + unit],
                    "columns" => inputs[unit * rows + row],
                    _ => inputs[unit],
                })
            };
            let (shape, length) = match layout {
                "rows" => ([rows, units], rows * units),
                "columns" => ([units, rows], rows * units),
                _ => ([1, units], units),
            };
            let values = TensorData::new(inputs[..length].to_vec(), shape);
            let tensor = Tensor::<2>::from_data(values, &device);
            let tensor = match layout {
                "columns" => tensor.transpose(),
                _ => tensor.expand([rows, units]),
            };
            let layer = Bernoulli::from_bias(Tensor::from_floats(bias.as_slice(), &device));
            let both = layer.mean_and_sample(tensor.clone(), &mut noise.clone());
            let alone = (
                layer.mean(tensor.clone()),
                layer.sample(tensor, &mut noise.clone()),
            );
            let [both, alone] = [both, alone].map(|(mean, sample)| (to_f64(mean), to_f64(sample)));
            let mut uniform = vec![0f64; rows * units];
            fill_uniform(&mut uniform, stream(draw).1);
            for i in 0..rows * units {
                let (row, unit) = (i / units, i % units);
                let total = input(row, unit) + f64::from(bias[unit]);
                let p = 1.0 / (1.0 + (-total).exp());
                for (mean, sample) in [&both, &alone] {
                    assert!((mean[i] - p).abs() < 1e-6, "mean {} for {p}", mean[i]);
                    if (p - uniform[i]).abs() > 1e-6 {
                        let on = uniform[i] < p;
                        assert_eq!(sample[i], f64::from(on), "{p} at {}", uniform[i]);
                    }
                }
            }
        }
        noise.uniform([1, 1], DType::F32, &device);
    }
}

#[test]
fn means_at_the_ends_of_the_line() {
    let device = Device::default();
    let inputs = [
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        -87.0,
        -88.0,
        87.0,
        0.0,
    ];
    let layer = Bernoulli::new(inputs.len(), &device);
    let inputs = Tensor::<1>::from_floats(inputs, &device).unsqueeze::<2>();
    let (mean, sample) = layer.mean_and_sample(inputs, &mut Noise::new(1));
    let (mean, sample) = (to_f64(mean), to_f64(sample));
    for (found, expected) in mean.iter().zip([1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.5]) {
        assert!((found - expected).abs() < 1e-30, "{found} for {expected}");
    }
    assert_eq!(sample[..7], [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
}
