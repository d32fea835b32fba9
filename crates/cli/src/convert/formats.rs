//! Named tensors from every kind of file.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{DType, TensorData};
use burnzmann::data::npy::{NpyArray, NpyValues, read_npz, write_npz};
use burnzmann::model::Rbm;
use burnzmann::model::store::{Archive, MODEL_FILE, model_into_archive, write_atomic};
use burnzmann::model::units::Units;

use super::mapping::transposed;
use crate::CliError;

/// Tensors by name.
pub type Tensors = BTreeMap<String, TensorData>;

/// The tensors of a file that is not ours.
pub(super) fn read(path: &Path) -> Result<Tensors, CliError> {
    match extension(path) {
        "npz" => read_arrays(path),
        "pt" | "pth" => super::torch::read(path),
        "h5" | "hdf5" => super::hdf5::read(path),
        _ => {
            let mut archive = Archive::load(path).map_err(CliError::bad_input)?;
            let names: Vec<String> = archive.names().map(str::to_owned).collect();
            let take = |name: String| archive.remove(&name).map(|data| (name, data));
            Ok(names.into_iter().filter_map(take).collect())
        }
    }
}

/// Whether the file at `path` has a header of ours, or at least our names.
pub(super) fn is_ours(path: &Path) -> Result<bool, CliError> {
    let file = if path.is_dir() {
        path.join(MODEL_FILE)
    } else {
        path.to_owned()
    };
    if matches!(extension(&file), "npz" | "pt" | "pth" | "h5" | "hdf5") {
        return Ok(false);
    }
    let archive = Archive::load(&file).map_err(CliError::bad_input)?;
    let names = ["weight", "visible.bias", "hidden.bias"];
    Ok(!archive.header().is_null() || names.iter().all(|name| archive.shape(name).is_some()))
}

pub(super) fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

fn read_arrays(path: &Path) -> Result<Tensors, CliError> {
    let arrays = read_npz(path).map_err(CliError::bad_input)?;
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
    Ok(arrays.into_iter().filter_map(tensor).collect())
}

/// The names of scikit-learn's `BernoulliRBM`, beside ours.
const SKLEARN: [(&str, &str); 3] = [
    ("weight", "components_"),
    ("visible.bias", "intercept_visible_"),
    ("hidden.bias", "intercept_hidden_"),
];

/// Whether both layers have the units that other programs know.
pub(super) fn all_binary(rbm: &Rbm) -> bool {
    matches!(
        (&rbm.visible, &rbm.hidden),
        (Units::Bernoulli(_), Units::Bernoulli(_))
    )
}

/// Writes a model in scikit-learn's layout.
pub(super) fn write_sklearn(rbm: &Rbm, path: &Path) -> Result<(), CliError> {
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
