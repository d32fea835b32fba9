//! What is chosen where nothing is said.

use rbm_model::RbmConfig;
use rbm_train::TrainConfig;

use crate::Error;

/// The most hidden units by default.
const MOST_HIDDEN: usize = 200;
/// The fewest hidden units by default where there are as many columns, however few the rows.
const FEWEST_HIDDEN: usize = 10;
/// Training rows for a hidden unit, at least. More units memorise a hundred rows, and with ten rows for
/// each, sets of 1,000 rows end half a nat lower (docs/results.md).
const ROWS_FOR_HIDDEN: usize = 5;

/// As many hidden units as visible ones, and fewer where the data have many columns, or few rows of which
/// some are held out: what those units would learn is the rows themselves, and annealing a model that is
/// so sharp takes longer than training it. Where none is held out, the rows are all there is.
pub fn default_hidden(visible: usize, rows: usize, held_out: bool) -> usize {
    let told = if held_out {
        (rows / ROWS_FOR_HIDDEN).max(FEWEST_HIDDEN)
    } else {
        usize::MAX
    };
    visible.min(MOST_HIDDEN).min(told)
}

/// The numbers of the largest tensor: 1 GiB in single precision, of which an update holds several.
const MAX_NUMBERS: usize = 1 << 28;

/// Refuses what no machine has the memory for, before it is asked for.
///
/// # Errors
///
/// [`Error::Input`], and [`Error::Exact`] where the algorithm has to enumerate the model and cannot.
pub fn affordable(model: &RbmConfig, train: &TrainConfig, rows: usize) -> Result<(), Error> {
    let chains = train
        .algorithm
        .clone()
        .chains()
        .map_or(0, |chains| chains.unwrap_or(train.batch_size));
    train.algorithm.check_model(model)?;
    let side = model.num_visible.max(model.num_hidden);
    let wide = train.batch_size.min(rows).max(chains);
    let weights = model.num_visible.saturating_mul(model.num_hidden);
    for (what, numbers) in [
        ("model.num_hidden: the weights", weights),
        (
            "batch_size: a batch or its chains",
            wide.saturating_mul(side),
        ),
    ] {
        if numbers > MAX_NUMBERS {
            return Err(Error::Input(format!(
                "{what} would be {numbers} numbers, and at most {MAX_NUMBERS} are held in one \
                 tensor; choose fewer"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_have_few_hidden_units() {
        // MNIST, the digits, and 360 rows of words.
        assert_eq!(default_hidden(784, 57_000, true), 200);
        assert_eq!(default_hidden(64, 1000, true), 64);
        assert_eq!(default_hidden(500, 360, true), 72);
        assert_eq!(default_hidden(111, 45, true), 10);
        assert_eq!(default_hidden(6, 45, true), 6);
        // All bars and stripes.
        assert_eq!(default_hidden(16, 32, false), 16);
    }
}
