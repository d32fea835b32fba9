//! The tensors of a model in an archive, every one looked at on its way out.

use std::path::Path;

use burn::module::Param;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::{Archive, StoreError};
use crate::{Rbm, RbmConfig, noise::precise_dtype, rbm::with_parameters, units::UnitsConfig};

/// Puts the tensors of a model into an archive, their names behind `prefix`.
pub fn model_into_archive(rbm: &Rbm, prefix: &str, archive: &mut Archive) {
    for parameter in rbm.parameters() {
        archive.insert(format!("{prefix}{}", parameter.name), parameter.to_data());
    }
}

/// Takes the tensors of a model out of an archive, every shape and value checked.
///
/// Without a configuration the units are Bernoulli, or Gaussian where there is a `log_sigma`.
///
/// # Errors
///
/// [`StoreError::Content`] where a tensor is missing, of another shape than the configuration (or
/// the weights) ask for, or not finite; `path` names the file in it.
pub fn model_from_archive(
    archive: &mut Archive,
    prefix: &str,
    config: Option<&RbmConfig>,
    device: &Device,
    path: &Path,
) -> Result<Rbm, StoreError> {
    if let Some(error) = config.and_then(|config| config.validate().err()) {
        let expected = "the configuration of a model";
        return Err(StoreError::content(path, expected, error.to_string()));
    }
    let weight_name = format!("{prefix}weight");
    let shape = match (config, archive.shape(&weight_name)) {
        (Some(config), _) => [config.num_visible, config.num_hidden],
        (None, Some(&[visible, hidden])) => [visible, hidden],
        (None, found) => {
            let found = found.map_or("none".into(), |shape| format!("one of shape {shape:?}"));
            let expected = format!("a tensor `{weight_name}` of shape [visible, hidden]");
            return Err(StoreError::content(path, expected, found));
        }
    };
    let weight = take(archive, &weight_name, &shape, path)?;
    let layer = |archive: &mut Archive, side: &str, size: usize, kind: Option<UnitsConfig>| {
        let log_sigma = format!("{prefix}{side}.log_sigma");
        let kind = kind.unwrap_or(match archive.shape(&log_sigma) {
            Some(_) => UnitsConfig::Gaussian { learn_sigma: true },
            None => UnitsConfig::Bernoulli,
        });
        with_parameters(kind.init(size, device), device, |name, shape| {
            let data = take(archive, &format!("{prefix}{side}.{name}"), shape, path)?;
            let dtype = computed_type(data.dtype(), device);
            Ok((data, dtype))
        })
    };
    let visible = layer(archive, "visible", shape[0], config.map(|c| c.visible))?;
    let hidden = layer(archive, "hidden", shape[1], config.map(|c| c.hidden))?;
    Ok(Rbm {
        visible,
        hidden,
        weight: Param::from_tensor(on_device::<2>(weight, device)),
    })
}

/// Takes one tensor out of an archive, its shape and values checked, onto `device`.
///
/// # Errors
///
/// [`StoreError::Content`] where it is missing, of another shape or type, or not finite; `path` names
/// the file in it.
pub fn tensor_from_archive<const D: usize>(
    archive: &mut Archive,
    name: &str,
    shape: [usize; D],
    device: &Device,
    path: &Path,
) -> Result<Tensor<D>, StoreError> {
    Ok(on_device(take(archive, name, &shape, path)?, device))
}

fn take(
    archive: &mut Archive,
    name: &str,
    shape: &[usize],
    path: &Path,
) -> Result<TensorData, StoreError> {
    let expected = || format!("a tensor `{name}` of shape {shape:?}");
    let Some(data) = archive.remove(name) else {
        let names: Vec<&str> = archive.names().collect();
        let found = format!("none; the other tensors are {names:?}");
        return Err(StoreError::content(path, expected(), found));
    };
    if data.shape().as_slice() != shape {
        let found = format!("shape {:?}", data.shape().as_slice());
        return Err(StoreError::content(path, expected(), found));
    }
    if !data.dtype().is_float() {
        let found = format!("type {:?}", data.dtype());
        return Err(StoreError::content(path, expected() + " of floats", found));
    }
    if let Some(index) = data.iter::<f64>().position(|x| !x.is_finite()) {
        let found = format!(
            "{} at index {index}",
            data.iter::<f64>().nth(index).unwrap_or(f64::NAN)
        );
        return Err(StoreError::content(
            path,
            expected() + " of finite numbers",
            found,
        ));
    }
    Ok(data)
}

/// The type of the file is kept where the device computes in it.
fn computed_type(stored: DType, device: &Device) -> DType {
    let computes = match stored {
        DType::F64 => precise_dtype(device) == DType::F64,
        other => device.supports_dtype(other),
    };
    if computes {
        stored
    } else {
        device.settings().float_dtype.into()
    }
}

fn on_device<const D: usize>(data: TensorData, device: &Device) -> Tensor<D> {
    let dtype = computed_type(data.dtype(), device);
    Tensor::from_data(data, (device, dtype))
}
