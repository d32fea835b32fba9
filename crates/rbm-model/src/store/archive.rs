//! Named tensors and a header, as one safetensors file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use burn::tensor::{DType, TensorData};
use safetensors::{Dtype, SafeTensors, View};
use serde_json::Value;

use super::{StoreError, write_atomic};

/// The key of the header's text among the metadata of the file.
const HEADER_KEY: &str = "burnzmann";

/// Named tensors with a JSON header, stored as one safetensors file.
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

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|data| data.shape().as_slice())
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
        let metadata = HashMap::from([(HEADER_KEY.to_owned(), self.header.to_string())]);
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
        let (_, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|error| format(path, &error))?;
        let header = match metadata.metadata().as_ref().and_then(|m| m.get(HEADER_KEY)) {
            Some(text) => serde_json::from_str(text).map_err(|error| format(path, &error))?,
            None => Value::Null,
        };
        let file = SafeTensors::deserialize(&bytes).map_err(|error| format(path, &error))?;
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
        Ok(Self { header, tensors })
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
