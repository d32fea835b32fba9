//! A run on disk, whole, so that it goes on as if it had never stopped.
//!
//! One safetensors file holds the parameters, the state of the optimiser and of the learning rate,
//! the chains and the offsets of centring; its header holds the configuration, the position and the
//! history. It is written beside and renamed: a reader finds the last complete one.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor};
use rbm_model::{
    Rbm, RbmConfig,
    sampling::GibbsState,
    store::{Archive, StoreError, fields_of, header_of, model_from_archive, model_into_archive},
    units::{Gaussian, Units},
};
use serde::{Deserialize, Serialize};

use crate::{
    EpochReport, TrainConfig, Trainer, centring::Centring, states_from_archive, states_into_archive,
};

const FORMAT: &str = "burnzmann-checkpoint";
const VERSION: u32 = 1;

/// Everything that is not a tensor.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    model: RbmConfig,
    train: TrainConfig,
    step: u64,
    epoch: u64,
    batch: usize,
    steps_per_epoch: usize,
    history: Vec<EpochReport>,
    /// The optimiser knows its states by these.
    parameters: BTreeMap<String, u64>,
}

/// Saves a run.
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
    let rbm = trainer.model();
    let header = Header {
        model: rbm.config(),
        train: trainer.config.clone(),
        step: trainer.step,
        epoch: trainer.epoch,
        batch: trainer.batch,
        steps_per_epoch: trainer.steps_per_epoch,
        history: trainer.history.clone(),
        parameters: parameters(&trainer.rbm)
            .into_iter()
            .map(|(name, id)| (name, id.val()))
            .collect(),
    };
    let mut archive = Archive::new(header_of(FORMAT, VERSION, &header));
    model_into_archive(&rbm, "model.", &mut archive);
    if let Some(chains) = &trainer.chains {
        archive.insert("chains.visible", chains.visible.to_data());
        archive.insert("chains.hidden", chains.hidden.to_data());
    }
    if let Some(centring) = &trainer.centring {
        archive.insert("centring.visible", centring.visible.to_data());
        archive.insert("centring.hidden", centring.hidden.to_data());
    }
    states_into_archive(&trainer.optimizer, &trainer.scheduler, &mut archive, path)?;
    archive.save(path)
}

/// Loads a run that [`save`] wrote, onto `device`.
///
/// # Errors
///
/// [`StoreError`] where the file is missing, damaged, of another version or not a checkpoint.
pub fn load(path: &Path, device: &Device) -> Result<Trainer, StoreError> {
    let (mut archive, header) = open(path)?;
    let device = device.clone().without_autodiff();
    let rbm = model_from_archive(&mut archive, "model.", Some(&header.model), &device, path)?;
    let rbm = with_ids(rbm, &header.parameters)
        .ok_or_else(|| StoreError::content(path, "an id for each parameter", "fewer"))?;
    let dtype = rbm.weight.val().dtype();
    let mut trainer = Trainer::new(header.train, rbm, header.steps_per_epoch)
        .map_err(|error| StoreError::content(path, "a valid configuration", error.to_string()))?;

    let [visible, hidden] = [header.model.num_visible, header.model.num_hidden];
    let mut take = |name: &str, dims: usize, width: usize| {
        let Some(data) = archive.remove(name) else {
            return Ok(None);
        };
        let shape = data.shape().as_slice();
        let fits = shape.len() == dims && shape.last() == Some(&width) && shape[0] > 0;
        let finite = data.dtype().is_float() && data.iter::<f64>().all(f64::is_finite);
        if fits && finite {
            return Ok(Some(data));
        }
        let found = if fits {
            "numbers of another kind".to_owned()
        } else {
            format!("`{name}` of shape {shape:?}")
        };
        let expected = format!("`{name}` {width} wide, of finite numbers");
        Err(StoreError::content(path, expected, found))
    };
    if let (Some(v), Some(h)) = (
        take("chains.visible", 2, visible)?,
        take("chains.hidden", 2, hidden)?,
    ) {
        trainer.chains = Some(GibbsState {
            visible: Tensor::from_data(v, (&device, dtype)),
            hidden: Tensor::from_data(h, (&device, dtype)),
        });
    }
    if let (Some(_), Some(v), Some(h)) = (
        trainer.config.centring,
        take("centring.visible", 1, visible)?,
        take("centring.hidden", 1, hidden)?,
    ) {
        let offset = |data| Tensor::from_data(data, (&device, dtype));
        trainer.centring = Some(Centring::new(offset(v), offset(h)));
    }
    let optimizer = trainer.config.optimizer.init(header.epoch);
    (trainer.optimizer, trainer.scheduler) =
        states_from_archive(optimizer, trainer.scheduler, &mut archive, path)?;
    trainer.step = header.step;
    trainer.epoch = header.epoch;
    trainer.batch = header.batch;
    trainer.history = header.history;
    Ok(trainer)
}

/// How far the run of a checkpoint is, without its tensors.
///
/// # Errors
///
/// As [`load`].
pub fn progress(path: &Path) -> Result<Progress, StoreError> {
    let (_, header) = open(path)?;
    Ok(Progress {
        epoch: header.epoch,
        step: header.step,
        history: header.history,
    })
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Epochs finished.
    pub epoch: u64,
    /// Updates made.
    pub step: u64,
    /// The reports of the finished epochs.
    pub history: Vec<EpochReport>,
}

fn open(path: &Path) -> Result<(Archive, Header), StoreError> {
    let archive = Archive::load(path)?;
    let header: Header = fields_of(archive.header().clone(), FORMAT, VERSION, path)?;
    // Each epoch has an update at least, and no run makes so many that a float cannot count them.
    let (step, epoch, batch) = (header.step, header.epoch, header.batch as u64);
    if step > 1 << 53 || epoch > step || batch > step || header.steps_per_epoch == 0 {
        let found = format!("update {step} of epoch {epoch} and batch {batch}");
        return Err(StoreError::content(path, "a position in a run", found));
    }
    Ok((archive, header))
}

/// The parameters by name.
fn parameters(rbm: &Rbm) -> Vec<(String, ParamId)> {
    let mut all = vec![("weight".to_owned(), rbm.weight.id)];
    for (side, units) in [("visible", &rbm.visible), ("hidden", &rbm.hidden)] {
        all.push((format!("{side}.bias"), units.bias_param().id));
        if let Units::Gaussian(Gaussian {
            log_sigma: Some(log_sigma),
            ..
        }) = units
        {
            all.push((format!("{side}.log_sigma"), log_sigma.id));
        }
    }
    all
}

/// The model with the ids that its parameters had; none where one is missing.
fn with_ids(rbm: Rbm, ids: &BTreeMap<String, u64>) -> Option<Rbm> {
    struct Rename(BTreeMap<ParamId, ParamId>);
    impl burn::module::ModuleMapper for Rename {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let id = self.0[&param.id];
            Param::from_mapped_value(id, param.val(), param.consume().2)
        }
    }
    let mut names = BTreeMap::new();
    for (name, old) in parameters(&rbm) {
        names.insert(old, ParamId::from(*ids.get(&name)?));
    }
    Some(rbm.map(&mut Rename(names)))
}
