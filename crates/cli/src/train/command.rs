//! A run from its first line to its last.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use burn::tensor::Device;
use burnzmann::data::{Batches, DataError};
use burnzmann::train::{Ending, FitError, Observer, Trainer, fit, metrics::Monitor};

#[cfg(feature = "dashboard")]
use super::dashboard::Dashboard;
use super::{
    ResumeArgs, TrainArgs, WatchArgs,
    files::Files,
    likelihood::Likelihood,
    pictures,
    plan::Plan,
    resume::{self, Changes},
    screen::Screen,
    start,
};
use crate::preparation::{Purpose, Wanted};
use crate::{
    Binarise, CliError, FirstModel, MovedArgs, Preparation, RunConfig, RunFolder, Sets,
    interrupt::interrupted, run::DataRecord,
};

/// Trains an RBM as the options say, or goes on with a run.
///
/// # Errors
///
/// [`CliError`]; the folder then holds the last checkpoint, and where there is none, no folder is left of a
/// run that was new.
pub fn train(args: &TrainArgs) -> Result<(), CliError> {
    if let Some(root) = &args.resume {
        args.given.only(&resume::OPTIONS, "a run that goes on")?;
        let changes = Changes::new(args.epochs, args.lr, args.constant_lr);
        return go_on(root, &changes, &args.data.moved(), &args.watch);
    }
    let device = device(&args.watch)?;
    let mut plan = Plan::new(args)?;
    let first = plan.first(&device)?;
    let sets = Sets::load(
        &plan.source,
        plan.data_dir.as_deref(),
        plan.labels.as_deref(),
        &plan.read,
        args.watch.residence(),
        args.watch.quiet,
    )?;
    let (columns, rows) = (sets.train.num_visible(), sets.train_rows.len());
    let held_out = !sets.validation_rows.is_empty();
    let mut config = plan.config(&sets.source, columns, rows, held_out)?;
    // A model that was begun on scaled rows goes on with such rows.
    let begun = config.start.as_ref().map(FirstModel::preparation);
    let begun = begun.transpose()?.flatten();
    let wanted = Wanted {
        asked: plan.asked(),
        stored: begun.map(|begun| begun.on(&sets.train)),
        usual: Binarise::Threshold,
        units: config.model.visible,
        purpose: Purpose::Training,
        quiet: args.watch.quiet,
    };
    let (sets, Preparation { scale, binarise }) = wanted.prepare(sets, false)?;
    (config.scale, config.binarise) = (scale, binarise);
    let mut run = Run::new(config, &sets, &args.watch)?;
    let trainer = start::new(&run.config, &run.train, first, &device)?;
    if plan.was_replanned() {
        errln!(
            "note: --config is the record of a run that was resumed with more epochs or another \
             learning rate; this one has its last settings from the beginning"
        );
    }
    // Everything was checked: what is wrong with the options has left nothing on the disk.
    let out = match &args.out {
        Some(out) => out.clone(),
        None => RunFolder::next_free(&sets.source.name()),
    };
    run.config = run.config.remembered()?;
    let folder = RunFolder::create(&out)?;
    let outcome = folder.write_config(&run.config).map_err(CliError::failed);
    let outcome = outcome.and_then(|()| run.run_to_end(&folder, trainer, None, &args.watch));
    let nothing =
        !folder.path(RunFolder::BEST).exists() && folder.rotation(u8::MAX).existing().is_empty();
    if outcome.is_err() && nothing {
        folder.discard();
    }
    outcome
}

/// Goes on with a run that was stopped, or that is to have more epochs.
///
/// # Errors
///
/// As [`train`].
pub fn resume(args: &ResumeArgs) -> Result<(), CliError> {
    let changes = Changes::new(args.epochs, args.lr, args.constant_lr);
    go_on(&args.run, &changes, &args.moved, &args.watch)
}

fn go_on(
    root: &Path,
    changes: &Changes,
    moved: &MovedArgs,
    watch: &WatchArgs,
) -> Result<(), CliError> {
    let device = device(watch)?;
    let folder = RunFolder::open(root)?;
    let before = RunFolder::read_config(root)?;
    let mut config = before.clone().unchanged(root, moved)?;
    let sets = config.sets(watch.residence(), watch.quiet)?;
    config.watch = config.watch.over(watch);
    config.watch.validate()?;
    if watch.no_early_stop || watch.patience.is_some() {
        // What its history says by the patience that holds now.
        config.ended = None;
    }
    let mut run = Run::new(config, &sets, watch)?;
    let checkpoints = folder.rotation(run.config.watch.keep);
    let (mut trainer, saved) = match start::newest(&checkpoints, &device)? {
        Some(trainer) => {
            let saved = trainer.steps();
            (trainer, Some(saved))
        }
        None => {
            let first = run.config.start.as_mut();
            let first = first.map(|first| first.load(&device)).transpose()?;
            let trainer = start::new(&run.config, &run.train, first, &device)?;
            (trainer, None)
        }
    };
    let said = changes.apply(
        &mut run.config,
        &mut trainer,
        root,
        run.validation.is_some(),
    )?;
    if run.config != before {
        folder.write_config(&run.config).map_err(CliError::failed)?;
    }
    if let Some(said) = said {
        // The checkpoint has the plan that run.json has before anything is done by it.
        if saved.is_some() {
            checkpoints.save(&trainer).map_err(CliError::failed)?;
        }
        if !watch.quiet {
            errln!("{said}");
        }
    }
    run.run_to_end(&folder, trainer, saved, watch)
}

