//! One error for the whole library.

use dbn::DbnError;
use rbm_data::DataError;
use rbm_eval::EvalError;
use rbm_model::{ConfigError, exact::ExactError, store::StoreError};
use rbm_plot::PlotError;
use rbm_train::{FitError, TrainConfigError};
use thiserror::Error;

use crate::device::DeviceError;

/// Whatever can go wrong, by the part of the library that says so.
///
/// ```
/// use burnzmann::{Error, Table};
///
/// fn rows(path: &str) -> Result<usize, Error> {
///     Ok(Table::read(path)?.train_rows.len())
/// }
///
/// let error = rows("no-such-file.csv").unwrap_err();
/// assert!(matches!(error, Error::Data(_)) && error.is_bad_input());
/// assert!(error.to_string().contains("no-such-file.csv"), "{error}");
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Something that was given does not fit the rest, in a sentence.
    #[error("{0}")]
    Input(String),
    /// Data that cannot be read, or are not what they should be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An invalid configuration of a model.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An invalid configuration of a training.
    #[error(transparent)]
    TrainConfig(#[from] TrainConfigError),
    /// A model too large to enumerate.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// A training that failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A model that could not be measured.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// An invalid configuration of a deep belief network, or a training of one that failed.
    #[error(transparent)]
    Dbn(#[from] DbnError),
    /// A file that could not be written, read or understood.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A picture that could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A device that is unknown, or not available.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl Error {
    /// Whether something that was given is wrong (the command line's exit code 2), and not that the work
    /// failed (exit code 1).
    ///
    /// ```
    /// use burnzmann::{Error, train::{FitError, TrainConfig}};
    ///
    /// let wrong = TrainConfig { epochs: 0, ..TrainConfig::default() }.validate().unwrap_err();
    /// assert!(Error::from(wrong).is_bad_input());
    /// let rejected = FitError::Rejected { count: 30, reason: "the chains moved too far".into() };
    /// assert!(!Error::from(rejected).is_bad_input());
    /// ```
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Fit(error) => is_data_of(error),
            Self::Dbn(DbnError::Fit { source, .. }) => is_data_of(source),
            Self::Store(_) | Self::Plot(_) | Self::Eval(EvalError::NotFinite { .. }) => false,
            Self::Dbn(error) => !matches!(error, DbnError::Store(_) | DbnError::Diverged { .. }),
            _ => true,
        }
    }
}

/// Whether a training ended for what its data or its configuration are.
fn is_data_of(error: &FitError) -> bool {
    match error {
        FitError::Exact(_) | FitError::Rows(_) | FitError::Data { .. } => true,
        FitError::Observer(error) => error.is::<DataError>(),
        _ => false,
    }
}
