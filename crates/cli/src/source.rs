//! Data by name.

use std::path::PathBuf;

use burnzmann::data::{Binarisation, Dataset};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::MovedArgs;

/// Which data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// MNIST where it is found or can be downloaded, else the embedded digits.
    Auto,
    /// The 28×28 handwritten digits, from files or downloaded.
    Mnist,
    /// The 8×8 handwritten digits inside the program.
    Digits,
    /// The 4×4 bars and stripes.
    Bas4,
    /// A file, or a folder of images: all that [`Dataset::open`] reads.
    File(PathBuf),
}

impl Source {
    /// A short name for a folder.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path
                .file_stem()
                .map_or("file".into(), |stem| stem.to_string_lossy().into_owned()),
            other => other.to_string(),
        }
    }
}

impl std::str::FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "mnist" => Ok(Self::Mnist),
            "digits" => Ok(Self::Digits),
            "bas4" => Ok(Self::Bas4),
            path if Dataset::exists(path) => Ok(Self::File(path.into())),
            _ => Err("expected auto, mnist, digits, bas4 or a file that exists".to_owned()),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Mnist => "mnist",
            Self::Digits => "digits",
            Self::Bas4 => "bas4",
            Self::File(path) => return write!(f, "{}", path.display()),
        })
    }
}

/// How gray levels become zeros and ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binarise {
    /// On where the level is above one half.
    Threshold,
    /// On with the level as probability, drawn anew each epoch.
    Stochastic,
    /// The levels as they are.
    None,
}

impl From<Binarise> for Binarisation {
    fn from(binarise: Binarise) -> Self {
        match binarise {
            Binarise::Threshold => Self::Threshold(0.5),
            Binarise::Stochastic => Self::Stochastic,
            Binarise::None => Self::None,
        }
    }
}

/// The options that say which data.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// auto, mnist, digits (embedded, 8×8), bas4 (4×4 bars and stripes), or a file: IDX images, a
    /// .npy array [rows, visible], an array of a .npz archive (file.npz:name), a table in .csv, a
    /// folder of PNG images; `auto` takes MNIST where it is found or can be downloaded, else the
    /// embedded digits [default: auto]
    #[arg(long, value_name = "DATA")]
    pub data: Option<Source>,
    /// The folder with the four MNIST files (else $MNIST_DIR, else the user's cache)
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The labels of a file's rows: IDX, a .npy array, or a number on each line
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// How gray levels become zeros and ones [default: threshold, none for Gaussian units]
    #[arg(long, value_enum)]
    pub binarise: Option<Binarise>,
}

impl DataArgs {
    /// The same words where they say what became of the data of a run that is gone on with.
    pub(crate) fn moved(&self) -> MovedArgs {
        MovedArgs {
            data: self.data.clone(),
            data_dir: self.data_dir.clone(),
            labels: self.labels.clone(),
        }
    }
}
