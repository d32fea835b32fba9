//! How often each row occurred.

use std::collections::HashMap;

use rbm_model::numerics::log_add_exp;

/// Rows of zeros and ones with their counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    counts: HashMap<Box<[u64]>, usize>,
    total: usize,
    /// How many of them occurred once.
    once: usize,
}

/// A row of zeros and ones, packed; `None` for any other.
pub(super) fn packed(row: &[f64]) -> Option<Box<[u64]>> {
    let word = |values: &[f64]| {
        let mut bits = values.iter().zip(0..);
        bits.try_fold(0u64, |word, (&x, bit)| {
            let on = x == 1.0;
            (on || x == 0.0).then_some(word | u64::from(on) << bit)
        })
    };
    row.chunks(64).map(word).collect()
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
