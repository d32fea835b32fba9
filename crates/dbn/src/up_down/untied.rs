//! A network whose ways up and down have weights of their own.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use rbm_model::{
    Rbm, RbmConfig,
    store::{Archive, fields_of, header_of, model_from_archive, model_into_archive},
    units::Units,
};
use serde::{Deserialize, Serialize};

use crate::{Dbn, DbnError};

/// A deep belief network with recognition weights `q(hˡ | vˡ)` and generative weights `p(vˡ | hˡ)` of
/// their own in each layer below the top, and an RBM on top that serves both directions.
///
/// Made from a [`Dbn`] it is the same network: `From<&Dbn>` gives both directions the tied weights.
/// [`up_down`](crate::up_down()) trains it. What a tied network can do, its two directions do as one:
/// [`generative`](Self::generative) generates and completes, [`recognition`](Self::recognition)
/// encodes and classifies.
///
/// ```
/// use burn::tensor::Device;
/// use dbn::{Dbn, UntiedDbn};
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
/// let untied = UntiedDbn::from(&dbn);
/// let chains = untied.generative().random_chains(10, &mut Noise::new(2));
/// let drawn = untied.generative().generate(chains, 100, &mut Noise::new(3));
/// assert_eq!(untied.recognition().encode(drawn.visible, 2).dims(), [10, 3]);
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Module, Debug)]
pub struct UntiedDbn {
    /// The layers below the top, from the data up.
    pub layers: Vec<UntiedLayer>,
    /// The joint distribution of the two layers on top.
    pub top: Rbm,
}

/// A layer with weights of its own for each direction.
///
/// The bias of a hidden layer on the way up is that of `hidden` here; on the way down it is that of
/// the visible units of the layer above.
///
/// ```
/// use burn::tensor::Device;
/// use dbn::{Dbn, UntiedDbn};
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
/// let layer = &UntiedDbn::from(&dbn).layers[0];
/// let (up, down) = (layer.recognition.val(), layer.generative.val());
/// assert_eq!(up.into_data(), down.into_data());
/// assert_ne!(layer.recognition.id, layer.generative.id);
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Module, Debug)]
pub struct UntiedLayer {
    /// The lower units, with their generative bias.
    pub visible: Units,
    /// The upper units, with their recognition bias.
    pub hidden: Units,
    /// The weights on the way up, `[visible, hidden]`.
    pub recognition: Param<Tensor<2>>,
    /// The weights on the way down, `[visible, hidden]`.
    pub generative: Param<Tensor<2>>,
}

impl UntiedLayer {
    /// The way up as an RBM, of which `p(h | v)` counts; its parameters are this layer's.
    pub(crate) fn upward(&self) -> Rbm {
        self.direction(&self.recognition)
    }

    /// The way down as an RBM, of which `p(v | h)` counts; its parameters are this layer's.
    pub(crate) fn downward(&self) -> Rbm {
        self.direction(&self.generative)
    }

    fn direction(&self, weight: &Param<Tensor<2>>) -> Rbm {
        Rbm {
            visible: self.visible.clone(),
            hidden: self.hidden.clone(),
            weight: weight.clone(),
        }
    }
}

impl From<&Dbn> for UntiedDbn {
    fn from(dbn: &Dbn) -> Self {
        let (top, below) = dbn.stack.split_last().expect("a network has a layer");
        let layers = below.iter().map(|rbm| UntiedLayer {
            visible: rbm.visible.fresh(),
            hidden: rbm.hidden.fresh(),
            recognition: Param::from_tensor(rbm.weight.val().detach()),
            generative: Param::from_tensor(rbm.weight.val().detach()),
        });
        Self {
            layers: layers.collect(),
            top: fresh(top),
        }
    }
}

impl UntiedDbn {
    /// The way up and the top as a tied network, in parameters of its own: to
    /// [encode](Dbn::encode), to [classify](Dbn::classify) and to unroll.
    pub fn recognition(&self) -> Dbn {
        self.tied(UntiedLayer::upward)
    }

    /// The top and the way down as a tied network, in parameters of its own: the distribution of
    /// the data, to [generate](Dbn::generate) from.
    pub fn generative(&self) -> Dbn {
        self.tied(UntiedLayer::downward)
    }

    fn tied(&self, direction: fn(&UntiedLayer) -> Rbm) -> Dbn {
        let below = self.layers.iter().map(|layer| fresh(&direction(layer)));
        Dbn {
            stack: below.chain([fresh(&self.top)]).collect(),
        }
    }

    /// The number of columns of the data.
    pub fn num_visible(&self) -> usize {
        self.generative().widths()[0]
    }

    /// The number of classes, where the top layer has label units.
    pub fn classes(&self) -> Option<usize> {
        self.top.visible.classes()
    }

    /// The device of the parameters.
    pub fn device(&self) -> Device {
        self.top.device()
    }

    /// Saves the network as one safetensors file: the tensors of an RBM as `layer-1.recognition.`
    /// and `layer-1.generative.` and so on up the stack, and as `top.`. It is written beside and
    /// renamed.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`]; a file that was there before is whole then.
    pub fn save(&self, path: &Path) -> Result<(), DbnError> {
        let header = Header {
            shape: self.shape(),
        };
        let mut archive = Archive::new(header_of(FORMAT, VERSION, &header));
        self.store_in(&mut archive);
        Ok(archive.save(path)?)
    }

