//! The weights that a run begins from, where they are not drawn.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use burnzmann::data::content_digest;
use burnzmann::model::{Rbm, store::MODEL_FILE};
use serde::{Deserialize, Serialize};

use crate::{CliError, convert};

/// The model whose parameters a run begins from: what `burnzmann train --start` was given, as `run.json`
/// has it.
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
        }
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
        convert::load(&self.model, device)
    }
}
