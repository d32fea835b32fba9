//! Markov chains over the model's states.

mod gibbs;
mod kernel;

pub use gibbs::{Gibbs, GibbsInfo, GibbsState};
pub use kernel::Kernel;
