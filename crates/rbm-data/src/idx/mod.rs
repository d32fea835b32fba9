//! IDX files, the format of MNIST: a short header, then unsigned bytes.
//!
//! A file begins with two zero bytes, the type of its elements (only 0x08, unsigned bytes, is
//! read), the number of dimensions (1 to 4), and each dimension as a big-endian 32-bit number;
//! the elements follow, last dimension fastest. A gzip wrapper is recognised by its first two
//! bytes, whatever the file is called.
//!
//! # References
//!
//! Y. `LeCun`, C. Cortes, C. J. C. Burges: *The MNIST database of handwritten digits*, section
//! "File formats for the MNIST database".

mod array;
mod images;
mod labels;
mod unpack;

pub use array::IdxArray;
pub use images::IdxImages;
pub use labels::IdxLabels;
pub(crate) use unpack::{Unpacked, unpack};

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::{array::tests::file, unpack::tests::gzip};
}
