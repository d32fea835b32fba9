//! How many independent draws a set of chains is worth.

use serde::{Deserialize, Serialize};

/// Where the sum of the autocorrelations is cut off.
///
/// ```
/// use rbm_model::sampling::annealing::{Autocorrelation, Window};
/// let chain: Vec<f64> = (0..2000).map(|k| (f64::from(k).sin() * 1e5).fract().abs()).collect();
/// for window in [Window::Geyer, Window::Sokal { factor: 5.0 }] {
///     let found = Autocorrelation::new(std::slice::from_ref(&chain), window);
///     assert!((found.time - 1.0).abs() < 0.5, "{window:?}: {}", found.time);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Window {
    /// At the first lag that is `factor` times the time found so far: A. D. Sokal, *Monte Carlo
    /// methods in statistical mechanics: foundations and new algorithms*, 1989, section 3, where
    /// `factor` is 4 to 10.
    Sokal {
        /// The number of times.
        factor: f64,
    },
    /// At the first pair of neighbouring lags with a negative sum, the pairs made to fall: C. J.
    /// Geyer, *Practical Markov chain Monte Carlo*, Statistical Science 7, 1992, section 3.3. For
    /// reversible chains, as those of Gibbs sampling seen at the visible units are.
    #[default]
    Geyer,
}

/// The integrated autocorrelation time `τ = 1 + 2 Σ_t ρ(t)` of chains, in steps.
///
/// Deviations are taken from the mean over all chains, so chains that sit in different places count
/// as correlated, however fast each of them moves there.
///
/// ```
/// use rbm_model::sampling::annealing::{Autocorrelation, Window};
///
/// // Each value twice: a step is worth half a draw.
/// let random = |k: u32| (f64::from(k).sin() * 1e5).fract().abs();
/// let chain: Vec<f64> = (0..8000).map(|step| random(step / 2)).collect();
/// let found = Autocorrelation::new(&[chain], Window::Geyer);
/// assert!((found.time - 2.0).abs() < 0.4, "{}", found.time);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Autocorrelation {
    /// The integrated autocorrelation time; 1 for independent steps. It is known only where the
    /// chains are many times longer than it.
    pub time: f64,
    /// The last lag in the sum.
    pub window: usize,
    /// The number of steps in a chain.
    pub length: usize,
    /// The number of chains.
    pub chains: usize,
}

impl Autocorrelation {
    /// Of a quantity recorded along `chains` of equal length.
    ///
    /// # Panics
    ///
    /// Where there is no chain, the lengths differ, or are below 4.
    pub fn new(chains: &[Vec<f64>], window: Window) -> Self {
        let length = chains.first().map_or(0, Vec::len);
        assert!(
            length >= 4 && chains.iter().all(|chain| chain.len() == length),
            "an autocorrelation needs chains of one length, 4 or more"
        );
        let all = (length * chains.len()) as f64;
        let mean = chains.iter().flatten().sum::<f64>() / all;
        let covariance = |lag: usize| {
            let products = chains.iter().map(|chain| {
                let late = chain[lag..].iter();
                chain
                    .iter()
                    .zip(late)
                    .map(|(x, y)| (x - mean) * (y - mean))
                    .sum::<f64>()
            });
            products.sum::<f64>() / all
        };
        let variance = covariance(0);
        let (time, window) = if variance > 0.0 {
            let rho = |lag: usize| covariance(lag) / variance;
            match window {
                Window::Sokal { factor } => sokal(rho, length, factor),
                Window::Geyer => geyer(rho, length),
            }
        } else {
            // Nothing moves: all the steps are worth one draw, if that.
            (length as f64, 0)
        };
        Self {
            time,
            window,
            length,
            chains: chains.len(),
        }
    }

    /// The number of independent draws with the same error of the mean.
    pub fn effective_sample_size(&self) -> f64 {
        (self.length * self.chains) as f64 / self.time
    }
}

fn sokal(rho: impl Fn(usize) -> f64, length: usize, factor: f64) -> (f64, usize) {
    let mut time = 1.0;
    for lag in 1..length {
        time += 2.0 * rho(lag);
        if lag as f64 >= factor * time {
            return (time.max(f64::MIN_POSITIVE), lag);
        }
    }
    (time.max(f64::MIN_POSITIVE), length - 1)
}

fn geyer(rho: impl Fn(usize) -> f64, length: usize) -> (f64, usize) {
    let (mut sum, mut last, mut lag) = (0.0, f64::INFINITY, 0);
    while lag + 1 < length {
        let pair = rho(lag) + rho(lag + 1);
        if pair <= 0.0 {
            break;
        }
        last = pair.min(last);
        sum += last;
        lag += 2;
    }
    // Antithetic chains may have a time below one, but not below the first pair.
    (
        (2.0 * sum - 1.0).max(1.0 / length as f64),
        lag.saturating_sub(1),
    )
}

#[cfg(test)]
mod tests {
    use rbm_kernels::PhiloxRng;

    use super::*;
    use crate::sampling::annealing::statistics::normal;

    /// `x' = φx + noise`, from its stationary distribution.
    fn ar1(phi: f64, chains: usize, length: usize, shift: f64) -> Vec<Vec<f64>> {
        let mut rng = PhiloxRng::new(12, chains as u64);
        let mut normal = move || normal(&mut rng);
        (0..chains)
            .map(|chain| {
                let mut x = normal() / (1.0 - phi * phi).sqrt();
                let step = |_| {
                    x = phi * x + normal();
                    x + shift * chain as f64
                };
                (0..length).map(step).collect()
            })
            .collect()
    }

    /// The time of an AR(1) process is (1 + φ)/(1 - φ). Cut off at window M, its estimate over N
    /// steps has relative variance 2(2M + 1)/N (Sokal, equation 3.19).
    #[test]
    fn the_time_of_an_ar1_process_is_known() {
        for (phi, chains, length) in [
            (0.0, 1, 50_000),
            (0.5, 4, 20_000),
            (0.9, 8, 20_000),
            (0.97, 4, 100_000),
        ] {
            let truth = (1.0 + phi) / (1.0 - phi);
            let traces = ar1(phi, chains, length, 0.0);
            for window in [Window::Geyer, Window::Sokal { factor: 6.0 }] {
                let found = Autocorrelation::new(&traces, window);
                let n = (chains * length) as f64;
                let slack = 4.5 * (2.0 * (2.0 * found.window as f64 + 1.0) / n).sqrt();
                assert!(
                    (found.time / truth - 1.0).abs() < slack,
                    "{phi} {window:?}: {} against {truth}",
                    found.time
                );
                let ess = found.effective_sample_size();
                assert!((ess * found.time / n - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn chains_in_different_places_do_not_mix() {
        let together = Autocorrelation::new(&ar1(0.5, 4, 1000, 0.0), Window::Geyer);
        let apart = Autocorrelation::new(&ar1(0.5, 4, 1000, 10.0), Window::Geyer);
        assert!(together.time < 4.0 && apart.time > 300.0, "{apart:?}");
        let still = Autocorrelation::new(&[vec![2.0; 50]], Window::Geyer);
        assert_eq!(still.effective_sample_size(), 1.0);
    }
}
