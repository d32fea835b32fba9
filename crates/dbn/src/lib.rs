//! Deep belief networks: stacks of restricted Boltzmann machines.

mod error;
pub use error::DbnError;

mod dbn;
pub use dbn::Dbn;
