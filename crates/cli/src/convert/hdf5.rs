//! The archives of the Python package `rbms`, in HDF5.
//!
//! An archive has a group `update_N` for each saved update, with the parameters in its group `params`
//! (in the update's own group in older archives), and the kind of the model in `model_type`.

use std::fs;
use std::path::Path;

use burn::tensor::{DType, TensorData};
use burnzmann::model::Rbm;
use burnzmann::model::store::{Archive, model_into_archive, write_atomic};
use hdf5_pure::{Dataset, Datatype, DatatypeByteOrder, Error, File, FileBuilder};
use serde_json::Value;

use super::notes;
use super::tensors::{Tensors, all_binary, widened};
use crate::CliError;

/// Where the kind of the model stands.
const KIND: &str = "model_type";
/// The kind whose units are zeros and ones in both layers.
const BINARY: &str = "BBRBM";
/// The parameters of an update, beside ours.
const PARAMETERS: [(&str, &str); 3] = [
    ("weight", "weight_matrix"),
    ("visible.bias", "vbias"),
    ("hidden.bias", "hbias"),
];
/// The update that a model is written as: its name in the archive, and no number of anything.
const UPDATE: u64 = 1;

/// The parameters of the last update in the file at `path`.
pub(crate) fn read(path: &Path) -> Result<Tensors, CliError> {
    let bytes = fs::read(path).map_err(|error| refused(path, &error))?;
    read_rbms(bytes, path)
}

/// The parameters of the last update in an archive of `rbms`, by their names there; `path` is the
/// file's name in messages.
///
/// # Errors
///
/// [`CliError::BadInput`] where it is no such archive, is damaged, or holds another kind of model.
pub fn read_rbms(bytes: Vec<u8>, path: &Path) -> Result<Tensors, CliError> {
    let refused = |error: &dyn std::fmt::Display| refused(path, error);
    let file = File::from_bytes(bytes).map_err(|error| refused(&error))?;
    let names = file.root().datasets().map_err(|error| refused(&error))?;
    // Older archives do not say.
    if names.iter().any(|name| name == KIND) {
        let kind = file.dataset(KIND).and_then(|kind| kind.read_string());
        let kind = kind.map_err(|error| refused(&error))?.join(", ");
        if kind != BINARY {
            let found = format!("expected a model of type {BINARY}, found {kind}");
            return Err(refused(&found));
        }
    }
    let groups = file.root().groups().map_err(|error| refused(&error))?;
    let updates = groups
        .iter()
        .filter_map(|name| name.strip_prefix("update_")?.parse::<u64>().ok());
    let last = updates
        .max()
        .ok_or_else(|| refused(&"expected a group update_N, found none"))?;
    let mut tensors = Tensors::new();
    for (_, name) in PARAMETERS {
        let dataset = file
            .dataset(&format!("update_{last}/params/{name}"))
            .or_else(|_| file.dataset(&format!("update_{last}/{name}")))
            .map_err(|error| refused(&error))?;
        let data = numbers(&dataset, name).map_err(|error| refused(&error))?;
        tensors.insert(name.to_owned(), data);
    }
    // A spread, say, which no model of this kind has, is not dropped unseen.
    if let Ok(params) = file.group(&format!("update_{last}/params")) {
        for name in params.datasets().map_err(|error| refused(&error))? {
            if !tensors.contains_key(&name) {
                let dataset = params.dataset(&name).map_err(|error| refused(&error))?;
                let data = numbers(&dataset, &name).map_err(|error| refused(&error))?;
                tensors.insert(name, data);
            }
        }
    }
    Ok(tensors)
}

/// A text in the root of the file at `path`, where there is one.
pub(super) fn text(path: &Path, name: &str) -> Option<String> {
    let file = File::from_bytes(fs::read(path).ok()?).ok()?;
    file.dataset(name).ok()?.read_string().ok()?.pop()
}

