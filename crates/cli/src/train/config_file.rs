//! A configuration in a file: what a run may be told, everything optional.

use std::fs;
use std::path::{Path, PathBuf};

use burnzmann::Binarise;
use burnzmann::data::{ReadOptions, Scaling};
use burnzmann::model::{WeightInit, units::UnitsConfig};
use burnzmann::train::TrainConfig;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{CliError, Digests, FirstModel, LogFormat, Source, WatchConfig};

/// The content of a `.toml` file, or of the `run.json` of another run: what `burnzmann train
/// --config` is given.
///
/// ```
/// use burnzmann_cli::ConfigFile;
///
/// assert!(ConfigFile::parse("[train]\nepochs = 3", false).is_ok());
/// let error = ConfigFile::parse("[train]\nepoch = 3", false).unwrap_err();
/// assert!(error.starts_with("line 2: unknown field `epoch`"));
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigFile {
    /// The version that wrote it, in a `run.json`: a record, and nothing depends on it.
    #[serde(rename = "burnzmann")]
    _version: Option<String>,
    data: Option<DataEntry>,
    #[serde(with = "crate::stored_path::option")]
    pub(super) data_dir: Option<PathBuf>,
    #[serde(with = "crate::stored_path::option")]
    pub(super) labels: Option<PathBuf>,
    /// What the data were for another run: a record, too.
    #[serde(rename = "digests")]
    _digests: Option<Digests>,
    pub(super) read: ReadOptions,
    pub(super) scale: Option<Scaling>,
    pub(super) binarise: Option<Binarise>,
    pub(super) model: ModelTable,
    pub(super) train: TrainConfig,
    pub(super) start: Option<FirstModel>,
    watch: WatchTable,
    /// The plans that a run had before it was resumed with another one.
    pub(super) earlier: Vec<IgnoredAny>,
    /// Why a run ended early: a record, and nothing depends on it.
    #[serde(rename = "ended")]
    _ended: Option<IgnoredAny>,
    /// Whether `train.epochs` is there: without it their number depends on the data.
    #[serde(skip)]
    pub(super) has_epochs: bool,
    /// Whether `train.algorithm` is there: without it another one that is asked for has its own defaults.
    #[serde(skip)]
    pub(super) has_algorithm: bool,
}

/// The model, with sizes that the data may decide.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ModelTable {
    pub(super) num_visible: Option<usize>,
    pub(super) num_hidden: Option<usize>,
    pub(super) visible: Option<UnitsConfig>,
    pub(super) hidden: Option<UnitsConfig>,
    pub(super) weight: WeightInit,
}

/// What is measured and kept, as in [`WatchConfig`]; what is absent is as in a new run.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WatchTable {
    likelihood_every: Option<u64>,
    checkpoint_every: Option<f64>,
    keep: Option<u8>,
    log: Option<LogFormat>,
    early_stop: Option<bool>,
    patience: Option<u64>,
}

/// The data by name as on the command line, or as `run.json` has it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DataEntry {
    Name(String),
    Source(Source),
}

/// The fields whose absence means something.
#[derive(Deserialize)]
struct Stated {
    #[serde(default)]
    train: StatedTable,
}

#[derive(Default, Deserialize)]
struct StatedTable {
    epochs: Option<u64>,
    algorithm: Option<IgnoredAny>,
}

