//! How the numbers of data become values of visible units.

mod binarise;
mod check;
mod stored;
mod summary;
mod wanted;

pub use binarise::Binarise;
pub use stored::Preparation;
pub use wanted::{Asked, Prepared, Purpose, Wanted};
