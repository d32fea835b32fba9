//! The lower half of a digit, restored from the upper one.
//!
//! An RBM learns the 8×8 digits; clamped Gibbs sampling then draws the missing pixels of held-out ones from
//! `p(missing | known)`, and their average over many sweeps is their mean given the known ones. `cargo run
//! --example inpainting` takes ten seconds and prints how far three guesses are from the truth (root
//! mean square over the missing pixels, which go from 0 to 1): .279 for the mean image of the training
//! rows, .230 for the lower half of the training row whose upper half is nearest, and .217 for the RBM.

use burnzmann::{data::digits, eval::NearestNeighbours, model::sampling::ClampedGibbs, prelude::*};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PIXELS: usize = 64;
const SWEEPS: usize = 200;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (device, data) = (Device::default(), digits());
    let split = Split::by_counts(data.rows(), 0, 500, 42)?;
    let batches = Batches::new(&data, &split.train, 50, Binarisation::Stochastic, 1)?;
    let mean = batches.column_means();
    let start = DataStatistics {
        mean: mean.iter().map(|&x| x.into()).collect(),
        variance: vec![1.0; PIXELS],
    };
    let rbm = RbmConfig::new(PIXELS, 150).init_from(&start, &mut Noise::new(1), &device);
    let config = TrainConfig {
        epochs: 1000,
        batch_size: 50,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(config, rbm, batches.len())?;
    fit(&mut trainer, &batches, &mut [], &|| false)?;
    let rbm = trainer.model();

    // Gray levels stand for the means of pixels that the model has seen on or off.
    let images = |rows: &[u32]| {
        let all = Batches::new(&data, rows, rows.len(), Binarisation::None, 2)?;
        Ok::<_, burnzmann::data::DataError>(all.rows_tensor(rows, 0, &device))
    };
    let (test, train) = (images(&split.test)?, images(&split.train)?);
    let upper = |images: Tensor<2>| images.narrow(1, 0, PIXELS / 2);
    let lower = |images: Tensor<2>| images.narrow(1, PIXELS / 2, PIXELS / 2);
    let error = |guess: Tensor<2>| {
        let squares = (lower(guess) - lower(test.clone())).square();
        squares.mean().sqrt().into_scalar::<f32>()
    };

    let mean = Tensor::<1>::from_floats(&mean[..], &device).unsqueeze();
    let nearest = NearestNeighbours::among(upper(test.clone()), upper(train.clone()));
    let nearest = nearest.index.into_iter().map(i64::try_from);
    let nearest = nearest.collect::<Result<Vec<i64>, _>>()?;
    let nearest = train.select(0, Tensor::from_data(&nearest[..], &device));

    let known: Vec<f32> = (0..PIXELS)
        .map(|i| f32::from(u8::from(i < PIXELS / 2)))
        .collect();
    let known = Tensor::<1>::from_floats(&known[..], &device).unsqueeze::<2>();
    let mut noise = Noise::new(3);
    let anything = noise.bernoulli(test.full_like(0.5));
    let missing = known.clone().equal_elem(0.0).expand(test.dims());
    let start = test.clone().mask_where(missing, anything);
    let kernel = ClampedGibbs::new(known, 1);
    let mut state = kernel.init(&rbm, start, &mut noise);
    let mut filled = test.zeros_like();
    for sweep in 0..2 * SWEEPS {
        let (next, info) = kernel.step(&rbm, state, &mut noise);
        state = next;
        // The first half forgets where the chains started.
        if sweep >= SWEEPS {
            let mean = rbm.visible.mean(info.visible_inputs);
            filled = filled + mean.div_scalar(SWEEPS as f64);
        }
    }
    println!(
        "root mean square error: {:.3} the mean image, {:.3} the nearest training row, {:.3} the RBM",
        error(mean),
        error(nearest),
        error(filled)
    );
    Ok(())
}
