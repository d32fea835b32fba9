//! Which rows of a data set make up which batch.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::{Binarisation, DataError, Dataset, Epoch, dataset::read, streams::Stream};

/// The fewest rows that are worth a thread of their own.
const ROWS_PER_TASK: usize = 16;

/// Rows of a data set, cut into batches in a new order each epoch.
///
/// An epoch uses every row exactly once. It has as few batches as the batch size allows, and
/// their sizes differ by one at most, so no update rests on a small remainder. Order and
/// stochastic binarisation follow from the seed and the epoch's number alone. Clones share their rows
/// and the values of the data set.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_data::{Batches, Binarisation, digits};
///
/// let (data, device) = (digits(), Device::default());
/// let rows: Vec<u32> = (0..1000).collect();
/// let batches = Batches::new(&data, &rows, 300, Binarisation::Stochastic, 42)?;
///
/// let sizes = batches.epoch(0, &device).map(|batch| batch.dims()[0]);
/// assert_eq!(sizes.collect::<Vec<_>>(), [250; 4]);
///
/// // The labels of the second batch of epoch 5.
/// let labels = data.labels().unwrap();
/// let second = &batches.order(5)[batches.range(1)];
/// let labels: Vec<u8> = second.iter().map(|&row| labels[row as usize]).collect();
/// assert_eq!(labels.len(), 250);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches {
    data: Dataset,
    rows: Arc<[u32]>,
    count: usize,
    binarisation: Binarisation,
    seed: u64,
}

impl Batches {
    /// Batches of at most `batch_size` of the given rows of `data`.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] if there is no row, or one does not exist or comes twice;
    /// [`DataError::Parameter`] if the batch size is 0 or the threshold outside its range;
    /// [`DataError::Value`] if values cannot be the probabilities of stochastic binarisation.
    pub fn new(
        data: &Dataset,
        rows: &[u32],
        batch_size: usize,
        binarisation: Binarisation,
        seed: u64,
    ) -> Result<Self, DataError> {
        data.check_rows(rows)?;
        let mut seen = vec![false; data.rows()];
        for &row in rows {
            if std::mem::replace(&mut seen[row as usize], true) {
                let expected = "each row once in the choice of rows".into();
                return Err(data.size(
                    expected,
                    format!("row {row} twice"),
                    "drop the repetitions",
                ));
            }
        }
        if batch_size == 0 {
            return Err(DataError::Parameter {
                name: "batch_size",
                expected: "at least 1".into(),
                found: "0".into(),
            });
        }
        binarisation.check(data)?;
        Ok(Self {
            data: data.clone(),
            rows: rows.into(),
            count: rows.len().div_ceil(batch_size),
            binarisation,
            seed,
        })
    }

    /// How many batches an epoch has: ⌈rows / batch size⌉.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one batch")]
    pub fn len(&self) -> usize {
        self.count
    }

    /// The rows that an epoch uses, in the order in which they were given.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The data set that the rows belong to.
    pub fn dataset(&self) -> &Dataset {
        &self.data
    }

    /// The largest number of rows in a batch: the requested size or less.
    pub fn largest(&self) -> usize {
        self.rows.len().div_ceil(self.count)
    }

    /// The rows in the order of the given epoch; [`range`](Self::range) cuts it into batches.
    pub fn order(&self, epoch: u64) -> Vec<u32> {
        let mut order = self.rows.to_vec();
        order.shuffle(&mut Stream::Order.rng(self.seed, epoch));
        order
    }

    /// Which part of an epoch's order is the given batch, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such batch.
    pub fn range(&self, batch: usize) -> Range<usize> {
        assert!(batch < self.count, "batch {batch} of {}", self.count);
        self.start(batch)..self.start(batch + 1)
    }

    /// The batches of an epoch, as tensors [rows, columns] on `device`.
    pub fn epoch(&self, epoch: u64, device: &Device) -> Epoch {
        self.epoch_from(epoch, 0, device)
    }

    /// The batches of an epoch from `first_batch` on: those that [`epoch`](Self::epoch) gives
    /// after so many. None is left if `first_batch` is [`len`](Self::len).
    ///
    /// # Panics
    ///
    /// If `first_batch` is greater than [`len`](Self::len).
    pub fn epoch_from(&self, epoch: u64, first_batch: usize, device: &Device) -> Epoch {
        Epoch::new(self.clone(), epoch, first_batch, device)
    }