/// Writes a model as an archive with one update, for `rbms.io.load_params`, and how its data were prepared.
pub(super) fn write(rbm: &Rbm, said: &Value, path: &Path) -> Result<(), CliError> {
    if !all_binary(rbm) {
        return Err(CliError::BadInput(format!(
            "{}: a .h5 file has the layout of {BINARY} of rbms, and this model has other units; convert \
             it to .safetensors",
            path.display()
        )));
    }
    let mut archive = Archive::default();
    model_into_archive(rbm, "", &mut archive);
    let mut file = FileBuilder::new();
    let mut update = file.create_group(&format!("update_{UPDATE}"));
    let mut params = update.create_group("params");
    for (ours, theirs) in PARAMETERS {
        let data = archive.remove(ours).expect("a model has these tensors");
        let shape: Vec<u64> = data.shape().iter().map(|&size| size as u64).collect();
        let dataset = params.create_dataset(theirs);
        // Every bit of singles and doubles; half precision as singles, which hold it.
        match data.dtype() {
            DType::F64 => dataset.with_f64_data(&data.iter().collect::<Vec<f64>>()),
            _ => dataset.with_f32_data(&data.iter().collect::<Vec<f32>>()),
        };
        dataset.with_shape(&shape);
    }
    update.add_group(params.finish());
    file.add_group(update.finish());
    file.create_dataset(KIND)
        .with_vlen_strings(&[BINARY])
        .with_shape(&[]);
    if !said.is_null() {
        file.create_dataset(notes::NAME)
            .with_vlen_strings(&[said.to_string().as_str()])
            .with_shape(&[]);
    }
    let bytes = file.finish().map_err(CliError::failed)?;
    write_atomic(path, &bytes).map_err(CliError::bad_input)
}

fn refused(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::BadInput(format!(
        "{}: not a readable archive of rbms ({error}); was it written by rbms.io.save_model?",
        path.display()
    ))
}

/// Singles as they are, halves as singles, which hold them, anything else as doubles.
fn numbers(dataset: &Dataset, name: &str) -> Result<TensorData, String> {
    let text = |error: Error| error.to_string();
    let shape = dataset.shape().map_err(text)?;
    let sizes: Result<Vec<usize>, _> = shape.iter().map(|&n| usize::try_from(n)).collect();
    let sizes = sizes.map_err(|_| format!("{name} of shape {shape:?}"))?;
    let complete = |found: usize| {
        if sizes
            .iter()
            .try_fold(1usize, |product, &n| product.checked_mul(n))
            == Some(found)
        {
            Ok(())
        } else {
            Err(format!("{name} of shape {shape:?} has {found} numbers"))
        }
    };
    match half(dataset).map_err(text)? {
        Some((dtype, bytes)) => {
            complete(bytes.len() / 2)?;
            let halves = TensorData::try_from_bytes_vec(bytes, sizes.clone(), dtype);
            Ok(widened(halves.map_err(|error| error.to_string())?))
        }
        None if dataset.dtype().map_err(text)? == hdf5_pure::DType::F32 => {
            let singles = dataset.read_f32().map_err(text)?;
            complete(singles.len())?;
            Ok(TensorData::new(singles, sizes))
        }
        None => {
            let doubles = dataset.read_f64().map_err(text)?;
            complete(doubles.len())?;
            Ok(TensorData::new(doubles, sizes))
        }
    }
}

/// The bytes of numbers of 16 bits, little end first, and which of the two kinds they are.
fn half(dataset: &Dataset) -> Result<Option<(DType, Vec<u8>)>, Error> {
    let Datatype::FloatingPoint {
        size: 2,
        byte_order,
        layout,
    } = dataset.datatype()?
    else {
        return Ok(None);
    };
    let dtype = match (layout.exponent_size, layout.mantissa_size) {
        (5, 10) => DType::F16,
        (8, 7) => DType::BF16,
        _ => return Ok(None),
    };
    let mut bytes = dataset.read_raw()?;
    if byte_order == DatatypeByteOrder::BigEndian {
        bytes.chunks_exact_mut(2).for_each(<[u8]>::reverse);
    }
    Ok(Some((dtype, bytes)))
}
