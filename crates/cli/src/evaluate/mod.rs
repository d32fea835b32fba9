//! `burnzmann evaluate`.

mod args;
mod command;

pub use args::EvaluateArgs;
pub use command::evaluate;
