//! The way from independent units to a model through inverse temperatures, and what is learned from
//! chains that walk it: log-weights, partition functions, autocorrelation.
//!
//! Training algorithms and estimators of the likelihood are made of these parts.

mod error;
pub use error::AnnealingError;

#[doc(hidden)]
pub mod host;
#[doc(hidden)]
pub mod statistics;

mod rows;
pub use rows::{Rows, Totals};

mod base;
pub use base::base_rate;

mod path;
pub use path::{Path, Position};
pub use rbm_kernels::anneal::Step;
mod kernel;
mod steps;
pub use kernel::Annealing;

mod log_weights;
pub use log_weights::{Interval, LogWeights};

mod bar;
pub use bar::Bar;

mod autocorrelation;
pub use autocorrelation::{Autocorrelation, Window};
