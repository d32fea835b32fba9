//! One pass over the rows, uploaded in large pieces.

use std::ops::Range;

use burn::tensor::{Device, Tensor};

use crate::{Batches, DataError, dataset::read};

/// The size of what is gathered and uploaded at once, in bytes: many batches share the cost of an
/// upload, and neither the host nor the device ever holds the whole epoch.
const PIECE_BYTES: usize = 8 << 20;

/// The batches of one epoch: tensors [rows, columns] of values as
/// [`Binarisation`](crate::Binarisation) makes them.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_data::{Batches, Binarisation, bars_and_stripes};
///
/// let data = bars_and_stripes(3)?;
/// let rows: Vec<u32> = (0..16).collect();
/// let batches = Batches::new(&data, &rows, 5, Binarisation::None, 42)?;
///
/// let mut epoch = batches.epoch_from(7, 2, &Device::default());
/// assert_eq!(epoch.len(), 2);
/// assert_eq!(epoch.next().unwrap().dims(), [4, 9]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Epoch {
    batches: Batches,
    number: u64,
    order: Vec<u32>,
    device: Device,
    next: usize,
    /// The rows of `held` on the device.
    piece: Option<Tensor<2>>,
    /// The batches in `piece`.
    held: Range<usize>,
}

impl Epoch {
    pub(crate) fn new(batches: Batches, epoch: u64, first: usize, device: &Device) -> Self {
        let count = batches.len();
        assert!(first <= count, "batch {first} of {count}");
        Self {
            order: batches.order(epoch),
            batches,
            number: epoch,
            device: device.clone(),
            next: first,
            piece: None,
            held: 0..0,
        }
    }

    /// Gathers, binarises and uploads the next piece, which begins with the batch `self.next`.
    fn upload(&mut self) -> Result<Tensor<2>, DataError> {
        let batch_bytes = self.batches.largest() * self.batches.dataset().num_visible() * 4;
        let batches = (PIECE_BYTES / batch_bytes).max(1);
        self.held = self.next..(self.next + batches).min(self.batches.len());
        let rows = self.batches.start(self.held.start)..self.batches.start(self.held.end);
        self.batches
            .try_rows_tensor(&self.order[rows], self.number, &self.device)
    }

    /// The rows of the batch that was given last, by their numbers in the data set; none before the first
    /// one.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use rbm_data::{Batches, Binarisation, bars_and_stripes};
    ///
    /// let data = bars_and_stripes(3)?;
    /// let batches = Batches::new(&data, &[3, 5, 7, 9], 3, Binarisation::None, 42)?;
    /// let mut epoch = batches.epoch(0, &Device::default());
    /// let mut rows = Vec::new();
    /// while epoch.next().is_some() {
    ///     rows.extend_from_slice(epoch.last_rows());
    /// }
    /// rows.sort();
    /// assert_eq!(rows, [3, 5, 7, 9]);
    /// # Ok::<(), rbm_data::DataError>(())
    /// ```
    pub fn last_rows(&self) -> &[u32] {
        match self.next.checked_sub(1) {
            Some(last) => &self.order[self.batches.range(last)],
            None => &[],
        }
    }

    /// The next batch of values that may stay in a file; none where all were given.
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    pub fn try_next(&mut self) -> Option<Result<Tensor<2>, DataError>> {
        (self.next < self.batches.len()).then(|| self.batch())
    }

    fn batch(&mut self) -> Result<Tensor<2>, DataError> {
        let held = self.piece.take().filter(|_| self.held.contains(&self.next));
        let piece = match held {
            Some(piece) => piece,
            None => self.upload()?,
        };
        let rows = self.batches.range(self.next);
        let offset = rows.start - self.batches.start(self.held.start);
        self.next += 1;
        if self.held.len() == 1 {
            return Ok(piece);
        }
        let batch = piece.clone().narrow(0, offset, rows.len());
        // The last batch of a piece lets go of it.
        self.piece = (self.next < self.held.end).then_some(piece);
        Ok(batch)
    }
}

/// It panics where values that stay in a file cannot be read any more; [`Epoch::try_next`] does not.
impl Iterator for Epoch {
    type Item = Tensor<2>;

    fn next(&mut self) -> Option<Tensor<2>> {
        self.try_next().map(read)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batches.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Epoch {}

impl std::iter::FusedIterator for Epoch {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Binarisation, Dataset, Values};

    /// Rows of 4096 pixels, 16 KiB as floats: 512 of them are a piece.
    fn wide() -> Dataset {
        let data = (0..1500 * 4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
        Dataset::new(
            "wide",
            4096,
            Values::Bytes {
                data: data.collect(),
                levels: 255,
            },
        )
        .unwrap()
    }

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn batches_of_several_pieces_are_the_rows_of_the_order() {
        let data = wide();
        let rows: Vec<u32> = (0..1500).collect();
        let device = Device::default();
        // Several pieces; pieces of one batch; a single batch that is more than a piece.
        for (size, pieces_of) in [(100, 5), (500, 1), (1500, 1)] {
            let batches = Batches::new(&data, &rows, size, Binarisation::Stochastic, 5).unwrap();
            let order = batches.order(3);
            let mut epoch = batches.epoch(3, &device);
            assert_eq!(epoch.len(), batches.len());
            for batch in 0..batches.len() {
                let tensor = epoch.next().unwrap();
                assert_eq!(epoch.held.len(), pieces_of);
                let expected = batches.rows_tensor(&order[batches.range(batch)], 3, &device);
                assert!(
                    values(tensor) == values(expected),
                    "size {size}, batch {batch}"
                );
            }
            assert!(epoch.next().is_none() && epoch.next().is_none());
        }
    }

    #[test]
    fn an_epoch_begun_in_the_middle_goes_on_as_the_whole_one() {
        let data = wide();
        let rows: Vec<u32> = (0..1000).collect();
        let device = Device::default();
        let batches = Batches::new(&data, &rows, 90, Binarisation::Stochastic, 5).unwrap();
        let whole: Vec<_> = batches.epoch(1, &device).map(values).collect();
        for first in [0, 1, 4, 5, 6, 11, 12] {
            let rest: Vec<_> = batches.epoch_from(1, first, &device).map(values).collect();
            assert!(rest == whole[first..], "from {first}");
        }
    }

    #[test]
    #[should_panic(expected = "batch 3 of 2")]
    fn there_is_nothing_past_the_end() {
        let data = crate::bars_and_stripes(1).unwrap();
        let batches = Batches::new(&data, &[0, 1], 1, Binarisation::None, 0).unwrap();
        let _ = batches.epoch_from(0, 3, &Device::default());
    }
}
