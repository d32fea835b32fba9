//! What can go wrong between numbers and a picture file.

use std::io;
use std::path::PathBuf;

use crate::ImageShape;

/// Why a picture could not be made or written.
///
/// ```
/// use rbm_plot::{ImageShape, PlotError, fantasies};
///
/// let error = fantasies(&[0.0; 100], ImageShape::new(8, 8)).unwrap_err();
/// assert!(matches!(error, PlotError::Length { found: 100, .. }));
/// assert!(error.to_string().contains("a multiple of 64"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A flat slice is not a whole number of images.
    #[error(
        "{what}: expected a multiple of {} numbers (one image is {shape}), found {found}; pass all images one after the other, or another shape",
        .shape.len()
    )]
    Length {
        /// Which argument.
        what: String,
        /// How many numbers it holds.
        found: usize,
        /// The shape of one image.
        shape: ImageShape,
    },

    /// One row is not as long as an image.
    #[error(
        "{what}, row {row}: expected {} numbers (one image is {shape}), found {found}; pass every image whole, or another shape",
        .shape.len()
    )]
    RowLength {
        /// Which argument.
        what: String,
        /// Which row, counted from zero.
        row: usize,
        /// How many numbers it holds.
        found: usize,
        /// The shape of one image.
        shape: ImageShape,
    },

    /// The image shape has no pixels.
    #[error(
        "image shape: expected at least one pixel, found {shape}; give the height and width of one image"
    )]
    EmptyShape {
        /// The shape that was given.
        shape: ImageShape,
    },

    /// Two sets of images that are shown in pairs differ in number.
    #[error(
        "{what}: expected {expected} images to pair with the first row, found {found}; pass one image for each"
    )]
    Unpaired {
        /// Which row.
        what: String,
        /// How many images the first row has.
        expected: usize,
        /// How many images this row has.
        found: usize,
    },

    /// A colour scale has no extent.
    #[error(
        "colour scale: expected finite numbers with low < high, found {low} to {high}; widen the scale"
    )]
    Scale {
        /// The number at the scale's low end.
        low: f32,
        /// The number at the scale's high end.
        high: f32,
    },

    /// A band does not belong to its curve.
    #[error(
        "panel \"{panel}\", series \"{series}\": expected a band of {points} (low, high) pairs, one for each point, found {found}"
    )]
    Band {
        /// The panel's title.
        panel: String,
        /// The series' name.
        series: String,
        /// How many points the series has.
        points: usize,
        /// How many pairs the band has.
        found: usize,
    },

    /// The picture would be too large to be of use.
    #[error(
        "picture: expected at most {limit} pixels, found {width} × {height}; show fewer images or panels at a time"
    )]
    TooLarge {
        /// The picture's width in pixels.
        width: usize,
        /// The picture's height in pixels.
        height: usize,
        /// The most pixels that a picture may have.
        limit: usize,
    },

    /// The encoder refused the picture.
    #[error("picture: could not be encoded as PNG: {0}")]
    Encode(String),

    /// The file could not be written; whatever stood at the path before is still there.
    #[error("{}: cannot write the picture ({source}); make sure that its folder exists, may be written to and has room", .path.display())]
    Write {
        /// Where the picture should have gone.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
