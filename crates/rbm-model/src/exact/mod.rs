//! Sums over all states, for models with a side small enough to enumerate.
//!
//! One side is summed out analytically; the states of the other (the smaller one that is discrete,
//! at most [`MAX_UNITS`] units) are enumerated in blocks and in double precision where the device
//! has it. The cost is `2ⁿ` rows through one matrix product.

mod enumeration;
mod memory;
mod moments;
mod partition;
mod phase;

pub use enumeration::{Enumeration, ExactError, MAX_UNITS, Side};
pub use memory::{check_memory, phase_bytes};
pub use moments::{Moments, moments};
pub use partition::{log_likelihood, log_partition, log_probability};
pub use phase::exact_phase;
