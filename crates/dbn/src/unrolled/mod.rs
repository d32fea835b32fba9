//! Networks of Burn's `Linear` layers that start as the two directions of a stack.
//!
//! The way up through a [`Dbn`](crate::Dbn), and the way down, as functions that backpropagation
//! tunes: a classifier and an autoencoder. With the feature `finetune`, both implement Burn's `TrainStep`
//! and `InferenceStep`, so that Burn's learner trains them; [`Finetune`](crate::Finetune) sets that up.

mod activation;
mod dense;
mod regularisation;

pub use activation::Activation;
pub use dense::Dense;
pub use regularisation::Regularisation;

mod batch;
mod data_rows;
mod loader;
pub use batch::Batch;
pub use data_rows::DataRows;
pub use loader::BatchLoader;

mod autoencoder;
mod classifier;
pub use autoencoder::Autoencoder;
pub use classifier::DbnClassifier;

mod store;

use crate::{Dbn, DbnError};

impl Dbn {
    /// Whether each layer is a function of the one below it, and the other way round.
    fn check_unrollable(&self) -> Result<(), DbnError> {
        match self.classes() {
            None => Ok(()),
            Some(_) => Err(DbnError::Unrolled {
                layer: self.num_layers(),
            }),
        }
    }
}
