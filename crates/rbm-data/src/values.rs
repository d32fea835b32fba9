//! The values of a data set, as compact as they came.

use std::ops::Range;
use std::sync::Arc;

use crate::{DataError, Scale, Survey, npy::NpyRows, survey::Surveyor};

/// The values of a data set, row by row.
///
/// ```
/// use rbm_data::{Dataset, Values};
///
/// // Two grey images of two pixels: 0, 1 and 0.2, 0.6.
/// let values = Values::Bytes { data: vec![0, 255, 51, 153], levels: 255 };
/// let data = Dataset::new("two images", 2, values)?;
/// let mut row = [0.0; 2];
/// data.copy_row(1, &mut row);
/// assert_eq!(row, [0.2, 0.6]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Quantised values in [0, 1]: a byte stands for `byte / levels`, unless
    /// [`Dataset::with_scale`](crate::Dataset::with_scale) says something else.
    Bytes {
        /// One byte a value, none above `levels`.
        data: Vec<u8>,
        /// The byte that stands for 1: 255 for grey images, 1 for binary ones; not 0.
        levels: u8,
    },
    /// Finite numbers.
    Floats(Vec<f32>),
    /// Rows that stay in their file.
    File(NpyRows),
}

impl Values {
    /// How many values, of all rows together.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes { data, .. } => data.len(),
            Self::Floats(data) => data.len(),
            Self::File(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scale that they have by themselves.
    pub(crate) fn scale(&self) -> Scale {
        match self {
            Self::Bytes { levels, .. } => Scale::from((*levels).max(1)),
            Self::Floats(_) | Self::File(_) => Scale::NONE,
        }
    }

    /// Calls `write(slot, value)` on each slot of `out` with the value at its place in `range`, after
    /// `scale`.
    #[inline]
    pub(crate) fn write(
        &self,
        range: Range<usize>,
        scale: Scale,
        out: &mut [f32],
        mut write: impl FnMut(&mut f32, f32),
    ) -> Result<(), DataError> {
        assert_eq!(range.len(), out.len(), "a slice as long as the row");
        match self {
            Self::Bytes { data, .. } => {
                for (slot, &byte) in out.iter_mut().zip(&data[range]) {
                    write(slot, scale.apply(byte.into()));
                }
            }
            Self::Floats(data) if scale == Scale::NONE => {
                for (slot, &value) in out.iter_mut().zip(&data[range]) {
                    write(slot, value);
                }
            }
            Self::Floats(data) => {
                for (slot, &value) in out.iter_mut().zip(&data[range]) {
                    write(slot, scale.apply(value));
                }
            }
            Self::File(rows) => {
                let mut values = vec![0.0; out.len()];
                rows.read(range, &mut values)?;
                for (slot, value) in out.iter_mut().zip(values) {
                    write(slot, scale.apply(value));
                }
            }
        }
        Ok(())
    }

    /// The place and the value after `scale` of the first one that is wanted then.
    pub(crate) fn find(
        &self,
        is_wanted: impl Fn(f32) -> bool,
        scale: Scale,
    ) -> Result<Option<(usize, f32)>, DataError> {
        Ok(match self {
            Self::Bytes { data, .. } => {
                let wanted = |byte: u8| is_wanted(scale.apply(byte.into()));
                let wanted: Vec<bool> = (0..=u8::MAX).map(wanted).collect();
                let place = if wanted.contains(&true) {
                    data.iter().position(|&byte| wanted[usize::from(byte)])
                } else {
                    None
                };
                place.map(|place| (place, scale.apply(data[place].into())))
            }
            Self::Floats(data) => {
                let place = data.iter().position(|&value| is_wanted(scale.apply(value)));
                place.map(|place| (place, scale.apply(data[place])))
            }
            Self::File(rows) => rows
                .find(|value| is_wanted(scale.apply(value)))?
                .map(|(place, value)| (place, scale.apply(value))),
        })
    }

    /// What numbers there are, in rows of so many columns.
    pub(crate) fn survey(&self, columns: usize) -> Arc<Survey> {
        let mut surveyor = Surveyor::new(columns);
        match self {
            Self::Bytes { data, .. } => surveyor.look(data.iter().map(|&byte| byte.into())),
            Self::Floats(data) => surveyor.look(data.iter().copied()),
            Self::File(rows) => return rows.survey(),
        }
        Arc::new(surveyor.finish())
    }

    /// The values of `ranges`, one after the other.
    pub(crate) fn gather(
        &self,
        ranges: impl Iterator<Item = Range<usize>>,
    ) -> Result<Self, DataError> {
        Ok(match self {
            Self::Bytes { data, levels } => Self::Bytes {
                data: ranges.flat_map(|range| &data[range]).copied().collect(),
                levels: *levels,
            },
            Self::Floats(data) => {
                Self::Floats(ranges.flat_map(|range| &data[range]).copied().collect())
            }
            Self::File(rows) => rows.gather(ranges)?,
        })
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected values are exact")]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_fractions_of_the_levels() {
        let values = Values::Bytes {
            data: vec![0, 4, 8, 16],
            levels: 16,
        };
        let mut out = [0.0; 3];
        values
            .write(1..4, values.scale(), &mut out, |slot, value| *slot = value)
            .unwrap();
        assert_eq!(out, [0.25, 0.5, 1.0]);
        assert_eq!(values.len(), 4);
    }

    #[test]
    fn gathering_keeps_the_order_asked_for() {
        let gathered = Values::Floats(vec![0.0, 1.0, 2.0, 3.0]).gather([2..4, 0..1].into_iter());
        let gathered = gathered.unwrap();
        assert_eq!(gathered, Values::Floats(vec![2.0, 3.0, 0.0]));
    }
}
