//! What each fuzz target does with any bytes: it reads them, and gets a value or an error. The
//! workspace's tests replay the corpora through the same functions.
//!
//! No reader takes more memory than a stated bound: 4 GiB of content for IDX, `.npy` and text
//! (`IdxArray::MAX_BYTES`), taken as it arrives and never on the word of a header; for safetensors the
//! file's own length. Run the targets with `-rss_limit_mb` to hold them to it.

use std::path::Path;

use burn::tensor::Device;
use burnzmann::data::{Dataset, idx::IdxArray, npy::NpyArray};
use burnzmann::model::store::Archive;
use burnzmann::train::checkpoint;
use burnzmann_cli::{ConfigFile, read_rbms};

const NAME: &str = "input";

/// An IDX file, plain or gzip.
pub fn idx(bytes: &[u8]) {
    let _ = IdxArray::read(bytes, NAME);
}

/// A `.npy` array; what is read is written and read again.
pub fn npy(bytes: &[u8]) {
    if let Ok(array) = NpyArray::read(bytes, bytes.len() as u64, NAME) {
        let again = array.to_bytes();
        let read = NpyArray::read(&again[..], again.len() as u64, NAME).expect("written by us");
        assert_eq!(read.shape, array.shape);
    }
}

/// A table of numbers as text.
pub fn table(bytes: &[u8]) {
    if let Ok(data) = Dataset::read_table(bytes, NAME) {
        assert!(data.rows() > 0 && data.num_visible() > 0);
    }
}

/// A configuration, in both formats.
pub fn config(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = ConfigFile::parse(text, true);
        let _ = ConfigFile::parse(text, false);
    }
}

/// A safetensors file with our header.
pub fn archive(bytes: &[u8]) {
    let _ = Archive::from_bytes(bytes, Path::new(NAME));
}

/// A checkpoint.
pub fn checkpoint(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("a temporary file is written");
    let _ = checkpoint::load(file.path(), &Device::flex());
}

/// An archive of `rbms`.
pub fn hdf5(bytes: &[u8]) {
    let _ = read_rbms(bytes.to_vec(), Path::new(NAME));
}
