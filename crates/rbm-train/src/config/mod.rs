//! How a model is trained, as data.

mod epochs;
mod error;
mod hidden_statistics;
mod learning_rate;
mod optimizer;
mod schedule;
mod train;

pub use epochs::{LEAST_UPDATES, default_epochs};
pub use error::TrainConfigError;
pub use hidden_statistics::HiddenStatistics;
pub use learning_rate::LearningRate;
pub use optimizer::OptimizerConfig;
pub use schedule::Schedule;
pub(crate) use train::MAX_ROWS;
pub use train::TrainConfig;
