//! The folder of a run.

mod config;
mod folder;
mod origin;

pub use config::RunConfig;
pub use folder::RunFolder;
pub(crate) use origin::{DataRecord, Place};
pub use origin::{Digests, MovedArgs};
