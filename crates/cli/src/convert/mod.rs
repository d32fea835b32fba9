//! `burnzmann convert`: models of other programs, and for them.

mod command;
mod formats;
mod hdf5;
mod mapping;
mod torch;

pub(crate) use command::load;
pub use command::{ConvertArgs, convert};
pub use formats::Tensors;
pub(crate) use hdf5::read as read_hdf5;
pub use hdf5::read_rbms;
pub(crate) use torch::read as read_torch;
