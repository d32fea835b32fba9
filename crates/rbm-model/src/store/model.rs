//! An RBM as named tensors.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Archive, StoreError, model_from_archive, model_into_archive, write_atomic};
use crate::{Rbm, RbmConfig};

/// The tensors of a model in its folder.
pub const MODEL_FILE: &str = "model.safetensors";
/// The configuration of a model in its folder.
pub const CONFIG_FILE: &str = "config.json";

const FORMAT: &str = "burnzmann-rbm";
const VERSION: u32 = 1;

/// What `config.json` and the header of `model.safetensors` hold.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    model: RbmConfig,
    /// What the writer adds; nothing here depends on it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    notes: Value,
}

/// Saves a model into `folder`, which is made where it is missing.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, store};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
/// let folder = tempfile::tempdir()?;
/// store::save(&rbm, folder.path())?;
/// let again = store::load(folder.path(), &device)?;
/// assert_eq!(again.weight.val().into_data(), rbm.weight.val().into_data());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`StoreError`]; files that were there before are whole then.
pub fn save(rbm: &Rbm, folder: &Path) -> Result<(), StoreError> {
    save_with_notes(rbm, Value::Null, folder)
}

/// Saves a model into `folder` with something more about it in the header of [`MODEL_FILE`].
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, store};
///
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &Device::default());
/// let folder = tempfile::tempdir()?;
/// store::save_with_notes(&rbm, serde_json::json!({"of": "a test"}), folder.path())?;
/// assert_eq!(store::notes_of(folder.path())?["of"], "a test");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`save`].
pub fn save_with_notes(rbm: &Rbm, notes: Value, folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
    save_file_with_notes(rbm, notes, &folder.join(MODEL_FILE))?;
    let text = format!("{:#}\n", header_of(rbm, Value::Null));
    write_atomic(&folder.join(CONFIG_FILE), text.as_bytes())
}

/// Saves a model as one safetensors file, without a folder.
///
/// # Errors
///
/// [`StoreError`]; a file that was there before is whole then.
pub fn save_file(rbm: &Rbm, path: &Path) -> Result<(), StoreError> {
    save_file_with_notes(rbm, Value::Null, path)
}

/// Saves a model as one safetensors file with something more about it in the header.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, store};
///
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &Device::default());
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("best.safetensors");
/// store::save_file_with_notes(&rbm, serde_json::json!({"epoch": 7}), &path)?;
/// assert_eq!(store::notes_of(&path)?["epoch"], 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`save_file`].
pub fn save_file_with_notes(rbm: &Rbm, notes: Value, path: &Path) -> Result<(), StoreError> {
    let mut archive = Archive::new(header_of(rbm, notes));
    model_into_archive(rbm, "", &mut archive);
    archive.save(path)
}

/// What [`save_file_with_notes`] or [`save_with_notes`] added to a model in a file or a folder; null
/// where it was saved without, or by another program.
///
/// # Errors
///
/// [`StoreError`] where the file is missing, damaged or no model.
pub fn notes_of(path: &Path) -> Result<Value, StoreError> {
    let file = file_of(path);
    let archive = Archive::load(&file)?;
    if archive.header().is_null() {
        return Ok(Value::Null);
    }
    Ok(read_header(archive.header().clone(), &file)?.notes)
}

/// The file with the tensors of a model.
fn file_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(MODEL_FILE)
    } else {
        path.to_owned()
    }
}

/// Loads a model from a folder that [`save`] wrote, or from a safetensors file with `weight`
/// `[visible, hidden]`, `visible.bias` and `hidden.bias` that another program wrote.
///
/// # Errors
///
/// [`StoreError`], with what was expected and what the file holds.
pub fn load(path: &Path, device: &Device) -> Result<Rbm, StoreError> {
    let file = file_of(path);
    let mut archive = Archive::load(&file)?;
    let mut config = if archive.header().is_null() {
        None
    } else {
        Some(model_of(archive.header().clone(), &file)?)
    };
    let beside = path.join(CONFIG_FILE);
    if beside.is_file() {
        let text = fs::read_to_string(&beside).map_err(StoreError::io("read", &beside))?;
        let header = serde_json::from_str(&text)
            .map_err(|error| StoreError::content(&beside, "JSON", error.to_string()))?;
        let stated = model_of(header, &beside)?;
        if let Some(model) = config.filter(|model| *model != stated) {
            let expected = format!("the configuration that {MODEL_FILE} beside it has, {model:?}");
            return Err(StoreError::content(
                &beside,
                expected,
                format!("{stated:?}"),
            ));
        }
        config = Some(stated);
    }
    let rbm = model_from_archive(&mut archive, "", config.as_ref(), device, &file)?;
    archive.check_taken("one model", &file)?;
    Ok(rbm)
}

fn model_of(header: Value, path: &Path) -> Result<RbmConfig, StoreError> {
    Ok(read_header(header, path)?.model)
}

