//! What can go wrong with data.

use std::{io, path::PathBuf};

/// Why a file, a data set or a parameter was refused.
///
/// Each message says what was expected, what was found, where, and what to do about it.
///
/// ```
/// use rbm_data::{Dataset, Values};
///
/// let error = Dataset::new("toy", 2, Values::Floats(vec![0.0, 0.5, f32::NAN, 1.0])).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "toy, row 1, column 0: expected a finite number, found NaN; \
///      remove or replace such values before the data set is made"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused an operation on a file or a folder.
    #[error("cannot {action} {}: {source}; check that it exists and may be used", path.display())]
    Io {
        /// What was tried: "open", "read", …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// A field of a file holds what it must not hold.
    #[error(
        "{}, {field} at byte {offset}: expected {expected}, found {found}; is this the file that \
         was meant, unchanged?",
        file.display()
    )]
    Format {
        /// The file.
        file: PathBuf,
        /// Which field of the format.
        field: &'static str,
        /// Where the field begins, counted in unpacked bytes.
        offset: u64,
        /// What the field may hold.
        expected: String,
        /// What it holds.
        found: String,
    },

    /// A line of a text holds what it must not hold.
    #[error("{}, line {line}: expected {expected}, found {found}; correct it there", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What it should hold, and in which column.
        expected: String,
        /// What it holds.
        found: String,
    },

    /// A file ends before all that its header declares.
    #[error(
        "{}: truncated: expected {expected} bytes (unpacked), found {found}; fetch the file again",
        file.display()
    )]
    Truncated {
        /// The file.
        file: PathBuf,
        /// Bytes that the format or the header asks for, unpacked.
        expected: u64,
        /// Bytes that are there, unpacked.
        found: u64,
    },

    /// A file goes on after all that its header declares.
    #[error(
        "{}: trailing bytes: expected the end after {expected} bytes (unpacked), found more; the \
         header does not belong to this content, so fetch the file again",
        file.display()
    )]
    TrailingBytes {
        /// The file.
        file: PathBuf,
        /// Bytes that the header declares, unpacked.
        expected: u64,
    },

    /// The header declares more than this reader is ready to load.
    #[error(
        "{}: too large: expected at most {limit} bytes of content, found a header that declares \
         {declared}; split the file, if the header is right",
        file.display()
    )]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The declared sizes.
        declared: String,
        /// The most that is accepted, in bytes.
        limit: u64,
    },

    /// The gzip wrapper of a file is damaged.
    #[error(
        "{}: expected a valid gzip stream, found damage after {offset} unpacked bytes ({source}); \
         fetch the file again",
        file.display()
    )]
    Gzip {
        /// The file.
        file: PathBuf,
        /// Bytes that could be unpacked before the damage.
        offset: u64,
        /// The decoder's reason.
        source: io::Error,
    },

    /// One value of a data set is out of its domain.
    #[error("{dataset}, row {row}, column {column}: expected {expected}, found {found}; {advice}")]
    Value {
        /// The name of the data set.
        dataset: String,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What the value may be.
        expected: &'static str,
        /// The value.
        found: f64,
        /// What to do.
        advice: &'static str,
    },

    /// Two sizes that belong together differ.
    #[error("{dataset}: expected {expected}, found {found}; {advice}")]
    Size {
        /// The name of the data set.
        dataset: String,
        /// The size that would fit, and why.
        expected: String,
        /// The size that came.
        found: String,
        /// What to do.
        advice: &'static str,
    },

    /// A row is of a class that a model does not know.
    #[error(
        "{dataset}, row {row}: expected one of the classes {known}, found {found}; leave such rows out, \
         or train on them too"
    )]
    UnknownClass {
        /// The name of the data set.
        dataset: String,
        /// The row, from 0.
        row: usize,
        /// The name of its class.
        found: String,
        /// The names of the classes that there are.
        known: String,
    },

    /// A parameter is out of its range.
    #[error("parameter {name}: expected {expected}, found {found}; choose another value")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: String,
        /// What came.
        found: String,
    },

    /// A folder that was named does not hold the files.
    #[error(
        "{}: expected the files of MNIST, plain or with .gz; missing: {}; put them there, or name \
         another folder with --data-dir or the variable MNIST_DIR",
        directory.display(),
        missing.join(", ")
    )]
    FilesMissing {
        /// The folder.
        directory: PathBuf,
        /// The missing files.
        missing: Vec<String>,
    },

    /// No folder that was looked at holds the files.
    #[error(
        "expected the files of MNIST in a folder, found none; looked at: {}; name their folder \
         with --data-dir or the variable MNIST_DIR, or {}",
        tried.join(", "),
        if cfg!(feature = "download") {
            "have them downloaded into the user's cache"
        } else {
            "build with the feature `download` (`--features download`), which can fetch them"
        }
    )]
    NotFound {
        /// The places that were looked at.
        tried: Vec<String>,
    },

    /// A file of a kind that this build does not read.
    #[error(
        "{}: found {found}, which is read with the feature `{feature}` only; build with \
         `--features {feature}`, or {instead}",
        file.display()
    )]
    MissingFeature {
        /// The file.
        file: PathBuf,
        /// What it is.
        found: &'static str,
        /// The feature of this crate that reads it.
        feature: &'static str,
        /// What else to do.
        instead: &'static str,
    },

    /// No mirror delivered a file. Only with the feature `download`.
    #[error(
        "cannot download {file}: expected it from one of the mirrors, found: {}; fetch the files by \
         hand and name their folder with --data-dir or the variable MNIST_DIR",
        tried.join("; ")
    )]
    Download {
        /// The file.
        file: String,
        /// Each address with what went wrong there.
        tried: Vec<String>,
    },
}

impl DataError {
    /// An error of the operating system, with what was tried on which file.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
