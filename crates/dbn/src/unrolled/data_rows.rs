//! The rows of a data set that a network is tuned or judged on.

use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rbm_data::{Batches, Binarisation, Dataset};

use crate::{
    DbnError,
    pretrain::labels::{labels, labels_of_all},
};

/// Some rows of a data set, shared and cheap to clone: Burn's learner keeps its data to itself.
///
/// ```
/// use dbn::DataRows;
/// use rbm_data::{Binarisation, digits};
///
/// let rows = DataRows::new(digits(), (0..500).collect(), Binarisation::None)?;
/// assert_eq!((rows.len(), rows.columns()), (500, 64));
/// rows.check_labels(10)?;
/// let message = rows.check_labels(3).unwrap_err().to_string();
/// assert!(message.contains("below 3, the number of classes; found 3 in row 3"));
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DataRows {
    data: Dataset,
    rows: Arc<[u32]>,
    binarisation: Binarisation,
}

/// Rows that are evaluated together.
const BLOCK: usize = 1000;

impl DataRows {
    /// The given rows of `data`, with values as `binarisation` makes them.
    ///
    /// # Errors
    ///
    /// [`DbnError::Data`] where there is no row, one does not exist or comes twice, or where values
    /// cannot be the probabilities of stochastic binarisation.
    pub fn new(
        data: Dataset,
        rows: Vec<u32>,
        binarisation: Binarisation,
    ) -> Result<Self, DbnError> {
        Batches::new(&data, &rows, BLOCK, binarisation, 0)?;
        Ok(Self {
            data,
            rows: rows.into(),
            binarisation,
        })
    }

    /// The number of rows.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one row")]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of values in a row.
    pub fn columns(&self) -> usize {
        self.data.num_visible()
    }

    /// The name of the data set.
    pub fn name(&self) -> &str {
        self.data.name()
    }

    /// Whether each row has a label below `classes`.
    ///
    /// # Errors
    ///
    /// [`DbnError::NoLabels`] or [`DbnError::Label`].
    pub fn check_labels(&self, classes: usize) -> Result<(), DbnError> {
        labels(&self.data, &self.rows, classes).map(drop)
    }

    /// Whether each class has a row, too; what has none cannot be learned.
    ///
    /// # Errors
    ///
    /// As [`check_labels`](Self::check_labels), or [`DbnError::EmptyClass`].
    pub fn check_classes(&self, classes: usize) -> Result<(), DbnError> {
        labels_of_all(&self.data, &self.rows, classes).map(drop)
    }

    /// Whether a network with `inputs` inputs takes these rows.
    pub(crate) fn check_columns(&self, inputs: usize) -> Result<(), DbnError> {
        if self.columns() == inputs {
            return Ok(());
        }
        Err(DbnError::Columns {
            data: self.name().to_owned(),
            expected: inputs,
            found: self.columns(),
        })
    }

    /// The rows at these places in the choice of rows.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Self {
        Self {
            rows: self.rows[start..end].into(),
            ..self.clone()
        }
    }

    /// The batches of these rows.
    pub(crate) fn batches(&self, batch_size: usize, seed: u64) -> Batches {
        Batches::new(&self.data, &self.rows, batch_size, self.binarisation, seed)
            .expect("the rows were checked when they were chosen, the batch size by its user")
    }

    /// The labels of some rows of the data set, where it has labels.
    pub(crate) fn labels_of(&self, rows: &[u32], device: &Device) -> Option<Tensor<1, Int>> {
        let labels = self.data.labels()?;
        let chosen: Vec<i32> = rows
            .iter()
            .map(|&row| labels[row as usize].into())
            .collect();
        let shape = [chosen.len()];
        Some(Tensor::from_data(TensorData::new(chosen, shape), device))
    }

    /// The rows in their own order, in blocks with their labels, stochastically binarised as in
    /// epoch 0 of seed 0.
    pub(crate) fn blocks<'a>(
        &'a self,
        device: &'a Device,
    ) -> impl Iterator<Item = (Tensor<2>, Option<Tensor<1, Int>>)> + 'a {
        let batches = self.batches(BLOCK, 0);
        self.rows.chunks(BLOCK).map(move |rows| {
            (
                batches.rows_tensor(rows, 0, device),
                self.labels_of(rows, device),
            )
        })
    }
}
