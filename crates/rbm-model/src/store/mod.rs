//! Models on disk.
//!
//! A model is a folder with `model.safetensors` (tensors `weight` `[visible, hidden]`,
//! `visible.bias`, `hidden.bias`, and `visible.log_sigma` or `hidden.log_sigma` where a layer has
//! them) and `config.json`. The configuration is in the header of the first file too, so that the
//! one file is enough. Files are written beside and renamed: a reader finds the old one or the new
//! one, never half of either.

mod archive;
mod atomic;
#[doc(hidden)]
pub mod changes;
mod digest;
mod error;
mod growing;
mod header;
mod model;
mod tensors;

pub use archive::Archive;
pub use atomic::{TEMPORARY, write_atomic};
pub use error::StoreError;
pub use growing::{Extent, GrowingFile};
pub use header::{fields_of, header_of};
pub use model::{
    CONFIG_FILE, MODEL_FILE, load, notes_of, save, save_file, save_file_with_notes, save_with_notes,
};
pub use tensors::{model_from_archive, model_into_archive, tensor_from_archive};
