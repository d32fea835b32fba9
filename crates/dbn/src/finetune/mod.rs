//! Backpropagation through an unrolled stack, by Burn's own learner.

mod config;
pub use config::FinetuneConfig;

mod checkpoints;
mod history;
mod recorder;

#[expect(
    clippy::module_inception,
    reason = "one public type a file, named after it"
)]
mod finetune;
pub use finetune::{Finetune, Finetuned};
