//! How far an evaluation has come.

use std::fmt;

/// A part of an evaluation that takes its time.
///
/// ```
/// assert_eq!(rbm_eval::Stage::Reverse.to_string(), "annealing back");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Summing over all states.
    Enumeration,
    /// Finding the steps of an adaptive schedule.
    Pilot,
    /// Annealing from the base to the model.
    Forward,
    /// Moving chains from data and from the base.
    BurnIn,
    /// Annealing from the model to the base.
    Reverse,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enumeration => "summing over all states",
            Self::Pilot => "finding the temperatures",
            Self::Forward => "annealing forward",
            Self::BurnIn => "moving chains from data and from the base",
            Self::Reverse => "annealing back",
        })
    }
}

/// How far an evaluation has come.
///
/// ```
/// use rbm_eval::{Progress, Stage};
/// let progress = Progress { stage: Stage::Forward, done: 50, total: 200 };
/// assert_eq!(progress.to_string(), "annealing forward: 50 of 200");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// In which part it is.
    pub stage: Stage,
    /// Steps of the part that are done.
    pub done: usize,
    /// All steps of the part.
    pub total: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {}", self.stage, self.done, self.total)
    }
}
