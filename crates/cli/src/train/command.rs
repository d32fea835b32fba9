//! A run from its first line to its last.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use burn::tensor::Device;
use burnzmann::data::{Batches, DataError};
use burnzmann::model::{DataStatistics, Noise, units::UnitsConfig};
use burnzmann::train::{
    Ending, FitError, Observer, Recovered, Rotation, Trainer, fit, metrics::Monitor,
};

#[cfg(feature = "dashboard")]
use super::dashboard::Dashboard;
use super::{
    ResumeArgs, TrainArgs, WatchArgs, files::Files, likelihood::Likelihood, pictures, plan::Plan,
    screen::Screen,
};
use crate::{CliError, MovedArgs, RunConfig, RunFolder, Sets, run::DataRecord};

/// The stream of random numbers that the first weights are drawn from.
const START: u64 = 2;

/// Trains an RBM as the options say, or goes on with a run.
///
/// # Errors
///
/// [`CliError`]; the folder then holds the last checkpoint, if there was one.
pub fn train(args: &TrainArgs) -> Result<(), CliError> {
    if let Some(run) = &args.resume {
        return go_on(run, &args.data.moved(), &args.watch);
    }
    let device = device(&args.watch)?;
    let plan = Plan::new(args)?;
    let sets = Sets::load(
        &plan.source,
        plan.data_dir.as_deref(),
        plan.labels.as_deref(),
        &plan.read,
        args.watch.residence(),
        args.watch.quiet,
    )?;
    let (folder, config) = begin(args, &plan, &sets)?;
    run(&folder, &config, &sets, &device, &args.watch)
}

/// Goes on with a run that was stopped.
///
/// # Errors
///
/// As [`train`].
pub fn resume(args: &ResumeArgs) -> Result<(), CliError> {
    go_on(&args.run, &args.moved, &args.watch)
}

fn go_on(root: &Path, moved: &MovedArgs, watch: &WatchArgs) -> Result<(), CliError> {
    let device = device(watch)?;
    let folder = RunFolder::open(root)?;
    let config = RunFolder::read_config(root)?.unchanged(root, moved)?;
    let sets = config.sets(watch.residence(), watch.quiet)?;
    if moved.is_given() {
        folder.write_config(&config).map_err(CliError::failed)?;
    }
    run(&folder, &config, &sets, &device, watch)
}

fn device(watch: &WatchArgs) -> Result<Device, CliError> {
    watch.check_screen()?;
    burnzmann::device::select(watch.device.as_deref()).map_err(CliError::bad_input)
}

fn run(
    folder: &RunFolder,
    config: &RunConfig,
    sets: &Sets,
    device: &Device,
    watch: &WatchArgs,
) -> Result<(), CliError> {
    let train = batches(config, sets, &sets.train_rows)?;
    let validation = match &sets.validation_rows[..] {
        [] => None,
        rows => Some(batches(config, sets, rows)?),
    };
    let mut trainer = start(&folder.rotation(watch.keep), config, &train, device)?;
    let mut screen = Screen::new(folder, config, &trainer, &train, watch.quiet || watch.tui);
    let mut monitor = Monitor::new(&train, validation.as_ref());
    let watched = validation.as_ref().unwrap_or(&train);
    let every = watch
        .likelihood_every
        .unwrap_or_else(|| config.train.epochs.div_ceil(10));
    let mut likelihood = Likelihood::new(&train, watched, every);
    let mut files = Files::new(folder, watch);

    let stop = interrupted()?;
    let stop = move || stop.load(Ordering::Relaxed);
    let clock = Instant::now();
    let mut observers: Vec<&mut dyn Observer> = vec![&mut monitor, &mut likelihood, &mut screen];
    #[cfg(feature = "dashboard")]
    let mut dashboard = watch.tui.then(|| Dashboard::new(&trainer, train.len()));
    #[cfg(feature = "dashboard")]
    let stop = {
        let asked = dashboard.as_ref().map(Dashboard::stopper);
        move || stop() || asked.as_ref().is_some_and(|asked| asked())
    };
    #[cfg(feature = "dashboard")]
    if let Some(dashboard) = &mut dashboard {
        observers.push(dashboard);
    }
    observers.push(&mut files);
    let ending = fit(&mut trainer, &train, &mut observers, &stop);
    drop(observers);
    // The terminal is as it was before anything is printed.
    #[cfg(feature = "dashboard")]
    drop(dashboard);
    screen.close();
    match ending {
        Ok(ending) => {
            files.finish(&trainer).map_err(CliError::failed)?;
            pictures::draw(folder, &trainer, &train, watched).map_err(CliError::failed)?;
            if ending == Ending::Interrupted {
                let root = folder.root().display();
                return Err(CliError::Interrupted(format!(
                    "saved after update {} of {}; go on with `burnzmann resume {root}`",
                    trainer.steps(),
                    trainer.config().epochs * train.len() as u64,
                )));
            }
            screen.summary(folder, &trainer, files.best(), clock.elapsed());
            Ok(())
        }
        Err(FitError::Exact(error)) => Err(CliError::bad_input(error)),
        Err(FitError::Rows(error)) => Err(lost(&error, folder)),
        Err(FitError::Observer(error)) if error.is::<DataError>() => Err(lost(&error, folder)),
        Err(FitError::Data { expected, found }) => Err(CliError::BadInput(format!(
            "the run in {} expects {expected}, and the data now have {found}: they changed since it \
             was begun",
            folder.root().display()
        ))),
        Err(error) => Err(CliError::failed(error)),
    }
}

