//! Unrolled networks on disk.

use std::path::Path;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Device;
use rbm_model::store::{Archive, StoreError, fields_of, header_of, tensor_from_archive};
use serde::{Deserialize, Serialize};

use super::{Activation, Autoencoder, DbnClassifier, Dense, Regularisation};
use crate::DbnError;

const VERSION: u32 = 1;
const CLASSIFIER: &str = "burnzmann-classifier";
const AUTOENCODER: &str = "burnzmann-autoencoder";

/// What the header of the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    layers: Vec<LayerHeader>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerHeader {
    inputs: usize,
    units: usize,
    activation: Activation,
}

impl DbnClassifier {
    /// Saves the network as one safetensors file: `layer-1.weight` `[inputs, units]`, `layer-1.bias`
    /// and so on from the data up, the class layer last. It is written beside and renamed.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dbn::DbnClassifier;
    /// use rbm_model::Noise;
    ///
    /// let device = Device::default();
    /// let network = DbnClassifier::random(&[64, 20], 10, &mut Noise::new(1), &device)?;
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("classifier.safetensors");
    /// network.save(&path)?;
    /// assert_eq!(DbnClassifier::load(&path, &device)?.num_classes(), 10);
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`]; a file that was there before is whole then.
    pub fn save(&self, path: &Path) -> Result<(), DbnError> {
        let output = Dense {
            linear: self.output.clone(),
            activation: Activation::Linear,
        };
        save(CLASSIFIER, self.hidden.iter().chain([&output]), path)
    }

    /// Loads a network that [`save`](Self::save) wrote, onto `device`.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`] where the file is missing, damaged, of another version or of other
    /// tensors than its header says.
    pub fn load(path: &Path, device: &Device) -> Result<Self, DbnError> {
        let mut hidden = load(CLASSIFIER, path, device)?;
        let output = hidden.pop().filter(|_| !hidden.is_empty());
        Ok(Self {
            output: output.ok_or(DbnError::NoLayers)?.linear,
            hidden,
            regularisation: Regularisation::default(),
            frozen: false,
        })
    }
}

impl Autoencoder {
    /// Saves the network as one safetensors file: `layer-1.weight` `[inputs, units]`, `layer-1.bias`
    /// and so on from the data to the code and back. It is written beside and renamed.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`]; a file that was there before is whole then.
    pub fn save(&self, path: &Path) -> Result<(), DbnError> {
        save(AUTOENCODER, self.encoder.iter().chain(&self.decoder), path)
    }

    /// Loads a network that [`save`](Self::save) wrote, onto `device`.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`] where the file is missing, damaged, of another version or of other
    /// tensors than its header says.
    pub fn load(path: &Path, device: &Device) -> Result<Self, DbnError> {
        let mut encoder = load(AUTOENCODER, path, device)?;
        if encoder.is_empty() || encoder.len() % 2 == 1 {
            let expected = "as many layers to the code as back";
            let found = format!("{} layers", encoder.len());
            return Err(StoreError::content(path, expected, found).into());
        }
        let decoder = encoder.split_off(encoder.len() / 2);
        Ok(Self {
            encoder,
            decoder,
            regularisation: Regularisation::default(),
        })
    }
}

fn save<'a>(
    format: &str,
    layers: impl Iterator<Item = &'a Dense>,
    path: &Path,
) -> Result<(), DbnError> {
    let layers: Vec<&Dense> = layers.collect();
    let headers = layers.iter().map(|layer| {
        let [inputs, units] = layer.dims();
        LayerHeader {
            inputs,
            units,
            activation: layer.activation,
        }
    });
    let header = Header {
        layers: headers.collect(),
    };
    let mut archive = Archive::new(header_of(format, VERSION, &header));
    for (layer, number) in layers.iter().zip(1..) {
        let [weight, bias] = names(number);
        archive.insert(weight, layer.linear.weight.val().into_data());
        let values = layer.linear.bias.as_ref().expect("a layer has biases");
        archive.insert(bias, values.val().into_data());
    }
    Ok(archive.save(path)?)
}

fn load(format: &str, path: &Path, device: &Device) -> Result<Vec<Dense>, DbnError> {
    let mut archive = Archive::load(path)?;
    let header: Header = fields_of(archive.header().clone(), format, VERSION, path)?;
    let mut layers: Vec<Dense> = Vec::with_capacity(header.layers.len());
    for (layer, number) in header.layers.iter().zip(1..) {
        let LayerHeader { inputs, units, .. } = *layer;
        if let Some(below) = layers.last().map(|layer| layer.dims()[1])
            && below != inputs
        {
            let expected = format!("layer {number} with {below} inputs");
            return Err(StoreError::content(path, expected, inputs.to_string()).into());
        }
        let [weight, bias] = names(number);
        let weight = tensor_from_archive(&mut archive, &weight, [inputs, units], device, path)?;
        let bias = tensor_from_archive(&mut archive, &bias, [units], device, path)?;
        layers.push(Dense {
            linear: Linear {
                weight: Param::from_tensor(weight),
                bias: Some(Param::from_tensor(bias)),
            },
            activation: layer.activation,
        });
    }
    archive.check_taken(&format!("{} layers", layers.len()), path)?;
    Ok(layers)
}

fn names(layer: usize) -> [String; 2] {
    ["weight", "bias"].map(|name| format!("layer-{layer}.{name}"))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Tensor};
    use rbm_model::{Noise, RbmConfig, units::UnitsConfig};

    use super::*;
    use crate::Dbn;

    fn dbn() -> Dbn {
        let (device, mut noise) = (Device::default(), Noise::new(1));
        let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
        let stack = [
            RbmConfig::new(5, 4).with_visible(gaussian),
            RbmConfig::new(4, 2),
        ];
        Dbn::new(stack.map(|config| config.init(&mut noise, &device)).into()).unwrap()
    }

    #[test]
    fn a_round_trip_keeps_every_bit_of_what_a_network_gives() {
        let (device, folder) = (Device::default(), tempfile::tempdir().unwrap());
        let x = Noise::new(2).normal([7, 5], DType::F32, &device);
        let path = folder.path().join("network");
        let same = |left: Tensor<2>, right: Tensor<2>| {
            left.into_data().assert_eq(&right.into_data(), true);
        };

        let mut classifier = DbnClassifier::from_dbn(&dbn(), 3).unwrap();
        let weight = Noise::new(3).normal([2, 3], DType::F32, &device);
        classifier.output.weight = Param::from_tensor(weight);
        classifier.save(&path).unwrap();
        let loaded = DbnClassifier::load(&path, &device).unwrap();
        same(loaded.logits(x.clone()), classifier.logits(x.clone()));

        let message = Autoencoder::load(&path, &device).unwrap_err().to_string();
        assert!(
            message.contains("expected a burnzmann-autoencoder file of version 1")
                && message.contains("found burnzmann-classifier version 1"),
            "{message}"
        );
        let autoencoder = Autoencoder::from_dbn(&dbn()).unwrap();
        autoencoder.save(&path).unwrap();
        let loaded = Autoencoder::load(&path, &device).unwrap();
        same(loaded.encode(x.clone()), autoencoder.encode(x.clone()));
        same(loaded.reconstruct(x.clone()), autoencoder.reconstruct(x));

        let mut archive = Archive::load(&path).unwrap();
        archive.remove("layer-3.bias");
        archive.save(&path).unwrap();
        let message = Autoencoder::load(&path, &device).unwrap_err().to_string();
        assert!(
            message.contains("`layer-3.bias` of shape [4], found none"),
            "{message}"
        );
    }
}
