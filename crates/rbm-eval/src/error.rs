//! What can go wrong with a measurement.

use rbm_model::{exact::ExactError, sampling::annealing::AnnealingError, units::Support};
use thiserror::Error;

/// Why a model was not measured.
///
/// ```
/// use rbm_eval::AnnealingSchedule;
///
/// let error = "linear:0".parse::<AnnealingSchedule>().unwrap_err();
/// assert!(error.to_string().contains("at least 1"), "{error}");
/// ```
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum EvalError {
    /// The model is too large to enumerate.
    #[error(transparent)]
    Exact(#[from] ExactError),

    /// A setting is out of its range.
    #[error("{name}: expected {expected}, found {found}; choose another value")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// What came.
        found: String,
    },

    /// A width that belongs to the model differs from the model's.
    #[error(
        "{what} has {found} units: the model has {expected}; measure a model on data of its own \
         width"
    )]
    Width {
        /// What was given.
        what: &'static str,
        /// The model's number of visible units.
        expected: usize,
        /// The number found.
        found: usize,
    },

    /// There are not enough rows to estimate from.
    #[error("{what} has {found} rows: at least {least} are needed")]
    TooFewRows {
        /// What was given.
        what: &'static str,
        /// The least number.
        least: usize,
        /// The number found.
        found: usize,
    },

    /// The estimator has no meaning for units of this kind.
    #[error("{estimator} is not defined for {units} visible units; {instead}")]
    UnitKind {
        /// The estimator.
        estimator: &'static str,
        /// The kind.
        units: &'static str,
        /// What to do.
        instead: &'static str,
    },

    /// The base of annealing is of another kind than the visible units.
    #[error(
        "the base has {found} units and the model {expected} visible ones; take the base from \
         `base_rate`"
    )]
    BaseKind {
        /// The model's kind.
        expected: &'static str,
        /// The base's kind.
        found: &'static str,
    },

    /// A value that has to be zero or one is not.
    #[error(
        "row {row}, column {column}: expected {expected}, found {found}; give the data values of the \
         visible units (binarise gray levels) before measuring them"
    )]
    NotAState {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value.
        found: f64,
        /// What the units take.
        expected: Support,
    },

    /// A number came out infinite or not a number.
    #[error(
        "{what} came out as {found}: expected a finite number; look for NaN or huge values among \
         the model's parameters and in the data"
    )]
    NotFinite {
        /// Which number.
        what: &'static str,
        /// What it is.
        found: f64,
    },

    /// The adaptive schedule does not reach the model.
    #[error(
        "the adaptive schedule stood at beta = {beta} after {steps} steps; raise its target \
         ({target} now), or take a fixed schedule"
    )]
    ScheduleTooLong {
        /// How far it came.
        beta: f64,
        /// The number of steps made.
        steps: usize,
        /// Its target.
        target: f64,
    },
}

impl From<AnnealingError> for EvalError {
    fn from(error: AnnealingError) -> Self {
        match error {
            AnnealingError::Kind { expected, found } => Self::BaseKind { expected, found },
            AnnealingError::Width {
                what,
                expected,
                found,
            } => Self::Width {
                what,
                expected,
                found,
            },
        }
    }
}