/// The data changed while they were in use.
fn lost(error: &dyn std::fmt::Display, folder: &RunFolder) -> CliError {
    let root = folder.root().display();
    CliError::BadInput(format!(
        "{error}; with the data as they were, go on with `burnzmann resume {root}`"
    ))
}

/// Rows as the run sees them, their values checked.
fn batches<'a>(config: &RunConfig, sets: &'a Sets, rows: &[u32]) -> Result<Batches<'a>, CliError> {
    let (size, seed) = (config.train.batch_size, config.train.seed);
    Batches::new(&sets.train, rows, size, config.binarise.into(), seed).map_err(CliError::bad_input)
}

/// Everything is checked before the folder of a new run is made.
fn begin(
    args: &TrainArgs,
    plan: &Plan<'_>,
    sets: &Sets,
) -> Result<(RunFolder, RunConfig), CliError> {
    let (columns, rows) = (sets.train.num_visible(), sets.train_rows.len());
    let config = plan.config(&sets.source, columns, rows)?;
    batches(&config, sets, &sets.train_rows)?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None => RunFolder::next_free(&sets.source.name()),
    };
    let config = config.remembered()?;
    let folder = RunFolder::create(&out)?;
    folder.write_config(&config).map_err(CliError::failed)?;
    Ok((folder, config))
}

/// The trainer of the newest whole checkpoint; a new one where there is none yet.
fn start(
    checkpoints: &Rotation,
    config: &RunConfig,
    train: &Batches,
    device: &Device,
) -> Result<Trainer, CliError> {
    let found = checkpoints.load(device).map_err(|error| {
        CliError::BadInput(format!(
            "{error}; no other checkpoint of this run is whole, and without any of them it starts \
             over"
        ))
    })?;
    if let Some(Recovered {
        trainer,
        path,
        damaged,
        ..
    }) = found
    {
        for error in damaged {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            eprintln!(
                "note: {error}; going on from {name}, at update {}",
                trainer.steps()
            );
        }
        return Ok(trainer);
    }
    let statistics =
        statistics(train, config.model.visible, device).map_err(CliError::bad_input)?;
    let mut noise = Noise::new(config.train.seed).derive(START);
    let rbm = config.model.init_from(&statistics, &mut noise, device);
    Trainer::new(config.train.clone(), rbm, train.len()).map_err(CliError::bad_input)
}

/// The means and variances that the visible units start with: binary ones have p (1 - p).
fn statistics(
    train: &Batches,
    units: UnitsConfig,
    device: &Device,
) -> Result<DataStatistics, DataError> {
    let means = train.try_column_means()?;
    let mean: Vec<f64> = means.iter().map(|&m| f64::from(m)).collect();
    let variance = if matches!(units, UnitsConfig::Gaussian { .. }) {
        variances(train, &mean, device)?
    } else {
        means.iter().map(|&m| f64::from(m * (1.0 - m))).collect()
    };
    Ok(DataStatistics { mean, variance })
}

fn variances(train: &Batches, mean: &[f64], device: &Device) -> Result<Vec<f64>, DataError> {
    let mut sums = vec![0.0; mean.len()];
    for rows in train.rows().chunks(1000) {
        let block = train.try_rows_tensor(rows, 0, device)?;
        for row in crate::subject::values(block).chunks_exact(mean.len()) {
            for ((sum, &x), mean) in sums.iter_mut().zip(row).zip(mean) {
                *sum += (f64::from(x) - mean).powi(2);
            }
        }
    }
    let count = train.rows().len() as f64;
    Ok(sums.iter().map(|sum| sum / count).collect())
}

/// Ctrl-C asks for an end after the update at hand.
pub(crate) fn interrupted() -> Result<Arc<AtomicBool>, CliError> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    on_interrupt(move || set.store(true, Ordering::Relaxed))?;
    Ok(flag)
}

/// Calls `stop` at Ctrl-C, in the place of what was called before; a second one does not wait.
pub(crate) fn on_interrupt(stop: impl Fn() + Send + 'static) -> Result<(), CliError> {
    type Stop = Box<dyn Fn() + Send>;
    static STOP: Mutex<Option<Stop>> = Mutex::new(None);
    static ASKED: AtomicBool = AtomicBool::new(false);
    let hold = || STOP.lock().unwrap_or_else(PoisonError::into_inner);
    if hold().replace(Box::new(stop)).is_some() {
        return Ok(());
    }
    let handler = move || {
        if ASKED.swap(true, Ordering::Relaxed) {
            #[expect(clippy::exit, reason = "asked twice: the last checkpoint stands")]
            std::process::exit(130);
        }
        if let Some(stop) = &*hold() {
            stop();
        }
    };
    ctrlc::set_handler(handler).map_err(CliError::failed)
}
