//! Independent units with the rates of the training rows.

use rbm_model::units::Support;

/// What is known of the rows, for each unit.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) support: Support,
    pub(super) count: usize,
    /// Where there are finitely many values: how often each occurred, all values of the first unit first.
    counts: Vec<usize>,
    /// Where there are not: the sums of the values, and of their squares.
    values: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    pub(super) fn new(support: Support, units: usize) -> Self {
        let values = support.values().map(<[i16]>::len);
        let sums = if values.is_none() { units } else { 0 };
        Self {
            support,
            count: 0,
            counts: vec![0; units * values.unwrap_or(0)],
            values: vec![0.0; sums],
            squares: vec![0.0; sums],
        }
    }

    /// Adds a row. A value that the units do not take is not counted.
    pub(super) fn add(&mut self, row: &[f64]) {
        self.count += 1;
        if let Some(values) = self.support.values() {
            for (counts, &x) in self.counts.chunks_exact_mut(values.len()).zip(row) {
                if let Some(found) = self.support.index_of(x) {
                    counts[found] += 1;
                }
            }
            return;
        }
        for ((sum, square), &x) in self.values.iter_mut().zip(&mut self.squares).zip(row) {
            *sum += x;
            *square += x * x;
        }
    }

    /// The log-probability (log-density) of a row; `left_out` takes it out of the sums first, to
    /// which it was added before.
    pub(super) fn log_probability(&self, row: &[f64], left_out: bool) -> f64 {
        let own = f64::from(u8::from(left_out));
        let n = self.count as f64 - own;
        let Some(values) = self.support.values() else {
            let units = self.values.iter().zip(&self.squares).zip(row);
            return units
                .map(|((&sum, &square), &x)| log_normal(sum - own * x, square - own * x * x, n, x))
                .sum();
        };
        let units = || self.counts.chunks_exact(values.len()).zip(row);
        let of_unit = |(counts, &x): (&[usize], &f64)| match self.support.index_of(x) {
            Some(found) => log_one_of(counts, found, own, n),
            None => f64::NAN,
        };
        let classes = self.support.classes().unwrap_or(0);
        let features = row.len() - classes;
        let of_features = units().take(features).map(of_unit).sum::<f64>();
        if classes == 0 {
            return of_features;
        }
        // The units of a label are one variable: which of them is on.
        let label = units().skip(features).find(|&(_, &x)| x == 1.0);
        let of_label = label.map_or(f64::NAN, |(counts, _)| {
            let total = n + 0.5 * classes as f64;
            ((counts[1] as f64 - own + 0.5) / total).ln()
        });
        of_label + of_features
    }
}

/// A unit whose values occurred so often in `n` rows has the value at `found`, of which `own` are not to be
/// counted. The first value has what the others leave.
fn log_one_of(counts: &[usize], found: usize, own: f64, n: f64) -> f64 {
    let total = n + 0.5 * counts.len() as f64;
    let p = |value: usize| {
        let own = if value == found { own } else { 0.0 };
        (counts[value] as f64 - own + 0.5) / total
    };
    match found {
        0 => (1.0 - (1..counts.len()).map(p).sum::<f64>()).ln(),
        _ => p(found).ln(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of three values has `(n + ½)/(N + 3/2)`, with the row that is judged or without it; a value that
    /// the units do not take has none.
    #[test]
    fn three_values_have_the_probabilities_of_their_counts() {
        let support = Support::Values(&[-1, 0, 2]);
        let mut sums = Sums::new(support, 1);
        for x in [2.0, 2.0, -1.0, 0.0, 2.0] {
            sums.add(&[x]);
        }
        let p = |x: f64, left_out: bool| sums.log_probability(&[x], left_out).exp();
        for (x, count) in [(-1.0, 1.0), (0.0, 1.0), (2.0, 3.0)] {
            assert!((p(x, false) - (count + 0.5) / 6.5).abs() < 1e-12);
            assert!((p(x, true) - (count - 0.5) / 5.5).abs() < 1e-12);
        }
        assert!(p(1.0, false).is_nan());
    }
}
