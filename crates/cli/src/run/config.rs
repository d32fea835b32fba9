//! What repeats a run.

use std::path::PathBuf;

use burnzmann::data::{ReadOptions, Scale};
use burnzmann::model::RbmConfig;
use burnzmann::train::{Fall, TrainConfig};
use burnzmann::{Binarise, Preparation, Residence, Table};
use serde::{Deserialize, Serialize};

use super::{DataRecord, Digests, FirstModel, Place, WatchConfig};
use crate::table::{load, prepare};
use crate::{CliError, Source};
use burnzmann::internal::{Asked, Purpose, Wanted};

/// The effective configuration of a run, written to its folder as `run.json`: with the program's
/// version it determines the result.
///
/// ```
/// use burnzmann::{Binarise, data::ReadOptions, model::RbmConfig, train::TrainConfig};
/// use burnzmann_cli::{Digests, RunConfig, Source, WatchConfig};
///
/// let config = RunConfig {
///     burnzmann: "0.1.0".into(),
///     data: Source::Digits,
///     data_dir: None,
///     labels: None,
///     read: ReadOptions::default(),
///     digests: Digests::default(),
///     scale: None,
///     binarise: Binarise::Threshold,
///     model: RbmConfig::new(64, 32),
///     train: TrainConfig::default(),
///     start: None,
///     watch: WatchConfig::default(),
///     earlier: Vec::new(),
///     ended: None,
/// };
/// let json = serde_json::to_string(&config)?;
/// assert_eq!(serde_json::from_str::<RunConfig>(&json)?, config);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The version of the program that began the run.
    pub burnzmann: String,
    /// The data.
    pub data: Source,
    /// Where their files are.
    #[serde(default, with = "crate::stored_path::option")]
    pub data_dir: Option<PathBuf>,
    /// Where their labels are, if they are a file of their own.
    #[serde(default, with = "crate::stored_path::option")]
    pub labels: Option<PathBuf>,
    /// How their file is read.
    #[serde(default, skip_serializing_if = "ReadOptions::is_empty")]
    pub read: ReadOptions,
    /// What both were.
    #[serde(default, skip_serializing_if = "Digests::is_empty")]
    pub digests: Digests,
    /// What numbers are divided by; see [`Preparation::scale`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// How gray levels become zeros and ones.
    pub binarise: Binarise,
    /// The model.
    pub model: RbmConfig,
    /// The training.
    pub train: TrainConfig,
    /// The model whose parameters it begins from; drawn at random where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<FirstModel>,
    /// What is measured and kept while it goes.
    #[serde(default)]
    pub watch: WatchConfig,
    /// The trainings that were planned before, in the order of time, where the run was resumed with more
    /// epochs or another learning rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<TrainConfig>,
    /// Why the run ended before its last epoch, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Fall>,
}

impl RunConfig {
    /// The data of the run.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where they are not what they should be any more.
    pub fn table(&self, residence: Residence, quiet: bool) -> Result<Table, CliError> {
        let (_, table) = load(
            &self.data,
            self.data_dir.as_deref(),
            self.labels.as_deref(),
            &self.read,
            residence,
            quiet,
        )?;
        let wanted = Wanted {
            asked: Asked::default(),
            stored: Some(self.preparation()),
            usual: Binarise::Threshold,
            units: self.model.visible,
            purpose: Purpose::Trained,
        };
        Ok(prepare(&wanted, table, false, quiet)?.0)
    }

    /// How the numbers of the data become values of the visible units.
    pub fn preparation(&self) -> Preparation {
        Preparation {
            scale: self.scale,
            binarise: self.binarise,
        }
    }
}

impl DataRecord for RunConfig {
    const RESUME: &str = "resume";

    fn place(&self) -> Place {
        Place {
            data: self.data.clone(),
            data_dir: self.data_dir.clone(),
            labels: self.labels.clone(),
        }
    }

    fn digests(&self) -> &Digests {
        &self.digests
    }

    fn set_origin(&mut self, place: Place, digests: Digests) {
        (self.data, self.data_dir) = (place.data, place.data_dir);
        (self.labels, self.digests) = (place.labels, digests);
    }
}
