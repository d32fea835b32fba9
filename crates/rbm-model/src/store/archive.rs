//! Named tensors and a header, as one safetensors file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use burn::tensor::{DType, TensorData};
use safetensors::{Dtype, SafeTensors, View};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{StoreError, digest::hexadecimal, write_atomic};

/// The key of the header's text among the metadata of the file.
const HEADER_KEY: &str = "burnzmann";
/// How the header's text begins where it has a digest: its first field, in front of the header's own.
const DIGEST_FIELD: &str = r#"{"sha256":""#;
/// Letters of a digest.
const DIGEST_LENGTH: usize = 64;

/// Named tensors with a JSON header, stored as one safetensors file.
///
/// A file with a header has a digest of its content in it, and a file that does not agree with its digest is refused:
/// a bit that flipped on a disk does not become a weight.
///
/// ```
/// use burn::tensor::TensorData;
/// use rbm_model::store::Archive;
///
/// let mut archive = Archive::new(serde_json::json!({"version": 1}));
/// archive.insert("x", TensorData::from([1.5f32, 2.5]));
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("x.safetensors");
/// archive.save(&path)?;
/// assert_eq!(Archive::load(&path)?, archive);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    header: Value,
    tensors: BTreeMap<String, TensorData>,
}

struct Entry<'a>(&'a TensorData, Dtype);

impl View for Entry<'_> {
    fn dtype(&self) -> Dtype {
        self.1
    }
    fn shape(&self) -> &[usize] {
        self.0.shape().as_slice()
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0.as_bytes())
    }
    fn data_len(&self) -> usize {
        self.0.as_bytes().len()
    }
}

impl Archive {
    /// An archive without tensors.
    pub fn new(header: Value) -> Self {
        Self {
            header,
            tensors: BTreeMap::new(),
        }
    }

    /// The header; `null` for a file that another program wrote.
    pub fn header(&self) -> &Value {
        &self.header
    }

    /// Another header for the same tensors: one that states something about them.
    pub fn set_header(&mut self, header: Value) {
        self.header = header;
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Adds a tensor, or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, data: TensorData) {
        self.tensors.insert(name.into(), data);
    }

    /// Takes a tensor out.
    pub fn remove(&mut self, name: &str) -> Option<TensorData> {
        self.tensors.remove(name)
    }

    /// Whether all tensors have been taken out, which were those of `what`; `path` is the file's name
    /// in messages.
    ///
    /// # Errors
    ///
    /// [`StoreError::Content`], with the name of one that is left.
    pub fn check_taken(&self, what: &str, path: &Path) -> Result<(), StoreError> {
        match self.names().next() {
            None => Ok(()),
            Some(name) => {
                let expected = format!("only the tensors of {what}");
                Err(StoreError::content(
                    path,
                    expected,
                    format!("also `{name}`"),
                ))
            }
        }
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|data| data.shape().as_slice())
    }

    /// The type of a tensor's numbers.
    pub fn dtype(&self, name: &str) -> Option<DType> {
        self.tensors.get(name).map(TensorData::dtype)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] where the file cannot be written, [`StoreError::Content`] where a tensor
    /// is of a type that the format does not have.
    pub fn save(&self, path: &Path) -> Result<(), StoreError> {
        write_atomic(path, &self.to_bytes(path)?)
    }

    fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, StoreError> {
        let mut entries = Vec::with_capacity(self.tensors.len());
        for (name, data) in &self.tensors {
            let dtype = stored_type(data.dtype()).ok_or_else(|| {
                StoreError::content(
                    path,
                    "tensors of floats, integers or bytes",
                    format!("{name} of type {:?}", data.dtype()),
                )
            })?;
            entries.push((name.as_str(), Entry(data, dtype)));
        }
        let header = self.header.to_string();
        // One key alone: the order of several would differ from file to file.
        let text = match header.strip_prefix('{') {
            Some(fields) if fields != "}" => {
                format!("{DIGEST_FIELD}{}\",{fields}", self.digest(&header))
            }
            _ => header,
        };
        let metadata = HashMap::from([(HEADER_KEY.to_owned(), text)]);
        safetensors::serialize(entries, Some(metadata)).map_err(|error| format(path, &error))
    }

    /// Reads a file; any safetensors file, with a `null` header where it is not ours.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] where it cannot be read, [`StoreError::Format`] where it is damaged,
    /// [`StoreError::Content`] where a tensor is of a type that has no place in a model.
    pub fn load(path: &Path) -> Result<Self, StoreError> {
        let bytes = fs::read(path).map_err(StoreError::io("read", path))?;
        Self::from_bytes(&bytes, path)
    }

    /// Reads the content of a file; `path` is its name in messages.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let (_, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|error| format(path, &error))?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get(HEADER_KEY));
        let text = text.map_or("null", String::as_str);
        let (digest, text) = split_digest(text);
        let header = serde_json::from_str(&text).map_err(|error| format(path, &error))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| format(path, &error))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            let dtype = loaded_type(view.dtype()).ok_or_else(|| {
                StoreError::content(
                    path,
                    "tensors of floats, integers or bytes",
                    format!("{name} of type {:?}", view.dtype()),
                )
            })?;
            let data = TensorData::try_from_bytes_vec(view.data().to_vec(), view.shape(), dtype)
                .map_err(|error| format(path, &error))?;
            tensors.insert(name.to_owned(), data);
        }
        let archive = Self { header, tensors };
        if let Some(stated) = digest {
            let found = archive.digest(&text);
            if found != stated {
                let reason = format!("its digest is {stated}, and its content's is {found}");
                return Err(format(path, &reason));
            }
        }
        Ok(archive)
    }

    /// SHA-256, in hexadecimal, of the header's text and of each tensor's name, type, shape and
    /// bytes, each after its length.
    fn digest(&self, header: &str) -> String {
        let mut hasher = Sha256::new();
        let mut add = |part: &[u8]| {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(header.as_bytes());
        for (name, data) in &self.tensors {
            add(name.as_bytes());
            let kind = format!("{:?} {:?}", data.dtype(), data.shape().as_slice());
            add(kind.as_bytes());
            add(data.as_bytes());
        }
        hexadecimal(&hasher.finalize())
    }
}

