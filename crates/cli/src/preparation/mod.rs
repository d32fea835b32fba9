//! How the numbers of data become values of visible units.

mod check;
mod stored;
mod summary;
mod wanted;

pub use stored::Preparation;
pub(crate) use wanted::{Asked, Purpose, Wanted};
