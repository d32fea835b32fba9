//! The loop over epochs.

use std::time::Instant;

use rbm_data::{Batches, DataError};
use rbm_model::exact::ExactError;
use thiserror::Error;

use crate::{Diverged, EpochReport, Observer, Step, Trainer, workers::on_workers};

/// How a run came to its end.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use burn::tensor::Device;
/// use rbm_data::{Batches, Binarisation, bars_and_stripes};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Ending, TrainConfig, Trainer, fit};
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let batches = Batches::new(&data, &rows, 8, Binarisation::None, 1)?;
/// let rbm = RbmConfig::new(16, 8).init(&mut Noise::new(1), &Device::default());
/// let mut trainer = Trainer::new(TrainConfig { epochs: 2, ..TrainConfig::default() }, rbm, batches.len())?;
/// // Stopped after five updates, and gone on with to the end.
/// let asked = AtomicU32::new(0);
/// let stop = || asked.fetch_add(1, Ordering::Relaxed) == 5;
/// assert_eq!(fit(&mut trainer, &batches, &mut [], &stop)?, Ending::Interrupted);
/// assert_eq!(trainer.steps(), 5);
/// assert_eq!(fit(&mut trainer, &batches, &mut [], &|| false)?, Ending::Finished);
/// assert_eq!(trainer.steps(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Finished,
    /// An observer [ended](Observer::ends) it between two epochs, with epochs left.
    Ended,
    /// It was told to stop, and did so between two updates.
    Interrupted,
}

/// Why a run could not go on.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_data::{Batches, Binarisation, bars_and_stripes};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{FitError, TrainConfig, Trainer, fit};
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let batches = Batches::new(&data, &rows, 8, Binarisation::None, 1)?;
/// // Nine visible units, and data with sixteen columns.
/// let rbm = RbmConfig::new(9, 8).init(&mut Noise::new(1), &Device::default());
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, batches.len())?;
/// let error = fit(&mut trainer, &batches, &mut [], &|| false).unwrap_err();
/// let FitError::Data { expected, found } = error else { unreachable!() };
/// assert!(expected.contains('9') && found.contains("16"), "{expected}; {found}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// A number that is not finite.
    #[error(transparent)]
    Diverged(#[from] Diverged),
    /// An exact negative phase for a model that cannot be enumerated, or whose states do not fit into the
    /// memory.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// The data have another number of columns than the model has visible units, or give another
    /// number of batches than the run was begun with.
    #[error("the run expects {expected}, and the data have {found}")]
    Data {
        /// What the run was made for.
        expected: String,
        /// What came.
        found: String,
    },
    /// Rows that stay in a file could not be read any more.
    #[error(transparent)]
    Rows(#[from] DataError),
    /// The algorithm rejected so many updates in a row that it will reject all of them.
    #[error(
        "the algorithm rejected {count} updates in a row, the last one because {reason}; start from a \
         smaller learning rate"
    )]
    Rejected {
        /// How many.
        count: u64,
        /// Why it rejected the last one.
        reason: String,
    },
    /// An observer failed.
    #[error("{0}")]
    Observer(Box<dyn std::error::Error + Send + Sync>),
}

