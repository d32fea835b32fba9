//! Batches for Burn's learner.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use burn::data::{
    dataloader::{DataLoader, DataLoaderIterator, Progress},
    dataset::DatasetError,
};
use burn::tensor::Device;
use rbm_data::{Batches, Epoch};
use rbm_model::Noise;

use super::{Batch, DataRows};

/// The rows of a data set as batches, in a new order each epoch: a Burn `DataLoader`.
///
/// The order, stochastic binarisation and the random numbers of each update follow from the seed and
/// the number of the epoch, so a loader that begins at the epoch of a checkpoint gives what the
/// uninterrupted run would have had. Rows are gathered and moved to the device in large pieces.
///
/// ```
/// use burn::{data::dataloader::DataLoader, tensor::Device};
/// use dbn::{BatchLoader, DataRows};
/// use rbm_data::{Binarisation, digits};
///
/// let rows = DataRows::new(digits(), (0..500).collect(), Binarisation::None)?;
/// let loader = BatchLoader::new(Some(rows), 100, 42, 0, &Device::default());
/// let batch = loader.iter().next().unwrap()?;
/// assert_eq!(batch.inputs.dims(), [100, 64]);
/// assert_eq!(batch.labels.unwrap().dims(), [100]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BatchLoader {
    rows: Option<DataRows>,
    batch_size: usize,
    seed: u64,
    next_epoch: AtomicU64,
    device: Device,
}

/// The stream of random numbers that tuning draws from.
const TUNING: u64 = 2;

impl BatchLoader {
    /// Batches of at most `batch_size` of the rows, from `epoch` (counted from 0) on, each call of
    /// `iter` one epoch further. Without rows there is no batch: what Burn's learner is given where
    /// there is nothing to validate on.
    ///
    /// # Panics
    ///
    /// Where the batch size is zero.
    pub fn new(
        rows: Option<DataRows>,
        batch_size: usize,
        seed: u64,
        epoch: u64,
        device: &Device,
    ) -> Self {
        assert!(batch_size > 0, "a batch has at least one row");
        Self {
            rows,
            batch_size,
            seed,
            next_epoch: AtomicU64::new(epoch),
            device: device.clone(),
        }
    }

    /// How many batches an epoch has.
    #[expect(
        clippy::len_without_is_empty,
        reason = "there are none without rows only"
    )]
    pub fn len(&self) -> usize {
        let rows = self.rows.as_ref();
        rows.map_or(0, |rows| rows.len().div_ceil(self.batch_size))
    }
}

impl DataLoader<Batch> for BatchLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        let epoch = self.next_epoch.fetch_add(1, Ordering::Relaxed);
        Box::new(EpochIterator {
            source: self.rows.as_ref().map(|rows| {
                let batches = rows.batches(self.batch_size, self.seed);
                Source {
                    rows,
                    order: batches.order(epoch),
                    inputs: batches.epoch(epoch, &self.device),
                    batches,
                }
            }),
            noise: Noise::new(self.seed).derive(TUNING),
            first_step: epoch * self.len() as u64,
            done: 0,
            loader: self,
        })
    }

    fn num_items(&self) -> usize {
        self.rows.as_ref().map_or(0, DataRows::len)
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        let epoch = self.next_epoch.load(Ordering::Relaxed);
        let rows = self.rows.clone();
        Arc::new(Self::new(rows, self.batch_size, self.seed, epoch, device))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        let epoch = self.next_epoch.load(Ordering::Relaxed);
        let rows = self.rows.as_ref().map(|rows| rows.slice(start, end));
        Arc::new(Self::new(
            rows,
            self.batch_size,
            self.seed,
            epoch,
            &self.device,
        ))
    }
}

struct Source<'a> {
    rows: &'a DataRows,
    batches: Batches,
    order: Vec<u32>,
    inputs: Epoch,
}

struct EpochIterator<'a> {
    loader: &'a BatchLoader,
    source: Option<Source<'a>>,
    noise: Noise,
    first_step: u64,
    /// Batches handed out.
    done: usize,
}

