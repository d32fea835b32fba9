//! Annealed importance sampling and its reverse.

mod schedule;
pub use schedule::AnnealingSchedule;

mod estimate;
pub use estimate::AisEstimate;

mod reverse;
pub use reverse::{Origin, ReverseEstimate};

pub(crate) mod sampler;
pub use sampler::Ais;

mod bracket;
pub use bracket::Bracket;
