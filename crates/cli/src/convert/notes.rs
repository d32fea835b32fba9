//! How the data of a model were prepared, in files of other programs' kinds.
//!
//! It stands beside the parameters, where those programs do not look: in a .npz as an array of the bytes of a text,
//! in a .pt as a member of its archive that the state dict does not have, in a .h5 as a text in the root.

use std::path::Path;

use burnzmann::data::npy::{NpyArray, NpyValues, npz_numbers, zip_member};
use serde_json::Value;

use super::contents::{Container, container};
use crate::CliError;

/// The name of the array and of the text.
pub(super) const NAME: &str = "burnzmann";
/// The member of a .pt, in the folder that its other members are in.
pub(super) const MEMBER: &str = "rbm/burnzmann.json";

/// The bytes that say it; none where there is nothing to say.
pub(super) fn bytes(notes: &Value) -> Option<Vec<u8>> {
    (!notes.is_null()).then(|| notes.to_string().into_bytes())
}

/// The same as an array.
pub(super) fn array(notes: &Value) -> Option<NpyArray> {
    let bytes = bytes(notes)?;
    Some(NpyArray {
        shape: vec![bytes.len()],
        values: NpyValues::Bytes(bytes),
    })
}

/// What the file at `path`, which is none of ours, says of its model; null where it says nothing.
pub(super) fn read(path: &Path) -> Result<Value, CliError> {
    // A file that cannot be read is refused where its tensors are.
    let found = match container(path)? {
        Container::Npz => npz_numbers(path).ok().and_then(|(mut arrays, _)| {
            let NpyValues::Bytes(bytes) = arrays.remove(NAME)?.values else {
                return None;
            };
            Some(bytes)
        }),
        Container::Torch => zip_member(path, MEMBER).ok().flatten(),
        Container::Hdf5 => super::hdf5::text(path, NAME).map(String::into_bytes),
        Container::Safetensors => None,
    };
    let parse = |bytes: Vec<u8>| serde_json::from_slice(&bytes).ok();
    Ok(found.and_then(parse).unwrap_or(Value::Null))
}
