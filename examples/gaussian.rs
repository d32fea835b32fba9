//! A Gaussian-Bernoulli RBM on points in the plane, whose true density is known.
//!
//! The points come from four normal clouds at the corners of a parallelogram, so two hidden units suffice:
//! each moves the mean along one side. `cargo run --example gaussian` takes a few seconds and prints the
//! mean log-density of 4,000 points that nothing was trained on, in nats a point, exact for all three:
//! -4.74 for one normal density with the mean and the covariance of the training points, -4.20 for the
//! RBM, and -4.17 for the density that the points were drawn from, which is the most to expect.

use burn::tensor::DType;
use burnzmann::{data::Values, model::WeightInit, prelude::*, train::LearningRate};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The sides of the parallelogram, and the spread of a cloud in both directions.
const SIDES: [[f64; 2]; 2] = [[4.8, 1.2], [-1.6, 4.4]];
const SPREAD: f64 = 1.0;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::default();
    let mut noise = Noise::new(1);
    let mut points = |count: usize| -> Vec<f32> {
        let corners = noise.bernoulli(Tensor::full([count, 2], 0.5, &device));
        let sides = Tensor::<2>::from_data(SIDES, &device);
        let clouds = noise.normal([count, 2], DType::F32, &device);
        let points = corners.matmul(sides) + clouds.mul_scalar(SPREAD);
        points.into_data().iter::<f32>().collect()
    };
    let (train, test) = (points(2000), points(4000));

    let data = Dataset::new("four clouds", 2, Values::Floats(train.clone()))?;
    let rows: Vec<u32> = (0..2000).collect();
    let batches = Batches::new(&data, &rows, 50, Binarisation::None, 1)?;
    let (mean, covariance) = moments(&train);
    let start = DataStatistics {
        mean: mean.to_vec(),
        variance: vec![SPREAD.powi(2); 2],
    };
    let rbm = RbmConfig::new(2, 2)
        .with_visible(UnitsConfig::Gaussian { learn_sigma: true })
        // Weights that are all but zero would stay there: one normal density is a saddle point.
        .with_weight(WeightInit::Normal { std: 1.0 })
        .init_from(&start, &mut Noise::new(2), &device);
    let config = TrainConfig {
        learning_rate: LearningRate::Linear {
            from: 0.02,
            to: 0.0,
        },
        batch_size: 50,
        epochs: 200,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(config, rbm, batches.len())?;
    fit(&mut trainer, &batches, &mut [], &|| false)?;

    let points = test.chunks(2).map(|p| [f64::from(p[0]), f64::from(p[1])]);
    let mean_of = |density: &dyn Fn([f64; 2]) -> f64| {
        points.clone().map(|point| density(point).ln()).sum::<f64>() / 4000.0
    };
    let one = mean_of(&|point| normal(point, mean, covariance));
    let round = [[SPREAD.powi(2), 0.0], [0.0, SPREAD.powi(2)]];
    let truth = mean_of(&|point| {
        let corner = |a: f64, b: f64| [0, 1].map(|i| a * SIDES[0][i] + b * SIDES[1][i]);
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
        let density = |(a, b)| normal(point, corner(a, b), round) / 4.0;
        corners.map(density).iter().sum()
    });
    // Two hidden units are summed over and the visible ones integrated: exact.
    let test = Tensor::<1>::from_floats(&test[..], &device).reshape([4000, 2]);
    let rbm = exact::log_likelihood(&trainer.model(), test)?;
    println!("nats a point: {one:.3} one normal density, {rbm:.3} the RBM, {truth:.3} the truth");
    Ok(())
}

/// The mean and the covariance of points in the plane.
fn moments(points: &[f32]) -> ([f64; 2], [[f64; 2]; 2]) {
    let average = |of: &dyn Fn(&[f32]) -> f64| {
        points.chunks(2).map(of).sum::<f64>() / (points.len() / 2) as f64
    };
    let mean = [0, 1].map(|i| average(&|point| f64::from(point[i])));
    let centred = |point: &[f32], i: usize| f64::from(point[i]) - mean[i];
    let covariance =
        [0, 1].map(|i| [0, 1].map(|j| average(&|point| centred(point, i) * centred(point, j))));
    (mean, covariance)
}

/// The density of a normal distribution in the plane.
fn normal(point: [f64; 2], mean: [f64; 2], [[a, b], [_, d]]: [[f64; 2]; 2]) -> f64 {
    let [x, y] = [point[0] - mean[0], point[1] - mean[1]];
    let determinant = a * d - b * b;
    let squared = (d * x * x - 2.0 * b * x * y + a * y * y) / determinant;
    (-0.5 * squared).exp() / (std::f64::consts::TAU * determinant.sqrt())
}