fn read_header(header: Value, path: &Path) -> Result<Header, StoreError> {
    // A network's file has other fields, which are not what is wrong with it.
    if let Some(other) = header["format"].as_str().filter(|&other| other != FORMAT) {
        let expected = format!("a {FORMAT} file, the model of one machine");
        return Err(StoreError::content(
            path,
            expected,
            format!("a {other} file"),
        ));
    }
    let header: Header = serde_json::from_value(header).map_err(|error| {
        StoreError::content(
            path,
            format!("the header of a {FORMAT} file"),
            error.to_string(),
        )
    })?;
    if header.version != VERSION {
        let found = format!("{} version {}", header.format, header.version);
        let expected = format!("{FORMAT} version {VERSION}");
        return Err(StoreError::content(path, expected, found));
    }
    Ok(header)
}

fn header_of(rbm: &Rbm, notes: Value) -> Value {
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        model: rbm.config(),
        notes,
    };
    serde_json::to_value(header).expect("a configuration is plain data")
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::Noise;

    fn folder_with(archive: &Archive) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(MODEL_FILE);
        archive.save(&path).unwrap();
        (folder, path)
    }

    fn archive_of(config: &RbmConfig) -> Archive {
        let rbm = config.init(&mut Noise::new(1), &Device::default());
        let mut archive = Archive::new(header_of(&rbm, Value::Null));
        model_into_archive(&rbm, "", &mut archive);
        archive
    }

    type Change = fn(&mut Archive);

    #[test]
    fn files_that_do_not_fit_say_what_was_expected() {
        let config = RbmConfig::new(4, 3);
        let good = archive_of(&config);
        let cases: [(Change, &str); 6] = [
            (
                |a| drop(a.remove("weight")),
                "`weight` of shape [4, 3], found none",
            ),
            (
                |a| a.insert("weight", TensorData::from([[1f32; 4]; 3])),
                "`weight` of shape [4, 3], found shape [3, 4]",
            ),
            (
                |a| a.insert("hidden.bias", TensorData::from([0f32, f32::NAN, 0.0])),
                "finite numbers, found NaN at index 1",
            ),
            (
                |a| a.insert("hidden.bias", TensorData::from([0i32, 1, 2])),
                "of floats, found type I32",
            ),
            (
                |a| a.insert("extra", TensorData::from([0f32])),
                "only the tensors of one model, found also `extra`",
            ),
            (
                |a| {
                    let mut header = a.header().clone();
                    header["version"] = 7.into();
                    let mut other = Archive::new(header);
                    for name in ["weight", "visible.bias", "hidden.bias"] {
                        other.insert(name, a.remove(name).unwrap());
                    }
                    *a = other;
                },
                "expected burnzmann-rbm version 1, found burnzmann-rbm version 7",
            ),
        ];
        for (change, message) in cases {
            let mut archive = good.clone();
            change(&mut archive);
            let (_folder, path) = folder_with(&archive);
            let error = load(&path, &Device::default()).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
            assert!(error.contains(MODEL_FILE), "{error}");
        }
    }

    #[test]
    fn a_configuration_beside_that_contradicts_the_tensors_is_refused() {
        let device = Device::default();
        let folder = tempfile::tempdir().unwrap();
        let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
        save(&rbm, folder.path()).unwrap();
        let beside = folder.path().join(CONFIG_FILE);
        let text = fs::read_to_string(&beside).unwrap();
        for (from, to, message) in [
            ("\"num_hidden\": 3", "\"num_hidden\": 5", "num_hidden: 5"),
            ("\"num_hidden\"", "\"num_hiden\"", "num_hiden"),
            (
                "\"bernoulli\"",
                "\"labelled\", \"classes\": 9",
                "classes: 9",
            ),
        ] {
            fs::write(&beside, text.replace(from, to)).unwrap();
            let error = load(folder.path(), &device).unwrap_err().to_string();
            assert!(
                error.contains(message) && error.contains(CONFIG_FILE),
                "{error}"
            );
        }
    }

    #[test]
    fn a_truncated_file_is_refused() {
        let (_folder, path) = folder_with(&archive_of(&RbmConfig::new(4, 3)));
        let bytes = fs::read(&path).unwrap();
        for length in [0, 7, 40, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            let error = load(&path, &Device::default()).unwrap_err();
            assert!(matches!(error, StoreError::Format { .. }), "{error}");
        }
    }

    #[test]
    fn a_file_of_another_program_needs_no_header() {
        let mut foreign = Archive::default();
        let mut ours = archive_of(&RbmConfig::new(4, 3));
        for name in ["weight", "visible.bias", "hidden.bias"] {
            foreign.insert(name, ours.remove(name).unwrap());
        }
        let (_folder, path) = folder_with(&foreign);
        let rbm = load(&path, &Device::default()).unwrap();
        assert_eq!(rbm.config(), RbmConfig::new(4, 3));
    }
}
