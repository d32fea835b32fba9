//! Data by name.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use burnzmann::Binarise;
use burnzmann::data::{Dataset, ReadOptions, Scaling};
use clap::Args;
use clap::builder::{
    OsStringValueParser, PossibleValue, PossibleValuesParser, TryMapValueParser, TypedValueParser,
    ValueParserFactory,
};
use serde::{Deserialize, Serialize};

use crate::{CliError, MovedArgs};
use burnzmann::internal::Asked;

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
    File(#[serde(with = "crate::stored_path")] PathBuf),
}

impl Source {
    /// Whether both are the same data, however the path of a file is spelt.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => {
                one == other
                    || matches!((one.canonicalize(), other.canonicalize()), (Ok(a), Ok(b)) if a == b)
            }
            _ => self == other,
        }
    }

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
        Self::of(text.as_ref())
    }
}

impl Source {
    /// What is meant by a word of the command line, which may be a path that is not UTF-8.
    fn of(word: &OsStr) -> Result<Self, String> {
        match word.to_str() {
            Some("auto") => Ok(Self::Auto),
            Some("mnist") => Ok(Self::Mnist),
            Some("digits") => Ok(Self::Digits),
            Some("bas4") => Ok(Self::Bas4),
            _ if Dataset::exists(Path::new(word)) => Ok(Self::File(word.into())),
            _ => Err("expected auto, mnist, digits, bas4 or a file that exists".to_owned()),
        }
    }
}

impl ValueParserFactory for Source {
    type Parser = TryMapValueParser<OsStringValueParser, fn(OsString) -> Result<Self, String>>;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().try_map(|word| Self::of(&word))
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

/// Takes a way in which grey levels become zeros and ones by its name.
pub(crate) fn binarise() -> impl TypedValueParser<Value = Binarise> {
    let all = [
        (Binarise::Threshold, "On where the level is above one half"),
        (
            Binarise::Stochastic,
            "On with the level as probability, drawn anew each epoch",
        ),
        (Binarise::None, "The levels as they are"),
    ];
    let values = all.map(|(one, help)| PossibleValue::new(one.name()).help(help));
    PossibleValuesParser::new(values).map(move |name| {
        let found = all.into_iter().find(|(one, _)| one.name() == name);
        found.expect("one of the possible values").0
    })
}

/// The options that say how a file is read.
#[derive(Args, Clone, Debug, Default)]
pub struct ReadArgs {
    /// The column of a table that is the class of each row: its name in the header, or its number (1 is
    /// the first, -1 the last)
    #[arg(long, value_name = "NAME|N", allow_negative_numbers = true)]
    pub label_column: Option<String>,
    /// Columns of a table to leave out, by name or number
    #[arg(
        long,
        value_name = "NAME|N,…",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub drop: Option<Vec<String>>,
    /// The images are stored column by column, as those of EMNIST: turn them
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub transpose: Option<bool>,
}

impl ReadArgs {
    /// What is given here, and what was said before for the rest.
    pub fn over(&self, before: &ReadOptions) -> ReadOptions {
        ReadOptions {
            label_column: self.label_column.clone().or(before.label_column.clone()),
            drop: self.drop.clone().unwrap_or(before.drop.clone()),
            transpose: self.transpose.unwrap_or(before.transpose),
        }
    }

    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.over(&ReadOptions::default()).is_empty()
            && self.transpose.is_none()
            && self.drop.is_none()
    }

    /// Refuses labels from two places.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where `labels`, the file of --labels, is given besides --label-column.
    pub fn check(&self, labels: Option<&Path>) -> Result<(), CliError> {
        match (&self.label_column, labels) {
            (Some(column), Some(labels)) => Err(CliError::BadInput(format!(
                "--label-column {column} and --labels {} both say where the labels are: leave one of them out",
                labels.display()
            ))),
            _ => Ok(()),
        }
    }
}

/// The options that say which data.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// auto, mnist, digits (embedded, 8×8), bas4 (4×4 bars and stripes), or a file: IDX images, a
    /// .npy array [rows, visible], an array of a .npz archive (file.npz:name) or a sparse matrix
    /// of scipy in one, a table in .csv, a folder of PNG or JPEG images; `auto` takes MNIST where it is found or can be downloaded, else the
    /// embedded digits [default: auto]
    #[arg(long, value_name = "DATA")]
    pub data: Option<Source>,
    /// The folder with the four MNIST files (else $MNIST_DIR, else the user's cache)
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The labels of a file's rows: IDX, an array (.npy, file.npz:name), or a class on each line
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub read: ReadArgs,
    /// What numbers are divided by: the number MAX that stands for 1, none, or auto, from the training
    /// rows: those in [0, 1] are as they are, whole numbers from 0 to 255 are divided by the least of 15,
    /// 16, 31, 63, 64, 100, 127 and 255 that none exceeds, all others are as they are [default: auto]
    #[arg(long, value_name = "MAX")]
    pub scale: Option<Scaling>,
    /// How gray levels become zeros and ones [default: threshold, none for other units than those of zeros
    /// and ones]
    #[arg(long, value_parser = binarise())]
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

    /// What the options say of the values.
    pub(crate) fn asked(&self) -> Asked {
        Asked {
            scale: self.scale,
            binarise: self.binarise,
        }
    }
}
