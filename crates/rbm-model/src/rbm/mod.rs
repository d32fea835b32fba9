//! The model: its configuration, its start, its energies and conditionals.

mod config;
mod init;
#[expect(
    clippy::module_inception,
    reason = "one public type a file, named after it"
)]
mod rbm;

pub use config::{ConfigError, RbmConfig, WeightInit};
pub use init::DataStatistics;
pub use rbm::Rbm;
