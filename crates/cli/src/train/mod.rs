//! `burnzmann train`.

mod args;
mod command;
mod config_file;
#[cfg(test)]
mod config_fuzz;
mod files;
mod likelihood;
pub(crate) mod pictures;
mod plan;
mod screen;

pub use args::{AlgorithmName, ResumeArgs, TrainArgs, WatchArgs};
pub use command::{resume, train};
pub use config_file::ConfigFile;
