//! When a run is measured, and when it ends early.

use rbm_train::EarlyStop;

/// When the likelihood of a run is measured, and whether the run ends where it has clearly fallen.
///
/// ```
/// use burnzmann::Watch;
///
/// let watch = Watch::default();
/// let measured: Vec<u64> = (1..=100).filter(|&epoch| watch.is_measured(epoch, 100)).collect();
/// assert_eq!(measured, [1, 2, 3, 4, 6, 8, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
/// assert_eq!(watch.patience_of(100), Some(30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Epochs from one estimate of the likelihood to the next; 0 for none. Where absent, ten estimates at
    /// equal distances, and before the first of them at the epochs 1, 2, 3, 4, 6, 8, 12 and so on.
    pub likelihood_every: Option<u64>,
    /// Whether the run ends where the held-out likelihood has clearly fallen.
    pub early_stop: bool,
    /// For how many epochs it has to have fallen; three tenths of all where absent.
    pub patience: Option<u64>,
}

/// What ends a run where it falls: the first of these that was measured.
const FALLING: [&str; 2] = ["log_likelihood", "pseudo_log_likelihood"];

impl Default for Watch {
    fn default() -> Self {
        Self {
            likelihood_every: None,
            early_stop: true,
            patience: None,
        }
    }
}

impl Watch {
    /// Whether the likelihood is estimated at the end of this epoch, in a run of so many. A model of few
    /// rows may be at its best in the first hundredth of its epochs.
    pub fn is_measured(&self, epoch: u64, epochs: u64) -> bool {
        let every = self.likelihood_every.unwrap_or(epochs.div_ceil(10));
        if every == 0 {
            return false;
        }
        let is_early = || {
            let odd = epoch >> epoch.trailing_zeros();
            self.likelihood_every.is_none() && epoch < every && (odd == 1 || odd == 3)
        };
        epoch == epochs || epoch.is_multiple_of(every) || is_early()
    }

    /// The patience of a run of so many epochs, where it may end early.
    pub fn patience_of(&self, epochs: u64) -> Option<u64> {
        let default = EarlyStop::default_patience(epochs);
        self.early_stop.then(|| self.patience.unwrap_or(default))
    }

    /// What ends a run of so many epochs early, where it may end so.
    pub fn early_stop(&self, epochs: u64) -> Option<EarlyStop> {
        let patience = self.patience_of(epochs)?;
        Some(EarlyStop::new(&FALLING, patience))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(watch: &Watch, epochs: u64) -> Vec<u64> {
        let mut all: Vec<u64> = (1..=epochs).collect();
        all.retain(|&epoch| watch.is_measured(epoch, epochs));
        all
    }

    #[test]
    fn the_likelihood_is_estimated_more_often_at_the_beginning() {
        let usual = Watch::default();
        assert_eq!(measured(&usual, 10), (1..=10).collect::<Vec<_>>());
        assert_eq!(
            measured(&usual, 125),
            [
                1, 2, 3, 4, 6, 8, 12, 13, 26, 39, 52, 65, 78, 91, 104, 117, 125
            ]
        );
        // Of a hundredfold run a few more, and none of a tenth of it goes by unseen.
        let long = measured(&usual, 12_500);
        assert_eq!(long.len(), 30);
        assert!(long.windows(2).all(|pair| pair[1] <= 2 * pair[0]));
        let every = |n| Watch {
            likelihood_every: Some(n),
            ..Watch::default()
        };
        assert_eq!(measured(&every(50), 125), [50, 100, 125]);
        assert_eq!(measured(&every(0), 125), [0; 0]);
    }
}
