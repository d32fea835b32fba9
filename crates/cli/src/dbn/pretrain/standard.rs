//! Whether columns are standardised, as Gaussian units of unit variance expect them.

use burn::tensor::{Device, Tensor};
use burnzmann::data::Batches;
use burnzmann::model::numerics::to_f64;

/// The largest mean, in absolute value, and the least and the largest standard deviation of a column that
/// need no advice.
const MEAN: f64 = 1.0;
const SPREAD: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// What to say of columns that are far from mean zero and unit variance; nothing where none is.
pub(super) fn hint(batches: &Batches, device: &Device) -> Option<String> {
    let means: Vec<f64> = batches.column_means().into_iter().map(f64::from).collect();
    let centre = Tensor::<1>::from_data(means.as_slice(), device).unsqueeze::<2>();
    let mut squares = vec![0.0; means.len()];
    for rows in batches.rows().chunks(1000) {
        let x = batches.rows_tensor(rows, 0, device);
        let sums = to_f64((x - centre.clone()).square().sum_dim(0));
        for (total, sum) in squares.iter_mut().zip(sums) {
            *total += sum;
        }
    }
    let rows = batches.rows().len() as f64;
    let columns = means
        .iter()
        .zip(squares)
        .map(|(&mean, sum)| (mean, (sum / rows).sqrt()));
    let off =
        |&(_, (mean, spread)): &(usize, (f64, f64))| mean.abs() > MEAN || !SPREAD.contains(&spread);
    let mut off = columns.enumerate().filter(off);
    let (column, (mean, spread)) = off.next()?;
    let others = off.count();
    let others = match others {
        0 => String::new(),
        n => format!(", and {n} others are far from it as well"),
    };
    Some(format!(
        "Gaussian units of unit variance expect standardised columns: column {column} (counted from 0) has \
         mean {mean:.3} and standard deviation {spread:.3}{others}. Subtract the mean of each column and \
         divide by its standard deviation, or learn the spread (--visible gaussian-learned)"
    ))
}

#[cfg(test)]
mod tests {
    use burnzmann::data::{Binarisation, Dataset, Values};

    use super::*;

    #[test]
    fn columns_that_are_not_standardised_are_named() {
        let hint_of = |values: Vec<f32>| {
            let data = Dataset::new("toy", 3, Values::Floats(values)).unwrap();
            let batches = Batches::new(&data, &[0, 1], 2, Binarisation::None, 1).unwrap();
            hint(&batches, &Device::default())
        };
        assert_eq!(hint_of(vec![-1.0, 0.9, 1.0, 1.0, -1.1, -1.0]), None);
        // Means 0, 20, 0.5 and deviations 1, 1, 0.25.
        let hint = hint_of(vec![-1.0, 19.0, 0.25, 1.0, 21.0, 0.75]).unwrap();
        assert!(
            hint.contains(
                "column 1 (counted from 0) has mean 20.000 and standard deviation 1.000, and 1"
            ),
            "{hint}"
        );
    }
}
