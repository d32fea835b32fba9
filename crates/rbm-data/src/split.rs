//! Which rows train, which choose, which judge.

use rand::seq::SliceRandom;

use crate::{DataError, streams::Stream};

/// The rows of a data set in three disjoint parts that together are all of them.
///
/// The parts are random, and fixed by the seed. Each is in ascending order.
///
/// ```
/// use rbm_data::Split;
///
/// let split = Split::by_counts(10, 2, 3, 42)?;
/// assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (5, 2, 3));
/// assert_eq!(split, Split::by_fractions(10, 0.2, 0.3, 42)?);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// For training: all rows that the other parts leave, at least one.
    pub train: Vec<u32>,
    /// For choices during training, early stopping among them; may be empty.
    pub validation: Vec<u32>,
    /// For the final measurement; may be empty.
    pub test: Vec<u32>,
}

impl Split {
    /// Splits `rows` rows into `validation` and `test` rows and the rest for training.
    ///
    /// # Errors
    ///
    /// [`DataError::Parameter`] if no row is left for training, or there are 2³² rows or more.
    pub fn by_counts(
        rows: usize,
        validation: usize,
        test: usize,
        seed: u64,
    ) -> Result<Self, DataError> {
        let count = u32::try_from(rows).map_err(|_| DataError::Parameter {
            name: "rows",
            expected: format!("at most {}", u32::MAX),
            found: rows.to_string(),
        })?;
        let held_out = validation
            .checked_add(test)
            .filter(|&held_out| held_out < rows);
        let Some(held_out) = held_out else {
            return Err(DataError::Parameter {
                name: "validation + test",
                expected: format!("fewer than the {rows} rows, so that some train"),
                found: format!("{validation} + {test}"),
            });
        };
        let mut validation_rows: Vec<u32> = (0..count).collect();
        validation_rows.shuffle(&mut Stream::Split.rng(seed, 0));
        let train = validation_rows.split_off(held_out);
        let test = validation_rows.split_off(validation);
        let [train, validation, test] = [train, validation_rows, test].map(|mut part| {
            part.sort_unstable();
            part
        });
        Ok(Self {
            train,
            validation,
            test,
        })
    }

    /// Splits `rows` rows by the fractions for validation and test, each rounded to whole rows.
    ///
    /// # Errors
    ///
    /// [`DataError::Parameter`] if a fraction is outside [0, 1), or not 0 and yet less than a
    /// row, or if no row is left for training.
    pub fn by_fractions(
        rows: usize,
        validation: f64,
        test: f64,
        seed: u64,
    ) -> Result<Self, DataError> {
        let validation = whole_rows("validation", validation, rows)?;
        let test = whole_rows("test", test, rows)?;
        Self::by_counts(rows, validation, test, seed)
    }
}

fn whole_rows(name: &'static str, fraction: f64, rows: usize) -> Result<usize, DataError> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of a count is a count"
    )]
    let count = (fraction * rows as f64).round() as usize;
    if !(0.0..1.0).contains(&fraction) || (fraction > 0.0 && count == 0) {
        return Err(DataError::Parameter {
            name,
            expected: format!("0, or a fraction below 1 that is at least one of the {rows} rows"),
            found: fraction.to_string(),
        });
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_complete() {
        for (rows, validation, test) in [(1, 0, 0), (7, 0, 6), (1000, 100, 250)] {
            let split = Split::by_counts(rows, validation, test, 3).unwrap();
            assert_eq!(
                (split.validation.len(), split.test.len()),
                (validation, test)
            );
            let mut all = [&split.train[..], &split.validation, &split.test].concat();
            all.sort_unstable();
            assert!(all.iter().map(|&row| row as usize).eq(0..rows));
            assert!(split.train.is_sorted());
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let split = |seed| Split::by_counts(100, 10, 20, seed).unwrap();
        assert_eq!(split(1), split(1));
        assert_ne!(split(1), split(2));
    }

    /// Fixed for ever: reported numbers depend on it.
    #[test]
    fn golden_split() {
        let split = Split::by_counts(10, 2, 3, 42).unwrap();
        assert_eq!((split.validation, split.test), (vec![1, 8], vec![2, 5, 9]));
    }

    #[test]
    fn wrong_sizes_are_refused() {
        for (validation, test) in [(10, 0), (5, 5), (usize::MAX, 1)] {
            assert!(Split::by_counts(10, validation, test, 0).is_err());
        }
        for fraction in [-0.1, 1.0, f64::NAN, f64::INFINITY, 0.01] {
            assert!(
                Split::by_fractions(10, fraction, 0.0, 0).is_err(),
                "{fraction}"
            );
            assert!(
                Split::by_fractions(10, 0.0, fraction, 0).is_err(),
                "{fraction}"
            );
        }
        assert!(Split::by_fractions(10, 0.5, 0.5, 0).is_err());
    }
}
