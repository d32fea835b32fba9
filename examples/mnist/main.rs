//! Trains an RBM on handwritten digits, measures it and leaves a folder of pictures.
//!
//! ```text
//! cargo run --example mnist                                 # CPU
//! cargo run --example mnist --features wgpu                 # GPU, with no change of code
//! cargo run --example mnist -- --data digits --hidden 100   # the embedded 8×8 digits
//! cargo run --example mnist -- --layers 500,500,2000        # a deep belief network
//! cargo run --example mnist --features finetune -- --layers 500,500,2000 --finetune   # … and a classifier
//! ```
//!
//! MNIST is taken where it is found: in `--data-dir`, in the folder that the variable `MNIST_DIR` names, or in
//! the user's cache, into which `--features download` fetches it. Else the embedded digits are taken.

mod network;
mod options;
mod screen;

use std::{error::Error, fmt::Arguments, io::Write as _, process::ExitCode};

use burnzmann::data::{SUBSET_SEED, subset};
use burnzmann::plot::{self, CurvePanel, Curves, Series};
use burnzmann::train::{FitError, metrics};
use burnzmann::{eval, model::store, prelude::*};
use clap::Parser as _;

use options::{Options, Run};
use screen::Screen;

/// glibc's allocator costs a step on the CPU up to 40 % of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = Run::new(&options).and_then(|run| match options.layers[..] {
        [] => train(&run),
        _ => network::train(&run),
    });
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error}");
    // 1 where training failed, 2 where the options or the data are wrong.
    let failed = matches!(error.downcast_ref(), Some(FitError::Diverged(_)));
    ExitCode::from(if failed { 1 } else { 2 })
}

/// Prints a line. Where nobody reads it, the run goes on: what counts is in its folder.
fn say(line: Arguments) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One RBM: data, model, training, likelihood.
fn train(run: &Run) -> Outcome {
    let config = run.config();
    let batches = |data: &Dataset, rows: &[u32]| {
        let (size, seed) = (config.batch_size, config.seed);
        Batches::new(data, rows, size, run.binarisation, seed)
    };
    let train = batches(&run.train, &run.train_rows)?;
    let test = batches(&run.test, &run.test_rows)?;

    // Small random weights; visible biases from the rates of the pixels.
    let visible = run.train.num_visible();
    let shape = RbmConfig::new(visible, run.options.hidden.unwrap_or(visible.min(200)));
    shape.validate()?;
    let rates = DataStatistics::of_rates(&train.column_means());
    let rbm = shape.init_from(&rates, &mut Noise::new(config.seed), &run.device);

    let mut trainer = Trainer::new(config, rbm, train.len())?;
    let mut monitor = metrics::Monitor::new(&train, Some(&test));
    let mut screen = Screen::new(trainer.config().epochs);
    std::fs::create_dir_all(&run.out)?;
    fit(
        &mut trainer,
        &train,
        &mut [&mut monitor, &mut screen],
        &|| false,
    )?;
    let rbm = trainer.model();
    store::save(&rbm, &run.out)?;

    // Exact where a layer is small, else annealed forward and back.
    let rows = |batches: &Batches| batches.rows_tensor(batches.rows(), 0, &run.device);
    let data = eval::EvaluationData::new(rows(&test)).with_training(rows(&train));
    let found = eval::evaluate(&rbm, &data, &eval::EvaluationConfig::default(), &mut |_| ())?;
    let nats = &found.log_likelihood;
    say(format_args!(
        "test rows: {:.2} nats each [{:.2}, {:.2}]",
        nats.value, nats.low, nats.high
    ));
    say(format_args!("{}", found.verdict));
    pictures(run, &trainer, &test)
}

/// Filters, reconstructions, draws and learning curves.
fn pictures(run: &Run, trainer: &Trainer, test: &Batches) -> Outcome {
    let (rbm, shape) = (trainer.model(), run.shape());
    let shown = rbm.num_hidden().min(100);
    let weights = numbers(rbm.weight.val().narrow(1, 0, shown));
    plot::filters(&weights, shape)?.save(run.out.join("filters.png"))?;

    let rows = test.rows_tensor(&subset(test.rows(), 16, SUBSET_SEED), 0, &run.device);
    let again = rbm.visible_mean(rbm.hidden_mean(rows.clone()));
    let pairs = plot::reconstructions(&numbers(rows.clone()), &numbers(again), shape)?;
    pairs.save(run.out.join("reconstructions.png"))?;

    let mut noise = Noise::new(run.options.seed).derive(1);
    let draws = metrics::fantasies(trainer, rows, 100, 100, &mut noise);
    plot::fantasies(&numbers(draws), shape)?.save(run.out.join("fantasies.png"))?;

    let series = |name: &str| {
        let points = trainer.history().iter();
        let points = points.filter_map(|report| Some((report.epoch as f64, report.get(name)?)));
        Series::new(name.replace('_', " "), points.collect())
    };
    let error = CurvePanel::new("Reconstruction error", "mean square")
        .series(series("reconstruction_error"));
    let free = CurvePanel::new("Free energy", "nats").series(series("free_energy_train"));
    let free = free.series(series("free_energy_validation"));
    Curves::new(vec![error, free]).save(run.out.join("curves.png"))?;
    say(format_args!(
        "In {}: model.safetensors, filters.png, reconstructions.png, fantasies.png, curves.png",
        run.out.display()
    ));
    Ok(())
}

fn numbers(x: Tensor<2>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}
