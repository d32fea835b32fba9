//! Which visible units are missing.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use burnzmann::data::Dataset;
use burnzmann::plot::ImageShape;
use clap::builder::{OsStringValueParser, TryMapValueParser, TypedValueParser, ValueParserFactory};

use crate::CliError;

/// What is missing from each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The upper half of an image.
    Top,
    /// The lower half.
    Bottom,
    /// The left half.
    Left,
    /// The right half.
    Right,
    /// Where a file has a number above one half.
    File(PathBuf),
}

impl ValueParserFactory for Mask {
    type Parser = TryMapValueParser<OsStringValueParser, fn(OsString) -> Result<Self, String>>;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().try_map(|word| Self::of(&word))
    }
}

impl Mask {
    /// What is meant by a word of the command line, which may be a path that is not UTF-8.
    fn of(word: &OsStr) -> Result<Self, String> {
        Ok(match word.to_str() {
            Some("top") => Self::Top,
            Some("bottom") => Self::Bottom,
            Some("left") => Self::Left,
            Some("right") => Self::Right,
            _ if Dataset::exists(Path::new(word)) => Self::File(word.into()),
            _ => return Err("expected top, bottom, left, right or a file that exists".to_owned()),
        })
    }

    /// For each visible unit of an image of this shape, whether it is missing.
    pub(super) fn missing(&self, shape: ImageShape) -> Result<Vec<bool>, CliError> {
        let (height, width) = (shape.height(), shape.width());
        let half = |chosen: &dyn Fn(usize, usize) -> bool| {
            (0..shape.len())
                .map(|place| chosen(place / width, place % width))
                .collect()
        };
        let missing: Vec<bool> = match self {
            Self::Top => half(&|row, _| row < height / 2),
            Self::Bottom => half(&|row, _| row >= height.div_ceil(2)),
            Self::Left => half(&|_, column| column < width / 2),
            Self::Right => half(&|_, column| column >= width.div_ceil(2)),
            Self::File(path) => {
                let data = Dataset::open(path).map_err(CliError::bad_input)?;
                if data.rows() * data.num_visible() != shape.len() {
                    return Err(CliError::BadInput(format!(
                        "{}: expected a mask of {} numbers, one a visible unit, found {}",
                        path.display(),
                        shape.len(),
                        data.rows() * data.num_visible()
                    )));
                }
                let mut row = vec![0.0; data.num_visible()];
                (0..data.rows())
                    .flat_map(|index| {
                        data.copy_row(index, &mut row);
                        row.iter().map(|&x| x > 0.5).collect::<Vec<_>>()
                    })
                    .collect()
            }
        };
        let count = missing.iter().filter(|&&missing| missing).count();
        if count == 0 || count == missing.len() {
            let what = if count == 0 { "nothing" } else { "everything" };
            return Err(CliError::BadInput(format!(
                "--mask leaves {what} to fill in: it marks what is missing, as 1 or white, and some \
                 units have to be known"
            )));
        }
        Ok(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_leave_the_middle_of_odd_images_known() {
        let shape = ImageShape::new(3, 2);
        let missing = |text: &str| {
            let mask = Mask::of(text.as_ref()).unwrap();
            let found = mask.missing(shape).unwrap();
            found.iter().map(|&x| u8::from(x)).collect::<Vec<_>>()
        };
        assert_eq!(missing("top"), [1, 1, 0, 0, 0, 0]);
        assert_eq!(missing("bottom"), [0, 0, 0, 0, 1, 1]);
        assert_eq!(missing("left"), [1, 0, 1, 0, 1, 0]);
        assert_eq!(missing("right"), [0, 1, 0, 1, 0, 1]);
        assert!(Mask::of("middle".as_ref()).is_err());
        let error = Mask::Top
            .missing(ImageShape::new(1, 6))
            .unwrap_err()
            .to_string();
        assert!(error.contains("nothing to fill in"), "{error}");
    }

    #[test]
    fn a_file_marks_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mask.csv");
        std::fs::write(&path, "0,1\n1,0\n").unwrap();
        let mask = Mask::File(path.clone());
        let found = mask.missing(ImageShape::new(2, 2)).unwrap();
        assert_eq!(found, [false, true, true, false]);
        let error = mask.missing(ImageShape::new(3, 2)).unwrap_err().to_string();
        assert!(
            error.contains("expected a mask of 6 numbers") && error.contains("found 4"),
            "{error}"
        );
    }
}
