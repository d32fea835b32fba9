//! One training loop for every algorithm.
//!
//! A [`Trainer`] owns everything that an update changes: the model, the optimiser, the persistent
//! chains, the offsets of centring and the position in the stream of random numbers. It is saved
//! and loaded whole ([`checkpoint`]), and on CPU backends a resumed run is bit for bit the run that
//! was never interrupted. [`fit`] drives it over a data set and shows each epoch to [`Observer`]s.

mod config;
pub use config::{
    HiddenStatistics, LEAST_UPDATES, LearningRate, OptimizerConfig, Schedule, TrainConfig,
    TrainConfigError, default_epochs,
};

mod algorithm;
pub use algorithm::*;
mod step;
pub use step::{Shard, Step};

mod centring;
pub use centring::Centring;
mod diverged;
mod penalty;
mod replan;
mod statistics;
mod trainer;
mod workers;
pub use diverged::Diverged;
pub use trainer::{StepInfo, Trainer};

pub mod metrics;

mod scheduled_optimizer;
pub use scheduled_optimizer::ScheduledOptimizer;

mod best;
pub mod checkpoint;
pub use best::{Best, BestEpoch};
mod early_stop;
pub use early_stop::{EarlyStop, Fall};
mod rotation;
pub use rotation::{Recovered, Rotation};

mod observer;
pub use observer::{EpochReport, Observer};
mod history;
mod report_line;

mod descent;
mod fit;
pub use fit::{Ending, FitError, fit};

/// What the other crates of this project need of this one. It may change in any version.
#[doc(hidden)]
pub mod internal {
    pub use crate::centring::moving_mean;
    pub use crate::diverged::too_large_column;
    pub use crate::history::{History, HistoryMark};
    pub use crate::scheduled_optimizer::read_record;
    pub use crate::workers::on_workers;
}
