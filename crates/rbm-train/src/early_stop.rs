//! When held-out rows have clearly become less likely.

use serde::{Deserialize, Serialize};

use crate::{EpochReport, Observer, Trainer};

/// Ends a run whose held-out likelihood has clearly fallen for a while.
///
/// A measurement has clearly fallen where two things hold, with a measure `m`. It lies below what the best
/// epoch has at least, `m_low` (`m` itself where a report has no interval): the upper end of an epoch whose
/// interval stays open is not believed. And it lies below `m` of the best epoch by more than chance among
/// the rows: by more than `m_error`, the standard error of each mean, the larger of the two (zero where there
/// is none), or by more than twice `m_paired_error`, the standard error of the difference from the best epoch
/// until then on the same rows. The second is much smaller while some rows are likelier than others in all
/// epochs; a report of an earlier version does not have it. The best epoch is that of the largest `m_low`.
/// The run ends where every measurement of `patience` epochs has clearly fallen, three of them at least.
///
/// Of several measures the first one that the history has decides alone, as for [`Best`](crate::Best).
///
/// The answer follows from the history alone, so that a run that was killed and resumed ends at the same
/// epoch. Each report is looked at once.
///
/// ```
/// use rbm_train::{EarlyStop, EpochReport};
///
/// let history: Vec<EpochReport> = [-9.0, -7.0, -7.5, -8.1, -8.4, -8.8]
///     .iter()
///     .zip(1..)
///     .map(|(&value, epoch)| {
///         let mut report = EpochReport::new(epoch, 100 * epoch);
///         report.insert("log_likelihood", value);
///         report.insert("log_likelihood_error", 0.6);
///         report
///     })
///     .collect();
/// let mut early = EarlyStop::new(&["log_likelihood"], 3);
/// assert!(early.look(&history[..5]).is_none());
/// let fall = early.look(&history).unwrap();
/// assert_eq!((fall.best_epoch, fall.epoch, fall.measurements), (2, 6, 3));
/// ```
#[derive(Clone, Debug)]
pub struct EarlyStop {
    measures: Vec<String>,
    patience: u64,
    /// Reports that were looked at.
    seen: usize,
    /// The place of the measure that decides, with what it has said.
    state: Option<(usize, State)>,
}

/// What the reports until now amount to.
#[derive(Clone, Debug)]
struct State {
    best: Measured,
    /// The last epoch that had not clearly fallen, the best one or a later one.
    stood: u64,
    /// Measurements since, all of which have.
    fallen: u64,
    last: Measured,
}

/// A measurement.
#[derive(Clone, Copy, Debug)]
struct Measured {
    epoch: u64,
    value: f64,
    low: f64,
    error: f64,
    paired: Option<f64>,
}

/// How held-out rows became less likely.
///
/// ```
/// use rbm_train::{EarlyStop, EpochReport};
///
/// let reports = [-7.0, -8.0, -8.1, -8.2].iter().zip(1..).map(|(&value, epoch)| {
///     let mut report = EpochReport::new(epoch, 100 * epoch);
///     report.insert("log_likelihood", value);
///     report
/// });
/// let history: Vec<EpochReport> = reports.collect();
/// let fall = EarlyStop::new(&["log_likelihood"], 3).look(&history).expect("three epochs are lower");
/// assert_eq!((fall.measure.as_str(), fall.measurements), ("log_likelihood", 3));
/// assert_eq!((fall.best_epoch, fall.best, fall.epoch, fall.value), (1, -7.0, 4, -8.2));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fall {
    /// The number of the reports that decided.
    pub measure: String,
    /// The epoch at which it was largest.
    pub best_epoch: u64,
    /// What it was then.
    pub best: f64,
    /// The epoch of the last measurement.
    pub epoch: u64,
    /// What it was then.
    pub value: f64,
    /// The measurements, the last one included, all of which have clearly fallen.
    pub measurements: u64,
}

/// Fewer measurements than this may be chance.
const LEAST: u64 = 3;
/// As a mean difference of fewer of its standard errors may be.
const ERRORS: f64 = 2.0;

