//! A run from its first line to its last.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use burn::tensor::Device;
use burnzmann::data::DataError;
use burnzmann::internal::{Outcome, Purpose, Run, Wanted, draw};
use burnzmann::model::Rbm;
use burnzmann::train::{Ending, FitError, Observer, Trainer};
use burnzmann::{Binarise, Preparation, Table};

#[cfg(feature = "dashboard")]
use super::dashboard::Dashboard;
use super::{
    ResumeArgs, TrainArgs, WatchArgs,
    files::Files,
    plan::Plan,
    resume::{self, Changes},
    screen::Screen,
    start,
};
use crate::{
    CliError, FirstModel, MovedArgs, RunConfig, RunFolder,
    interrupt::interrupted,
    run::DataRecord,
    table::{load, prepare},
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
    let (source, table) = load(
        &plan.source,
        plan.data_dir.as_deref(),
        plan.labels.as_deref(),
        &plan.read,
        args.watch.residence(),
        args.watch.quiet,
    )?;
    let (columns, rows) = (table.train.num_visible(), table.train_rows.len());
    let held_out = !table.validation_rows.is_empty();
    let mut config = plan.config(&source, columns, rows, held_out)?;
    // A model that was begun on scaled rows goes on with such rows.
    let begun = config.start.as_ref().map(FirstModel::preparation);
    let begun = begun.transpose()?.flatten();
    let wanted = Wanted {
        asked: plan.asked(),
        stored: begun.map(|begun| begun.on(&table.train)),
        usual: Binarise::Threshold,
        units: config.model.visible,
        purpose: Purpose::Training,
    };
    let (table, Preparation { scale, binarise }) =
        prepare(&wanted, table, false, args.watch.quiet)?;
    (config.scale, config.binarise) = (scale, binarise);
    let mut run = Begun::new(config, &table, &args.watch)?;
    let trainer = run.trainer(first, &device)?;
    if plan.was_replanned() {
        errln!(
            "note: --config is the record of a run that was resumed with more epochs or another \
             learning rate; this one has its last settings from the beginning"
        );
    }
    // Everything was checked: what is wrong with the options has left nothing on the disk.
    let out = match &args.out {
        Some(out) => out.clone(),
        None => RunFolder::next_free(&source.name()),
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
    let table = config.table(watch.residence(), watch.quiet)?;
    config.watch = config.watch.over(watch);
    config.watch.validate()?;
    if watch.no_early_stop || watch.patience.is_some() {
        // What its history says by the patience that holds now.
        config.ended = None;
    }
    let mut run = Begun::new(config, &table, watch)?;
    let checkpoints = folder.rotation(run.config.watch.keep);
    let (mut trainer, saved) = match start::newest(&checkpoints, &device)? {
        Some(trainer) => {
            let saved = trainer.steps();
            (trainer, Some(saved))
        }
        None => {
            let first = run.config.start.as_mut();
            let first = first.map(|first| first.load(&device)).transpose()?;
            let trainer = run.trainer(first, &device)?;
            (trainer, None)
        }
    };
    let ended = run.config.ended.as_ref().map(|fall| fall.epoch);
    if ended.is_some_and(|epoch| epoch > trainer.epochs()) {
        // The checkpoint that it ended with is lost: it goes on to that epoch again.
        run.config.ended = None;
    }
    let said = changes.apply(
        &mut run.config,
        &mut trainer,
        root,
        run.run.held_out.is_some(),
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
struct Begun {
    config: RunConfig,
    run: Run,
}

impl Begun {
    /// Rows as the run sees them, their values checked.
    fn new(config: RunConfig, table: &Table, watch: &WatchArgs) -> Result<Self, CliError> {
        if table.validation_rows.is_empty() && watch.patience.is_some() {
            return Err(CliError::BadInput(format!(
                "--patience is for runs that hold rows out, and of {} all rows are trained on; \
                 leave it out",
                config.data
            )));
        }
        let run = Run::new(table, config.binarise, &config.train, config.watch.watch())?;
        Ok(Self { config, run })
    }

    /// A trainer at its beginning.
    fn trainer(&self, first: Option<Rbm>, device: &Device) -> Result<Trainer, CliError> {
        let (model, train) = (&self.config.model, &self.config.train);
        Ok(self.run.trainer(model, train, first, device)?)
    }

    /// Trains to the end. `saved` is the update of the checkpoint that the trainer is from.
    fn run_to_end(
        mut self,
        folder: &RunFolder,
        mut trainer: Trainer,
        saved: Option<u64>,
        watch: &WatchArgs,
    ) -> Result<(), CliError> {
        let (config, run) = (&mut self.config, &mut self.run);
        // With what the rest of the run was told.
        run.watch = config.watch.watch();
        let (train, held_out) = (&run.train, run.held_out.as_ref());
        let mut screen = Screen::new(folder, config, &trainer, train, watch.quiet || watch.tui);
        let epochs = config.train.epochs;
        let mut files = Files::new(folder, &config.watch, held_out.is_some(), saved)
            .with_notes(config.preparation().notes());
        let best = files.best_before(&trainer).map_err(CliError::failed)?;
        let best = best.map(|(found, model)| (found.clone(), model));

        let stop = interrupted()?;
        let stop = move || stop.load(Ordering::Relaxed);
        let clock = Instant::now();
        let begun = trainer.steps();
        let mut observers: Vec<&mut dyn Observer> = vec![&mut screen];
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
        let outcome = if config.ended.is_some() {
            Ok(Outcome::ended())
        } else {
            run.fit(&mut trainer, best, &mut observers, &stop)
        };
        // The terminal is as it was before anything is printed.
        #[cfg(feature = "dashboard")]
        drop(dashboard);
        screen.close();
        let outcome = outcome.map_err(|error| failure(error, folder))?;
        files.finish(&trainer).map_err(CliError::failed)?;
        let rbm = files.handed(&trainer).map_err(CliError::failed)?;
        draw(
            folder.root(),
            &trainer,
            &rbm,
            train,
            held_out.unwrap_or(train),
        )
        .map_err(CliError::failed)?;
        let root = folder.root().display();
        if outcome.ending == Ending::Interrupted {
            return Err(CliError::Interrupted(format!(
                "saved after update {} of {}; go on with `burnzmann resume {root}`",
                trainer.steps(),
                epochs * train.len() as u64,
            )));
        }
        if outcome.fall.is_some() {
            config.ended = outcome.fall;
            folder.write_config(config).map_err(CliError::failed)?;
        }
        let took = (trainer.steps() > begun).then(|| clock.elapsed());
        screen.summary(config, folder, &trainer, &files, &outcome.measured, took);
        Ok(())
    }
}

/// What went wrong in training, and whose fault it is.
fn failure(error: FitError, folder: &RunFolder) -> CliError {
    match error {
        FitError::Rows(error) => lost(&error, folder),
        FitError::Observer(error) if error.is::<DataError>() => lost(&error, folder),
        FitError::Data { expected, found } => CliError::BadInput(format!(
            "the run in {} expects {expected}, and the data now have {found}: they changed since it \
             was begun",
            folder.root().display()
        )),
        error => burnzmann::Error::from(error).into(),
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
