//! Images from an IDX file.

use std::{io::Read, path::Path};

use super::IdxArray;
use crate::DataError;

/// Grey images of one size.
///
/// ```
/// use rbm_data::idx::IdxImages;
///
/// let file = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 64, 128, 255];
/// let images = IdxImages::read(&file[..], "one-image")?;
/// assert_eq!((images.count, images.height, images.width), (1, 2, 2));
/// assert_eq!(images.pixels, [0, 64, 128, 255]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxImages {
    /// How many images.
    pub count: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// `count * height * width` grey levels, image by image, row by row.
    pub pixels: Vec<u8>,
}

impl IdxImages {
    /// Reads the images in the file at `path`, plain or in gzip.
    ///
    /// # Errors
    ///
    /// Those of [`IdxArray::open`]; [`DataError::Format`] if it has not three dimensions.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::from_array(IdxArray::open(&path)?, path.as_ref())
    }

    /// Reads images from `reader` to its end; `file` is its name in messages.
    ///
    /// # Errors
    ///
    /// Those of [`IdxArray::read`]; [`DataError::Format`] if it has not three dimensions.
    pub fn read(reader: impl Read, file: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::from_array(IdxArray::read(reader, &file)?, file.as_ref())
    }

    fn from_array(array: IdxArray, file: &Path) -> Result<Self, DataError> {
        let IdxArray { dimensions, data } = array;
        let &[count, height, width] = &dimensions[..] else {
            return Err(DataError::Format {
                file: file.to_path_buf(),
                field: "number of dimensions",
                offset: 3,
                expected: "3 (images: count, height, width)".into(),
                found: dimensions.len().to_string(),
            });
        };
        Ok(Self {
            count,
            height,
            width,
            pixels: data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_labels_is_not_one_of_images() {
        let error = IdxImages::read(&[0, 0, 8, 1, 0, 0, 0, 1, 5][..], "labels").unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("labels, number of dimensions at byte 3"),
            "{message}"
        );
        assert!(message.contains("found 1"), "{message}");
    }
}
