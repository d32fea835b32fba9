//! The file that a command leaves.

use std::path::{Path, PathBuf};

use burnzmann::data::npy::{NpyArray, NpyValues};
use burnzmann::model::store::write_atomic;
use burnzmann::plot::{Picture, PlotError};

use crate::CliError;

/// What a file is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Png,
    Npy,
    Csv,
}

impl Kind {
    fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Npy => "npy",
            Self::Csv => "csv",
        }
    }
}

/// A file by name, known to be of a kind that the command writes.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    path: PathBuf,
    pub(crate) kind: Kind,
}

impl Output {
    /// Checks the name before any work is done.
    pub(crate) fn new(path: &Path, kinds: &[Kind]) -> Result<Self, CliError> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let kind = kinds
            .iter()
            .find(|kind| extension == Some(kind.extension()));
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        match (kind, folder) {
            (None, _) => {
                let names = kinds.iter().map(|kind| format!(".{}", kind.extension()));
                let names = names.collect::<Vec<_>>().join(" or ");
                Err(CliError::BadInput(format!(
                    "{}: expected a name in {names} for --out",
                    path.display()
                )))
            }
            (Some(_), Some(folder)) if !folder.is_dir() => Err(CliError::BadInput(format!(
                "{}: the folder {} does not exist; make it, or choose another --out",
                path.display(),
                folder.display()
            ))),
            (Some(&kind), _) => Ok(Self {
                path: path.to_owned(),
                kind,
            }),
        }
    }

    /// Writes numbers of this shape as a NumPy array.
    pub(crate) fn write_array(&self, values: Vec<f32>, shape: &[usize]) -> Result<(), CliError> {
        let array = NpyArray {
            shape: shape.to_vec(),
            values: NpyValues::Singles(values),
        };
        self.write(&array.to_bytes())
    }

    /// Writes a table.
    pub(crate) fn write_table(
        &self,
        names: &[String],
        rows: impl Iterator<Item = Vec<String>>,
    ) -> Result<(), CliError> {
        self.write(&table(names, rows))
    }

    /// Writes a picture.
    pub(crate) fn write_picture(
        &self,
        picture: Result<Picture, PlotError>,
    ) -> Result<(), CliError> {
        let png = picture.and_then(|picture| picture.to_png());
        self.write(&png.map_err(CliError::bad_input)?)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), CliError> {
        write_atomic(&self.path, bytes).map_err(CliError::bad_input)
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.path.display().fmt(f)
    }
}

/// A table as CSV.
pub(crate) fn table(names: &[String], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for record in std::iter::once(names.to_vec()).chain(rows) {
        csv.write_record(record)
            .expect("writing to memory succeeds");
    }
    csv.into_inner().expect("writing to memory succeeds")
}
