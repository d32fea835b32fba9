//! Distributions that need no training, to hold a model against.

#[expect(
    clippy::module_inception,
    reason = "one public type a file, named after it"
)]
mod baselines;
mod independent;
mod scores;
mod table;

pub use baselines::Baselines;
pub use scores::BaselineScores;
