//! How the numbers of data become values of visible units.

mod check;
mod preparation;
mod summary;
mod wanted;

pub use preparation::Preparation;
pub(crate) use wanted::{Asked, Purpose, Wanted};
