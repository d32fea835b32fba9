//! Deep belief networks: stacks of restricted Boltzmann machines.

mod error;
pub use error::DbnError;

mod dbn;
pub use dbn::Dbn;

mod unrolled;
pub use unrolled::{
    Activation, Autoencoder, Batch, BatchLoader, DataRows, DbnClassifier, Dense, Regularisation,
};

mod finetune;
pub use finetune::{Finetune, FinetuneConfig, Finetuned};
