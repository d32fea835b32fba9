//! How often numbers occur, as a curve.

use crate::Series;

/// The histogram of `values` over `bins` equal bins from `low` to `high`, as steps: the share of the
/// values in each bin over the bin's width, so that the area of all bins is one and sets of different
/// sizes compare. Numbers outside are left out of the bins, and count in the shares.
///
/// ```
/// let steps = rbm_plot::histogram("all", &[0.1, 0.2, 0.9], (0.0, 1.0), 2);
/// assert_eq!(steps.points[1], (0.0, 4.0 / 3.0)); // two of three, over a half
/// ```
///
/// # Panics
///
/// Where `bins` is zero or `low` is not below `high`.
pub fn histogram(
    name: impl Into<String>,
    values: &[f32],
    (low, high): (f64, f64),
    bins: usize,
) -> Series {
    assert!(bins > 0 && low < high, "a histogram has bins of some width");
    let width = (high - low) / bins as f64;
    let mut counts = vec![0u32; bins];
    for &value in values {
        let place = (f64::from(value) - low) / width;
        if (0.0..=bins as f64).contains(&place) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between zero and the number of bins"
            )]
            let bin = place as usize;
            counts[bin.min(bins - 1)] += 1;
        }
    }
    let all = values.len().max(1) as f64;
    let mut points = vec![(low, 0.0)];
    for (bin, &count) in counts.iter().enumerate() {
        let height = f64::from(count) / all / width;
        let left = low + bin as f64 * width;
        points.extend([(left, height), (left + width, height)]);
    }
    points.push((high, 0.0));
    Series::new(name, points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_one_and_the_end_belongs_to_the_last_bin() {
        let values = [0.0, 0.5, 1.0, 2.0, 2.0, 3.9, 4.0, f32::NAN];
        let steps = histogram("", &values[..7], (0.0, 4.0), 2);
        // Three of seven numbers in the first bin of width two, four in the second.
        let heights: Vec<f64> = steps
            .points
            .iter()
            .map(|point| point.1 * 7.0 * 2.0)
            .collect();
        for (found, expected) in heights.iter().zip([0.0, 3.0, 3.0, 4.0, 4.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{heights:?}");
        }
        let outside = histogram("", &[-1.0, 0.5, 9.0, f32::NAN], (0.0, 1.0), 1);
        assert_eq!(outside.points[1], (0.0, 0.25));
    }
}
