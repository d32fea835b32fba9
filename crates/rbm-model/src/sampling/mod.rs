//! Markov chains over the model's states.

pub mod annealing;
mod clamped_gibbs;
mod gibbs;
mod independent;
mod kernel;

pub use clamped_gibbs::ClampedGibbs;
pub use gibbs::{Gibbs, GibbsInfo, GibbsState};
pub use independent::{independent_visible, random_visible};
pub use kernel::Kernel;
