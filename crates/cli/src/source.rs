//! Data by name.

use std::path::{Path, PathBuf};

use burnzmann::data::{
    Binarisation, DataError, Dataset, Mnist, MnistFiles, Split, bars_and_stripes, digits,
};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::CliError;

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
    /// IDX images or a NumPy array.
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
            path if Path::new(path).is_file() => Ok(Self::File(path.into())),
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
    /// auto, mnist, digits (embedded, 8×8), bas4 (4×4 bars and stripes), or a file: IDX images, or a
    /// .npy array [rows, visible] of bytes or floats; `auto` takes MNIST where it is found or can
    /// be downloaded, else the embedded digits
    #[arg(long, default_value_t = Source::Auto, value_name = "DATA")]
    pub data: Source,
    /// The folder with the four MNIST files (else $MNIST_DIR, else the user's cache)
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How gray levels become zeros and ones
    #[arg(long, value_enum, default_value_t = Binarise::Threshold)]
    pub binarise: Binarise,
}

/// Data sets with the rows that each part uses.
pub struct Sets {
    /// What the data are, resolved.
    pub source: Source,
    /// The training data (and the validation data, other rows of it).
    pub train: Dataset,
    /// Rows to train on.
    pub train_rows: Vec<u32>,
    /// Rows held out for monitoring; none where the data are all there is.
    pub validation_rows: Vec<u32>,
    /// The test data where they are files of their own.
    pub test: Option<Dataset>,
    /// Rows of `test` (of `train` where that is none) to test on.
    pub test_rows: Vec<u32>,
}

/// The split of a data set is the same in every run.
const SPLIT_SEED: u64 = 0;

impl Sets {
    /// Finds, downloads or makes the data.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where a folder or a file is not what it should be.
    pub fn load(source: &Source, dir: Option<&Path>, quiet: bool) -> Result<Self, CliError> {
        match source {
            Source::Auto => Self::auto(dir, quiet),
            Source::Mnist => Self::mnist(&find_mnist(dir, quiet)?),
            Source::Digits => Self::digits(),
            Source::Bas4 => Self::bas4(),
            Source::File(path) => Self::file(path),
        }
    }

    /// MNIST, or the digits with one line that says so. A folder that was named must hold MNIST.
    fn auto(dir: Option<&Path>, quiet: bool) -> Result<Self, CliError> {
        match find_mnist(dir, quiet) {
            Ok(files) => Self::mnist(&files),
            Err(error) if dir.is_some() || std::env::var_os("MNIST_DIR").is_some() => Err(error),
            Err(_) => {
                eprintln!(
                    "note: MNIST is not here and could not be downloaded; training on the embedded \
                     8x8 digits instead (--data-dir DIR names a folder with MNIST)"
                );
                Self::digits()
            }
        }
    }

    fn mnist(files: &MnistFiles) -> Result<Self, CliError> {
        let Mnist { train, test } = Mnist::load(files).map_err(CliError::bad_input)?;
        let split = Split::by_fractions(train.rows(), 0.05, 0.0, SPLIT_SEED)
            .map_err(CliError::bad_input)?;
        Ok(Self {
            source: Source::Mnist,
            train_rows: split.train,
            validation_rows: split.validation,
            test_rows: all_rows(&test),
            train,
            test: Some(test),
        })
    }

    fn digits() -> Result<Self, CliError> {
        Self::split(Source::Digits, digits())
    }

    fn file(path: &Path) -> Result<Self, CliError> {
        let data = Dataset::open(path).map_err(CliError::bad_input)?;
        Self::split(Source::File(path.to_owned()), data)
    }

    /// A tenth of the rows to watch, a tenth to test.
    fn split(source: Source, train: Dataset) -> Result<Self, CliError> {
        let split =
            Split::by_fractions(train.rows(), 0.1, 0.1, SPLIT_SEED).map_err(CliError::bad_input)?;
        Ok(Self {
            source,
            train,
            train_rows: split.train,
            validation_rows: split.validation,
            test: None,
            test_rows: split.test,
        })
    }

    fn bas4() -> Result<Self, CliError> {
        let train = bars_and_stripes(4).map_err(CliError::bad_input)?;
        Ok(Self {
            source: Source::Bas4,
            train_rows: all_rows(&train),
            validation_rows: Vec::new(),
            test: None,
            // All there is: the distribution itself is to be learned.
            test_rows: all_rows(&train),
            train,
        })
    }
}

fn all_rows(data: &Dataset) -> Vec<u32> {
    (0..u32::try_from(data.rows()).expect("a data set has fewer than 2^32 rows")).collect()
}

fn find_mnist(dir: Option<&Path>, quiet: bool) -> Result<MnistFiles, CliError> {
    let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {eta}")
        .expect("the template is well formed");
    let bar = if quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::no_length().with_style(style)
    };
    let found = MnistFiles::find_or_download(dir, |file, done, total| {
        bar.set_message(format!("downloading {file}"));
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
    });
    bar.finish_and_clear();
    found.map_err(|error: DataError| CliError::bad_input(error))
}
