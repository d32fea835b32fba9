//! State dicts of PyTorch, as `torch.save` writes them.
//!
//! Such a file is a zip archive, its members stored as they are: the numbers of each tensor in a member
//! of their own, and a pickle that says which tensor is where.

use std::path::Path;

use burn::tensor::{DType, TensorData};
use burnzmann::data::npy::zip_stored;
use burnzmann::model::Rbm;
use burnzmann::model::store::{Archive, model_into_archive, write_atomic};
use pytorch_reader::PytorchReader;
use serde_json::Value;

use super::contents::refuse_pickle;
use super::notes;
use super::tensors::{Tensors, all_binary};
use crate::CliError;

/// The tensors of a PyTorch checkpoint.
pub(crate) fn read(path: &Path) -> Result<Tensors, CliError> {
    let refused = |error: &dyn std::fmt::Display| {
        CliError::BadInput(format!(
            "{}: not a readable PyTorch file ({error}); was it written by torch.save?",
            path.display()
        ))
    };
    let reader = match PytorchReader::new(path) {
        Ok(reader) => reader,
        Err(error) => {
            refuse_pickle(path)?;
            return Err(refused(&error));
        }
    };
    let mut tensors = Tensors::new();
    for (name, tensor) in reader.tensors() {
        let dtype = match tensor.dtype() {
            pytorch_reader::DType::F64 => DType::F64,
            pytorch_reader::DType::F32 => DType::F32,
            pytorch_reader::DType::F16 => DType::F16,
            pytorch_reader::DType::BF16 => DType::BF16,
            pytorch_reader::DType::I64 => DType::I64,
            pytorch_reader::DType::I32 => DType::I32,
            pytorch_reader::DType::I16 => DType::I16,
            pytorch_reader::DType::I8 => DType::I8,
            pytorch_reader::DType::U64 => DType::U64,
            pytorch_reader::DType::U32 => DType::U32,
            pytorch_reader::DType::U16 => DType::U16,
            pytorch_reader::DType::U8 | pytorch_reader::DType::Bool => DType::U8,
        };
        let bytes = tensor.read().map_err(|error| refused(&error))?;
        let data = TensorData::try_from_bytes_vec(bytes, tensor.shape(), dtype)
            .map_err(|error| refused(&error))?;
        tensors.insert(name.clone(), data);
    }
    if tensors.is_empty() {
        refuse_pickle(path)?;
    }
    Ok(tensors)
}

/// The parameters, under the names that they have everywhere with us.
const PARAMETERS: [&str; 3] = ["weight", "visible.bias", "hidden.bias"];

/// Writes a model for `torch.load`, and how its data were prepared.
pub(super) fn write(rbm: &Rbm, said: &Value, path: &Path) -> Result<(), CliError> {
    if !all_binary(rbm) {
        return Err(CliError::BadInput(format!(
            "{}: a .pt file would not say what units this model has, which are not all binary; convert it \
             to .safetensors, which PyTorch reads by safetensors.torch.load_file",
            path.display()
        )));
    }
    let mut archive = Archive::default();
    model_into_archive(rbm, "", &mut archive);
    let tensors = PARAMETERS.map(|name| {
        let data = archive.remove(name).expect("a model has these tensors");
        (name, data)
    });
    let said = notes::bytes(said);
    write_atomic(path, &state_dict(&tensors, said.as_deref())).map_err(CliError::bad_input)
}

/// The bytes of the file.
fn state_dict(tensors: &[(&str, TensorData)], said: Option<&[u8]>) -> Vec<u8> {
    let pickled = pickle(tensors);
    let mut members: Vec<(String, &[u8])> = vec![
        ("rbm/data.pkl".into(), &pickled),
        ("rbm/byteorder".into(), b"little"),
    ];
    for (key, (_, data)) in tensors.iter().enumerate() {
        members.push((format!("rbm/data/{key}"), data.as_bytes()));
    }
    members.push(("rbm/version".into(), b"3\n"));
    members.extend(said.map(|said| (notes::MEMBER.into(), said)));
    zip_stored(members)
}

/// The class that PyTorch has for memory with numbers of this type.
fn storage(dtype: DType) -> &'static str {
    match dtype {
        DType::F64 => "DoubleStorage",
        DType::F16 => "HalfStorage",
        DType::BF16 => "BFloat16Storage",
        _ => "FloatStorage",
    }
}

/// The dictionary in the opcodes of Python's pickle, protocol 2: each tensor is made by a function of
/// PyTorch's from its storage, the offset in it, sizes and strides.
fn pickle(tensors: &[(&str, TensorData)]) -> Vec<u8> {
    let mut out = Pickle(vec![0x80, 2]);
    out.0.extend(b"}(");
    for (key, (name, data)) in tensors.iter().enumerate() {
        let shape = data.shape().as_slice().to_vec();
        out.text(name);
        out.0.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        out.text("storage");
        out.0
            .extend(format!("ctorch\n{}\n", storage(data.dtype())).bytes());
        out.text(&key.to_string());
        out.text("cpu");
        out.number(shape.iter().product());
        // The storage, by its identity.
        out.0.extend(b"tQ");
        out.number(0);
        out.tuple(&shape);
        let stride = |index: usize| shape[index + 1..].iter().product();
        out.tuple(&(0..shape.len()).map(stride).collect::<Vec<_>>());
        // No gradient is kept, and there are no hooks.
        out.0.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    out.0.extend(b"u.");
    out.0
}

/// Opcodes that have an argument.
struct Pickle(Vec<u8>);

impl Pickle {
    fn text(&mut self, text: &str) {
        self.0.push(b'X');
        let length = u32::try_from(text.len()).expect("names are short");
        self.0.extend(length.to_le_bytes());
        self.0.extend(text.bytes());
    }

    fn number(&mut self, n: usize) {
        if let Ok(n) = i32::try_from(n) {
            self.0.push(b'J');
            self.0.extend(n.to_le_bytes());
        } else {
            // A long of nine bytes, the last of which says that it is positive.
            self.0.extend([0x8a, 9]);
            self.0.extend((n as u64).to_le_bytes());
            self.0.push(0);
        }
    }

    fn tuple(&mut self, numbers: &[usize]) {
        self.0.push(b'(');
        for &n in numbers {
            self.number(n);
        }
        self.0.push(b't');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's pickle reads both as the numbers that they are.
    #[test]
    fn numbers_past_four_bytes_are_long_ones() {
        let bytes = |n| {
            let mut out = Pickle(Vec::new());
            out.number(n);
            out.0
        };
        let largest = usize::try_from(i32::MAX).unwrap();
        assert_eq!(bytes(largest), [b'J', 0xff, 0xff, 0xff, 0x7f]);
        let long = [0x8a, 9, 0, 0, 0, 0x80, 0, 0, 0, 0, 0];
        assert_eq!(bytes(largest + 1), long);
    }
}
