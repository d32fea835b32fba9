//! A file that stays open, and what lies where in it.

use std::fs::File;
use std::io::{self, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::NpyValues;
use super::array::decode;
use super::layout::{Kind, Layout};
use crate::DataError;

/// An open `.npy` file of a known layout.
#[derive(Clone, Debug)]
pub(super) struct Content {
    file: Arc<File>,
    pub(super) path: PathBuf,
    pub(super) layout: Layout,
}

/// Values before anything is known of all of them.
pub(super) enum Raw {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

impl Content {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let io = |action| DataError::io(action, path);
        let file = File::open(path).map_err(io("open"))?;
        let bytes = file.metadata().map_err(io("read"))?.len();
        let layout = Layout::read(&mut BufReader::new(&file), bytes, path)?;
        Ok(Self {
            file: Arc::new(file),
            path: path.to_owned(),
            layout,
        })
    }

    /// Whether both are the same open file.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
    }

    /// The values at the places `range`, counted over all rows.
    pub(super) fn read(&self, range: Range<usize>) -> Result<Raw, DataError> {
        Ok(match self.values(range)? {
            NpyValues::Bytes(bytes) => Raw::Bytes(bytes),
            values => Raw::Floats(values.into_singles()),
        })
    }

    /// The same in the type of the file.
    pub(super) fn values(&self, range: Range<usize>) -> Result<NpyValues, DataError> {
        let Layout { kind, width, .. } = self.layout;
        let mut bytes = vec![0; range.len() * width];
        let offset = self.layout.start + (range.start * width) as u64;
        read_at(&self.file, &mut bytes, offset).map_err(|error| self.read_error(error))?;
        if let Kind::Bytes = kind {
            return Ok(NpyValues::Bytes(bytes));
        }
        decode(&mut &bytes[..], kind, width, range.len()).map_err(|error| self.read_error(error))
    }

    fn read_error(&self, error: io::Error) -> DataError {
        let found = self.file.metadata().map_or(0, |metadata| metadata.len());
        if found < self.layout.bytes {
            return DataError::Truncated {
                file: self.path.clone(),
                expected: self.layout.bytes,
                found,
            };
        }
        DataError::io("read", &self.path)(error)
    }
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut out: &mut [u8], mut offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !out.is_empty() {
        match file.seek_read(out, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                out = &mut out[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
