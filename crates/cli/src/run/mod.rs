//! The folder of a run.

mod config;
mod folder;

pub use config::RunConfig;
pub use folder::RunFolder;
