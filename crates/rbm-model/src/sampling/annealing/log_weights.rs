//! What a set of importance weights says about their mean.

use serde::{Deserialize, Serialize};

use super::statistics::{mean, standard_error, student_quantile, variance};
use crate::numerics::log_sum_exp;

/// A value with the interval that should hold the truth.
///
/// ```
/// let interval = rbm_model::sampling::annealing::Interval { low: -1.0, value: 0.5, high: 1.0 };
/// assert_eq!(interval.width(), 2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The estimate.
    pub value: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The distance of the ends.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// The logarithms of positive weights `w`, independent of each other, whose mean is wanted.
///
/// Everything is computed from the logarithms, so that weights of any size will do.
///
/// ```
/// use rbm_model::sampling::annealing::LogWeights;
///
/// let weights = LogWeights::new(vec![1000.0; 10]);
/// assert!((weights.log_mean() - 1000.0).abs() < 1e-12);
/// assert!((weights.effective_sample_size() - 10.0).abs() < 1e-12);
/// assert!(weights.standard_error() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogWeights(Vec<f64>);

impl LogWeights {
    /// The set of these logarithms, in nats.
    ///
    /// # Panics
    ///
    /// Where there are fewer than two.
    pub fn new(log_weights: Vec<f64>) -> Self {
        assert!(log_weights.len() > 1, "a spread needs two weights or more");
        Self(log_weights)
    }

    /// The logarithms.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The weights' reciprocals.
    #[must_use]
    pub fn reciprocal(&self) -> Self {
        Self(self.0.iter().map(|x| -x).collect())
    }

    /// `log (1/n Σ w)`.
    pub fn log_mean(&self) -> f64 {
        log_sum_exp(&self.0) - (self.0.len() as f64).ln()
    }

    /// `(Σ w)² / Σ w²`: the number of equal weights that would do as well, from 1 to n.
    ///
    /// # References
    ///
    /// A. Kong, J. S. Liu, W. H. Wong: *Sequential imputations and Bayesian missing data problems*,
    /// JASA 89, 1994.
    pub fn effective_sample_size(&self) -> f64 {
        let weights = self.relative();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        weights.iter().sum::<f64>().powi(2) / squares
    }

    /// The variance of `log w`.
    pub fn variance(&self) -> f64 {
        variance(&self.0)
    }

    /// The standard error of [`log_mean`](Self::log_mean).
    ///
    /// The delta method gives `√((n/ESS - 1)/(n - 1))`, which never exceeds one: where a single
    /// weight dominates it reports an error of one nat, whatever the error is. So the larger of
    /// it and [of the one](Self::interval) that takes the weights for log-normal is given.
    pub fn standard_error(&self) -> f64 {
        self.delta_error().max(self.log_normal_error())
    }

    /// An interval that should hold the logarithm of the mean weight with probability `confidence`.
    ///
    /// It is the hull of two: Student's interval with the delta method's error, right for weights
    /// that are nearly equal, and Cox's interval for the mean of a log-normal distribution,
    /// `mean(log w) + s²/2 ± t √(s²/n + s⁴/2(n - 1))`, which keeps growing with the spread `s²`. By
    /// Markov's inequality the mean weight exceeds its expectation `k` times with probability `1/k`
    /// at most, whatever the distribution: the lower end is not taken further down than that says.
    ///
    /// Weights that have not seen a region say nothing of it, and nor does any interval made of
    /// them: for that, compare with the weights of annealing back from the model.
    ///
    /// # References
    ///
    /// U. Olsson: *Confidence intervals for the mean of a log-normal distribution*, Journal of
    /// Statistics Education 13, 2005, section 3.4 (Cox's method with Student's quantile).
    ///
    /// # Panics
    ///
    /// Where `confidence` is not in (0, 1).
    pub fn interval(&self, confidence: f64) -> Interval {
        assert!(
            confidence > 0.0 && confidence < 1.0,
            "a confidence lies in (0, 1), got {confidence}"
        );
        let tail = 0.5 * (1.0 - confidence);
        let t = student_quantile(1.0 - tail, (self.0.len() - 1) as f64);
        let value = self.log_mean();
        let centre = mean(&self.0) + 0.5 * self.variance();
        let (delta, log_normal) = (t * self.delta_error(), t * self.log_normal_error());
        let low = f64::min(value - delta, centre - log_normal);
        Interval {
            low: low.max(value + tail.ln()),
            value,
            high: f64::max(value + delta, centre + log_normal),
        }
    }

    fn delta_error(&self) -> f64 {
        let weights = self.relative();
        standard_error(&weights) / mean(&weights)
    }

    /// The weights relative to the largest: equal ones are equal to the last bit.
    fn relative(&self) -> Vec<f64> {
        let largest = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.0.iter().map(|x| (x - largest).exp()).collect()
    }

    fn log_normal_error(&self) -> f64 {
        let (n, spread) = (self.0.len() as f64, self.variance());
        (spread / n + spread * spread / (2.0 * (n - 1.0))).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use rbm_kernels::PhiloxRng;

    use super::*;
    use crate::sampling::annealing::statistics::normal;

    #[test]
    fn the_width_is_the_distance_of_the_ends() {
        let (low, value, high) = (-1.0, 0.5, 1.5);
        assert_eq!(Interval { low, value, high }.width(), 2.5);
    }

    #[test]
    fn two_weights_by_hand() {
        let weights = LogWeights::new(vec![0.0, 3f64.ln()]);
        assert!((weights.log_mean() - 2f64.ln()).abs() < 1e-15);
        assert!((weights.effective_sample_size() - 1.6).abs() < 1e-14);
        // w = 1, 3: the mean is 2, its standard error 1, so that of the logarithm is 1/2.
        assert!((weights.delta_error() - 0.5).abs() < 1e-14);
        let spread = 3f64.ln().powi(2) / 2.0;
        assert!((weights.variance() - spread).abs() < 1e-15);
        assert!((weights.reciprocal().log_mean() - (2.0f64 / 3.0).ln()).abs() < 1e-15);
    }

    /// For log-normal weights of any spread the interval holds the truth, s²/2, at least as often
    /// as it says and not much more often: 90 to 99 % of 1000 sets, and a nominal 95 %.
    #[test]
    fn the_interval_covers_log_normal_means() {
        for (spread, n) in [(0.01, 20), (0.5, 50), (1.5, 100), (2.0, 20)] {
            let mut rng = PhiloxRng::new(8, n);
            let held = (0..1000)
                .filter(|_| {
                    let log_weights = (0..n).map(|_| spread * normal(&mut rng)).collect();
                    let interval = LogWeights::new(log_weights).interval(0.95);
                    let truth = 0.5 * spread * spread;
                    interval.low <= truth && truth <= interval.high
                })
                .count();
            assert!((900..=995).contains(&held), "spread {spread}: {held}");
        }
    }

    #[test]
    fn one_heavy_weight_is_not_called_a_nat() {
        let mut log_weights = vec![0.0; 50];
        log_weights[0] = 60.0;
        let weights = LogWeights::new(log_weights);
        assert!((weights.effective_sample_size() - 1.0).abs() < 1e-12);
        assert!(weights.delta_error() <= 1.0 + 1e-12);
        assert!(weights.standard_error() > 5.0, "{weights:?}");
        let interval = weights.interval(0.95);
        assert!((interval.value - interval.low - 40f64.ln()).abs() < 1e-9);
    }
}
