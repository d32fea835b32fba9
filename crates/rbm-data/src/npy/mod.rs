//! NumPy's files: one array (`.npy`), or several in a zip archive (`.npz`).
//!
//! # References
//!
//! R. Kern and others: *NEP 1, a simple file format for `NumPy` arrays*, 2007.

mod archive;
mod array;
mod content;
mod header;
mod layout;
mod rows;
mod sparse;
mod text;

pub(crate) use archive::Npz;
pub use archive::{npz_numbers, npz_shapes, read_npz, write_npz, zip_member, zip_stored};
pub use array::{NpyArray, NpyValues};
pub(crate) use layout::columns;
pub use rows::NpyRows;
pub use sparse::read_sparse;
pub(crate) use sparse::{dense, is_sparse};
pub(crate) use text::read_text;

#[cfg(test)]
pub(crate) use array::tests;
