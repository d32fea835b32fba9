//! How a model is trained, as data.

mod algorithm;
mod error;
mod learning_rate;
mod optimizer;
mod schedule;
mod train;

pub use algorithm::{Algorithm, HiddenStatistics};
pub use error::TrainConfigError;
pub use learning_rate::LearningRate;
pub use optimizer::OptimizerConfig;
pub use schedule::Schedule;
pub use train::TrainConfig;