impl ConfigFile {
    /// Reads a file; its name ends in `.toml` or `.json`.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let refused = |reason: String| CliError::BadInput(format!("{}: {reason}", path.display()));
        let text = fs::read_to_string(path)
            .map_err(|error| refused(format!("cannot read the configuration: {error}")))?;
        let json = match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => true,
            Some("toml") => false,
            _ => {
                return Err(refused(
                    "expected a configuration with a name in .toml or .json".to_owned(),
                ));
            }
        };
        Self::parse(&text, json).map_err(refused)
    }

    /// Takes the text of a `.json` file, or that of a `.toml` file.
    ///
    /// # Errors
    ///
    /// One sentence with the line and the field that are wrong. Numbers out of range are found later,
    /// when the data are known.
    pub fn parse(text: &str, json: bool) -> Result<Self, String> {
        // Editors on Windows put a mark before the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut file: Self = parse(text, json)?;
        let stated: Stated = parse(text, json)?;
        file.has_epochs = stated.train.epochs.is_some();
        file.has_algorithm = stated.train.algorithm.is_some();
        Ok(file)
    }

    /// What is measured and kept.
    pub(super) fn watch(&self) -> WatchConfig {
        let (table, default) = (&self.watch, WatchConfig::default());
        WatchConfig {
            likelihood_every: table.likelihood_every,
            checkpoint_every: table.checkpoint_every.unwrap_or(default.checkpoint_every),
            keep: table.keep.unwrap_or(default.keep),
            log: table.log,
            early_stop: table.early_stop.unwrap_or(true),
            patience: table.patience,
        }
    }

    /// The data that the file names.
    pub(super) fn source(&self) -> Result<Option<Source>, CliError> {
        match &self.data {
            None => Ok(None),
            Some(DataEntry::Source(source)) => Ok(Some(source.clone())),
            Some(DataEntry::Name(name)) => match name.parse() {
                Ok(source) => Ok(Some(source)),
                Err(error) => Err(CliError::BadInput(format!("data is `{name}`: {error}"))),
            },
        }
    }
}

/// The value of a text, or one sentence with the place and the field that are wrong.
fn parse<T: DeserializeOwned>(text: &str, json: bool) -> Result<T, String> {
    let named = |path: &serde_path_to_error::Path, reason: &str| {
        let path = path.to_string();
        // An unknown field is named by its reason.
        if path == "." || reason.starts_with("unknown field") {
            reason.to_owned()
        } else {
            format!("{path}: {reason}")
        }
    };
    if json {
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| named(error.path(), &error.inner().to_string()))?;
        reader.end().map_err(|error| error.to_string())?;
        return Ok(value);
    }
    let at = |error: &toml::de::Error| {
        let before = error.span().map_or("", |span| &text[..span.start]);
        before.matches('\n').count() + 1
    };
    let reader = toml::Deserializer::parse(text)
        .map_err(|error| format!("line {}: {}", at(&error), error.message()))?;
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let inner = error.inner();
        let line = at(inner);
        format!("line {line}: {}", named(error.path(), inner.message()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<ConfigFile, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        ConfigFile::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_absent_has_its_default_and_epochs_are_remembered() {
        let file = read("a.toml", "data = \"digits\"\n[train]\nl2 = 0.5\n").unwrap();
        assert_eq!(file.source().unwrap(), Some(Source::Digits));
        assert!(!file.has_epochs);
        assert_eq!(
            file.train,
            TrainConfig {
                l2: 0.5,
                ..TrainConfig::default()
            }
        );
        assert!(read("a.toml", "[train]\nepochs = 3").unwrap().has_epochs);
        assert!(
            read("a.json", r#"{"train": {"epochs": 3}}"#)
                .unwrap()
                .has_epochs
        );
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let marked = "\u{feff}[read]\r\nlabel_column = \"y\"\r\ndrop = [\"1\"]\r\n";
        let file = read("a.toml", marked).unwrap();
        assert_eq!(file.read.label_column.as_deref(), Some("y"));
        assert_eq!(
            (&file.read.drop[..], file.read.transpose),
            (&["1".to_owned()][..], false)
        );
        for (name, text, message) in [
            (
                "a.toml",
                "[train]\nepoch = 3",
                "line 2: unknown field `epoch`",
            ),
            ("a.toml", "\n\ndata = ", "line 3: "),
            (
                "a.toml",
                "[model]\nnum_hidden = -1",
                "line 2: model.num_hidden: ",
            ),
            (
                "a.json",
                r#"{"train": {"epochs": "3"}}"#,
                "train.epochs: invalid type: string",
            ),
            ("a.json", "{} {}", "trailing characters"),
            (
                "a.json",
                r#"{"model": {"hiden": 3}}"#,
                "unknown field `hiden`",
            ),
            ("a.yaml", "", ".toml or .json"),
        ] {
            let error = read(name, text).unwrap_err();
            assert!(error.contains(message) && error.contains(name), "{error}");
        }
        let unknown = read("a.toml", "data = \"nothing\"").unwrap();
        let error = unknown.source().unwrap_err().to_string();
        assert!(
            error.contains("data is `nothing`: expected auto"),
            "{error}"
        );
    }
}
