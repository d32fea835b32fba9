//! Data with the rows that each part uses.

use std::path::Path;

use burnzmann::data::{
    DataError, Dataset, Mnist, MnistFiles, ReadOptions, Split, bars_and_stripes, digits,
    read_labels,
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{CliError, Source};

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

/// Where the rows of a file are kept while they are used. It changes nothing of any result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// In memory.
    Memory,
    /// In memory, or in their file where it is a large `.npy` array.
    BySize,
    /// In their file, which has to be a `.npy` array.
    File,
}

/// Arrays of more bytes than this stay in their file.
const LARGE: u64 = 1 << 30;

impl Residence {
    /// Opens a data set.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where the file is not what it should be.
    pub fn open(self, path: &Path, read: &ReadOptions) -> Result<Dataset, CliError> {
        let large = || path.metadata().is_ok_and(|file| file.len() > LARGE);
        let data = match self {
            Self::File if !read.is_empty() => {
                return Err(CliError::bad_input(
                    "--stream leaves the rows in their file as they are: leave out --label-column, --drop \
                     and --transpose, or --stream",
                ));
            }
            Self::File => Dataset::stream(path),
            Self::BySize
                if read.is_empty()
                    && large()
                    && path.extension().is_some_and(|name| name == "npy") =>
            {
                match Dataset::stream(path) {
                    // Its rows are scattered over the file; it may fit into memory yet.
                    Err(DataError::Format {
                        field: "fortran_order",
                        ..
                    }) => Dataset::open_with(path, read),
                    opened => opened,
                }
            }
            _ => Dataset::open_with(path, read),
        };
        data.map_err(CliError::bad_input)
    }
}

/// The split of a data set is the same in every run.
const SPLIT_SEED: u64 = 0;
/// Of fewer rows a tenth is less than one.
const FEW_ROWS: usize = 10;

impl Sets {
    /// Finds, downloads or makes the data.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where a folder or a file is not what it should be.
    pub fn load(
        source: &Source,
        dir: Option<&Path>,
        labels: Option<&Path>,
        read: &ReadOptions,
        residence: Residence,
        quiet: bool,
    ) -> Result<Self, CliError> {
        if residence == Residence::File && !matches!(source, Source::File(_)) {
            return Err(CliError::BadInput(format!(
                "--stream is for a .npy file: {source} is kept in memory"
            )));
        }
        if let (Some(_), false) = (labels, matches!(source, Source::File(_))) {
            return Err(CliError::BadInput(format!(
                "--labels is for data in a file: {source} has labels of its own, or none"
            )));
        }
        if !read.is_empty() && !matches!(source, Source::File(_)) {
            return Err(CliError::BadInput(format!(
                "--label-column, --drop and --transpose are for data in a file: {source} is not read from one"
            )));
        }
        match source {
            Source::Auto => Self::auto(dir, quiet),
            Source::Mnist => Self::mnist(&find_mnist(dir, quiet)?),
            Source::Digits => Self::digits(),
            Source::Bas4 => Self::bas4(),
            Source::File(path) => Self::file(path, labels, read, residence, quiet),
        }
    }

    /// MNIST, or the digits with one line that says so. A folder that was named must hold MNIST.
    fn auto(dir: Option<&Path>, quiet: bool) -> Result<Self, CliError> {
        match find_mnist(dir, quiet) {
            Ok(files) => Self::mnist(&files),
            Err(error) if dir.is_some() || std::env::var_os("MNIST_DIR").is_some() => Err(error),
            Err(_) => {
                errln!(
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

    fn file(
        path: &Path,
        labels: Option<&Path>,
        read: &ReadOptions,
        residence: Residence,
        quiet: bool,
    ) -> Result<Self, CliError> {
        let mut data = residence.open(path, read)?;
        if let Some(labels) = labels {
            let labels = read_labels(labels, data.rows()).map_err(CliError::bad_input)?;
            data = data.with_labels(labels).map_err(CliError::bad_input)?;
        }
        if !quiet {
            say_notes(&data);
        }
        Self::split(Source::File(path.to_owned()), data)
    }

    /// A tenth of the rows to watch, a tenth to test: at least one each, where there are three.
    fn split(source: Source, train: Dataset) -> Result<Self, CliError> {
        let rows = train.rows();
        let split = if rows < FEW_ROWS {
            let held_out = usize::from(rows >= 3);
            Split::by_counts(rows, held_out, held_out, SPLIT_SEED)
        } else {
            Split::by_fractions(rows, 0.1, 0.1, SPLIT_SEED)
        };
        let split = split.map_err(CliError::bad_input)?;
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

/// Says what was decided when a file was read.
pub(crate) fn say_notes(data: &Dataset) {
    for note in data.notes() {
        errln!("note: {note}");
    }
}

/// The numbers of all rows.
pub(crate) fn all_rows(data: &Dataset) -> Vec<u32> {
    (0..u32::try_from(data.rows()).expect("a data set has fewer than 2^32 rows")).collect()
}

pub(crate) fn find_mnist(dir: Option<&Path>, quiet: bool) -> Result<MnistFiles, CliError> {
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
