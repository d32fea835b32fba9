//! A run from its first line to its last.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use burnzmann::data::{Batches, Binarisation};
use burnzmann::model::{DataStatistics, Noise};
use burnzmann::train::{Ending, FitError, Observer, Trainer, checkpoint, fit, metrics::Monitor};

use super::{TrainArgs, files::Files, likelihood::Likelihood, pictures, screen::Screen};
use crate::{CliError, RunConfig, RunFolder, Sets};

/// The stream of random numbers that the first weights are drawn from.
const START: u64 = 2;

/// Trains an RBM as the options say, or goes on with a run.
///
/// # Errors
///
/// [`CliError`]; the folder then holds the last checkpoint, if there was one.
pub fn train(args: &TrainArgs) -> Result<(), CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let begun = args
        .resume
        .as_deref()
        .map(|root| Ok::<_, CliError>((RunFolder::open(root)?, RunFolder::read_config(root)?)))
        .transpose()?;
    let sets = match &begun {
        Some((_, config)) => Sets::load(&config.data, config.data_dir.as_deref(), args.quiet)?,
        None => Sets::load(&args.data.data, args.data.data_dir.as_deref(), args.quiet)?,
    };
    let (folder, config) = match begun {
        Some(begun) => begun,
        None => begin(args, &sets)?,
    };
    let binarisation = Binarisation::from(config.binarise);
    let batches = |rows: &[u32]| {
        let size = config.train.batch_size;
        Batches::new(&sets.train, rows, size, binarisation, config.train.seed)
            .map_err(CliError::bad_input)
    };
    let train = batches(&sets.train_rows)?;
    let validation = match &sets.validation_rows[..] {
        [] => None,
        rows => Some(batches(rows)?),
    };
    let mut trainer = start(&folder, &config, &train, &device)?;
    let mut screen = Screen::new(&folder, &config, &trainer, &train, args.quiet);
    let mut monitor = Monitor::new(&train, validation.as_ref());
    let watched = validation.as_ref().unwrap_or(&train);
    let every = args
        .likelihood_every
        .unwrap_or_else(|| config.train.epochs.div_ceil(10));
    let mut likelihood = Likelihood::new(&train, watched, every);
    let mut files = Files::new(&folder);

    let stop = interrupted()?;
    let clock = Instant::now();
    let ending = {
        let observers: &mut [&mut dyn Observer] =
            &mut [&mut monitor, &mut likelihood, &mut screen, &mut files];
        fit(&mut trainer, &train, observers, &|| {
            stop.load(Ordering::Relaxed)
        })
    };
    screen.close();
    match ending {
        Ok(ending) => {
            files.finish(&trainer).map_err(CliError::failed)?;
            pictures::draw(&folder, &trainer, &train, watched).map_err(CliError::failed)?;
            if ending == Ending::Interrupted {
                let root = folder.root().display();
                return Err(CliError::Interrupted(format!(
                    "saved after update {} of {}; go on with `--resume {root}`",
                    trainer.steps(),
                    trainer.config().epochs * train.len() as u64,
                )));
            }
            screen.summary(&folder, &trainer, clock.elapsed());
            Ok(())
        }
        Err(FitError::Exact(error)) => Err(CliError::bad_input(error)),
        Err(FitError::Data { expected, found }) => Err(CliError::BadInput(format!(
            "the run in {} expects {expected}, and the data now have {found}: they changed since it \
             was begun",
            folder.root().display()
        ))),
        Err(error) => Err(CliError::failed(error)),
    }
}

/// Everything is checked before the folder of a new run is made.
fn begin(args: &TrainArgs, sets: &Sets) -> Result<(RunFolder, RunConfig), CliError> {
    let (columns, rows) = (sets.train.num_visible(), sets.train_rows.len());
    let config = args.config(&sets.source, columns, rows)?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None => RunFolder::next_free(&sets.source.name()),
    };
    let folder = RunFolder::create(&out)?;
    folder.write_config(&config).map_err(CliError::failed)?;
    Ok((folder, config))
}

/// The trainer of the checkpoint; a new one where there is none yet.
fn start(
    folder: &RunFolder,
    config: &RunConfig,
    train: &Batches,
    device: &Device,
) -> Result<Trainer, CliError> {
    let file = folder.checkpoint();
    if file.exists() {
        return checkpoint::load(&file, device).map_err(CliError::bad_input);
    }
    let means = train.column_means();
    let statistics = DataStatistics {
        mean: means.iter().map(|&m| f64::from(m)).collect(),
        variance: means.iter().map(|&m| f64::from(m * (1.0 - m))).collect(),
    };
    let mut noise = Noise::new(config.train.seed).derive(START);
    let rbm = config.model.init_from(&statistics, &mut noise, device);
    Trainer::new(config.train.clone(), rbm, train.len()).map_err(CliError::bad_input)
}

/// Ctrl-C asks for an end after the update at hand; a second one does not wait.
fn interrupted() -> Result<Arc<AtomicBool>, CliError> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let handler = move || {
        if set.swap(true, Ordering::Relaxed) {
            #[expect(clippy::exit, reason = "asked twice: the last checkpoint stands")]
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).map_err(CliError::failed)?;
    Ok(flag)
}
