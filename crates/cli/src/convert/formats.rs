//! Named tensors from every kind of file, and the layout of scikit-learn.

use std::path::Path;

use burn::tensor::{DType, TensorData};
use burnzmann::data::npy::{NpyArray, NpyValues, npz_numbers, write_npz};
use burnzmann::model::Rbm;
use burnzmann::model::store::{Archive, model_into_archive, write_atomic};
use serde_json::Value;

use super::contents::{Container, container};
use super::notes;
use super::tensors::{Tensors, all_binary, transposed};
use crate::CliError;

/// The tensors of a file that is not ours, and the names of what else is in it.
pub(super) fn read(path: &Path) -> Result<(Tensors, Vec<String>), CliError> {
    let alone = |tensors| (tensors, Vec::new());
    match container(path)? {
        Container::Npz => read_arrays(path),
        Container::Torch => super::torch::read(path).map(alone),
        Container::Hdf5 => super::hdf5::read(path).map(alone),
        Container::Safetensors => {
            let mut archive = Archive::load(path).map_err(CliError::bad_input)?;
            let names: Vec<String> = archive.names().map(str::to_owned).collect();
            let take = |name: String| archive.remove(&name).map(|data| (name, data));
            Ok(alone(names.into_iter().filter_map(take).collect()))
        }
    }
}

/// Whether the file at `path` has a header of ours, or the tensors of one of our models and no others.
pub(super) fn is_ours(path: &Path) -> Result<bool, CliError> {
    const NEEDED: [&str; 3] = ["weight", "visible.bias", "hidden.bias"];
    const OTHERS: [&str; 2] = ["visible.log_sigma", "hidden.log_sigma"];
    let of_our_names = |archive: &Archive| {
        let known = |name: &str| NEEDED.contains(&name) || OTHERS.contains(&name);
        let kept = |name: &str| matches!(archive.dtype(name), Some(DType::F32 | DType::F64));
        NEEDED.iter().all(|name| archive.shape(name).is_some())
            && archive.names().all(|name| known(name) && kept(name))
    };
    Ok(path.is_dir()
        || safetensors(path)?
            .is_some_and(|archive| !archive.header().is_null() || of_our_names(&archive)))
}

/// Whether the file at `path` has a header of ours, which says what its tensors are.
pub(super) fn has_our_header(path: &Path) -> Result<bool, CliError> {
    Ok(path.is_dir() || safetensors(path)?.is_some_and(|archive| !archive.header().is_null()))
}

/// The file at `path`, where it is of that kind.
fn safetensors(path: &Path) -> Result<Option<Archive>, CliError> {
    match container(path)? {
        Container::Safetensors => Archive::load(path).map(Some).map_err(CliError::bad_input),
        _ => Ok(None),
    }
}

fn read_arrays(path: &Path) -> Result<(Tensors, Vec<String>), CliError> {
    let (mut arrays, others) = npz_numbers(path).map_err(CliError::bad_input)?;
    // No tensor of the model.
    if let Some(NpyValues::Bytes(_)) = arrays.get(notes::NAME).map(|array| &array.values) {
        arrays.remove(notes::NAME);
    }
    let tensor = |(name, array): (String, NpyArray)| {
        let shape = array.shape;
        let data = match array.values {
            NpyValues::Singles(x) => TensorData::new(x, shape),
            NpyValues::Doubles(x) => TensorData::new(x, shape),
            NpyValues::Integers(x) => TensorData::new(x, shape),
            NpyValues::Bytes(x) => TensorData::new(x, shape),
            _ => return None,
        };
        Some((name, data))
    };
    Ok((arrays.into_iter().filter_map(tensor).collect(), others))
}

/// The names of scikit-learn's `BernoulliRBM`, beside ours.
const SKLEARN: [(&str, &str); 3] = [
    ("weight", "components_"),
    ("visible.bias", "intercept_visible_"),
    ("hidden.bias", "intercept_hidden_"),
];

/// Writes a model in scikit-learn's layout, and how its data were prepared.
pub(super) fn write_sklearn(rbm: &Rbm, said: &Value, path: &Path) -> Result<(), CliError> {
    if !all_binary(rbm) {
        return Err(CliError::BadInput(format!(
            "{}: a .npz file has the layout of scikit-learn's BernoulliRBM, and this model has other \
             units; convert it to .safetensors",
            path.display()
        )));
    }
    let mut archive = Archive::default();
    model_into_archive(rbm, "", &mut archive);
    let mut arrays = Vec::new();
    for (ours, theirs) in SKLEARN {
        let data = archive.remove(ours).expect("a model has these tensors");
        let data = if ours == "weight" {
            transposed(data)
        } else {
            data
        };
        arrays.push((theirs, array(data)));
    }
    arrays.extend(notes::array(said).map(|text| (notes::NAME, text)));
    let bytes = write_npz(arrays.iter().map(|(name, array)| (*name, array)));
    write_atomic(path, &bytes).map_err(CliError::bad_input)
}

/// Every bit of singles and doubles; half precision as singles, which hold it.
fn array(data: TensorData) -> NpyArray {
    let shape = data.shape().as_slice().to_vec();
    let values = match data.dtype() {
        DType::F64 => NpyValues::Doubles(data.iter::<f64>().collect()),
        _ => NpyValues::Singles(data.iter::<f32>().collect()),
    };
    NpyArray { shape, values }
}
