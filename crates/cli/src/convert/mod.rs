//! `burnzmann convert`: models of other programs, and for them.

mod command;
mod contents;
mod formats;
mod hdf5;
mod hints;
mod mapping;
mod names;
mod notes;
mod parameters;
mod spread;
mod tensors;
mod torch;

pub use command::{ConvertArgs, convert};
pub(crate) use command::{load, preparation_of};
pub(crate) use contents::refuse_pickle;
pub(crate) use hdf5::read as read_hdf5;
pub use hdf5::read_rbms;
pub use tensors::Tensors;
pub(crate) use torch::read as read_torch;
