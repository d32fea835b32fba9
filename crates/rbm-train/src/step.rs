//! The input of one update.

use burn::tensor::{Bool, Tensor};
use rbm_model::objective::Phase;

/// A batch, and what an algorithm may want to know of it.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Step, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// // Three rows of a data set, the second of which counts twice.
/// let weights = Tensor::from_floats([1.0, 2.0, 1.0], &device);
/// let step = Step::new(Tensor::ones([3, 6], &device)).with_rows(&[17, 4, 25]).with_weights(weights);
/// assert_eq!(trainer.step_with(&step)?.rows, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Step<'a> {
    batch: Tensor<2>,
    rows: Option<&'a [u32]>,
    missing: Option<Tensor<2, Bool>>,
    /// The probability of each row: not negative, the sum one.
    weights: Option<Tensor<1>>,
    shard: Shard,
}

/// Which part of a batch that is shared out among several trainers this is. Each of them draws random
/// numbers of its own.
///
/// ```
/// assert_eq!(rbm_train::Shard::default(), rbm_train::Shard { index: 0, count: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number of this part, from 0.
    pub index: usize,
    /// The number of parts.
    pub count: usize,
}

impl Default for Shard {
    /// The only part.
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl<'a> Step<'a> {
    /// A batch `[rows, visible]` all of whose rows count the same.
    pub fn new(batch: Tensor<2>) -> Self {
        Self {
            batch,
            rows: None,
            missing: None,
            weights: None,
            shard: Shard::default(),
        }
    }

    /// The same with the places of its rows in the data set.
    ///
    /// # Panics
    ///
    /// Where there are more or fewer of them than rows.
    #[must_use]
    pub fn with_rows(self, rows: &'a [u32]) -> Self {
        assert_eq!(rows.len(), self.len(), "a place for each row");
        Self {
            rows: Some(rows),
            ..self
        }
    }

    /// The same with a mark, `[rows, visible]`, at cells that were missing. The batch holds values for
    /// them all the same: an algorithm sees complete rows.
    ///
    /// # Panics
    ///
    /// Where its shape is not that of the batch.
    #[must_use]
    pub fn with_missing(self, missing: Tensor<2, Bool>) -> Self {
        assert_eq!(missing.dims(), self.batch.dims(), "a mark for each cell");
        Self {
            missing: Some(missing),
            ..self
        }
    }

    /// The same with a weight for each row, `[rows]`, not negative: the gradient's positive phase is their
    /// weighted mean. Only their ratios matter.
    ///
    /// # Panics
    ///
    /// Where there are more or fewer of them than rows.
    #[must_use]
    pub fn with_weights(self, weights: Tensor<1>) -> Self {
        assert_eq!(weights.dims()[0], self.len(), "a weight for each row");
        let weights = weights.without_autodiff().cast(self.batch.dtype());
        let weights = weights.clone() / weights.sum();
        Self {
            weights: Some(weights),
            ..self
        }
    }

    /// The same as one part of several.
    ///
    /// # Panics
    ///
    /// Where there is no part of that number.
    #[must_use]
    pub fn with_shard(self, shard: Shard) -> Self {
        assert!(shard.index < shard.count, "no part {shard:?}");
        Self { shard, ..self }
    }

    /// The rows, `[rows, visible]`.
    pub fn batch(&self) -> Tensor<2> {
        self.batch.clone()
    }

    /// The number of rows.
    #[expect(clippy::len_without_is_empty, reason = "a batch has rows")]
    pub fn len(&self) -> usize {
        self.batch.dims()[0]
    }

    /// The places of the rows in the data set, where they are known.
    pub fn rows(&self) -> Option<&'a [u32]> {
        self.rows
    }

    /// Which cells were missing, `[rows, visible]`; none were where absent.
    pub fn missing(&self) -> Option<&Tensor<2, Bool>> {
        self.missing.as_ref()
    }

    /// The probability of each row, `[rows]`, of sum one; all the same where absent.
    pub fn weights(&self) -> Option<&Tensor<1>> {
        self.weights.as_ref()
    }

    /// Which part of a batch it is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// A phase with a row for each row of the batch, as the weights say.
    pub fn weighted(&self, phase: Phase) -> Phase {
        match &self.weights {
            Some(weights) => phase.with_weights(weights.clone()),
            None => phase,
        }
    }

    /// Values `[rows, units]` whose plain mean over the rows is the weighted one.
    pub(crate) fn weighted_rows(&self, values: Tensor<2>) -> Tensor<2> {
        match &self.weights {
            Some(weights) => {
                let scaled = weights.clone().mul_scalar(self.len() as f64);
                values * scaled.unsqueeze_dim::<2>(1)
            }
            None => values,
        }
    }
}
