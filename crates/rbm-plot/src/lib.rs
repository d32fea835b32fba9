//! Pictures for restricted Boltzmann machines, from plain slices of numbers to PNG files.
//!
//! - [`filters`], [`fantasies`] and [`reconstructions`] lay many small images out as [`Tiles`].
//! - [`Curves`] draws learning curves, several [`CurvePanel`]s over one shared x axis.
//! - [`Scatter`] draws points in a plane, [`histogram`] makes a curve of how often numbers occur.
//! - All render to a [`Picture`], which is saved whole or not at all.
//!
//! The crate knows no tensors: a caller reads its numbers back once and passes slices. Everything is drawn here, with an
//! embedded font, so that a picture is the same on every machine.
//!
//! ```
//! use rbm_plot::{ImageShape, fantasies};
//!
//! let particles = vec![0.5; 12 * 64]; // [12, 64]: twelve 8 × 8 images, one after the other
//! let picture = fantasies(&particles, ImageShape::new(8, 8))?.render()?;
//! assert!(picture.width() > 4 * 64);
//! # Ok::<(), rbm_plot::PlotError>(())
//! ```

mod error;
mod picture;

mod canvas;
mod font;
mod frame;
mod palette;

mod header;

mod colour_bar;
mod grid;
mod image_shape;
mod scale;
mod tiles;
mod views;

mod axis;
mod curve_panel;
mod curves;
mod histogram;
mod panel;
mod scatter;
mod series;
mod trace;

pub use curve_panel::CurvePanel;
pub use curves::Curves;
pub use error::PlotError;
pub use histogram::histogram;
pub use image_shape::ImageShape;
pub use picture::Picture;
pub use scale::ColourScale;
pub use scatter::Scatter;
pub use series::Series;
pub use tiles::Tiles;
pub use views::{fantasies, filters, reconstructions};
