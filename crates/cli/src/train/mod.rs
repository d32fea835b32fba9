//! `burnzmann train`.

mod args;
mod command;
mod files;
mod likelihood;
mod pictures;
mod screen;

pub use args::{AlgorithmName, TrainArgs};
pub use command::train;
