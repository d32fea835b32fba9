//! Independent units with the rates of the training rows.

use rbm_model::units::UnitsConfig;

/// The sums of rows, and of their squares, over each unit.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    kind: UnitsConfig,
    pub(super) count: usize,
    values: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    pub(super) fn new(kind: UnitsConfig, units: usize) -> Self {
        Self {
            kind,
            count: 0,
            values: vec![0.0; units],
            squares: vec![0.0; units],
        }
    }

    pub(super) fn add(&mut self, row: &[f64]) {
        self.count += 1;
        for ((sum, square), &x) in self.values.iter_mut().zip(&mut self.squares).zip(row) {
            *sum += x;
            *square += x * x;
        }
    }

    pub(super) fn is_real(&self) -> bool {
        !self.kind.support().is_discrete()
    }

    /// The log-probability (log-density) of a row; `left_out` takes it out of the sums first, to
    /// which it was added before.
    pub(super) fn log_probability(&self, row: &[f64], left_out: bool) -> f64 {
        let own = f64::from(u8::from(left_out));
        let n = self.count as f64 - own;
        let units = || self.values.iter().zip(row);
        match self.kind {
            UnitsConfig::Bernoulli => units()
                .map(|(&sum, &x)| log_binary(sum - own * x, n, x))
                .sum(),
            UnitsConfig::Labelled { classes } => {
                let features = row.len() - classes;
                let label = units().skip(features).find(|&(_, &x)| x > 0.5);
                let of_label = label.map_or(f64::NAN, |(&sum, &x)| {
                    let total = n + 0.5 * classes as f64;
                    ((sum - own * x + 0.5) / total).ln()
                });
                let of_features = units().take(features);
                let binary = of_features.map(|(&sum, &x)| log_binary(sum - own * x, n, x));
                of_label + binary.sum::<f64>()
            }
            UnitsConfig::Gaussian { .. } => units()
                .zip(&self.squares)
                .map(|((&sum, &x), &square)| log_normal(sum - own * x, square - own * x * x, n, x))
                .sum(),
        }
    }
}

/// A unit that was on in `on` of `n` rows is `x`.
fn log_binary(on: f64, n: f64, x: f64) -> f64 {
    let p = (on + 0.5) / (n + 1.0);
    if x > 0.5 { p.ln() } else { (1.0 - p).ln() }
}

/// The normal density at `x` of the mean and variance of `n` values; NaN where these are all equal.
fn log_normal(sum: f64, squares: f64, n: f64, x: f64) -> f64 {
    let mean = sum / n;
    let variance = squares / n - mean * mean;
    // Rounding alone gives less than this.
    if variance <= 1e-12 * (squares / n) {
        return f64::NAN;
    }
    -0.5 * ((std::f64::consts::TAU * variance).ln() + (x - mean).powi(2) / variance)
}
