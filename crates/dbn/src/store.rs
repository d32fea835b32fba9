//! A network on disk.

use std::path::Path;

use burn::tensor::Device;
use rbm_model::{
    RbmConfig,
    store::{Archive, fields_of, header_of, model_from_archive, model_into_archive},
};
use serde::{Deserialize, Serialize};

use crate::{Dbn, DbnError};

const FORMAT: &str = "burnzmann-dbn";
const VERSION: u32 = 1;

/// What the header of the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    layers: Vec<RbmConfig>,
}

fn prefix(layer: usize) -> String {
    format!("layer-{layer}.")
}

impl Dbn {
    /// Saves the network as one safetensors file: `layer-1.weight` `[visible, hidden]`,
    /// `layer-1.visible.bias`, `layer-1.hidden.bias` and so on up the stack. It is written beside
    /// and renamed.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dbn::Dbn;
    /// use rbm_model::{Noise, RbmConfig};
    ///
    /// let device = Device::default();
    /// let dbn = Dbn::new(vec![RbmConfig::new(6, 5).init(&mut Noise::new(1), &device)])?;
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("dbn.safetensors");
    /// dbn.save(&path)?;
    /// assert_eq!(Dbn::load(&path, &device)?.widths(), [6, 5]);
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`]; a file that was there before is whole then.
    pub fn save(&self, path: &Path) -> Result<(), DbnError> {
        let header = Header {
            layers: self.stack.iter().map(rbm_model::Rbm::config).collect(),
        };
        let mut archive = Archive::new(header_of(FORMAT, VERSION, &header));
        for (rbm, layer) in self.stack.iter().zip(1..) {
            model_into_archive(rbm, &prefix(layer), &mut archive);
        }
        Ok(archive.save(path)?)
    }

    /// Loads a network that [`save`](Self::save) wrote, onto `device`.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`] where the file is missing, damaged, of another version or of other
    /// tensors than its header says; as [`new`](Self::new) where the layers do not fit.
    pub fn load(path: &Path, device: &Device) -> Result<Self, DbnError> {
        let mut archive = Archive::load(path)?;
        let header: Header = fields_of(archive.header().clone(), FORMAT, VERSION, path)?;
        let mut stack = Vec::with_capacity(header.layers.len());
        for (config, layer) in header.layers.iter().zip(1..) {
            let prefix = prefix(layer);
            let rbm = model_from_archive(&mut archive, &prefix, Some(config), device, path)?;
            stack.push(rbm);
        }
        archive.check_taken(&format!("{} layers", stack.len()), path)?;
        Self::new(stack)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use rbm_model::{Noise, units::UnitsConfig};

    use super::*;

    fn dbn() -> Dbn {
        let (device, mut noise) = (Device::default(), Noise::new(1));
        let gaussian = UnitsConfig::Gaussian { learn_sigma: true };
        let labelled = UnitsConfig::Labelled { classes: 3 };
        let stack = [
            RbmConfig::new(4, 3).with_visible(gaussian),
            RbmConfig::new(6, 2).with_visible(labelled),
        ];
        let stack = stack.map(|config| config.init(&mut noise, &device));
        Dbn::new(stack.into()).unwrap()
    }

    #[test]
    fn a_round_trip_keeps_every_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dbn");
        dbn().save(&path).unwrap();
        let loaded = Dbn::load(&path, &Device::default()).unwrap();
        for (before, after) in dbn().stack.iter().zip(&loaded.stack) {
            assert_eq!(before.config(), after.config());
            let (mut left, mut right) = (Archive::default(), Archive::default());
            model_into_archive(before, "", &mut left);
            model_into_archive(after, "", &mut right);
            assert_eq!(left, right);
        }
    }

    #[test]
    fn files_that_do_not_fit_say_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dbn");
        dbn().save(&path).unwrap();
        let good = Archive::load(&path).unwrap();
        let load = |archive: &Archive| {
            archive.save(&path).unwrap();
            Dbn::load(&path, &Device::default())
                .unwrap_err()
                .to_string()
        };
        let mut archive = good.clone();
        archive.remove("layer-2.weight");
        let error = load(&archive);
        assert!(
            error.contains("`layer-2.weight` of shape [6, 2], found none"),
            "{error}"
        );
        let mut archive = good.clone();
        archive.insert("layer-3.weight", TensorData::from([[0f32]]));
        let error = load(&archive);
        assert!(error.contains("also `layer-3.weight`"), "{error}");
        let with_header = |change: fn(&mut serde_json::Value)| {
            let mut header = good.header().clone();
            change(&mut header);
            let mut archive = Archive::new(header);
            let mut tensors = good.clone();
            let names: Vec<String> = good.names().map(str::to_owned).collect();
            for name in names {
                archive.insert(name.clone(), tensors.remove(&name).unwrap());
            }
            load(&archive)
        };
        let error = with_header(|header| header["version"] = 2.into());
        assert!(error.contains("found burnzmann-dbn version 2"), "{error}");
        let error = with_header(|header| header["layers"][1]["visible"]["classes"] = 9.into());
        assert!(error.contains("visible.classes is 9"), "{error}");
        let error = with_header(|header| header["layers"][1]["visible"]["classes"] = 2.into());
        assert!(error.contains("layer 2 has 4 visible units"), "{error}");
    }
}
