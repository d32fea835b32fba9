//! `burnzmann convert`: models of other programs, and for them.

mod command;
mod formats;
mod mapping;

pub(crate) use command::load;
pub use command::{ConvertArgs, convert};
pub(crate) use formats::{Tensors, read_torch};