/// Trains until the configured number of epochs is done, an observer ends the run or `stop` says so, from
/// wherever the trainer is: at the beginning, or in the middle of an epoch that a checkpoint was taken in.
///
/// `stop` is asked between updates, and observers between epochs.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_data::{Batches, Binarisation, bars_and_stripes};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Ending, TrainConfig, Trainer, fit, metrics::Monitor};
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let batches = Batches::new(&data, &rows, 8, Binarisation::None, 1)?;
/// let rbm = RbmConfig::new(16, 8).init(&mut Noise::new(1), &Device::default());
/// let config = TrainConfig { epochs: 2, batch_size: 8, ..TrainConfig::default() };
/// let mut trainer = Trainer::new(config, rbm, batches.len())?;
/// let mut monitor = Monitor::new(&batches, None);
/// let ending = fit(&mut trainer, &batches, &mut [&mut monitor], &|| false)?;
/// assert_eq!(ending, Ending::Finished);
/// assert!(trainer.history()[1].get("reconstruction_error").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`FitError`]; what was trained until then is in the trainer, except after [`Diverged`].
pub fn fit(
    trainer: &mut Trainer,
    batches: &Batches,
    observers: &mut [&mut dyn Observer],
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Ending, FitError> {
    check(trainer, batches)?;
    let (device, terms) = (trainer.device(), trainer.terms(trainer.config.batch_size));
    on_workers(&device, terms, || run(trainer, batches, observers, stop))
}

fn run(
    trainer: &mut Trainer,
    batches: &Batches,
    observers: &mut [&mut dyn Observer],
    stop: &dyn Fn() -> bool,
) -> Result<Ending, FitError> {
    let device = trainer.device();
    let dtype = trainer.rbm.weight.val().dtype();
    while trainer.epoch < trainer.config.epochs {
        // Before the first epoch too: a run that was resumed may have ended already.
        if trainer.batch == 0 && observers.iter_mut().any(|o| o.ends(trainer)) {
            return Ok(Ending::Ended);
        }
        let begin = Instant::now();
        let mut rows = 0;
        let mut last = None;
        let mut epoch = batches.epoch_from(trainer.epoch, trainer.batch, &device);
        while let Some(batch) = epoch.try_next() {
            let batch = batch?;
            if stop() {
                checkpoint(trainer, observers)?;
                return Ok(Ending::Interrupted);
            }
            let step = Step::new(batch.cast(dtype)).with_rows(epoch.last_rows());
            let info = trainer.update(&step)?;
            check_rejections(trainer)?;
            rows += info.rows;
            for observer in observers.iter_mut() {
                observer.on_step(&info);
            }
            last = Some(info);
        }
        // The device may be behind: the clock stops when it is done.
        let _ = device.sync();
        let seconds = begin.elapsed().as_secs_f64();
        if let Some(info) = last {
            // Nothing that is not finite enters the history or a checkpoint.
            if let Some(diverged) = trainer.find_non_finite(info) {
                return Err(diverged.into());
            }
        }
        let mut report = EpochReport::new(trainer.epoch + 1, trainer.step);
        if let Some(info) = last {
            report.insert("learning_rate", info.learning_rate);
            report.insert("k", info.k as f64);
            report.insert("rows_per_second", rows as f64 / seconds.max(1e-9));
            report.insert("seconds", seconds);
        }
        trainer.settle(&mut report);
        check_rejections(trainer)?;
        for observer in observers.iter_mut() {
            observer
                .on_epoch(trainer, &mut report)
                .map_err(FitError::Observer)?;
        }
        trainer.history.push(report);
        trainer.end_epoch();
        checkpoint(trainer, observers)?;
    }
    Ok(Ending::Finished)
}

/// An update that is rejected after so many halvings of the learning rate is not rejected for its size.
const MOST_REJECTIONS: u64 = 30;

fn check_rejections(trainer: &Trainer) -> Result<(), FitError> {
    if trainer.rejections.in_a_row < MOST_REJECTIONS {
        return Ok(());
    }
    Err(FitError::Rejected {
        count: trainer.rejections.in_a_row,
        reason: trainer.rejections.reason.clone(),
    })
}

fn checkpoint(trainer: &Trainer, observers: &mut [&mut dyn Observer]) -> Result<(), FitError> {
    for observer in observers.iter_mut() {
        observer
            .on_checkpoint(trainer)
            .map_err(FitError::Observer)?;
    }
    Ok(())
}

fn check(trainer: &Trainer, batches: &Batches) -> Result<(), FitError> {
    let pairs = [
        (
            trainer.rbm.num_visible(),
            batches.dataset().num_visible(),
            "columns",
        ),
        (trainer.steps_per_epoch, batches.len(), "batches an epoch"),
    ];
    for (expected, found, what) in pairs {
        if expected != found {
            return Err(FitError::Data {
                expected: format!("{expected} {what}"),
                found: found.to_string(),
            });
        }
    }
    if trainer.batch > batches.len() {
        return Err(FitError::Data {
            expected: format!("{} batches in an epoch or more", trainer.batch),
            found: batches.len().to_string(),
        });
    }
    if !trainer.own_algorithm {
        let shape = trainer.rbm.config();
        trainer.config.algorithm.check_model(&shape)?;
    }
    Ok(())
}
