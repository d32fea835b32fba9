//! How often each row occurred.

use std::collections::HashMap;

use rbm_model::{numerics::log_add_exp, units::Support};

/// Rows of units with finitely many values, with their counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    counts: HashMap<Box<[u64]>, usize>,
    total: usize,
    /// How many of them occurred once.
    once: usize,
}

/// A row of such units, packed: of each the place of its value, in as many bits as that takes. `None` where
/// a value is none of theirs.
pub(super) fn packed(row: &[f64], support: Support) -> Option<Box<[u64]>> {
    let largest = support.values()?.len() - 1;
    let bits = usize::BITS - largest.leading_zeros();
    let word = |values: &[f64]| {
        values.iter().rev().try_fold(0u64, |word, &x| {
            let place = support.index_of(x)?;
            Some(word << bits | place as u64)
        })
    };
    row.chunks((u64::BITS / bits) as usize).map(word).collect()
}

impl Table {
    pub(super) fn add(&mut self, row: Box<[u64]>) {
        let count = self.counts.entry(row).or_default();
        *count += 1;
        self.total += 1;
        match *count {
            1 => self.once += 1,
            2 => self.once -= 1,
            _ => {}
        }
    }

    pub(super) fn has(&self, row: &[u64]) -> bool {
        self.counts.contains_key(row)
    }

    /// Whether any row came twice.
    pub(super) fn repeats(&self) -> bool {
        self.once < self.total
    }

    /// `1 - n₁/N`.
    pub(super) fn coverage(&self) -> f64 {
        1.0 - self.once as f64 / (self.total as f64).max(1.0)
    }

    /// The log-probability of a row that has the log-probability `independent` where it is new;
    /// `left_out` takes it out of the table first.
    pub(super) fn log_probability(&self, row: &[u64], independent: f64, left_out: bool) -> f64 {
        let mut count = self.counts.get(row).copied().unwrap_or(0);
        let (mut total, mut once) = (self.total, self.once);
        if left_out {
            match count {
                1 => once -= 1,
                2 => once += 1,
                _ => {}
            }
            total -= usize::from(count > 0);
            count = count.saturating_sub(1);
        }
        let new = (once as f64 + 0.5) / (total as f64 + 1.0);
        let known = if count > 0 {
            (1.0 - new).ln() + (count as f64 / total as f64).ln()
        } else {
            f64::NEG_INFINITY
        };
        log_add_exp(known, new.ln() + independent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows of three values and forty units that differ in one unit are told apart, over the border of a
    /// word too; other values are none.
    #[test]
    fn rows_of_three_values_are_told_apart() {
        let support = Support::Values(&[-1, 0, 2]);
        let mut seen = std::collections::HashSet::new();
        for unit in 0..40 {
            for value in [0.0, 2.0] {
                let mut row = [-1.0; 40];
                row[unit] = value;
                let packed = packed(&row, support).unwrap();
                assert_eq!(packed.len(), 2);
                assert!(seen.insert(packed), "unit {unit}");
            }
        }
        assert_eq!(packed(&[1.0], support), None);
        assert_eq!(
            packed(&[0.0, 1.0, 1.0], Support::BINARY).unwrap()[..],
            [0b110]
        );
    }
}
