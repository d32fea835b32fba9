//! Labels from an IDX file.

use std::{io::Read, path::Path};

use super::IdxArray;
use crate::DataError;

/// One class number for each image of another file.
///
/// ```
/// use rbm_data::idx::IdxLabels;
///
/// let labels = IdxLabels::read(&[0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4][..], "three-labels")?;
/// assert_eq!(labels.labels, [5, 0, 4]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxLabels {
    /// The labels in the order of the images.
    pub labels: Vec<u8>,
}

impl IdxLabels {
    /// Reads the labels in the file at `path`, plain or in gzip.
    ///
    /// # Errors
    ///
    /// Those of [`IdxArray::open`]; [`DataError::Format`] if it has more than one dimension.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::from_array(IdxArray::open(&path)?, path.as_ref())
    }

    /// Reads labels from `reader` to its end; `file` is its name in messages.
    ///
    /// # Errors
    ///
    /// Those of [`IdxArray::read`]; [`DataError::Format`] if it has more than one dimension.
    pub fn read(reader: impl Read, file: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::from_array(IdxArray::read(reader, &file)?, file.as_ref())
    }

    /// Refuses a label of `classes` or more.
    ///
    /// # Errors
    ///
    /// [`DataError::Format`] with the place of the first such label in `file`.
    pub fn check_below(&self, classes: u8, file: impl AsRef<Path>) -> Result<(), DataError> {
        match self.labels.iter().position(|&label| label >= classes) {
            None => Ok(()),
            Some(index) => Err(DataError::Format {
                file: file.as_ref().to_path_buf(),
                field: "label",
                // The header of one dimension is eight bytes long.
                offset: 8 + index as u64,
                expected: format!("a class below {classes}"),
                found: self.labels[index].to_string(),
            }),
        }
    }

    fn from_array(array: IdxArray, file: &Path) -> Result<Self, DataError> {
        if array.dimensions.len() != 1 {
            return Err(DataError::Format {
                file: file.to_path_buf(),
                field: "number of dimensions",
                offset: 3,
                expected: "1 (labels)".into(),
                found: array.dimensions.len().to_string(),
            });
        }
        Ok(Self { labels: array.data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_images_is_not_one_of_labels() {
        let bytes = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0];
        let message = IdxLabels::read(&bytes[..], "images")
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("expected 1 (labels), found 2"),
            "{message}"
        );
    }

    #[test]
    fn labels_outside_the_classes_are_located() {
        let labels = IdxLabels {
            labels: vec![9, 0, 10],
        };
        assert!(labels.check_below(11, "l").is_ok());
        let message = labels.check_below(10, "l").unwrap_err().to_string();
        assert!(message.contains("label at byte 10: expected a class below 10, found 10"));
    }
}
