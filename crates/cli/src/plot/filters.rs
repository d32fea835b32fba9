//! Filters in any order.

use burnzmann::model::{Rbm, numerics::to_f32};
use burnzmann::plot::{ImageShape, PlotError, Tiles, filters};

use crate::{CliError, Rows, Subject};

/// The filters of these hidden units, in this order.
pub(crate) fn filters_of(
    rbm: &Rbm,
    units: &[usize],
    shape: ImageShape,
) -> Result<Tiles, PlotError> {
    let weight = to_f32(rbm.weight.val());
    let rows = weight.chunks_exact(rbm.num_hidden());
    let chosen: Vec<f32> = rows
        .flat_map(|row| units.iter().map(|&unit| row[unit]))
        .collect();
    filters(&chosen, shape)
}

/// The hidden units by their mean over rows, the largest first.
pub(crate) fn by_use(subject: &Subject, rows: &Rows) -> Result<Vec<usize>, CliError> {
    let dtype = subject.rbm.weight.val().dtype();
    let hidden = rows.map(&subject.device, |v| subject.rbm.hidden_mean(v.cast(dtype)))?;
    let mut sums = vec![0.0; subject.rbm.num_hidden()];
    for row in hidden.chunks_exact(sums.len()) {
        for (sum, &h) in sums.iter_mut().zip(row) {
            *sum += f64::from(h);
        }
    }
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]));
    Ok(order)
}
