//! What independent units, and a table of the rows, know.

use burn::tensor::Tensor;
use rbm_model::{
    numerics::to_f64,
    units::{UnitLayer, Units},
};

use super::{
    BaselineScores,
    independent::Sums,
    table::{Table, packed},
};

/// Two distributions that are made of training rows without any training of a model.
///
/// - *Independent units*: a value of `K` that a unit had in `n` of `N` training rows has the probability
///   `(n + ½)/(N + K/2)`, for a binary unit `(n + ½)/(N + 1)`, and so has a label of `K` classes,
///   and a real-valued unit is normal with the mean and variance of the training rows.
/// - *The table*: a row that occurred `n` times has the probability `(1 - ε) n/N + ε q`, with `q` its
///   probability under independent units and `ε = (n₁ + ½)/(N + 1)`, where `n₁` is the number of rows
///   that occurred once. Where rows repeat it reaches their entropy; where none does it is independent
///   units, and is left out.
///
/// Both are normalised and know the training rows alone, so their likelihoods of held-out rows
/// compare with that of a model. A model below the first has not even learned the rates of its units;
/// one clearly below the second is worse than to remember the training rows.
///
/// Where the training rows are not known, [`leave_one_out`](Self::leave_one_out) makes both of the
/// rows themselves, each judged by all others.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::Baselines;
/// use rbm_model::units::UnitsConfig;
///
/// let device = Device::default();
/// let two = Tensor::<2>::from_floats([[0.0; 4], [1.0; 4]], &device);
/// let mut baselines = Baselines::new(&UnitsConfig::Bernoulli.init(4, &device));
/// baselines.add(&two.clone().repeat_dim(0, 50)); // each of two rows 50 times
/// let found = baselines.scores(&two).unwrap();
/// assert!((found.independent + 4.0 * 2f64.ln()).abs() < 1e-12);
/// assert!((found.table.unwrap() + 2f64.ln()).abs() < 0.01);
/// ```
///
/// # References
///
/// R. E. Krichevsky, V. K. Trofimov: *The performance of universal encoding*, 1981 (the rates); I. J.
/// Good: *The population frequencies of species and the estimation of population parameters*, 1953
/// (`ε`).
#[derive(Clone, Debug)]
pub struct Baselines {
    sums: Sums,
    columns: usize,
    table: Table,
    /// Whether there was a value that the units do not take.
    grey: bool,
}

/// Rows in a block: bounds the memory.
const BLOCK: usize = 2_000;

impl Baselines {
    /// Baselines for rows of these units, of no row yet.
    pub fn new(visible: &Units) -> Self {
        let columns = visible.num_units();
        Self {
            sums: Sums::new(visible.support(), columns),
            columns,
            table: Table::default(),
            grey: false,
        }
    }

    /// Adds training rows, `[rows, visible]`.
    ///
    /// # Panics
    ///
    /// Where they have another width than the units.
    pub fn add(&mut self, rows: &Tensor<2>) {
        each(rows, self.columns, |row| {
            self.sums.add(row);
            if self.sums.support.is_discrete() {
                match packed(row, self.sums.support) {
                    Some(row) => self.table.add(row),
                    None => self.grey = true,
                }
            }
        });
    }

    /// The number of training rows.
    pub fn num_rows(&self) -> usize {
        self.sums.count
    }

    /// How many of these rows, `[rows, visible]`, occurred among the training rows; zero for
    /// real-valued units.
    ///
    /// # Panics
    ///
    /// Where they have another width than the units.
    pub fn seen(&self, rows: &Tensor<2>) -> usize {
        let mut seen = 0;
        each(rows, self.columns, |row| {
            let known = packed(row, self.sums.support).is_some_and(|row| self.table.has(&row));
            seen += usize::from(known);
        });
        seen
    }

    /// The estimated probability that a new row is equal to one of the training rows: `1 - n₁/N`.
    pub fn coverage(&self) -> f64 {
        self.table.coverage()
    }

    /// How likely other rows are, `[rows, visible]`. `None` where there is no row to judge or to judge
    /// by, where there is a value that the units do not take, and where a real-valued unit
    /// is constant.
    ///
    /// # Panics
    ///
    /// Where they have another width than the units.
    pub fn scores(&self, rows: &Tensor<2>) -> Option<BaselineScores> {
        self.judge(rows, false)
    }

