//! The stack itself.

use burn::module::Module;
use burn::tensor::Device;
use rbm_model::Rbm;

use crate::DbnError;

/// A deep belief network with tied weights: the RBM on top is the joint distribution of its two
/// layers, and every RBM below it is a conditional `p(vˡ | hˡ)` downwards, with `q(hˡ | vˡ)` of the
/// same weights as the approximate posterior upwards.
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
/// Computation 18, 2006, section 4.
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
    /// [`DbnError`] where there is no layer, or where neighbours do not fit.
    pub fn new(stack: Vec<Rbm>) -> Result<Self, DbnError> {
        if stack.is_empty() {
            return Err(DbnError::NoLayers);
        }
        for (below, pair) in stack.windows(2).enumerate() {
            let (expected, found) = (pair[0].num_hidden(), pair[1].num_visible());
            if expected != found {
                let layer = below + 2;
                return Err(DbnError::Widths {
                    layer,
                    expected,
                    found,
                });
            }
        }
        Ok(Self { stack })
    }

    /// The number of units of each layer, from the data up: one more than there are RBMs.
    pub fn widths(&self) -> Vec<usize> {
        let hidden = self.stack.iter().map(Rbm::num_hidden);
        std::iter::once(self.stack[0].num_visible())
            .chain(hidden)
            .collect()
    }

    /// The device of the parameters.
    pub fn device(&self) -> Device {
        self.stack[0].device()
    }
}