    /// Any rows of the data set as one tensor [rows, columns], binarised as in the given epoch.
    ///
    /// # Panics
    ///
    /// If there is no row, or one does not exist, or if values that stay in a file cannot be read any
    /// more.
    pub fn rows_tensor(&self, rows: &[u32], epoch: u64, device: &Device) -> Tensor<2> {
        read(self.try_rows_tensor(rows, epoch, device))
    }

    /// [`rows_tensor`](Self::rows_tensor) of values that may stay in a file.
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    ///
    /// # Panics
    ///
    /// If there is no row, or one does not exist.
    pub fn try_rows_tensor(
        &self,
        rows: &[u32],
        epoch: u64,
        device: &Device,
    ) -> Result<Tensor<2>, DataError> {
        assert!(!rows.is_empty(), "a tensor of rows needs at least one");
        let columns = self.data.num_visible();
        let mut values = vec![0f32; rows.len() * columns];
        values
            .par_chunks_mut(columns)
            .zip(rows)
            .with_min_len(ROWS_PER_TASK)
            .try_for_each(|(out, &row)| {
                self.binarisation
                    .write_row(&self.data, row, (self.seed, epoch), out)
            })?;
        let data = TensorData::new(values, [rows.len(), columns]);
        Ok(Tensor::from_data(data, device))
    }

    /// The mean of each column over the rows, after binarisation (its expectation, where that is
    /// stochastic): what visible biases are initialised from.
    ///
    /// # Panics
    ///
    /// If values that stay in a file cannot be read any more.
    pub fn column_means(&self) -> Vec<f32> {
        read(self.try_column_means())
    }

    /// [`column_means`](Self::column_means) of values that may stay in a file.
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    pub fn try_column_means(&self) -> Result<Vec<f32>, DataError> {
        let rows = self.rows.iter().map(|&row| row as usize);
        self.data
            .means(rows, |value| self.binarisation.expectation(value))
    }

