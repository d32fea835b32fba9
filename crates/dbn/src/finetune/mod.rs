//! Backpropagation through an unrolled stack, by Burn's own learner.

mod config;
pub use config::FinetuneConfig;

mod autoencoder;
mod checkpoints;
mod classifier;
mod history;
mod recorder;
mod thinning;

#[expect(
    clippy::module_inception,
    reason = "one public type a file, named after it"
)]
mod finetune;
pub use finetune::{Finetune, Finetuned};