    /// Loads a network that [`save`](Self::save) wrote, onto `device`.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`] where the file is missing, damaged, of another version or of other
    /// tensors than its header says.
    pub fn load(path: &Path, device: &Device) -> Result<Self, DbnError> {
        let mut archive = Archive::load(path)?;
        let header: Header = fields_of(archive.header().clone(), FORMAT, VERSION, path)?;
        let network = Self::from_archive(&mut archive, &header.shape, device, path)?;
        archive.check_taken(&format!("{} layers", header.shape.len()), path)?;
        Ok(network)
    }

    /// The configurations of the layers, the top one last.
    pub(super) fn shape(&self) -> Vec<RbmConfig> {
        self.generative().stack.iter().map(Rbm::config).collect()
    }

    pub(super) fn store_in(&self, archive: &mut Archive) {
        for (layer, number) in self.layers.iter().zip(1..) {
            model_into_archive(&layer.upward(), &prefix(number, "recognition"), archive);
            model_into_archive(&layer.downward(), &prefix(number, "generative"), archive);
        }
        model_into_archive(&self.top, TOP, archive);
    }

    pub(super) fn from_archive(
        archive: &mut Archive,
        shape: &[RbmConfig],
        device: &Device,
        path: &Path,
    ) -> Result<Self, DbnError> {
        let (top, below) = shape.split_last().ok_or(DbnError::NoLayers)?;
        let mut layers = Vec::with_capacity(below.len());
        for (config, number) in below.iter().zip(1..) {
            let mut take = |direction| {
                let prefix = prefix(number, direction);
                model_from_archive(archive, &prefix, Some(config), device, path)
            };
            let (up, down) = (take("recognition")?, take("generative")?);
            layers.push(UntiedLayer {
                visible: down.visible,
                hidden: up.hidden,
                recognition: up.weight,
                generative: down.weight,
            });
        }
        let top = model_from_archive(archive, TOP, Some(top), device, path)?;
        let network = Self { layers, top };
        // Whether neighbours fit is known to the stack.
        Dbn::new(network.generative().stack)?;
        Ok(network)
    }
}

const FORMAT: &str = "burnzmann-untied-dbn";
const VERSION: u32 = 1;
const TOP: &str = "top.";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    shape: Vec<RbmConfig>,
}

fn prefix(layer: usize, direction: &str) -> String {
    format!("layer-{layer}.{direction}.")
}

fn fresh(rbm: &Rbm) -> Rbm {
    Rbm::from_parts(rbm.visible.fresh(), rbm.hidden.fresh(), rbm.weight.val())
}

#[cfg(test)]
mod tests {
    use rbm_model::{Noise, units::UnitsConfig};

    use super::*;

    fn untied() -> UntiedDbn {
        let (device, mut noise) = (Device::default(), Noise::new(1));
        let gaussian = UnitsConfig::Gaussian { learn_sigma: true };
        let labelled = UnitsConfig::Labelled { classes: 3 };
        let stack = [
            RbmConfig::new(4, 3).with_visible(gaussian),
            RbmConfig::new(6, 2).with_visible(labelled),
        ];
        let stack = stack.map(|config| config.init(&mut noise, &device));
        let mut untied = UntiedDbn::from(&Dbn::new(stack.into()).unwrap());
        // Apart, as training leaves them.
        let other = RbmConfig::new(4, 3).init(&mut noise, &device);
        untied.layers[0].recognition = other.weight;
        untied
    }

    #[test]
    fn a_round_trip_keeps_every_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("untied");
        untied().save(&path).unwrap();
        let loaded = UntiedDbn::load(&path, &Device::default()).unwrap();
        let archived = |network: &UntiedDbn| {
            let mut archive = Archive::default();
            network.store_in(&mut archive);
            archive
        };
        assert_eq!(archived(&loaded), archived(&untied()));
        assert_eq!(loaded.shape(), untied().shape());

        let mut archive = Archive::load(&path).unwrap();
        archive.remove("layer-1.generative.weight");
        archive.save(&path).unwrap();
        let error = UntiedDbn::load(&path, &Device::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`layer-1.generative.weight` of shape [4, 3], found none"),
            "{error}"
        );
        let tied = folder.path().join("tied");
        untied().generative().save(&tied).unwrap();
        let error = UntiedDbn::load(&tied, &Device::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains("a burnzmann-untied-dbn file"), "{error}");
    }

    /// No optimiser may take two parameters for one, in any of the networks that are made.
    #[test]
    fn all_parameters_are_their_own() {
        struct Ids(Vec<u64>);
        impl burn::module::ModuleVisitor for Ids {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                self.0.push(param.id.val());
            }
        }
        let untied = untied();
        let mut ids = Ids(Vec::new());
        untied.visit(&mut ids);
        untied.recognition().visit(&mut ids);
        untied.generative().visit(&mut ids);
        UntiedDbn::from(&untied.generative()).visit(&mut ids);
        let count = ids.0.len();
        ids.0.sort_unstable();
        ids.0.dedup();
        assert_eq!(ids.0.len(), count);
    }
}
