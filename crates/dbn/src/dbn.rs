//! The stack itself.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rbm_model::{
    Rbm,
    units::{Labelled, UnitLayer, Units},
};

use crate::DbnError;

/// A deep belief network with tied weights: the RBM on top is the joint distribution of its two
/// layers, and every RBM below it is a conditional `p(vˡ | hˡ)` downwards, with `q(hˡ | vˡ)` of the
/// same weights as the approximate posterior upwards.
///
/// Layers are counted from 1 at the data; layer 0 is the data themselves. The visible units of the
/// top layer may have a label beside them ([`Labelled`]): then the network is a joint distribution
/// of data and classes.
///
/// ```
/// use burn::tensor::Device;
/// use dbn::Dbn;
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(64, 20), layer(20, 30)])?;
/// assert_eq!(dbn.widths(), [64, 20, 30]);
/// assert!(Dbn::new(vec![layer(64, 20), layer(21, 30)]).is_err());
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # References
///
/// G. E. Hinton, S. Osindero, Y.-W. Teh: *A fast learning algorithm for deep belief nets*, Neural
/// Computation 18, 2006, sections 4 and 6.
#[derive(Module, Debug)]
pub struct Dbn {
    /// The layers, from the data up.
    pub stack: Vec<Rbm>,
}

impl Dbn {
    /// A network of these layers, from the data up.
    ///
    /// # Errors
    ///
    /// [`DbnError`] where there is no layer, where neighbours do not fit, or where there are label
    /// units elsewhere than among the visible ones of the top layer.
    pub fn new(stack: Vec<Rbm>) -> Result<Self, DbnError> {
        let top = stack.len();
        if top == 0 {
            return Err(DbnError::NoLayers);
        }
        for (rbm, layer) in stack.iter().zip(1..) {
            let below_top = layer < top && rbm.visible.classes().is_some();
            if below_top || rbm.hidden.classes().is_some() {
                return Err(DbnError::LabelsBelowTop { layer, top });
            }
        }
        for (pair, layer) in stack.windows(2).zip(2..) {
            let (below, above) = (&pair[0].hidden, &pair[1].visible);
            let (expected, found) = (below.num_units(), above.num_features());
            if expected != found {
                return Err(DbnError::Widths {
                    layer,
                    expected,
                    found,
                });
            }
            let values = |units: &Units| units.support().of_features();
            if values(below) != values(above) {
                return Err(DbnError::Kinds {
                    layer,
                    expected: below.config().name(),
                    found: above.config().name(),
                });
            }
        }
        Ok(Self { stack })
    }

    /// The number of layers of hidden units.
    pub fn num_layers(&self) -> usize {
        self.stack.len()
    }

    /// The number of units of each layer, from the data up: one more than there are RBMs. Label
    /// units are not counted.
    pub fn widths(&self) -> Vec<usize> {
        let hidden = self.stack.iter().map(Rbm::num_hidden);
        std::iter::once(self.stack[0].visible.num_features())
            .chain(hidden)
            .collect()
    }

    /// The number of classes, where the top layer has label units.
    pub fn classes(&self) -> Option<usize> {
        self.top().visible.classes()
    }

    /// The RBM on top.
    pub fn top(&self) -> &Rbm {
        &self.stack[self.stack.len() - 1]
    }

    /// The device of the parameters.
    pub fn device(&self) -> Device {
        self.stack[0].device()
    }

    pub(crate) fn label_layer(&self) -> Option<&Labelled> {
        match &self.top().visible {
            Units::Labelled(layer) => Some(layer),
            _ => None,
        }
    }

    /// The visible states of the top layer without their label, `[rows, features]`.
    pub(crate) fn without_label(&self, visible: Tensor<2>) -> Tensor<2> {
        self.top().visible.without_label(visible)
    }
}

#[cfg(test)]
mod tests {
    use rbm_model::{Noise, RbmConfig, units::UnitsConfig};

    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_its_layer() {
        let (device, mut noise) = (Device::default(), Noise::new(1));
        let labelled = UnitsConfig::Labelled { classes: 3 };
        let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
        let mut init = |config: RbmConfig| config.init(&mut noise, &device);
        let plain = init(RbmConfig::new(6, 4));
        let top = init(RbmConfig::new(7, 5).with_visible(labelled));
        let fits = Dbn::new(vec![plain.clone(), top.clone()]).unwrap();
        assert_eq!((fits.widths(), fits.classes()), (vec![6, 4, 5], Some(3)));
        let alone = Dbn::new(vec![top.clone()]).unwrap();
        assert_eq!(alone.widths(), [4, 5]);

        let cases = [
            (vec![], "found none"),
            (
                vec![plain.clone(), plain.clone()],
                "layer 2 has 6 visible units where layer 1 below it has 4 hidden ones",
            ),
            (
                vec![top.clone(), init(RbmConfig::new(5, 2))],
                "layer 1 has label units: expected them only among the visible units of the top \
                 layer, which is layer 2",
            ),
            (
                vec![init(RbmConfig::new(6, 4).with_hidden(labelled))],
                "layer 1 has label units",
            ),
            (
                vec![plain, init(RbmConfig::new(4, 2).with_visible(gaussian))],
                "layer 2 has Gaussian visible units where layer 1 below it has Bernoulli hidden",
            ),
        ];
        for (stack, message) in cases {
            let error = Dbn::new(stack).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
