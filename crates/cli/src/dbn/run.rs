//! The folder of a network.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use burnzmann::data::{Dataset, ReadOptions, Scale};
use burnzmann::dbn::{Dbn, DbnConfig, DbnError, UntiedDbn};
use burnzmann::internal::{Asked, Purpose, Wanted};
use burnzmann::{Binarise, Preparation, Residence, Table};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::{
    CliError, Digests, FirstModel, MovedArgs, RunConfig, RunFolder, Source, WatchConfig,
    run::{DataRecord, Place},
    table::{self, prepare},
};

/// The effective configuration of a greedy training, written to its folder as `run.json`: with the
/// program's version it determines the result.
///
/// ```
/// use burnzmann::{Binarise, data::ReadOptions, dbn::DbnConfig};
/// use burnzmann_cli::{DbnRunConfig, Digests, Source};
///
/// let config = DbnRunConfig {
///     burnzmann: "0.1.0".into(),
///     data: Source::Digits,
///     data_dir: None,
///     labels: None,
///     read: ReadOptions::default(),
///     class_names: Vec::new(),
///     digests: Digests::default(),
///     scale: None,
///     binarise: Binarise::Stochastic,
///     all_rows: false,
///     first: None,
///     best_epochs: true,
///     network: DbnConfig::new(64, &[100, 50]),
/// };
/// let json = serde_json::to_string(&config)?;
/// assert_eq!(serde_json::from_str::<DbnRunConfig>(&json)?, config);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbnRunConfig {
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
    /// The names of the classes in the order of the units that stand for them; none where the rows have no
    /// labels, and in runs of before there were names: their labels count from 0 without a gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// What both were.
    #[serde(default, skip_serializing_if = "Digests::is_empty")]
    pub digests: Digests,
    /// What numbers are divided by; see [`Preparation::scale`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// How gray levels become zeros and ones.
    pub binarise: Binarise,
    /// Whether the rows that are held out otherwise are trained on too.
    pub all_rows: bool,
    /// The model that is the first layer, where that was given and not trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstModel>,
    /// Whether each layer is stacked as it was at its best epoch, by the likelihood of the rows that are
    /// held out, or, as in runs of before there was a choice, at its last one.
    #[serde(default)]
    pub best_epochs: bool,
    /// The network and the training of its layers.
    pub network: DbnConfig,
}

/// Which of the networks in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// That of greedy training.
    #[default]
    Pretrained,
    /// That of the up-down algorithm.
    UpDown,
}

const CONFIG: &str = "run.json";
pub(crate) const PRETRAINED: &str = "dbn.safetensors";
pub(super) const UP_DOWN: &str = "up-down.safetensors";

impl DbnRunConfig {
    /// Whether a folder holds the run of a network.
    pub(crate) fn is_run(root: &Path) -> bool {
        let text = fs::read_to_string(root.join(CONFIG)).unwrap_or_default();
        let config: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        config.is_some_and(|config| config.get("network").is_some())
    }

    /// The run as that of its first layer, which sees the same rows.
    pub(crate) fn as_run(&self) -> RunConfig {
        RunConfig {
            burnzmann: self.burnzmann.clone(),
            data: self.data.clone(),
            data_dir: self.data_dir.clone(),
            labels: self.labels.clone(),
            digests: self.digests.clone(),
            read: self.read.clone(),
            scale: self.scale,
            binarise: self.binarise,
            model: self.network.rbm(1),
            train: self.network.layers[0].train.clone(),
            start: None,
            watch: WatchConfig::default(),
            earlier: Vec::new(),
            ended: None,
        }
    }

    /// How the numbers of the data become values of the visible units.
    pub(crate) fn preparation(&self) -> Preparation {
        Preparation {
            scale: self.scale,
            binarise: self.binarise,
        }
    }

