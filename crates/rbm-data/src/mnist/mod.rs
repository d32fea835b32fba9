//! MNIST: where its files are, how they get there, and what they hold.

#[cfg(feature = "download")]
mod download;
mod files;
mod load;

pub use files::MnistFiles;
pub use load::Mnist;
