//! What ends the program early, and with which exit code.

use std::process::ExitCode;

use thiserror::Error;

use crate::interrupt;

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CliError {
    /// Something that the user gave is wrong: exit code 2.
    #[error("{0}")]
    BadInput(String),
    /// It was right and did not work: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Ctrl-C, or SIGTERM, after everything was saved: exit code 130, or 143.
    #[error("{0}")]
    Interrupted(String),
}

impl From<burnzmann::Error> for CliError {
    fn from(error: burnzmann::Error) -> Self {
        if error.is_bad_input() {
            Self::bad_input(error)
        } else {
            Self::failed(error)
        }
    }
}

impl CliError {
    /// An error in what the user gave.
    pub fn bad_input(error: impl ToString) -> Self {
        Self::BadInput(error.to_string())
    }

    /// An error in doing it.
    pub fn failed(error: impl ToString) -> Self {
        Self::Failed(error.to_string())
    }

    /// The word before the message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Interrupted(_) => "interrupted",
            _ => "error",
        }
    }

    /// What the shell is told.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::BadInput(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
            Self::Interrupted(_) => ExitCode::from(interrupt::exit_code()),
        }
    }
}
