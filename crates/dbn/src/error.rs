//! What can be wrong with a stack, outside the code.

use thiserror::Error;

/// A deep belief network, or a run of one, that cannot be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DbnError {
    /// A stack without layers.
    #[error("a deep belief network has one layer or more: found none; name the width of a layer")]
    NoLayers,
    /// Two neighbours that do not fit.
    #[error(
        "layer {layer} has {found} visible units where layer {below} below it has {expected} hidden ones: \
         make them the same number",
        below = layer - 1
    )]
    Widths {
        /// The upper of the two layers, counted from 1 at the data.
        layer: usize,
        /// The number of hidden units of the layer below.
        expected: usize,
        /// Its number of visible units.
        found: usize,
    },
}