impl EarlyStop {
    /// Ends a run after `patience` epochs at least; the first of the `measures` that there is decides.
    pub fn new(measures: &[&str], patience: u64) -> Self {
        Self {
            measures: measures.iter().map(|&name| name.to_owned()).collect(),
            patience,
            seen: 0,
            state: None,
        }
    }

    /// The patience of a run of so many epochs: three tenths of them.
    pub fn default_patience(epochs: u64) -> u64 {
        (3 * epochs).div_ceil(10)
    }

    /// How it has fallen for longer than the patience, where it has. The history is that of the last call
    /// with what was added since.
    pub fn look(&mut self, history: &[EpochReport]) -> Option<Fall> {
        for report in history.iter().skip(self.seen) {
            self.add(report);
        }
        self.seen = history.len();
        let (rank, state) = self.state.as_ref()?;
        let enough =
            state.fallen >= LEAST && state.last.epoch.saturating_sub(state.stood) >= self.patience;
        enough.then(|| Fall {
            measure: self.measures[*rank].clone(),
            best_epoch: state.best.epoch,
            best: state.best.value,
            epoch: state.last.epoch,
            value: state.last.value,
            measurements: state.fallen,
        })
    }

    fn add(&mut self, report: &EpochReport) {
        let mut names = self.measures.iter().enumerate();
        let Some((rank, now)) =
            names.find_map(|(rank, name)| Some((rank, measured(report, name)?)))
        else {
            return;
        };
        match &mut self.state {
            Some((decides, _)) if *decides < rank => (),
            Some((decides, state)) if *decides == rank => state.add(now),
            // The first measurement, or the first one of a measure that decides before the others.
            state => *state = Some((rank, State::new(now))),
        }
    }
}

impl State {
    fn new(now: Measured) -> Self {
        Self {
            best: now,
            stood: now.epoch,
            fallen: 0,
            last: now,
        }
    }

    fn add(&mut self, now: Measured) {
        if now.low > self.best.low {
            *self = Self::new(now);
            return;
        }
        let of_means = now.error.max(self.best.error);
        let by_chance = now
            .paired
            .map_or(of_means, |paired| of_means.min(ERRORS * paired));
        if now.value < self.best.low && self.best.value - now.value > by_chance {
            self.fallen += 1;
        } else {
            self.stood = now.epoch;
            self.fallen = 0;
        }
        self.last = now;
    }
}

fn measured(report: &EpochReport, name: &str) -> Option<Measured> {
    let value = report.get(name)?;
    let beside = |what: &str| report.get(&format!("{name}_{what}"));
    Some(Measured {
        epoch: report.epoch,
        value,
        low: beside("low").unwrap_or(value),
        error: beside("error").unwrap_or(0.0),
        paired: beside("paired_error"),
    })
}

