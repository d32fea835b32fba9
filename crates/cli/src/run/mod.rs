//! The folder of a run.

mod config;
mod folder;
mod origin;
mod start;
mod watch;

pub use config::RunConfig;
pub use folder::RunFolder;
pub(crate) use origin::{DataRecord, Place};
pub use origin::{Digests, MovedArgs};
pub use start::FirstModel;
pub use watch::WatchConfig;
