//! What each fuzz target does with any bytes: it reads them, and gets a value or an error. The
//! workspace's tests replay the corpora through the same functions.
//!
//! No reader takes more memory than a stated bound: 4 GiB of content for IDX, `.npy` and text
//! (`IdxArray::MAX_BYTES`), taken as it arrives and never on the word of a header; for safetensors the
//! file's own length. Run the targets with `-rss_limit_mb` to hold them to it.

use std::path::Path;

use burn::tensor::Device;
use burnzmann::data::npy::{NpyArray, read_sparse};
use burnzmann::data::{Dataset, ReadOptions, idx::IdxArray, read_labels};
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

/// A table of numbers as text, one column of which has labels.
pub fn labelled(bytes: &[u8]) {
    let options = ReadOptions {
        label_column: Some("-1".into()),
        drop: vec!["1".into()],
        transpose: false,
    };
    if let Ok(data) = Dataset::read_table_with(bytes, NAME, &options) {
        let classes = data.class_names().expect("a column has the labels").len();
        let labels = data.labels().expect("a column has the labels");
        assert!(labels.iter().all(|&label| usize::from(label) < classes));
    }
}

/// Labels in a file of their own, of any format.
pub fn labels(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("a temporary file is written");
    if let Ok(labels) = read_labels(file.path(), 3) {
        let classes = labels.names().len();
        assert!(
            labels
                .classes()
                .iter()
                .all(|&label| usize::from(label) < classes)
        );
    }
}

/// A sparse matrix of `SciPy`'s.
pub fn sparse(bytes: &[u8]) {
    if let Ok(array) = read_sparse(std::io::Cursor::new(bytes), NAME) {
        assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
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
