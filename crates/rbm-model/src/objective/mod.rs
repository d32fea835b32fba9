//! The training objective: a scalar whose derivative is the gradient of the log-likelihood.

mod clamped;
mod phase;
mod surrogate;

pub use clamped::Clamped;
pub use phase::Phase;
pub use surrogate::surrogate;