impl Iterator for EpochIterator<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let source = self.source.as_mut()?;
        let inputs = source.inputs.next()?;
        let rows = &source.order[source.batches.range(self.done)];
        let batch = Batch {
            inputs,
            labels: source.rows.labels_of(rows, &self.loader.device),
            noise: self.noise.at_step(self.first_step + self.done as u64),
        };
        self.done += 1;
        Some(Ok(batch))
    }
}

impl DataLoaderIterator<Batch> for EpochIterator<'_> {
    fn progress(&self) -> Progress {
        let done = match &self.source {
            Some(source) if self.done > 0 => source.batches.range(self.done - 1).end,
            _ => 0,
        };
        Progress::new(done, self.loader.num_items(), Some("rows".into()))
    }
}

#[cfg(test)]
mod tests {
    use rbm_data::{Binarisation, Dataset, Values, digits};
    use rbm_model::numerics::to_f64;

    use super::*;

    fn loader(epoch: u64) -> BatchLoader {
        let rows = (100..350).collect();
        let rows = DataRows::new(digits(), rows, Binarisation::Stochastic).unwrap();
        BatchLoader::new(Some(rows), 60, 7, epoch, &Device::default())
    }

    fn epoch(loader: &dyn DataLoader<Batch>) -> Vec<(Vec<f64>, Vec<i64>, Noise)> {
        let mut iterator = loader.iter();
        let mut batches = Vec::new();
        for batch in iterator.by_ref() {
            let batch = batch.unwrap();
            let labels = batch.labels.unwrap().into_data();
            batches.push((
                to_f64(batch.inputs),
                labels.iter::<i64>().collect(),
                batch.noise,
            ));
        }
        assert!(iterator.progress().is_completed());
        batches
    }

    /// Each row is a number, and its label the same.
    #[test]
    fn labels_stay_with_their_rows() {
        let data = Dataset::new(
            "numbers",
            1,
            Values::Floats((0..200u8).map(f32::from).collect()),
        );
        let data = data
            .unwrap()
            .with_labels((0..200).collect::<Vec<u8>>())
            .unwrap();
        let rows = DataRows::new(data, (20..190).collect(), Binarisation::None).unwrap();
        let loader = BatchLoader::new(Some(rows), 30, 1, 0, &Device::default());
        let mut all = Vec::new();
        for (inputs, labels, _) in epoch(&loader) {
            assert!(
                inputs
                    .iter()
                    .zip(&labels)
                    .all(|(&x, &label)| x == label as f64)
            );
            all.extend(labels);
        }
        assert!(!all.is_sorted());
        all.sort_unstable();
        assert!(all.into_iter().eq(20..190));
    }

    #[test]
    fn a_loader_begun_at_an_epoch_goes_on_as_one_that_came_there() {
        let whole = loader(0);
        let epochs: Vec<_> = (0..3).map(|_| epoch(&whole)).collect();
        assert_ne!(epochs[0], epochs[1]);
        let later = loader(1);
        assert_eq!(epoch(&later), epochs[1]);
        assert_eq!(epoch(&*later.to_device(&Device::default())), epochs[2]);
        let steps: Vec<Noise> = epochs.concat().into_iter().map(|batch| batch.2).collect();
        let distinct = steps
            .iter()
            .enumerate()
            .all(|(i, x)| !steps[..i].contains(x));
        assert!(distinct, "each update has random numbers of its own");
    }

    #[test]
    fn a_slice_has_the_rows_it_names() {
        let slice = loader(0).slice(10, 70);
        assert_eq!(slice.num_items(), 60);
        let numbers = |batches: Vec<(Vec<f64>, Vec<i64>, Noise)>| -> Vec<i64> {
            let mut labels: Vec<i64> = batches.into_iter().flat_map(|batch| batch.1).collect();
            labels.sort_unstable();
            labels
        };
        let mut expected: Vec<i64> = digits().labels().unwrap()[110..170]
            .iter()
            .map(|&label| label.into())
            .collect();
        expected.sort_unstable();
        assert_eq!(numbers(epoch(&*slice)), expected);
        let none = BatchLoader::new(None, 10, 1, 0, &Device::default());
        assert!(none.iter().next().is_none() && none.len() == 0 && none.num_items() == 0);
    }
}
