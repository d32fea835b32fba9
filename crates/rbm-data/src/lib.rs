//! Data sets for restricted Boltzmann machines, and how a file becomes a batch.
//!
//! A [`Dataset`] keeps its rows as compact as they came (MNIST stays one byte a pixel), and divides
//! their numbers by its [`Scale`] when they are asked for; [`Batches`] shuffles, binarises ([`Binarisation`]) and uploads them. What an epoch holds
//! depends on the seed and the epoch's number alone, so a resumed run sees the rows that the
//! uninterrupted one would have seen. [`digits`] and [`bars_and_stripes`] need no file, [`Mnist`]
//! finds its own, [`Dataset::open`] reads any other set: IDX, `NumPy`'s formats, CSV, a folder of PNG
//! images.
//!
//! ```
//! use burn::tensor::Device;
//! use rbm_data::{Batches, Binarisation, Split, digits};
//!
//! let data = digits();
//! let split = Split::by_fractions(data.rows(), 0.1, 0.1, 42)?;
//! let batches = Batches::new(&data, &split.train, 100, Binarisation::Stochastic, 42)?;
//! for batch in batches.epoch(0, &Device::default()) {
//!     let [rows, columns] = batch.dims();
//!     assert!(rows <= 100 && columns == 64);
//! }
//! # Ok::<(), rbm_data::DataError>(())
//! ```
//!
//! # Features
//!
//! Both are off by default.
//!
//! - `download`: `MnistFiles::find_or_download`, which downloads the files of MNIST where they are missing.
//! - `jpeg`: [`Dataset::open`] reads JPEG images besides PNG.

mod error;
pub mod idx;
pub mod npy;
mod streams;
mod values;

mod bars_and_stripes;
mod columns;
mod content_digest;
mod dataset;
mod digits;
mod image_file;
mod image_folder;
mod labels;
mod mnist;
mod natural;
mod open;
mod read_options;
mod roles;
mod scale;
mod split;
mod subset;
mod survey;
mod table;

mod batches;
mod binarisation;
mod epoch;

pub use bars_and_stripes::bars_and_stripes;
pub use batches::Batches;
pub use binarisation::Binarisation;
pub use content_digest::content_digest;
pub use dataset::Dataset;
pub use digits::digits;
pub use epoch::Epoch;
pub use error::DataError;
pub use labels::{Labels, read_labels};
pub use mnist::{Mnist, MnistFiles};
pub use read_options::ReadOptions;
pub use scale::{Scale, Scaling};
pub use split::Split;
pub use subset::{SUBSET_SEED, subset};
pub use survey::Survey;
pub use values::Values;
