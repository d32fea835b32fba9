//! Training rows beside the rows that a model is judged by.

use std::collections::HashSet;

use burn::tensor::Tensor;
use rbm_data::{SUBSET_SEED, subset};
use rbm_eval::Baselines;
use rbm_model::units::Units;

/// Training rows that the base of annealing is fitted to, and that overfitting is looked for with.
const TRAINING_ROWS: usize = 10_000;
/// Training rows that the baselines are made of.
const BASELINE_ROWS: usize = 100_000;
/// Rows in a block.
const BLOCK: usize = 1000;

/// Some training rows, as the visible units take them, and the baselines of more of them.
///
/// # Errors
///
/// Those of `rows`, which makes a tensor of some of them.
pub fn sample_of_training<E>(
    visible: &Units,
    train_rows: &[u32],
    mut rows: impl FnMut(&[u32]) -> Result<Tensor<2>, E>,
) -> Result<(Tensor<2>, Baselines), E> {
    let drawn = subset(train_rows, BASELINE_ROWS, SUBSET_SEED);
    let mut baselines = Baselines::new(visible);
    let mut few = Vec::new();
    for (block, first) in drawn.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
        let block = rows(block)?;
        baselines.add(&block);
        if first < TRAINING_ROWS {
            few.push(block);
        }
    }
    Ok((Tensor::cat(few, 0), baselines))
}

/// Why rows of the training data are not compared with the training rows, where some of them are such.
pub fn among_training(train_rows: &[u32], rows: &[u32]) -> Option<String> {
    let trained: HashSet<u32> = train_rows.iter().copied().collect();
    let count = rows.iter().filter(|row| trained.contains(row)).count();
    if count == 0 {
        return None;
    }
    let all = rows.len();
    Some(if count == all {
        "these are rows that the model was trained on".to_owned()
    } else {
        format!(
            "{count} of these {all} rows are rows that the model was trained on; --split test has \
             those that it never saw"
        )
    })
}