    /// How likely the rows are that were [added](Self::add), each by all others.
    ///
    /// # Panics
    ///
    /// Where they have another width than the units.
    pub fn leave_one_out(&self, rows: &Tensor<2>) -> Option<BaselineScores> {
        self.judge(rows, true)
    }

    fn judge(&self, rows: &Tensor<2>, left_out: bool) -> Option<BaselineScores> {
        let repeats = self.table.repeats();
        let (mut independent, mut table, mut count) = (0.0, 0.0, 0usize);
        let mut binary = !self.grey;
        each(rows, self.columns, |row| {
            let alone = self.sums.log_probability(row, left_out);
            independent += alone;
            if self.sums.support.is_discrete() {
                match packed(row, self.sums.support) {
                    Some(row) => table += self.table.log_probability(&row, alone, left_out),
                    None => binary = false,
                }
            }
            count += 1;
        });
        let n = count as f64;
        let fits = count > 0 && self.sums.count > 0 && binary && independent.is_finite();
        fits.then(|| BaselineScores {
            independent: independent / n,
            table: repeats.then(|| table / n),
        })
    }
}

/// Calls `visit` with each row.
fn each(rows: &Tensor<2>, columns: usize, mut visit: impl FnMut(&[f64])) {
    let [count, found] = rows.dims();
    assert_eq!(found, columns, "rows are [rows, visible]");
    for first in (0..count).step_by(BLOCK) {
        let block = rows.clone().narrow(0, first, BLOCK.min(count - first));
        to_f64(block).chunks_exact(columns).for_each(&mut visit);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::units::UnitsConfig;

    use super::*;

    fn baselines(kind: UnitsConfig, rows: &Tensor<2>) -> Baselines {
        let units = kind.init(rows.dims()[1], &Device::default());
        let mut baselines = Baselines::new(&units);
        baselines.add(rows);
        baselines
    }

    fn rows<const C: usize>(values: &[[f32; C]]) -> Tensor<2> {
        let data: Vec<f32> = values.iter().flatten().copied().collect();
        let shape = [values.len(), C];
        Tensor::from_data(
            burn::tensor::TensorData::new(data, shape),
            &Device::default(),
        )
    }

    /// All rows of `n` units.
    fn states(n: u32) -> Tensor<2> {
        let bit = |state: u32, unit: u32| f32::from(u8::from(state >> unit & 1 == 1));
        let all: Vec<f32> = (0..1 << n)
            .flat_map(|state| (0..n).map(move |unit| bit(state, unit)))
            .collect();
        let shape = [1 << n, n as usize];
        Tensor::from_data(
            burn::tensor::TensorData::new(all, shape),
            &Device::default(),
        )
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    /// Five training rows by hand: column 0 is on in four of them, column 1 in one; the row 10 comes
    /// three times, two rows come once.
    #[test]
    fn counts_by_hand() {
        let training = rows(&[[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        let found = baselines(UnitsConfig::Bernoulli, &training);
        assert_eq!(found.num_rows(), 5);
        close(found.coverage(), 0.6);
        let (p0, p1) = (4.5 / 6.0, 1.5 / 6.0);
        let new: f64 = 2.5 / 6.0;
        let scores = found.scores(&rows(&[[1.0, 0.0], [0.0, 1.0]])).unwrap();
        let often: f64 = p0 * (1.0 - p1);
        let never: f64 = (1.0 - p0) * p1;
        close(scores.independent, 0.5 * (often.ln() + never.ln()));
        let table = ((1.0 - new) * 0.6 + new * often).ln() + (new * never).ln();
        close(scores.table.unwrap(), 0.5 * table);
        assert_eq!(found.seen(&rows(&[[1.0, 0.0], [0.0, 1.0]])), 1);
    }

    /// Both are distributions: over all rows their probabilities sum to one.
    #[test]
    fn probabilities_sum_to_one() {
        let training = rows(&[
            [1.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [1.0, 1.0, 0.0, 0.0],
        ]);
        let found = baselines(UnitsConfig::Bernoulli, &training);
        let (mut independent, mut table) = (0.0, 0.0);
        for state in 0..16 {
            let scores = found.scores(&states(4).narrow(0, state, 1)).unwrap();
            independent += scores.independent.exp();
            table += scores.table.unwrap().exp();
        }
        close(independent, 1.0);
        close(table, 1.0);

        // Two features and a label of three classes.
        let training = rows(&[[1.0, 0.0, 0.0, 1.0, 0.0], [1.0, 1.0, 0.0, 1.0, 0.0]]);
        let found = baselines(UnitsConfig::Labelled { classes: 3 }, &training);
        let mut sum = 0.0;
        for features in [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] {
            for class in 0..3 {
                let label = [0, 1, 2].map(|k| f32::from(u8::from(k == class)));
                let row = [features[0], features[1], label[0], label[1], label[2]];
                sum += found.scores(&rows(&[row])).unwrap().independent.exp();
            }
        }
        close(sum, 1.0);
    }

    /// Leaving a row out is the same as to be made of the others, for units of every kind.
    #[test]
    fn one_left_out_is_judged_by_the_others() {
        let binary = rows(&[
            [1.0, 0.0, 1.0, 0.0, 1.0],
            [1.0, 0.0, 1.0, 0.0, 1.0],
            [0.0, 0.0, 1.0, 1.0, 0.0],
            [1.0, 1.0, 0.0, 0.0, 1.0],
            [0.0, 0.0, 1.0, 1.0, 0.0],
            [0.0, 0.0, 1.0, 1.0, 0.0],
            [0.0, 0.0, 1.0, 0.0, 1.0],
        ]);
        let real = binary.clone() * 2.5
            + Tensor::<2>::from_floats([[0.1, 0.7, 0.2, 0.5, 1.1]], &Device::default())
            + binary.clone().cumsum(0);
        for (kind, data) in [
            (UnitsConfig::Bernoulli, &binary),
            (UnitsConfig::Labelled { classes: 2 }, &binary),
            (UnitsConfig::Gaussian { learn_sigma: true }, &real),
        ] {
            let n = data.dims()[0];
            let found = baselines(kind, data).leave_one_out(data).unwrap();
            let (mut independent, mut table) = (0.0, Some(0.0));
            for row in 0..n {
                let others: Vec<usize> = (0..n).filter(|&other| other != row).collect();
                let rows = others.iter().map(|&other| data.clone().narrow(0, other, 1));
                let others = Tensor::cat(rows.collect(), 0);
                let one = data.clone().narrow(0, row, 1);
                let scores = baselines(kind, &others).scores(&one).unwrap();
                independent += scores.independent / n as f64;
                table = table.zip(scores.table).map(|(a, b)| a + b / n as f64);
            }
            assert!((found.independent - independent).abs() < 1e-9, "{kind:?}");
            match (found.table, table) {
                (Some(found), Some(expected)) => close(found, expected),
                (found, expected) => assert_eq!(found, expected),
            }
        }
    }

    #[test]
    fn normal_densities_have_the_moments_of_the_rows() {
        let training = rows(&[[1.0], [3.0], [2.0], [6.0]]);
        let kind = UnitsConfig::Gaussian { learn_sigma: false };
        let scores = baselines(kind, &training).scores(&rows(&[[2.5]])).unwrap();
        // Mean 3, variance 3.5.
        let expected = -0.5 * ((std::f64::consts::TAU * 3.5).ln() + 0.25 / 3.5);
        close(scores.independent, expected);
        assert_eq!(scores.table, None);
    }

    #[test]
    fn what_has_no_probability_has_no_scores() {
        let binary = rows(&[[1.0, 0.0], [0.0, 1.0]]);
        let grey = rows(&[[1.0, 0.5], [0.0, 1.0]]);
        let of = |rows: &Tensor<2>| baselines(UnitsConfig::Bernoulli, rows);
        assert!(of(&binary).scores(&binary).unwrap().table.is_none());
        assert!(of(&binary).scores(&grey).is_none() && of(&grey).scores(&binary).is_none());
        let constant = rows(&[[1.0, 0.1], [0.0, 0.1], [2.0, 0.1]]);
        let kind = UnitsConfig::Gaussian { learn_sigma: true };
        assert!(baselines(kind, &constant).scores(&grey).is_none());
        let empty = Baselines::new(&UnitsConfig::Bernoulli.init(2, &Device::default()));
        assert!(empty.scores(&binary).is_none());
    }
}
