//! `burnzmann train`.

mod args;
mod command;
mod files;
mod pictures;
mod screen;

pub use args::TrainArgs;
pub use command::train;
