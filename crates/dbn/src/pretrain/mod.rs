//! Greedy training, layer by layer.
//!
//! G. E. Hinton, S. Osindero, Y.-W. Teh: *A fast learning algorithm for deep belief nets*, Neural
//! Computation 18, 2006, section 4: each layer is an RBM of the features that the layers below make
//! of the data.

mod folder;
mod held_out;
pub(crate) mod labels;
mod level;
mod observer;
mod pretrainer;
mod start;

pub use observer::PretrainObserver;
pub use pretrainer::{Pretrainer, pretrain};
