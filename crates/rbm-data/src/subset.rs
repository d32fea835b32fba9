//! A few rows that represent many.

use rand::RngExt;

use crate::streams::Stream;

/// The seed of every subset that is only watched: two runs on the same data, whatever their own
/// seeds, are measured on the same rows, so that their curves compare.
pub const SUBSET_SEED: u64 = 0;

/// At most `count` of `rows`, drawn without replacement and in the order in which they were drawn.
///
/// The first rows of a table are no sample of it where the table is sorted, by class or by time.
/// Whatever measures or shows a part of the rows therefore draws that part here. The draw depends
/// on the seed and the number of rows alone. The rows of a smaller subset are the first ones of a
/// larger one with the same seed, and where `count` is as large as the set, all rows come, in a
/// random order: the first rows of a subset are always a subset themselves.
///
/// ```
/// use rbm_data::{SUBSET_SEED, subset};
///
/// let rows: Vec<u32> = (0..1000).collect();
/// let few = subset(&rows, 100, SUBSET_SEED);
/// assert_eq!(few.len(), 100);
/// assert_eq!(few[..10], subset(&rows, 10, SUBSET_SEED));
/// assert_eq!(subset(&rows, 5000, SUBSET_SEED).len(), 1000);
/// ```
pub fn subset(rows: &[u32], count: usize, seed: u64) -> Vec<u32> {
    let mut drawn = rows.to_vec();
    let count = count.min(drawn.len());
    let mut rng = Stream::Subset.rng(seed, 0);
    // Fisher and Yates from the front: what is drawn first does not depend on how many are drawn.
    for place in 0..count {
        let other = rng.random_range(place..drawn.len());
        drawn.swap(place, other);
    }
    drawn.truncate(count);
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u32) -> Vec<u32> {
        (0..count).collect()
    }

    #[test]
    fn rows_come_once_and_smaller_subsets_are_the_beginnings_of_larger_ones() {
        let all = rows(500);
        let whole = subset(&all, usize::MAX, 3);
        let mut sorted = whole.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all);
        assert_ne!(whole, all);
        for count in [0, 1, 7, 499, 500] {
            assert_eq!(subset(&all, count, 3), whole[..count]);
        }
        assert_ne!(subset(&all, 500, 4), whole);
        assert!(subset(&[], 5, 0).is_empty());
    }

    /// Over many seeds each row is as likely as any other, in each half of the set: the counts are
    /// binomial, 4.5 standard deviations the most of 200 of them.
    #[test]
    fn every_row_is_equally_likely() {
        let (all, seeds, count) = (rows(200), 4000, 20);
        let mut counts = vec![0.0; all.len()];
        for seed in 0..seeds {
            for row in subset(&all, count, seed) {
                counts[row as usize] += 1.0;
            }
        }
        let p = count as f64 / all.len() as f64;
        let (mean, sigma) = (seeds as f64 * p, (seeds as f64 * p * (1.0 - p)).sqrt());
        for (row, found) in counts.iter().enumerate() {
            let z = (found - mean) / sigma;
            assert!(z.abs() < 4.5, "row {row}: {found} times, {z} sigma");
        }
    }

    /// Fixed for ever: reported numbers depend on it.
    #[test]
    fn golden_subset() {
        assert_eq!(subset(&rows(10), 4, SUBSET_SEED), GOLDEN);
    }

    const GOLDEN: [u32; 4] = [0, 8, 7, 3];
}
