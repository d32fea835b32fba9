//! The model: its configuration, its start, its energies and conditionals.

mod config;
mod init;
mod parameters;
#[expect(
    clippy::module_inception,
    reason = "one public type a file, named after it"
)]
mod rbm;

pub use config::{ConfigError, RbmConfig, WeightInit};
pub use init::DataStatistics;
pub use parameters::Parameter;
pub(crate) use parameters::{in_new_parameters, on_device_in_type, with_parameters};
pub use rbm::Rbm;
