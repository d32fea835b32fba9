//! A greedy training on disk.
//!
//! `pretrain.json` says what is trained on what. Each layer has a folder `layer-1`, `layer-2`, …:
//! the checkpoint of its training, and the model once that is done. Which layers are done is seen
//! from the models that are there, and where the next one stands from its checkpoint, so there is
//! no order of writing in which the two could contradict each other.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use rbm_data::Binarisation;
use rbm_model::{
    Rbm, RbmConfig,
    store::{self, MODEL_FILE, StoreError, fields_of, header_of, write_atomic},
};
use rbm_train::{Best, Rotation, TrainConfig, Trainer, checkpoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::level::Level;
use crate::{DbnConfig, DbnError};

const FORMAT: &str = "burnzmann-pretrain";
const VERSION: u32 = 1;
const RUN_FILE: &str = "pretrain.json";
const CHECKPOINT_FILE: &str = "checkpoint.safetensors";
const BEST_FILE: &str = "best.safetensors";

/// What `pretrain.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    config: DbnConfig,
    data: Source,
}

/// What a run is trained on.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    name: String,
    rows: usize,
    binarisation: Binarisation,
}

impl Source {
    pub(super) fn binarisation(&self) -> Binarisation {
        self.binarisation
    }

    pub(super) fn of(level: &Level) -> Self {
        Self {
            name: level.data.name().to_owned(),
            rows: level.rows.len(),
            binarisation: level.binarisation,
        }
    }
}

/// The folder of a run.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Begins a run in `path`, which is made where it is missing, with these layers done already, and notes
    /// on each of them. The run is there once its file is, and that is written last.
    pub(super) fn begin<'a>(
        path: &Path,
        config: DbnConfig,
        data: Source,
        finished: impl Iterator<Item = (&'a Rbm, Value)>,
    ) -> Result<Self, DbnError> {
        let folder = Self(path.to_owned());
        let file = path.join(RUN_FILE);
        if file.exists() {
            return Err(DbnError::Occupied(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(StoreError::io("make the folder", path))?;
        for ((rbm, notes), layer) in finished.zip(1..) {
            folder.finish(layer, rbm, notes)?;
        }
        let run = header_of(FORMAT, VERSION, &Run { config, data });
        write_atomic(&file, format!("{run:#}\n").as_bytes())?;
        Ok(folder)
    }

    /// The name that the data of the run in `path` had.
    pub(super) fn data_name(path: &Path) -> Result<String, StoreError> {
        Ok(read(path)?.data.name)
    }

    /// The run that was begun in `path`, if it was one on these data.
    pub(super) fn open(path: &Path, now: Source) -> Result<(Self, DbnConfig), DbnError> {
        let run = read(path)?;
        let then = run.data;
        let pairs = [
            ("the data set", then.name, now.name),
            (
                "the number of training rows",
                then.rows.to_string(),
                now.rows.to_string(),
            ),
            (
                "the binarisation",
                format!("{:?}", then.binarisation),
                format!("{:?}", now.binarisation),
            ),
        ];
        for (what, expected, found) in pairs {
            if expected != found {
                return Err(DbnError::OtherRun {
                    what: what.to_owned(),
                    expected,
                    found,
                    folder: path.to_owned(),
                });
            }
        }
        Ok((Self(path.to_owned()), run.config))
    }

    fn layer(&self, layer: usize) -> PathBuf {
        self.0.join(format!("layer-{layer}"))
    }

    /// The model of a layer whose training is done, if it is one of this shape.
    pub(super) fn finished(
        &self,
        layer: usize,
        shape: &RbmConfig,
        device: &Device,
    ) -> Result<Option<Rbm>, StoreError> {
        let file = self.layer(layer).join(MODEL_FILE);
        if !file.is_file() {
            return Ok(None);
        }
        let rbm = store::load(&self.layer(layer), device)?;
        // The first weights left no trace.
        let found = rbm.config().with_weight(shape.weight);
        if found != *shape {
            return Err(differs(&file, shape, &found));
        }
        Ok(Some(rbm))
    }

    pub(super) fn finish(&self, layer: usize, rbm: &Rbm, notes: Value) -> Result<(), StoreError> {
        store::save_with_notes(rbm, notes, &self.layer(layer))
    }

    /// The file with the model of a layer's best epoch.
    pub(super) fn best(&self, layer: usize) -> PathBuf {
        self.layer(layer).join(BEST_FILE)
    }

    /// Writes that file where there is a better epoch than the one in it.
    pub(super) fn save_best(&self, layer: usize, best: &mut Best) -> Result<(), StoreError> {
        let folder = self.layer(layer);
        fs::create_dir_all(&folder).map_err(StoreError::io("make the folder", &folder))?;
        best.write()
    }

    /// The last checkpoint of a layer, if it is one of this training.
    pub(super) fn checkpoint(
        &self,
        layer: usize,
        train: &TrainConfig,
        device: &Device,
    ) -> Result<Option<Trainer>, StoreError> {
        let file = self.layer(layer).join(CHECKPOINT_FILE);
        if !file.is_file() {
            return Ok(None);
        }
        let trainer = checkpoint::load(&file, device)?;
        if trainer.config() != train {
            return Err(differs(&file, train, trainer.config()));
        }
        Ok(Some(trainer))
    }

    pub(super) fn save(&self, layer: usize, trainer: &Trainer) -> Result<(), StoreError> {
        let folder = self.layer(layer);
        fs::create_dir_all(&folder).map_err(StoreError::io("make the folder", &folder))?;
        checkpoint::save_with_history(trainer, &folder.join(CHECKPOINT_FILE), Rotation::HISTORY)
    }
}

fn read(folder: &Path) -> Result<Run, StoreError> {
    let file = folder.join(RUN_FILE);
    let text = fs::read_to_string(&file).map_err(StoreError::io("read", &file))?;
    let run = serde_json::from_str(&text).map_err(|error| {
        let expected = format!("a {FORMAT} file of version {VERSION}");
        StoreError::content(&file, expected, error.to_string())
    })?;
    fields_of(run, FORMAT, VERSION, &file)
}

/// A file of a layer that is not what the run's file says of that layer.
fn differs(file: &Path, expected: &impl Debug, found: &impl Debug) -> StoreError {
    let expected = format!("{expected:?}, as {RUN_FILE} has it");
    StoreError::content(file, expected, format!("{found:?}"))
}
