//! A run on disk, whole, so that it goes on as if it had never stopped.
//!
//! One safetensors file holds the parameters, the state of the optimiser and of the learning rate,
//! the chains and the offsets of centring; its header holds the configuration and the position. It is
//! written beside and renamed: a reader finds the last complete one.
//!
//! The history is in the same file ([`save`]), or, so that a save costs the same however many epochs
//! there were, in a file beside it that grows ([`save_with_history`]): the header then states how much
//! of that file belongs to the checkpoint.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use rbm_model::{
    RbmConfig,
    store::{Archive, StoreError, fields_of, header_of, model_from_archive, model_into_archive},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AlgorithmState, EpochReport, TrainConfig, Trainer,
    algorithm::take,
    centring::Centring,
    history::{History, HistoryMark},
    statistics::Statistics,
    trainer::Rejections,
};

const FORMAT: &str = "burnzmann-checkpoint";
const VERSION: u32 = 2;
/// The version that had the whole history in the header.
const WITH_REPORTS: u32 = 1;

/// Everything that is not a tensor; of the history what the version has in the header.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<H> {
    model: RbmConfig,
    train: TrainConfig,
    step: u64,
    epoch: u64,
    batch: usize,
    steps_per_epoch: usize,
    history: H,
    /// The optimiser knows its states by these.
    parameters: BTreeMap<String, u64>,
    /// What an algorithm keeps besides tensors.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    algorithm: Value,
    /// The bits of what the learning rate is multiplied by; one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate_factor: Option<u64>,
    #[serde(default, skip_serializing_if = "is_default")]
    rejections: Rejections,
    #[serde(default, skip_serializing_if = "is_default")]
    statistics: Statistics,
    /// Parts that are not those of the configuration.
    #[serde(default, skip_serializing_if = "is_default")]
    own: Own,
}

/// Which parts of a run its program gave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    algorithm: bool,
    optimizer: bool,
}