/// The digest that a header's text begins with, and the text without it.
fn split_digest(text: &str) -> (Option<&str>, Cow<'_, str>) {
    let parts = text
        .strip_prefix(DIGEST_FIELD)
        .and_then(|rest| rest.split_at_checked(DIGEST_LENGTH))
        .and_then(|(digest, rest)| Some((digest, rest.strip_prefix("\",")?)));
    match parts {
        Some((digest, fields)) => (Some(digest), format!("{{{fields}").into()),
        None => (None, text.into()),
    }
}

fn format(path: &Path, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Format {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

const TYPES: [(DType, Dtype); 7] = [
    (DType::F64, Dtype::F64),
    (DType::F32, Dtype::F32),
    (DType::F16, Dtype::F16),
    (DType::BF16, Dtype::BF16),
    (DType::I64, Dtype::I64),
    (DType::I32, Dtype::I32),
    (DType::U8, Dtype::U8),
];

fn stored_type(dtype: DType) -> Option<Dtype> {
    TYPES.iter().find(|(ours, _)| *ours == dtype).map(|t| t.1)
}

fn loaded_type(dtype: Dtype) -> Option<DType> {
    TYPES
        .iter()
        .find(|(_, theirs)| *theirs == dtype)
        .map(|t| t.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Archive {
        let mut archive = Archive::new(serde_json::json!({"version": 1}));
        archive.insert("x", TensorData::from([[1.5f32, 2.5], [0.0, -1.0]]));
        archive.insert("y", TensorData::from([7i64]));
        archive
    }

    /// A reader that rounds once too often gives …051 for the first, which would be another file after each resume.
    #[test]
    fn numbers_of_the_header_keep_every_bit() {
        let numbers = [-1.584_615_094_052_905_3, 0.1 + 0.2, 1.0 / 3.0, -1e-310];
        let archive = Archive::new(serde_json::json!({ "numbers": numbers }));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        archive.save(&path).unwrap();
        let again = Archive::load(&path).unwrap();
        let again: Vec<f64> = serde_json::from_value(again.header()["numbers"].clone()).unwrap();
        assert_eq!(again, numbers);
    }

    /// A flipped bit is an error, but in the padding, where the content is the same, and in two names:
    /// that of the header, without which a file is not taken for ours, and that of the digest, without
    /// which the header has a field that its readers do not know, and refuse.
    #[test]
    fn every_flipped_bit_is_found() {
        let path = Path::new("x.safetensors");
        let bytes = archive().to_bytes(path).unwrap();
        let mut refused = 0;
        for place in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[place / 8] ^= 1 << (place % 8);
            let Ok(read) = Archive::from_bytes(&flipped, path) else {
                refused += 1;
                continue;
            };
            let fields = read.header().as_object().map_or(0, serde_json::Map::len);
            assert_eq!(read.tensors, archive().tensors, "bit {place}");
            assert!(fields != 1 || read == archive(), "bit {place}: {read:?}");
        }
        assert!(refused * 10 > bytes.len() * 8 * 7, "{refused}");
        // All of a tensor's bytes are covered.
        let length = bytes.len();
        for place in length - 16..length {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            let error = Archive::from_bytes(&flipped, path).unwrap_err().to_string();
            assert!(error.contains("its digest is"), "{error}");
        }
    }

    #[test]
    fn the_same_archive_has_the_same_bytes() {
        let bytes = || archive().to_bytes(Path::new("x")).unwrap();
        assert!((0..20).all(|_| bytes() == bytes()));
    }

    #[test]
    fn a_file_without_a_digest_is_read() {
        let view = TensorData::from([1f32, 2.0]);
        let bytes = safetensors::serialize([("x", Entry(&view, Dtype::F32))], None).unwrap();
        let read = Archive::from_bytes(&bytes, Path::new("x")).unwrap();
        assert_eq!(
            (read.shape("x"), read.header()),
            (Some(&[2][..]), &Value::Null)
        );
    }

    #[test]
    fn an_archive_says_what_is_in_it() {
        let mut archive = archive();
        assert_eq!(archive.header(), &serde_json::json!({"version": 1}));
        assert_eq!(archive.names().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(
            (archive.shape("x"), archive.shape("z")),
            (Some(&[2, 2][..]), None)
        );
        let types = ["x", "y", "z"].map(|name| archive.dtype(name));
        assert_eq!(types, [Some(DType::F32), Some(DType::I64), None]);
        let path = Path::new("file");
        archive.remove("x").unwrap();
        let error = archive
            .check_taken("a model", path)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "file: expected only the tensors of a model, found also `y`"
        );
        archive.remove("y").unwrap();
        assert!(archive.remove("y").is_none() && archive.check_taken("a model", path).is_ok());
    }
}