fn device(watch: &WatchArgs) -> Result<Device, CliError> {
    watch.check_screen()?;
    burnzmann::device::select(watch.device.as_deref()).map_err(CliError::bad_input)
}

/// A run with its rows, before it has a folder.
struct Run {
    config: RunConfig,
    train: Batches,
    validation: Option<Batches>,
}

impl Run {
    /// Rows as the run sees them, their values checked.
    fn new(config: RunConfig, sets: &Sets, watch: &WatchArgs) -> Result<Self, CliError> {
        let batches = |rows: &[u32]| {
            let (size, seed) = (config.train.batch_size, config.train.seed);
            Batches::new(&sets.train, rows, size, config.binarise.into(), seed)
                .map_err(CliError::bad_input)
        };
        let train = batches(&sets.train_rows)?;
        let validation = match &sets.validation_rows[..] {
            [] if watch.patience.is_some() => {
                return Err(CliError::BadInput(format!(
                    "--patience is for runs that hold rows out, and of {} all rows are trained on; \
                     leave it out",
                    config.data
                )));
            }
            [] => None,
            rows => Some(batches(rows)?),
        };
        Ok(Self {
            config,
            train,
            validation,
        })
    }

    /// Trains to the end. `saved` is the update of the checkpoint that the trainer is from.
    fn run_to_end(
        mut self,
        folder: &RunFolder,
        mut trainer: Trainer,
        saved: Option<u64>,
        watch: &WatchArgs,
    ) -> Result<(), CliError> {
        let config = &mut self.config;
        let (train, validation) = (&self.train, self.validation.as_ref());
        let mut screen = Screen::new(folder, config, &trainer, train, watch.quiet || watch.tui);
        let mut monitor = Monitor::new(train, validation);
        let watched = validation.unwrap_or(train);
        let epochs = config.train.epochs;
        let mut early = validation.and_then(|_| config.watch.early_stop(epochs));
        let mut files = Files::new(folder, &config.watch, validation.is_some(), saved)
            .with_notes(config.preparation().notes());
        let best = files.best_before(&trainer).map_err(CliError::failed)?;
        let mut likelihood = Likelihood::new(train, validation, &config.watch).resumed(best);

        let stop = interrupted()?;
        let stop = move || stop.load(Ordering::Relaxed);
        let clock = Instant::now();
        let begun = trainer.steps();
        let mut observers: Vec<&mut dyn Observer> =
            vec![&mut monitor, &mut likelihood, &mut screen];
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
        if let Some(early) = &mut early {
            observers.push(early);
        }
        observers.push(&mut files);
        let ending = if config.ended.is_some() {
            Ok(Ending::Ended)
        } else {
            fit(&mut trainer, train, &mut observers, &stop)
        };
        drop(observers);
        // The terminal is as it was before anything is printed.
        #[cfg(feature = "dashboard")]
        drop(dashboard);
        screen.close();
        let ending = ending.map_err(|error| failure(error, folder))?;
        files.finish(&trainer).map_err(CliError::failed)?;
        let rbm = files.handed(&trainer).map_err(CliError::failed)?;
        pictures::draw(folder, &trainer, &rbm, train, watched).map_err(CliError::failed)?;
        let root = folder.root().display();
        if ending == Ending::Interrupted {
            return Err(CliError::Interrupted(format!(
                "saved after update {} of {}; go on with `burnzmann resume {root}`",
                trainer.steps(),
                epochs * train.len() as u64,
            )));
        }
        if ending == Ending::Ended && config.ended.is_none() {
            config.ended = early.and_then(|mut early| early.look(trainer.history()));
            folder.write_config(config).map_err(CliError::failed)?;
        }
        let took = (trainer.steps() > begun).then(|| clock.elapsed());
        screen.summary(
            config,
            folder,
            &trainer,
            &files,
            &likelihood.summary(),
            took,
        );
        Ok(())
    }
}

/// What went wrong in training, and whose fault it is.
fn failure(error: FitError, folder: &RunFolder) -> CliError {
    match error {
        FitError::Exact(error) => CliError::bad_input(error),
        FitError::Rows(error) => lost(&error, folder),
        FitError::Observer(error) if error.is::<DataError>() => lost(&error, folder),
        FitError::Data { expected, found } => CliError::BadInput(format!(
            "the run in {} expects {expected}, and the data now have {found}: they changed since it \
             was begun",
            folder.root().display()
        )),
        error => CliError::failed(error),
    }
}

/// The data changed while they were in use.
fn lost(error: &dyn std::fmt::Display, folder: &RunFolder) -> CliError {
    let root = folder.root().display();
    CliError::BadInput(if folder.rotation(u8::MAX).existing().is_empty() {
        format!("{error}; nothing was saved yet: begin again with the data as they were")
    } else {
        format!("{error}; with the data as they were, go on with `burnzmann resume {root}`")
    })
}
