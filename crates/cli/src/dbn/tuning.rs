//! The folder of a classifier below that of its network.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use burnzmann::Binarise;
use burnzmann::dbn::DbnClassifier;
use burnzmann::model::store::{TEMPORARY, write_atomic};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::run::Network;
use crate::CliError;

/// What a tuning was begun with, beside what the library's `finetune.json` says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tuning {
    /// The version of the program that began it.
    pub(super) burnzmann: String,
    /// The network that it started from.
    pub(super) network: Network,
    /// Whether it started from random weights of that shape.
    pub(super) random: bool,
    /// How grey levels became inputs.
    pub(super) binarise: Binarise,
    /// So many rows, drawn by the seed; all of them where absent.
    pub(super) labelled: Option<usize>,
    /// Whether the rows that are held out otherwise were trained on too.
    pub(super) all_rows: bool,
}

const TUNING: &str = "tuning.json";
/// The file of the library's by which a folder is known to hold a tuning.
const BEGUN: &str = "finetune.json";
/// The tuned network.
pub(super) const CLASSIFIER: &str = "classifier.safetensors";

/// The name of the folder where none is given.
pub(super) const NAME: &str = "classifier";

/// The folder of a tuning.
pub(super) struct Place(PathBuf);

impl Place {
    /// The folder `name` below that of a network.
    pub(super) fn new(run: &Path, name: &Path) -> Result<Self, CliError> {
        let plain = name.file_name().is_some_and(|last| Path::new(last) == name);
        if !plain || name == Path::new("layers") {
            return Err(CliError::BadInput(format!(
                "--name is {}: expected the name of a folder below {}, another than `layers`",
                name.display(),
                run.display()
            )));
        }
        Ok(Self(run.join(name)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Refuses what would be overwritten, and to go on as another run.
    pub(super) fn check(&self, tuning: &Tuning, resume: bool) -> Result<(), CliError> {
        let place = self.0.display();
        let begun = self.0.join(BEGUN).exists();
        if !begun {
            // What a killed process had just begun with is written first.
            let others = |files: fs::ReadDir| {
                files
                    .flatten()
                    .map(|file| file.file_name())
                    .any(|name| name != TUNING && !name.to_string_lossy().starts_with(TEMPORARY))
            };
            if fs::read_dir(&self.0).is_ok_and(others) {
                return Err(CliError::BadInput(format!(
                    "{place} holds other files; choose another --name"
                )));
            }
            return Ok(());
        }
        if !resume {
            return Err(CliError::BadInput(format!(
                "{place} already holds a classifier; choose another --name, or add --resume to go on with it"
            )));
        }
        // Those of earlier versions do not say.
        let Some(then) = self.tuning()? else {
            return Ok(());
        };
        let value = |tuning: &Tuning| serde_json::to_value(tuning).expect("plain data");
        let (then, now) = (value(&then), value(tuning));
        let fields = ["network", "random", "binarise", "labelled", "all_rows"];
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        match fields.iter().find(|&&field| then[field] != now[field]) {
            Some(&field) => Err(CliError::BadInput(format!(
                "{field} is {}: the run in {place} was begun with {}; give the same, or choose another --name",
                text(&now[field]),
                text(&then[field]),
            ))),
            None => Ok(()),
        }
    }

    /// What the tuning here was begun with; none where there is none, or it is of an earlier version.
    pub(super) fn tuning(&self) -> Result<Option<Tuning>, CliError> {
        let path = self.0.join(TUNING);
        if !path.exists() {
            return Ok(None);
        }
        let fail = |error: &dyn std::fmt::Display| {
            CliError::BadInput(format!(
                "{}: not the file of a tuning: {error}",
                path.display()
            ))
        };
        let text = fs::read_to_string(&path).map_err(|error| fail(&error))?;
        let tuning = serde_json::from_str(&text).map_err(|error| fail(&error))?;
        Ok(Some(tuning))
    }

    /// Writes what the tuning is begun with.
    pub(super) fn begin(&self, tuning: &Tuning) -> Result<(), CliError> {
        fs::create_dir_all(&self.0).map_err(|error| {
            CliError::BadInput(format!(
                "{}: cannot make the folder: {error}",
                self.0.display()
            ))
        })?;
        let text = serde_json::to_string_pretty(tuning).expect("plain data");
        write_atomic(&self.0.join(TUNING), format!("{text}\n").as_bytes()).map_err(CliError::failed)
    }

    /// Takes back what was begun, where nothing else came of it: no epoch was finished.
    pub(super) fn discard(&self) {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names: Vec<_> = files.map(|file| file.file_name()).collect();
        if names.iter().all(|name| *name == TUNING || *name == BEGUN) {
            for name in names {
                let _ = fs::remove_file(self.0.join(name));
            }
            let _ = fs::remove_dir(&self.0);
        }
    }

    /// Leaves the tuned network.
    pub(super) fn finish(&self, classifier: &DbnClassifier) -> Result<(), CliError> {
        classifier
            .save(&self.0.join(CLASSIFIER))
            .map_err(CliError::failed)
    }

    /// Whether a tuned network is here.
    pub(super) fn is_finished(&self) -> bool {
        self.0.join(CLASSIFIER).is_file()
    }

    /// Whether a tuning was begun here.
    pub(super) fn is_begun(&self) -> bool {
        self.0.join(BEGUN).is_file()
    }

    /// The tuned network.
    pub(super) fn classifier(&self, device: &Device) -> Result<DbnClassifier, CliError> {
        DbnClassifier::load(&self.0.join(CLASSIFIER), device).map_err(CliError::bad_input)
    }
}
