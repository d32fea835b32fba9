//! The weights that a run begins from, where they are not drawn.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use burnzmann::Preparation;
use burnzmann::data::content_digest;
use burnzmann::model::{Rbm, store::MODEL_FILE};
use burnzmann::train::checkpoint;
use serde::{Deserialize, Serialize};

use crate::{CliError, RunFolder, convert, subject};

/// The model whose parameters a run begins from: what `burnzmann train --start` or `burnzmann dbn pretrain
/// --first` was given, as `run.json` has it.
///
/// ```
/// use burnzmann_cli::FirstModel;
///
/// let json = r#"{"model": "/home/me/model.safetensors"}"#;
/// let first: FirstModel = serde_json::from_str(json)?;
/// assert_eq!(first.digest, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstModel {
    /// Its file, as an absolute path.
    #[serde(with = "crate::stored_path")]
    pub model: PathBuf,
    /// The [digest](content_digest) of the file.
    #[serde(default)]
    pub digest: Option<String>,
    /// Whether the file is a checkpoint, whose last state is meant, and not a model.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
}

impl FirstModel {
    /// The model in a file, or in the folder of a run.
    pub(crate) fn at(path: &Path) -> Self {
        let file = if path.is_dir() {
            path.join(MODEL_FILE)
        } else {
            path.to_owned()
        };
        Self {
            model: std::path::absolute(&file).unwrap_or(file),
            digest: None,
            last: false,
        }
    }

    /// The last state of the run in a folder: its newest whole checkpoint, with the model in it.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where it is no folder of a run, or none of its checkpoints is whole.
    pub(crate) fn last_at(run: &Path, device: &Device) -> Result<(Self, Rbm), CliError> {
        let (trainer, file) = subject::last_checkpoint(run, device)?;
        let record = Self {
            digest: Some(content_digest(&file).map_err(CliError::bad_input)?),
            model: std::path::absolute(&file).unwrap_or(file),
            last: true,
        };
        Ok((record, trainer.model()))
    }

    /// How the data were prepared that it was trained on: as its file says, else as the run says in whose
    /// folder it lies. Files of other programs say nothing.
    pub(crate) fn preparation(&self) -> Result<Option<Preparation>, CliError> {
        let stated = if self.last {
            None
        } else {
            convert::preparation_of(&self.model, None)?
        };
        match (stated, self.model.parent()) {
            (None, Some(root)) if RunFolder::is_run(root) && self.is_of_run() => {
                Ok(Some(RunFolder::read_config(root)?.preparation()))
            }
            (stated, _) => Ok(stated),
        }
    }

    /// Whether a run gives its own files such a name.
    fn is_of_run(&self) -> bool {
        let name = self.model.file_name();
        self.last
            || [MODEL_FILE, RunFolder::BEST]
                .into_iter()
                .any(|ours| name == Some(ours.as_ref()))
    }

    /// Loads it, and notes its digest; a file that has another one than is noted is refused.
    pub(crate) fn load(&mut self, device: &Device) -> Result<Rbm, CliError> {
        let path = self.model.display();
        let found = content_digest(&self.model)
            .map_err(|error| CliError::BadInput(format!("{error}: the model to start from")))?;
        if let Some(expected) = self.digest.as_ref().filter(|&expected| *expected != found) {
            return Err(CliError::BadInput(format!(
                "{path}: the model to start from had the digest {expected}, and the file now has \
                 {found}; put the file back"
            )));
        }
        self.digest = Some(found);
        if self.last {
            let trainer = checkpoint::load(&self.model, device).map_err(CliError::bad_input)?;
            return Ok(trainer.model());
        }
        convert::load(&self.model, device)
    }
}
