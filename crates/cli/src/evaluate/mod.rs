//! `burnzmann evaluate`.

mod args;
mod command;

pub use args::EvaluateArgs;
pub(crate) use command::Bar;
pub use command::evaluate;
