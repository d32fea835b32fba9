//! Contrastive wake-sleep: the two directions of a network apart, each the teacher of the other.
//!
//! G. E. Hinton, S. Osindero, Y.-W. Teh: *A fast learning algorithm for deep belief nets*, Neural
//! Computation 18, 2006, section 5 and appendix B.

mod untied;
pub use untied::{UntiedDbn, UntiedLayer};

mod config;
pub use config::UpDownConfig;

mod offsets;
mod passes;
mod trainer;
pub use trainer::UpDown;

mod checkpoint;

#[expect(
    clippy::module_inception,
    reason = "one public item a file, named after it"
)]
mod up_down;
pub use up_down::up_down;
