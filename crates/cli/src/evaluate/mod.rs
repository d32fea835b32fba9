//! `burnzmann evaluate`.

mod args;
mod command;

pub use args::{EvaluateArgs, Part};
pub use command::evaluate;
