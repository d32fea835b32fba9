//! The size of an update over a run.

use burn::lr_scheduler::{
    constant::ConstantLr, cosine::CosineAnnealingLrSchedulerConfig,
    exponential::ExponentialLrSchedulerConfig, linear::LinearLrSchedulerConfig,
    module_lr_scheduler::ModuleLrScheduler,
};
use serde::{Deserialize, Serialize};

use super::TrainConfigError;

/// The learning rate from the first update to the last.
///
/// ```
/// use rbm_train::LearningRate;
///
/// // A straight line over four updates, which would be at zero with the fifth.
/// let rate = LearningRate::Linear { from: 0.2, to: 0.0 };
/// rate.validate()?;
/// let mut scheduler = rate.scheduler(4);
/// let rates: Vec<f64> = (0..4).map(|_| scheduler.step().base()).collect();
/// for (found, expected) in rates.iter().zip([0.2, 0.15, 0.1, 0.05]) {
///     assert!((found - expected).abs() < 1e-12, "{rates:?}");
/// }
/// # Ok::<(), rbm_train::TrainConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LearningRate {
    /// The same throughout.
    Constant {
        /// The rate.
        rate: f64,
    },
    /// Falling (or rising) on a straight line.
    Linear {
        /// The rate of the first update.
        from: f64,
        /// The rate that it would have after the last.
        to: f64,
    },
    /// Falling along half a cosine.
    Cosine {
        /// The rate of the first update.
        from: f64,
        /// The rate that it would have after the last.
        to: f64,
    },
    /// Falling by a constant factor from update to update.
    Exponential {
        /// The rate of the first update.
        from: f64,
        /// The rate that it would have after the last, more than zero.
        to: f64,
    },
}

impl LearningRate {
    /// Whether a run can have this learning rate.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(self) -> Result<(), TrainConfigError> {
        let (field, from, to) = match self {
            Self::Constant { rate } => ("learning_rate.rate", rate, rate),
            Self::Linear { from, to }
            | Self::Cosine { from, to }
            | Self::Exponential { from, to } => ("learning_rate.from", from, to),
        };
        // NaN is in no range.
        let first = from > 0.0 && from <= 1.0;
        TrainConfigError::unless(first, field, from, "a number in (0, 1]")?;
        let (last, expected) = match self {
            Self::Constant { .. } => (true, ""),
            Self::Linear { .. } => ((0.0..=1.0).contains(&to), "a number in [0, 1]"),
            Self::Cosine { .. } => ((0.0..=from).contains(&to), "a number in [0, from]"),
            Self::Exponential { .. } => (to > 0.0 && to <= from, "a number in (0, from]"),
        };
        TrainConfigError::unless(last, "learning_rate.to", to, expected)
    }

    /// The rate of the first update.
    pub fn first_mut(&mut self) -> &mut f64 {
        match self {
            Self::Constant { rate } => rate,
            Self::Linear { from, .. }
            | Self::Cosine { from, .. }
            | Self::Exponential { from, .. } => from,
        }
    }

    /// Burn's scheduler over `steps` updates.
    ///
    /// # Panics
    ///
    /// Where the learning rate is [not valid](Self::validate).
    pub fn scheduler(self, steps: usize) -> ModuleLrScheduler {
        let steps = steps.max(1);
        let scheduler = match self {
            Self::Constant { rate } => Ok(ModuleLrScheduler::new(ConstantLr::from(rate))),
            Self::Linear { from, to } => LinearLrSchedulerConfig::new(from, to, steps).init(),
            Self::Cosine { from, to } => CosineAnnealingLrSchedulerConfig::new(from, steps)
                .with_min_lr(to)
                .init(),
            Self::Exponential { from, to } => {
                let factor = (to / from).powf(1.0 / steps as f64);
                ExponentialLrSchedulerConfig::new(from, factor).init()
            }
        };
        scheduler.expect("a validated learning rate makes a scheduler")
    }
}

impl Default for LearningRate {
    /// From 0.1 down to zero: what remains of the noise of sampling averages out at the end. Found
    /// on MNIST, the 8×8 digits and bars and stripes, with centring; twice as much learns MNIST
    /// faster and loses bars and stripes. Gaussian units want a tenth.
    fn default() -> Self {
        Self::Linear { from: 0.1, to: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(rate: LearningRate, steps: usize) -> Vec<f64> {
        let mut scheduler = rate.scheduler(steps);
        (0..steps).map(|_| scheduler.step().base()).collect()
    }

    #[test]
    fn every_kind_begins_and_ends_where_it_says() {
        let (from, to) = (0.1, 0.01);
        for rate in [
            LearningRate::Linear { from, to },
            LearningRate::Cosine { from, to },
            LearningRate::Exponential { from, to },
        ] {
            let rates = rates(rate, 200);
            assert!((rates[0] - from).abs() < 1e-3, "{rate:?}: {}", rates[0]);
            assert!((rates[199] - to).abs() < 2e-3, "{rate:?}: {}", rates[199]);
            assert!(rates.windows(2).all(|pair| pair[1] < pair[0]), "{rate:?}");
        }
        assert_eq!(rates(LearningRate::Constant { rate: 0.3 }, 3), [0.3; 3]);
        let half = rates(LearningRate::Linear { from, to: 0.0 }, 200)[100];
        assert!((half - 0.05).abs() < 1e-9, "{half}");
    }

    /// Each rate of each kind by its formula, in runs so short that one update more or less shows.
    #[test]
    fn every_rate_is_that_of_the_formula() {
        let (from, to) = (0.4, 0.05);
        for steps in [1, 2, 7] {
            for k in 0..steps {
                let part = k as f64 / steps as f64;
                let falling = 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
                for (rate, expected) in [
                    (LearningRate::Constant { rate: from }, from),
                    (LearningRate::Linear { from, to }, from + (to - from) * part),
                    (
                        LearningRate::Cosine { from, to },
                        to + (from - to) * falling,
                    ),
                    (
                        LearningRate::Exponential { from, to },
                        from * (to / from).powf(part),
                    ),
                ] {
                    let found = rates(rate, steps)[k];
                    assert!((found - expected).abs() < 1e-12, "{rate:?} {k}: {found}");
                }
            }
        }
    }
}
