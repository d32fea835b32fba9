//! What a training configuration can have wrong.

use thiserror::Error;

/// A value with which no training is possible.
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
