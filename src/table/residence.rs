//! Where the rows of a file are kept.

use std::path::Path;

use rbm_data::{DataError, Dataset, ReadOptions};

use crate::Error;

/// Where the rows of a file are kept while they are used. It changes nothing of any result.
///
/// ```
/// use burnzmann::{Residence, data::ReadOptions};
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("rows.csv");
/// std::fs::write(&path, "0,1\n1,1\n").unwrap();
/// let read = ReadOptions::default();
/// assert_eq!(Residence::BySize.open(&path, &read)?.rows(), 2);
/// // A table of text has to be read as a whole.
/// assert!(Residence::File.open(&path, &read).is_err());
/// # Ok::<(), burnzmann::Error>(())
/// ```
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
    /// [`Error::Data`] where the file is not what it should be, [`Error::Input`] where rows that stay in
    /// their file are to be changed as they are read.
    pub fn open(self, path: &Path, read: &ReadOptions) -> Result<Dataset, Error> {
        let large = || path.metadata().is_ok_and(|file| file.len() > LARGE);
        let data = match self {
            Self::File if !read.is_empty() => {
                return Err(Error::Input(
                    "--stream leaves the rows in their file as they are: leave out --label-column, --drop \
                     and --transpose, or --stream"
                        .to_owned(),
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
        Ok(data?)
    }
}