impl Own {
    fn of(trainer: &Trainer) -> Self {
        Self {
            algorithm: trainer.own_algorithm,
            optimizer: trainer.optimizer.is_given(),
        }
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |own: bool| {
            if own {
                "one of its program"
            } else {
                "that of its configuration"
            }
        };
        write!(
            f,
            "{} for an algorithm and {} for an optimiser",
            name(self.algorithm),
            name(self.optimizer)
        )
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl<H> Header<H> {
    fn split(self) -> (Header<()>, H) {
        let header = Header {
            model: self.model,
            train: self.train,
            step: self.step,
            epoch: self.epoch,
            batch: self.batch,
            steps_per_epoch: self.steps_per_epoch,
            history: (),
            parameters: self.parameters,
            algorithm: self.algorithm,
            rate_factor: self.rate_factor,
            rejections: self.rejections,
            statistics: self.statistics,
            own: self.own,
        };
        (header, self.history)
    }
}

/// Saves a run as one file that needs no other.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer, checkpoint};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// trainer.step(Tensor::ones([10, 6], &device))?;
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("checkpoint.safetensors");
/// checkpoint::save(&trainer, &file)?;
/// let resumed = checkpoint::load(&file, &device)?;
/// assert_eq!(resumed.steps(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`StoreError`]; the checkpoint that was there before is whole then.
pub fn save(trainer: &Trainer, path: &Path) -> Result<(), StoreError> {
    write(trainer, path, None)
}

/// Saves a run, and its history in the file `history` of the same folder: for runs that are saved again
/// and again, because only the lines of new epochs are written. [`load`] reads both.
///
/// The history is written and synced first, and the checkpoint states how much of it is meant, so that a
/// process that is killed between the two leaves the run of the checkpoint before. Checkpoints of one run
/// may share one history; another run has to have another one.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer, checkpoint};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("checkpoint.safetensors");
/// for _ in 0..3 {
///     trainer.step(Tensor::ones([10, 6], &device))?;
///     checkpoint::save_with_history(&trainer, &file, "history.jsonl")?;
/// }
/// assert_eq!(checkpoint::load(&file, &device)?.steps(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`save`].
///
/// # Panics
///
/// Where `history` is not the name of a file alone.
pub fn save_with_history(trainer: &Trainer, path: &Path, history: &str) -> Result<(), StoreError> {
    write(trainer, path, Some(history))
}

fn write(trainer: &Trainer, path: &Path, history: Option<&str>) -> Result<(), StoreError> {
    let rbm = trainer.model();
    let mut state = AlgorithmState::new(Archive::default(), Value::Null, path, &rbm);
    trainer.algorithm.store(&mut state);
    let (mut archive, algorithm) = state.into_parts();
    let factor = trainer.optimizer.rate_factor();
    let header = Header {
        model: rbm.config(),
        train: trainer.config.clone(),
        step: trainer.step,
        epoch: trainer.epoch,
        batch: trainer.batch,
        steps_per_epoch: trainer.steps_per_epoch,
        history: trainer.history.store(path, history, &mut archive)?,
        parameters: trainer
            .rbm
            .parameters()
            .into_iter()
            .map(|parameter| (parameter.name, parameter.id.val()))
            .collect(),
        algorithm,
        rate_factor: (factor < 1.0).then(|| factor.to_bits()),
        rejections: trainer.rejections.clone(),
        statistics: trainer.statistics.clone(),
        own: Own::of(trainer),
    };
    archive.set_header(header_of(FORMAT, VERSION, &header));
    model_into_archive(&rbm, "model.", &mut archive);
    if let Some(centring) = &trainer.centring {
        archive.insert("centring.visible", centring.visible.to_data());
        archive.insert("centring.hidden", centring.hidden.to_data());
    }
    trainer.optimizer.store_in(&mut archive, path)?;
    archive.save(path)
}

/// Loads a run that [`save`] or [`save_with_history`] wrote, onto `device`.
///
/// # Errors
///
/// [`StoreError`] where the file is missing, damaged, of another version or not a checkpoint, or where
/// the history beside it is not what it states.
pub fn load(path: &Path, device: &Device) -> Result<Trainer, StoreError> {
    load_with(path, device, |trainer| trainer)
}

/// Loads a run with an algorithm or an optimiser of one's own: `with` gives them to a trainer, as was done
/// at the beginning of the run, before their states are loaded.
///
/// ```
/// use burn::{optim::RmsPropConfig, tensor::{Device, Tensor}};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer, checkpoint};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let with = |trainer: Trainer| trainer.with_optimizer(RmsPropConfig::new().init());
/// let mut trainer = with(Trainer::new(TrainConfig::default(), rbm, 100)?);
/// trainer.step(Tensor::ones([10, 6], &device))?;
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("checkpoint.safetensors");
/// checkpoint::save(&trainer, &file)?;
/// assert_eq!(checkpoint::load_with(&file, &device, with)?.steps(), 1);
/// let error = checkpoint::load(&file, &device).err().expect("another optimiser");
/// assert!(error.to_string().contains("one of its program for an optimiser"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`load`]; also where the run had parts of its program's own and `with` does not give them, or the
/// other way round.
pub fn load_with(
    path: &Path,
    device: &Device,
    with: impl FnOnce(Trainer) -> Trainer,
) -> Result<Trainer, StoreError> {
    let (mut archive, header, history) = open(path)?;
    let device = device.clone().without_autodiff();
    let rbm = model_from_archive(&mut archive, "model.", Some(&header.model), &device, path)?;
    let rbm = rbm.with_parameter_ids(&header.parameters).map_err(|name| {
        StoreError::content(path, "an id for each parameter", format!("none for {name}"))
    })?;
    let dtype = rbm.weight.val().dtype();
    let trainer = Trainer::new(header.train, rbm, header.steps_per_epoch)
        .map_err(|error| StoreError::content(path, "a valid configuration", error.to_string()))?;
    let mut trainer = with(trainer);
    let given = Own::of(&trainer);
    if given != header.own {
        let expected = format!("a run with {given} (see `checkpoint::load_with`)");
        return Err(StoreError::content(
            path,
            expected,
            format!("one with {}", header.own),
        ));
    }

    let mut state = AlgorithmState::new(archive, header.algorithm, path, &trainer.model());
    trainer.algorithm.restore(&mut state)?;
    let (mut archive, _) = state.into_parts();
    let [visible, hidden] = [header.model.num_visible, header.model.num_hidden];
    let mut offset = |name, width| {
        let data = take(&mut archive, name, 1, width, path)?;
        Ok(data.map(|data| Tensor::from_data(data, (&device, dtype))))
    };
    if let (Some(_), Some(v), Some(h)) = (
        trainer.config.centring,
        offset("centring.visible", visible)?,
        offset("centring.hidden", hidden)?,
    ) {
        trainer.centring = Some(Centring::new(v, h));
    }
    let factor = header.rate_factor.map_or(1.0, f64::from_bits);
    if !(factor > 0.0 && factor <= 1.0) {
        let expected = "a factor of the learning rate in (0, 1]";
        return Err(StoreError::content(path, expected, factor.to_string()));
    }
    trainer.optimizer = trainer
        .optimizer
        .restore(header.epoch, factor, &mut archive, path)?;
    trainer.rejections = header.rejections;
    trainer.statistics = header.statistics;
    trainer.step = header.step;
    trainer.epoch = header.epoch;
    trainer.batch = header.batch;
    trainer.history = history;
    Ok(trainer)
}

/// How far the run of a checkpoint is, without its tensors.
///
/// # Errors
///
/// As [`load`].
pub fn progress(path: &Path) -> Result<RunProgress, StoreError> {
    let (_, header, history) = open(path)?;
    Ok(RunProgress {
        epoch: header.epoch,
        step: header.step,
        history: history.reports().to_vec(),
    })
}

/// How far a run is.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer, checkpoint};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// for _ in 0..3 {
///     trainer.step(Tensor::ones([10, 6], &device))?;
/// }
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("checkpoint.safetensors");
/// checkpoint::save(&trainer, &path)?;
/// let progress = checkpoint::progress(&path)?;
/// // Three updates of the hundred that make the first epoch.
/// assert_eq!((progress.epoch, progress.step), (0, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunProgress {
    /// Epochs finished.
    pub epoch: u64,
    /// Updates made.
    pub step: u64,
    /// The reports of the finished epochs.
    pub history: Vec<EpochReport>,
}

fn open(path: &Path) -> Result<(Archive, Header<()>, History), StoreError> {
    let mut archive = Archive::load(path)?;
    let stated = archive.header().clone();
    let (header, history) = if stated["version"] == WITH_REPORTS {
        let header: Header<Vec<EpochReport>> = fields_of(stated, FORMAT, WITH_REPORTS, path)?;
        let (header, reports) = header.split();
        (header, reports.into())
    } else {
        let header: Header<Option<HistoryMark>> = fields_of(stated, FORMAT, VERSION, path)?;
        let (header, mark) = header.split();
        let history = History::restore(mark.as_ref(), &mut archive, path)?;
        (header, history)
    };
    // Each epoch has an update at least, and no run makes so many that a float cannot count them.
    let (step, epoch, batch) = (header.step, header.epoch, header.batch as u64);
    if step > 1 << 53 || epoch > step || batch > step || header.steps_per_epoch == 0 {
        let found = format!("update {step} of epoch {epoch} and batch {batch}");
        return Err(StoreError::content(path, "a position in a run", found));
    }
    Ok((archive, header, history))
}
