//! Values that change from epoch to epoch.

use serde::{Deserialize, Serialize};

/// A value that is constant between the epochs at which it changes.
///
/// Written as the value alone, or as pairs of an epoch (from 0) and the value from there on.
///
/// ```
/// use rbm_train::Schedule;
///
/// let k: Schedule<usize> = serde_json::from_str("[[0, 1], [10, 5]]")?;
/// assert_eq!((k.at(0), k.at(9), k.at(10)), (1, 1, 5));
/// assert_eq!(serde_json::from_str::<Schedule<usize>>("3")?.at(100), 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Schedule<T> {
    /// One value throughout.
    Constant(T),
    /// Values from given epochs on, the first of which is 0.
    Steps(Vec<(u64, T)>),
}

impl<T: Copy> Schedule<T> {
    /// The value during `epoch`, counted from 0.
    ///
    /// # Panics
    ///
    /// Where the schedule is [not complete](Self::is_complete).
    pub fn at(&self, epoch: u64) -> T {
        match self {
            Self::Constant(value) => *value,
            Self::Steps(steps) => {
                let step = steps.iter().rev().find(|(from, _)| *from <= epoch);
                step.expect("a schedule begins at epoch 0").1
            }
        }
    }

    /// Whether there is a value for every epoch, and one only: the steps begin at epoch 0 and
    /// ascend.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Constant(_) => true,
            Self::Steps(steps) => {
                steps.first().is_some_and(|(from, _)| *from == 0)
                    && steps.windows(2).all(|pair| pair[0].0 < pair[1].0)
            }
        }
    }

    /// All the values that it takes.
    pub fn values(&self) -> impl Iterator<Item = T> + '_ {
        let (one, many): (Option<T>, &[(u64, T)]) = match self {
            Self::Constant(value) => (Some(*value), &[]),
            Self::Steps(steps) => (None, steps),
        };
        one.into_iter().chain(many.iter().map(|(_, value)| *value))
    }
}

impl<T> From<T> for Schedule<T> {
    fn from(value: T) -> Self {
        Self::Constant(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_disorder_are_seen() {
        let complete = |steps: &[(u64, f64)]| Schedule::Steps(steps.to_vec()).is_complete();
        assert!(complete(&[(0, 0.5), (5, 0.9)]));
        assert!(!complete(&[]));
        assert!(!complete(&[(1, 0.5)]));
        assert!(!complete(&[(0, 0.5), (5, 0.9), (5, 0.8)]));
    }
}