    /// What rows are made of to tell their class, where `asked` says nothing.
    pub(super) fn judged(&self, asked: Option<Binarise>) -> Binarise {
        asked.unwrap_or(judged(self.binarise))
    }
    pub(super) fn write(&self, folder: &RunFolder) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(self).expect("a configuration is plain data");
        folder.write_record(&text).map_err(CliError::failed)
    }

    pub(crate) fn read(root: &Path) -> Result<Self, CliError> {
        let path = root.join(CONFIG);
        let fail = |error: &dyn std::fmt::Display| {
            CliError::BadInput(format!(
                "{}: expected the folder of a deep belief network, which `burnzmann dbn pretrain` \
                 makes: {error}",
                path.display()
            ))
        };
        let text = fs::read_to_string(&path).map_err(|error| fail(&error))?;
        serde_json::from_str(&text).map_err(|error| fail(&error))
    }

    /// The record with the places that the data are at now. Data that changed are refused where a run
    /// goes on with them, and noted elsewhere.
    pub(super) fn here(self, root: &Path, goes_on: bool) -> Result<Self, CliError> {
        let moved = MovedArgs::default();
        if goes_on {
            self.unchanged(root, &moved)
        } else {
            self.noted(root, &moved)
        }
    }

    /// The data as the options of a command want them, else as the run was trained on them.
    pub(super) fn table(&self, asked: Asked, quiet: bool) -> Result<Table, CliError> {
        let (_, mut table) = table::load(
            &self.data,
            self.data_dir.as_deref(),
            self.labels.as_deref(),
            &self.read,
            // What the layers make of the rows is kept in memory as well.
            Residence::Memory,
            quiet,
        )?;
        table.test = table.test.map(|test| self.named(test)).transpose()?;
        table.train = self.named(table.train)?;
        let wanted = Wanted {
            asked,
            stored: Some(self.preparation()),
            usual: Binarise::Threshold,
            units: self.network.visible,
            purpose: Purpose::Trained,
        };
        Ok(prepare(&wanted, table, false, quiet)?.0)
    }

    /// Rows whose classes are numbered as those that the network was trained on.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] for a row of another class.
    pub fn named(&self, data: Dataset) -> Result<Dataset, CliError> {
        if self.class_names.is_empty() {
            return Ok(data);
        }
        data.with_class_names(&self.class_names)
            .map_err(CliError::bad_input)
    }

    /// The name of a class.
    pub fn class_name(&self, class: usize) -> String {
        let name = self.class_names.get(class);
        name.cloned().unwrap_or_else(|| class.to_string())
    }

    /// The class of that name.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where there is none.
    pub fn class_of(&self, name: &str) -> Result<usize, CliError> {
        let place = self.class_names.iter().position(|known| known == name);
        let number = || name.parse().ok().filter(|_| self.class_names.is_empty());
        place.or_else(number).ok_or_else(|| {
            let known = match &self.class_names[..] {
                [] => "a number".to_owned(),
                names => format!("one of {}", names.join(", ")),
            };
            CliError::BadInput(format!("--class is `{name}`: expected {known}"))
        })
    }

    /// The rows to train on.
    pub(super) fn rows(&self, table: &Table) -> Vec<u32> {
        let mut rows = table.train_rows.clone();
        if self.all_rows {
            rows.extend(&table.validation_rows);
        }
        rows
    }
}

impl DataRecord for DbnRunConfig {
    const RESUME: &str = "dbn pretrain --resume";

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

/// What rows are judged by that were binarised like this in training. Draws teach not to lean on single
/// pixels; grey levels are their means, and say more.
pub(super) fn judged(trained: Binarise) -> Binarise {
    match trained {
        Binarise::Stochastic => Binarise::None,
        same => same,
    }
}

pub(super) fn save(dbn: &Dbn, folder: &RunFolder) -> Result<(), CliError> {
    dbn.save(&folder.path(PRETRAINED)).map_err(CliError::failed)
}

pub(super) fn save_untied(dbn: &UntiedDbn, folder: &RunFolder) -> Result<(), CliError> {
    dbn.save(&folder.path(UP_DOWN)).map_err(CliError::failed)
}

/// The network of greedy training.
pub(super) fn load(root: &Path, device: &Device) -> Result<Dbn, CliError> {
    let path = root.join(PRETRAINED);
    let hint = format!(
        "go on with it: burnzmann dbn pretrain --resume {}",
        root.display()
    );
    exists(&path, "the layers of this run are not all trained", &hint)?;
    Dbn::load(&path, device).map_err(CliError::bad_input)
}

/// The network of the up-down algorithm.
pub(super) fn load_untied(root: &Path, device: &Device) -> Result<UntiedDbn, CliError> {
    let path = root.join(UP_DOWN);
    let hint = format!("make it: burnzmann dbn up-down {}", root.display());
    exists(
        &path,
        "this run has no network of the up-down algorithm",
        &hint,
    )?;
    UntiedDbn::load(&path, device).map_err(CliError::bad_input)
}

/// The network that draws.
pub(super) fn generative(which: Network, root: &Path, device: &Device) -> Result<Dbn, CliError> {
    match which {
        Network::Pretrained => load(root, device),
        Network::UpDown => Ok(load_untied(root, device)?.generative()),
    }
}

/// The network that encodes.
pub(super) fn recognition(which: Network, root: &Path, device: &Device) -> Result<Dbn, CliError> {
    match which {
        Network::Pretrained => load(root, device),
        Network::UpDown => Ok(load_untied(root, device)?.recognition()),
    }
}

fn exists(path: &Path, what: &str, hint: &str) -> Result<(), CliError> {
    if path.is_file() {
        return Ok(());
    }
    Err(CliError::BadInput(format!(
        "{}: {what}; {hint}",
        path.display()
    )))
}

/// What went wrong in training, and whose fault it is.
pub(super) fn failure(error: DbnError) -> CliError {
    burnzmann::Error::from(error).into()
}
