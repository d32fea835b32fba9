//! Bennett's acceptance ratio.

use serde::{Deserialize, Serialize};

use super::LogWeights;
use crate::numerics::log_add_exp;

/// `log Z/Z₀` from weights of both directions by Bennett's acceptance ratio: of all estimators made
/// of the two sets, the one of least variance.
///
/// With `log w` of `n_F` forward and `n_R` reverse paths and `M = log n_F/n_R`, the ratio `D` solves
/// `Σ_F σ(log w - D - M) = Σ_R σ(D + M - log w)`, the likelihood equation for telling the two
/// directions apart.
///
/// ```
/// use rbm_model::sampling::annealing::{Bar, LogWeights};
///
/// // By the theorem of Crooks, weights spread around D ± s²/2 with variance s².
/// let forward = LogWeights::new(vec![2.0, 3.0]);
/// let reverse = LogWeights::new(vec![3.0, 4.0]);
/// assert!((Bar::new(&forward, &reverse).log_ratio - 3.0).abs() < 1e-12);
/// ```
///
/// # References
///
/// C. H. Bennett: *Efficient estimation of free energy differences from Monte Carlo data*, Journal
/// of Computational Physics 22, 1976; M. R. Shirts, E. Bair, G. Hooker, V. S. Pande: *Equilibrium
/// free energies from nonequilibrium measurements using maximum-likelihood methods*, PRL 91, 2003,
/// equations 8 and 10.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// `log Z/Z₀`, in nats.
    pub log_ratio: f64,
    /// Its standard error: huge where the two sets do not overlap.
    pub standard_error: f64,
}

impl Bar {
    /// The estimate from `log w` of forward paths and of reverse ones, both as the forward direction
    /// counts it.
    pub fn new(forward: &LogWeights, reverse: &LogWeights) -> Self {
        let (forward, reverse) = (forward.as_slice(), reverse.as_slice());
        let (n_f, n_r) = (forward.len() as f64, reverse.len() as f64);
        // P(forward | log w) = σ(D + m - log w).
        let m = (n_f / n_r).ln();
        let excess = |d: f64| -> f64 {
            let left: f64 = forward.iter().map(|w| logistic(w - d - m)).sum();
            let right: f64 = reverse.iter().map(|w| logistic(d + m - w)).sum();
            left - right
        };
        let all = || forward.iter().chain(reverse).copied();
        let log_ratio = root(
            excess,
            all().fold(f64::INFINITY, f64::min) - m.abs() - (n_f + n_r).ln() - 1.0,
            all().fold(f64::NEG_INFINITY, f64::max) + m.abs() + (n_f + n_r).ln() + 1.0,
        );
        // The mean of 1/(2 + 2 cosh z) = σ(z)σ(-z), in logarithms: it may be tiny.
        let total = n_f + n_r;
        let log_mean = all()
            .map(|w| w - log_ratio - m)
            .map(|z| -log_add_exp(0.0, z) - log_add_exp(0.0, -z))
            .fold(f64::NEG_INFINITY, log_add_exp)
            - total.ln();
        let variance = ((-log_mean).exp() - total / n_f - total / n_r) / total;
        Self {
            log_ratio,
            standard_error: variance.max(0.0).sqrt(),
        }
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The root of a falling function by bisection, to the last digit.
fn root(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use rbm_kernels::PhiloxRng;

    use super::*;
    use crate::sampling::annealing::statistics::{mean, normal, variance};

    /// Normal log-weights of variance s² that obey Crooks' theorem lie around D - s²/2 forward and
    /// D + s²/2 reverse.
    fn sets(ratio: f64, s: f64, n: [usize; 2], rng: &mut PhiloxRng) -> [LogWeights; 2] {
        [-0.5, 0.5]
            .into_iter()
            .zip(n)
            .map(|(side, n)| {
                let draw = |_| ratio + side * s * s + s * normal(rng);
                LogWeights::new((0..n).map(draw).collect())
            })
            .collect::<Vec<_>>()
            .try_into()
            .unwrap()
    }

    /// Sets of unequal size: the truth, 7.3, is met without bias, with the error that is stated,
    /// and more closely than from either side alone.
    #[test]
    fn unbiased_with_the_error_it_states_and_better_than_either_side() {
        let (ratio, s, runs) = (7.3, 2.0, 400);
        let mut rng = PhiloxRng::new(3, 0);
        let (mut found, mut stated, mut sides) = (vec![], vec![], [0.0; 2]);
        for _ in 0..runs {
            let [forward, reverse] = sets(ratio, s, [200, 60], &mut rng);
            let bar = Bar::new(&forward, &reverse);
            found.push(bar.log_ratio);
            stated.push(bar.standard_error);
            sides[0] += (forward.log_mean() - ratio).powi(2);
            sides[1] += (-reverse.reciprocal().log_mean() - ratio).powi(2);
        }
        let spread = variance(&found);
        let z = (mean(&found) - ratio) / (spread / f64::from(runs)).sqrt();
        assert!(z.abs() < 4.5, "{z} sigma");
        // The variance of a variance over 400 runs is 7 % (one sigma).
        let claimed = stated.iter().map(|s| s * s).sum::<f64>() / f64::from(runs);
        assert!((claimed / spread - 1.0).abs() < 0.32, "{claimed} {spread}");
        for side in sides {
            assert!(spread < 0.6 * side / f64::from(runs), "{spread} {sides:?}");
        }
    }

    #[test]
    fn identical_weights_are_exact_and_separate_ones_say_so() {
        let same = LogWeights::new(vec![5.0; 7]);
        let bar = Bar::new(&same, &same);
        assert!((bar.log_ratio - 5.0).abs() < 1e-12 && bar.standard_error < 1e-6);
        let far = LogWeights::new(vec![45.0; 7]);
        let bar = Bar::new(&same, &far);
        assert!((bar.log_ratio - 25.0).abs() < 1e-6);
        assert!(bar.standard_error > 1e3, "{bar:?}");
    }
}
