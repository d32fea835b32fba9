//! What a training configuration can have wrong.

use thiserror::Error;

/// A value with which no training is possible.
///
/// ```
/// use rbm_train::TrainConfig;
///
/// let wrong = TrainConfig { l2: -1.0, ..TrainConfig::default() };
/// let error = wrong.validate().unwrap_err();
/// assert_eq!((error.field, error.found.as_str()), ("l2", "-1"));
/// assert_eq!(error.to_string(), "l2 is -1: expected a finite number, zero or larger");
/// ```
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{field} is {found}: expected {expected}")]
pub struct TrainConfigError {
    /// The field of the configuration.
    pub field: &'static str,
    /// What it holds.
    pub found: String,
    /// What it may hold.
    pub expected: &'static str,
}

impl TrainConfigError {
    /// Ok where `holds`, an error naming the field elsewhere.
    ///
    /// # Errors
    ///
    /// The error that the arguments make.
    pub fn unless(
        holds: bool,
        field: &'static str,
        found: impl ToString,
        expected: &'static str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self {
            field,
            found: found.to_string(),
            expected,
        })
    }
}
