//! Anomalies by free energy: what a model of the usual finds unlikely.
//!
//! An RBM learns the 8×8 digits but for the eights; `-F(v)` is `log p(v)` up to a constant, so rows of a
//! high free energy are unlike those that were learned. `cargo run --example anomaly` takes a few
//! seconds and prints how often a held-out eight scores higher than a held-out digit of another class
//! (.76), and the same for images whose pixels were shuffled (1.00).

use burnzmann::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (device, data) = (Device::default(), digits());
    let labels = data.labels().ok_or("the digits have labels")?;
    let split = Split::by_counts(data.rows(), 0, 500, 42)?;
    let is_eight = |row: &u32| labels[*row as usize] == 8;
    let usual: Vec<u32> = split
        .train
        .iter()
        .copied()
        .filter(|row| !is_eight(row))
        .collect();

    let batches = Batches::new(&data, &usual, 50, Binarisation::Stochastic, 1)?;
    let rbm = RbmConfig::new(64, 100).init(&mut Noise::new(1), &device);
    let config = TrainConfig {
        epochs: 200,
        batch_size: 50,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(config, rbm, batches.len())?;
    fit(&mut trainer, &batches, &mut [], &|| false)?;
    let rbm = trainer.model();

    let (eights, others): (Vec<u32>, Vec<u32>) = split.test.iter().copied().partition(is_eight);
    let scores = |rows: &[u32], order: &[i64]| -> Result<Vec<f32>, Box<dyn std::error::Error>> {
        // Gray levels are the means of the pixels; the seed fixes which of them are on.
        let all = Batches::new(&data, rows, rows.len(), Binarisation::Stochastic, 2)?;
        let images = all.rows_tensor(rows, 0, &device);
        let order = Tensor::from_data(order, &device);
        Ok(rbm
            .free_energy(images.select(1, order))
            .into_data()
            .iter::<f32>()
            .collect())
    };
    let in_place: Vec<i64> = (0..64).collect();
    // 27 and 64 have no common factor: every pixel once, far from where it was.
    let shuffled: Vec<i64> = (0..64).map(|pixel| pixel * 27 % 64).collect();
    let usual = scores(&others, &in_place)?;
    let show = |what: &str, unusual: Vec<f32>| println!("{what} {:.3}", above(&unusual, &usual));
    show(
        "an eight scores above another digit, in this share of pairs:",
        scores(&eights, &in_place)?,
    );
    show(
        "a shuffled image scores above one in order:",
        scores(&others, &shuffled)?,
    );
    Ok(())
}

/// The share of pairs in which the first is larger: the area under the ROC curve.
fn above(unusual: &[f32], usual: &[f32]) -> f64 {
    let pairs = unusual
        .iter()
        .flat_map(|a| usual.iter().map(move |b| f64::from(u8::from(a > b))));
    pairs.sum::<f64>() / (unusual.len() * usual.len()) as f64
}
