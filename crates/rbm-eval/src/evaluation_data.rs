//! The rows that a model is measured on.

use burn::tensor::Tensor;

use crate::Baselines;

/// The rows that a model is measured on.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::EvaluationData;
///
/// let device = Device::default();
/// let held_out = EvaluationData::new(Tensor::zeros([10, 4], &device))
///     .with_training(Tensor::zeros([90, 4], &device));
/// assert_eq!(held_out.rows.dims(), [10, 4]);
/// let training = EvaluationData::new(Tensor::zeros([90, 4], &device))
///     .without_training("these rows are the training rows");
/// assert!(training.training.is_none());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EvaluationData {
    /// The rows whose log-likelihood is wanted, `[rows, visible]`.
    pub rows: Tensor<2>,
    /// Rows that the model was trained on, `[rows, visible]`, none of them among `rows`: where they
    /// are given, the base of annealing is fitted to them, the chains started at data start there,
    /// overfitting is looked for, and [`Baselines`] are made of them. Where they are not, the base is
    /// fitted to `rows`, chains start there, and nothing is said of overfitting.
    pub training: Option<Tensor<2>>,
    /// Why there are no training rows, for the verdict to say.
    pub without_training: Option<String>,
    /// The baselines of more training rows than `training` has.
    pub baselines: Option<Baselines>,
    /// Whether the rows are what lower layers of a network make of the data: then the verdict is of
    /// `log Z` alone, and says nothing of overfitting or baselines, which would be those of features.
    pub features: bool,
}

impl EvaluationData {
    /// These rows, without training data.
    pub fn new(rows: Tensor<2>) -> Self {
        Self {
            rows,
            training: None,
            without_training: None,
            baselines: None,
            features: false,
        }
    }

    /// With rows that the model was trained on, none of which is among the rows to be measured.
    #[must_use]
    pub fn with_training(self, training: Tensor<2>) -> Self {
        Self {
            training: Some(training),
            ..self
        }
    }

    /// Without rows to compare with, and why: what follows "Nothing is said of overfitting:".
    #[must_use]
    pub fn without_training(self, why: impl Into<String>) -> Self {
        Self {
            training: None,
            without_training: Some(why.into()),
            ..self
        }
    }

    /// The rows near which the model is expected to be.
    pub(crate) fn near(&self) -> &Tensor<2> {
        self.training.as_ref().unwrap_or(&self.rows)
    }
}
