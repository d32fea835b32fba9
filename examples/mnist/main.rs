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

mod options;

use std::{fmt::Display, io::Write as _, process::ExitCode};

use burnzmann::dbn::Pretrainer;
use burnzmann::model::{numerics::to_f32, store::StoreError};
use burnzmann::plot::{self, ImageShape};
use burnzmann::{Error, Lines, prelude::*};
use clap::Parser as _;

use options::{Options, Run};

/// A pixel is on where its level is above one half: what `Training` does by itself.
const BINARISATION: Binarisation = Binarisation::Threshold(0.5);

/// glibc's allocator costs a step on the CPU up to 40 % of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = Run::new(Options::parse()).and_then(|run| {
        if run.options.layers.is_empty() {
            model(run)
        } else {
            network(&run)
        }
    });
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error}");
    ExitCode::from(if error.is_bad_input() { 2 } else { 1 })
}

/// Prints a line. Where nobody reads it, the run goes on: what counts is in its folder.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One RBM, with every default of `burnzmann train`.
fn model(run: Run) -> Result<(), Error> {
    let out = &run.out;
    let mut lines = Lines::new(std::io::stdout());
    let mut training = Training::new()
        .config(run.config)
        .device(run.device)
        .observer(&mut lines);
    if let Some(units) = run.options.hidden {
        training = training.hidden(units);
    }
    let fitted = training.fit(&run.table)?;
    fitted.save(out)?;
    fitted.draw(out)?;
    say(format_args!("test rows: {}", fitted.evaluate()?));
    say(format_args!(
        "In {}: model.safetensors, filters.png, reconstructions.png, fantasies.png, curves.png",
        out.display()
    ));
    Ok(())
}

/// A network of layers, each trained on what the ones below make of the data.
fn network(run: &Run) -> Result<(), Error> {
    let (options, table, out) = (&run.options, &run.table, &run.out);
    let data = &table.train;
    let mut config = DbnConfig::new(data.num_visible(), &options.layers);
    for layer in &mut config.layers {
        layer.train = run.config.clone();
    }
    let rows = &table.train_rows;
    let mut training = Pretrainer::new(config, data, rows, BINARISATION, &run.device)?;
    training.run(&mut [&mut Lines::new(std::io::stdout())], &|| false)?;
    let dbn = training.dbn()?;
    std::fs::create_dir_all(out).map_err(StoreError::io("make the folder", out))?;
    dbn.save(&out.join("dbn.safetensors"))?;

    let [height, width] = data.image_shape().expect("digits are images");
    let shape = ImageShape::new(height, width);
    for layer in 1..=dbn.num_layers() {
        let filters = dbn.projected_filters(layer);
        let shown = filters.dims()[1].min(100);
        let picture = plot::filters(&to_f32(filters.narrow(1, 0, shown)), shape)?;
        picture.save(out.join(format!("filters-{layer}.png")))?;
    }
    let mut noise = Noise::new(options.seed).derive(1);
    let chains = dbn.random_chains(100, &mut noise);
    let draws = to_f32(dbn.generate(chains, 500, &mut noise).mean);
    plot::fantasies(&draws, shape)?.save(out.join("generated.png"))?;
    say(format_args!(
        "In {}: dbn.safetensors, filters-1.png and so on, generated.png",
        out.display()
    ));
    #[cfg(feature = "finetune")]
    if options.finetune {
        classify(run, &dbn)?;
    }
    Ok(())
}

/// Adds a softmax layer and trains all weights on the labels.
#[cfg(feature = "finetune")]
fn classify(run: &Run, dbn: &Dbn) -> Result<(), Error> {
    use burnzmann::dbn::{DataRows, DbnClassifier, Finetune, FinetuneConfig};
    use burnzmann::train::default_epochs;

    let rows =
        |data: &Dataset, rows: &[u32]| DataRows::new(data.clone(), rows.to_vec(), BINARISATION);
    let train = rows(&run.table.train, &run.table.train_rows)?;
    let test = rows(run.table.judged(), &run.table.test_rows)?;
    let usual = FinetuneConfig::default();
    let config = FinetuneConfig {
        epochs: default_epochs(usual.epochs, 1000, train.len(), usual.batch_size),
        seed: run.options.seed,
        ..usual
    };
    let tuning = Finetune::new(config)?.on_epoch(|report| {
        let loss = report.get("train_loss").unwrap_or(f64::NAN);
        say(format_args!(
            "classifier epoch {}: {loss:.4} nats",
            report.epoch
        ));
    });
    let tuned = tuning.classifier(DbnClassifier::from_dbn(dbn, 10)?, &train)?;
    tuned.model.save(&run.out.join("classifier.safetensors"))?;
    let error = 100.0 * tuned.model.error_rate(&test)?;
    say(format_args!(
        "test error {error:.2} % of {} rows",
        test.len()
    ));
    Ok(())
}
