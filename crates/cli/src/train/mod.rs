//! `burnzmann train`.

mod args;
mod command;
mod config_file;
#[cfg(test)]
mod config_fuzz;
#[cfg(feature = "dashboard")]
mod dashboard;
mod files;
mod metrics_file;
mod plan;
mod resume;
mod screen;
mod start;
mod units;

pub use args::{LogFormat, ResumeArgs, TrainArgs, WatchArgs};
pub(crate) use args::{algorithm, help_of_sweeps};
pub use command::{resume, train};
pub use config_file::ConfigFile;
pub(crate) use metrics_file::metrics as metrics_csv;
pub(crate) use resume::difference;
pub use units::HiddenUnits;
pub(crate) use units::visible_units;
