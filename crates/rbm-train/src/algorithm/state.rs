//! What of an algorithm is in a checkpoint.

use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device, Tensor, TensorData};
use rbm_model::{
    Rbm,
    store::{Archive, StoreError},
};
use serde_json::Value;

/// The state of an algorithm in a checkpoint: tensors by name, and anything else as JSON.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, store::StoreError};
/// use rbm_train::{
///     AlgorithmSettings, AlgorithmState, Cd, Phases, Rejection, Step, TrainConfig, Trainer,
///     TrainingAlgorithm, Update, checkpoint,
/// };
///
/// /// CD-1 that counts its updates.
/// struct Counted(Box<dyn TrainingAlgorithm>, u64);
///
/// impl TrainingAlgorithm for Counted {
///     fn phases(&mut self, step: &Step, update: &mut Update) -> Result<Phases, Box<Rejection>> {
///         self.1 += 1;
///         Ok(self.0.phases(step, update)?.with_statistic("updates", self.1 as f64))
///     }
///
///     fn store(&self, state: &mut AlgorithmState) {
///         state.values = self.1.into();
///     }
///
///     fn restore(&mut self, state: &mut AlgorithmState) -> Result<(), StoreError> {
///         let count = state.values.as_u64();
///         self.1 = count.ok_or_else(|| state.error("a number of updates", "none"))?;
///         assert_eq!(self.1, 2);
///         Ok(())
///     }
/// }
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let with = |trainer: Trainer| trainer.with_algorithm(Counted(Cd::default().start(), 0));
/// let mut trainer = with(Trainer::new(TrainConfig::default(), rbm, 100)?);
/// for _ in 0..2 {
///     trainer.step(Tensor::ones([10, 6], &device))?;
/// }
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("checkpoint.safetensors");
/// checkpoint::save(&trainer, &file)?;
/// checkpoint::load_with(&file, &device, with)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AlgorithmState {
    archive: Archive,
    /// What is no tensor: null where there is nothing.
    pub values: Value,
    path: PathBuf,
    device: Device,
    dtype: DType,
    /// Visible and hidden units.
    shape: [usize; 2],
}

/// Names of other parts of a checkpoint.
const OTHERS: [&str; 5] = ["model", "centring", "optimizer", "schedule", "history"];

impl AlgorithmState {
    pub(crate) fn new(archive: Archive, values: Value, path: &Path, model: &Rbm) -> Self {
        let weight = model.weight.val();
        Self {
            archive,
            values,
            path: path.to_owned(),
            device: weight.device().without_autodiff(),
            dtype: weight.dtype(),
            shape: weight.dims(),
        }
    }

    pub(crate) fn into_parts(self) -> (Archive, Value) {
        (self.archive, self.values)
    }

    /// Adds a tensor.
    ///
    /// # Panics
    ///
    /// Where the name is that of another part of a checkpoint: `model`, `centring`, `optimizer`,
    /// `schedule` or `history`, with or without something after a dot.
    pub fn insert<const D: usize>(&mut self, name: &str, tensor: &Tensor<D>) {
        let part = name.split('.').next().unwrap_or_default();
        assert!(
            !OTHERS.contains(&part),
            "a checkpoint has a part `{part}` already"
        );
        self.archive.insert(name, tensor.to_data());
    }

    /// Takes rows of `width` finite numbers, one row or more, in the type and on the device of the model;
    /// none where the checkpoint has no tensor of that name.
    ///
    /// # Errors
    ///
    /// [`StoreError::Content`] where the tensor is of another shape or kind.
    pub fn take(&mut self, name: &str, width: usize) -> Result<Option<Tensor<2>>, StoreError> {
        let data = take(&mut self.archive, name, 2, width, &self.path)?;
        Ok(data.map(|data| Tensor::from_data(data, (&self.device, self.dtype))))
    }

    /// The number of the model's visible units.
    pub fn num_visible(&self) -> usize {
        self.shape[0]
    }

    /// The number of the model's hidden units.
    pub fn num_hidden(&self) -> usize {
        self.shape[1]
    }

    /// An error that says what of the state is wrong.
    pub fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> StoreError {
        StoreError::content(&self.path, expected.into(), found.into())
    }
}

/// Takes a tensor of so many dimensions, the last of them `width`, out of an archive.
pub(crate) fn take(
    archive: &mut Archive,
    name: &str,
    dims: usize,
    width: usize,
    path: &Path,
) -> Result<Option<TensorData>, StoreError> {
    let Some(data) = archive.remove(name) else {
        return Ok(None);
    };
    let shape = data.shape().as_slice();
    let fits = shape.len() == dims && shape.last() == Some(&width) && shape[0] > 0;
    let finite = data.dtype().is_float() && data.iter::<f64>().all(f64::is_finite);
    if fits && finite {
        return Ok(Some(data));
    }
    let found = if fits {
        "numbers of another kind".to_owned()
    } else {
        format!("`{name}` of shape {shape:?}")
    };
    let expected = format!("`{name}` {width} wide, of finite numbers");
    Err(StoreError::content(path, expected, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains are one row or more, of one width.
    #[test]
    fn a_state_of_no_rows_or_another_width_is_refused() {
        let stored = |shape: [usize; 2]| {
            let values = vec![0.5f32; shape[0] * shape[1]];
            let mut archive = Archive::default();
            archive.insert("chains", TensorData::new(values, shape));
            take(&mut archive, "chains", 2, 3, Path::new("checkpoint"))
        };
        assert!(stored([1, 3]).is_ok_and(|found| found.is_some()));
        for shape in [[0, 3], [2, 4]] {
            let error = stored(shape).unwrap_err().to_string();
            assert!(error.contains(&format!("of shape {shape:?}")), "{error}");
        }
    }
}
