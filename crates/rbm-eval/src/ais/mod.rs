//! Annealed importance sampling and its reverse.

pub(crate) mod path;
mod rows;
mod schedule;
pub use schedule::Schedule;

mod steps;

mod base;
pub use base::base_rate;

mod estimate;
pub use estimate::AisEstimate;

mod reverse;
pub use reverse::{Origin, ReverseEstimate};

pub(crate) mod sampler;
pub use sampler::Ais;

mod bracket;
pub use bracket::Bracket;