impl Observer for EarlyStop {
    fn ends(&mut self, trainer: &Trainer) -> bool {
        self.look(trainer.history()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A history with a measurement at every second epoch: a value, and half the width of its interval.
    fn history(numbers: &[(f64, f64)]) -> Vec<EpochReport> {
        let report = |(index, &(value, half)): (u64, &(f64, f64))| {
            let mut measured = EpochReport::new(2 * index, 20 * index);
            measured.insert("sharp", value);
            measured.insert("sharp_low", value - half);
            measured.insert("sharp_high", value + half);
            measured.insert("sharp_error", 0.5);
            measured.insert("cheap", 1.0);
            // A number that decides nothing once there is the other one.
            let mut between = EpochReport::new(2 * index + 1, 20 * index + 10);
            between.insert("cheap", -1e3 * index as f64);
            [measured, between]
        };
        (1..).zip(numbers).flat_map(report).collect()
    }

    /// The epoch at which a run with this history ends, asked after each of them.
    fn ends(history: &[EpochReport], patience: u64) -> Option<u64> {
        let mut early = EarlyStop::new(&["sharp", "cheap"], patience);
        let ends = (1..=history.len()).find(|&n| early.look(&history[..n]).is_some());
        // Asked for the first time, as by a run that was resumed, it says the same.
        for n in 1..=history.len() {
            let fresh = EarlyStop::new(&["sharp", "cheap"], patience).look(&history[..n]);
            assert_eq!(fresh.is_some(), ends.is_some_and(|end| end <= n), "{n}");
            if ends.is_some_and(|end| end <= n) {
                break;
            }
        }
        ends.map(|n| history[n - 1].epoch)
    }

    #[test]
    fn three_measurements_in_a_row_and_the_patience_are_needed() {
        let exact = |values: &[f64]| -> Vec<EpochReport> {
            history(&values.iter().map(|&v| (v, 0.0)).collect::<Vec<_>>())
        };
        let falling = exact(&[-5.0, -3.0, -4.0, -4.5, -5.0, -5.5, -6.0, -6.5]);
        // The best is at epoch 4; the third measurement that has fallen is at 10.
        assert_eq!(ends(&falling, 1), Some(10));
        assert_eq!(ends(&falling, 6), Some(10));
        assert_eq!(ends(&falling, 7), Some(12));
        assert_eq!(ends(&falling, 12), Some(16));
        assert_eq!(ends(&falling, 13), None);
        // One dip, or two, are none; and after a recovery it is counted from there.
        let dips = exact(&[-3.0, -5.0, -5.0, -3.2, -5.0, -5.0, -2.9, -5.0, -5.0]);
        assert_eq!(ends(&dips, 1), None);
        let late = exact(&[-3.0, -5.0, -5.0, -3.2, -5.0, -5.0, -5.0, -5.0]);
        assert_eq!(ends(&late, 1), Some(14));
        assert_eq!(ends(&late, 8), Some(16));
    }

    #[test]
    fn what_lies_within_the_errors_is_no_fall() {
        // The interval of the best estimate.
        let wide = [(-3.0, 2.0), (-4.5, 2.0), (-4.5, 2.0), (-4.5, 2.0)];
        assert_eq!(ends(&history(&wide), 1), None);
        // That of a later one may be as wide as it likes: one that stays open keeps no run going.
        let narrow = [(-3.0, 1.0), (-4.5, 9.0), (-4.5, 9.0), (-4.5, 9.0)];
        assert_eq!(ends(&history(&narrow), 1), Some(8));
        // The standard error over the rows, 0.5.
        let little = [(-3.0, 0.0), (-3.4, 0.0), (-3.4, 0.0), (-3.4, 0.0)];
        assert_eq!(ends(&history(&little), 1), None);
        let more = little.map(|(value, half)| (if value < -3.1 { -3.6 } else { value }, half));
        assert_eq!(ends(&history(&more), 1), Some(8));
    }

    /// Rows whose likelihoods differ by much more than epochs do tell epochs apart where each is compared
    /// with itself.
    #[test]
    fn the_same_rows_are_compared_pair_by_pair() {
        let falling = |paired: Option<f64>| {
            let mut reports = history(&[(-3.0, 0.0), (-3.2, 0.0), (-3.2, 0.0), (-3.2, 0.0)]);
            for report in &mut reports {
                report.insert("sharp_error", 6.0);
                if let Some(paired) = paired.filter(|_| report.epoch > 2) {
                    report.insert("sharp_paired_error", paired);
                }
            }
            ends(&reports, 1)
        };
        assert_eq!(falling(None), None);
        assert_eq!(falling(Some(0.11)), None);
        assert_eq!(falling(Some(0.09)), Some(8));
        // Where a few rows have fallen by very much, the means tell.
        let mut reports = history(&[(-3.0, 0.0), (-9.2, 0.0), (-9.2, 0.0), (-9.2, 0.0)]);
        for report in &mut reports {
            report.insert("sharp_error", 6.0);
            report.insert("sharp_paired_error", 4.0);
        }
        assert_eq!(ends(&reports, 1), Some(8));
    }

    #[test]
    fn the_first_measure_that_there_is_decides() {
        // The cheap one falls from the first epoch on, and is not asked.
        let rising: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), 0.1)).collect();
        assert_eq!(ends(&history(&rising), 1), None);
        let mut cheap = history(&rising);
        for report in &mut cheap {
            report.metrics.retain(|name, _| name == "cheap");
        }
        // From epoch 7 on there are three in a row, but for those of the even epochs.
        assert_eq!(ends(&cheap, 1), None);
        cheap.retain(|report| report.epoch % 2 == 1);
        assert_eq!(ends(&cheap, 1), Some(9));
    }
}