    /// The place in the order at which a batch begins, and the one before it ends.
    pub(crate) fn start(&self, batch: usize) -> usize {
        let (small, larger_ones) = (self.rows.len() / self.count, self.rows.len() % self.count);
        batch * small + batch.min(larger_ones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Values, digits};

    /// Rows whose single value is their own number.
    fn numbered(rows: u16) -> Dataset {
        let values = (0..rows).map(f32::from).collect();
        Dataset::new("numbered", 1, Values::Floats(values)).unwrap()
    }

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn epoch(batches: &Batches, epoch: u64) -> Vec<Vec<f32>> {
        batches
            .epoch(epoch, &Device::default())
            .map(values)
            .collect()
    }

    #[test]
    fn every_row_is_used_exactly_once_in_even_batches() {
        let data = numbered(103);
        let rows: Vec<u32> = (3..103).collect();
        for size in [1, 2, 7, 33, 50, 51, 99, 100, 101, 5000] {
            let batches = Batches::new(&data, &rows, size, Binarisation::None, 1).unwrap();
            assert_eq!(batches.len(), 100usize.div_ceil(size));
            let epoch = epoch(&batches, 0);
            let lengths = || epoch.iter().map(Vec::len);
            assert_eq!(epoch.len(), batches.len());
            assert_eq!(lengths().max(), Some(batches.largest()));
            assert!(batches.largest() <= size);
            assert!(batches.largest() - lengths().min().unwrap() <= 1);
            let mut all = epoch.concat();
            all.sort_by(f32::total_cmp);
            assert!(
                all.iter().copied().eq((3..103u16).map(f32::from)),
                "size {size}"
            );
        }
    }

    #[test]
    fn batches_outlive_the_data_they_share() {
        let data = numbered(5);
        let batches = Batches::new(&data, &[1, 3], 2, Binarisation::None, 1).unwrap();
        assert!(std::ptr::eq(batches.dataset().values(), data.values()));
        let epoch = batches.epoch(0, &Device::default());
        drop((data, batches));
        let mut all: Vec<f32> = epoch.flat_map(values).collect();
        all.sort_by(f32::total_cmp);
        assert_eq!(all, [1.0, 3.0]);
    }

    #[test]
    fn seed_and_epoch_decide_the_order() {
        let data = numbered(50);
        let rows: Vec<u32> = (0..50).collect();
        let batches = |seed| Batches::new(&data, &rows, 7, Binarisation::None, seed).unwrap();
        assert_eq!(epoch(&batches(1), 4), epoch(&batches(1), 4));
        assert_ne!(epoch(&batches(1), 4), epoch(&batches(1), 5));
        assert_ne!(epoch(&batches(1), 4), epoch(&batches(2), 4));
        // The binarisation has another stream than the order: neither moves the other.
        let order = batches(1).order(4);
        assert_eq!(
            order,
            Batches::new(&data, &rows, 9, Binarisation::None, 1)
                .unwrap()
                .order(4)
        );
        for (batch, rows) in epoch(&batches(1), 4).into_iter().enumerate() {
            let expected = &order[batches(1).range(batch)];
            assert!(
                rows.into_iter()
                    .map(f64::from)
                    .eq(expected.iter().copied().map(f64::from))
            );
        }
    }

    #[test]
    fn binarised_rows_do_not_depend_on_the_batches() {
        let data = digits();
        let rows: Vec<u32> = (0..500).collect();
        let by_row = |size, epoch| {
            let batches = Batches::new(&data, &rows, size, Binarisation::Stochastic, 3).unwrap();
            let tensors = batches.epoch(epoch, &Device::default()).map(values);
            let pixels: Vec<f32> = tensors.flatten().collect();
            let mut rows: Vec<_> = batches
                .order(epoch)
                .into_iter()
                .zip(pixels.chunks(64))
                .collect();
            rows.sort_by_key(|(row, _)| *row);
            rows.into_iter()
                .flat_map(|(_, pixels)| pixels.to_vec())
                .collect::<Vec<f32>>()
        };
        let expected = by_row(500, 2);
        assert_eq!(by_row(1, 2), expected);
        assert_eq!(by_row(33, 2), expected);
        assert_ne!(by_row(33, 3), expected);
        let batches = Batches::new(&data, &[0], 1, Binarisation::Stochastic, 3).unwrap();
        assert_eq!(
            values(batches.rows_tensor(&rows, 2, &Device::default())),
            expected
        );
    }

    /// The number of ones is a sum of independent draws: variance Σ p (1 − p).
    #[test]
    fn the_mean_of_binarised_digits_is_that_of_the_grey_ones() {
        let data = digits();
        let rows: Vec<u32> = (0..1797).collect();
        let batches = Batches::new(&data, &rows, 100, Binarisation::Stochastic, 8).unwrap();
        let (mut mean, mut variance, mut pixels) = (0.0, 0.0, [0.0; 64]);
        for row in 0..data.rows() {
            data.copy_row(row, &mut pixels);
            for p in pixels.map(f64::from) {
                mean += p;
                variance += p * (1.0 - p);
            }
        }
        let ones: f64 = epoch(&batches, 0).concat().into_iter().map(f64::from).sum();
        let deviation = ones - mean;
        assert!(
            deviation.abs() < 5.0 * variance.sqrt(),
            "{deviation}, variance {variance}"
        );
    }

    #[test]
    fn means_are_those_of_the_chosen_rows_after_binarisation() {
        let data = Dataset::new("toy", 1, Values::Floats(vec![0.2, 0.6, 0.9, 1.0])).unwrap();
        let means = |binarisation| {
            let batches = Batches::new(&data, &[0, 1, 2], 2, binarisation, 0).unwrap();
            batches.column_means()[0]
        };
        assert!((means(Binarisation::Stochastic) - 1.7 / 3.0).abs() < 1e-6);
        assert!((means(Binarisation::Threshold(0.5)) - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let data = numbered(5);
        let message = |rows: &[u32], size, binarisation| {
            let result = Batches::new(&data, rows, size, binarisation, 0);
            result.unwrap_err().to_string()
        };
        assert!(message(&[], 1, Binarisation::None).contains("at least one row"));
        assert!(message(&[5], 1, Binarisation::None).contains("below 5, found 5"));
        assert!(message(&[1, 2, 1], 1, Binarisation::None).contains("row 1 twice"));
        assert!(message(&[1], 0, Binarisation::None).contains("batch_size"));
        assert!(message(&[1], 1, Binarisation::Threshold(2.0)).contains("threshold"));
        assert!(message(&[1], 1, Binarisation::Stochastic).contains("row 2, column 0"));
    }
}
