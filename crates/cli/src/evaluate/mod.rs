//! `burnzmann evaluate`.

mod args;
mod command;
mod rows;

pub use args::EvaluateArgs;
pub(crate) use command::Bar;
pub use command::evaluate;
pub(crate) use rows::{OTHER_DATA, among_training, evaluation_data, is_of_the_run};
