//! Bars and stripes: every image whose columns, or whose rows, are each of one colour.

use crate::{DataError, Dataset, Values};

/// The largest side; its data set has 2048 rows.
const MAX_SIDE: usize = 10;

/// All binary `n` × `n` images of bars and of stripes, each pattern once: 2 · 2ⁿ rows.
///
/// First come the bars (pixel (i, j) is on if bit j of the row number is), then the stripes (bit
/// i). The two uniform images belong to both kinds, and so appear twice. That is a choice: with
/// it the data have the entropy
///
/// > S = (n + 1 − 2¹⁻ⁿ) ln 2
///
/// and −S is the best mean log-likelihood of a row that any model can reach: −1.732868 nats for
/// n = 2, −2.599302 for n = 3, −3.379093 for n = 4. Without the repetition it would be
/// −ln(2ⁿ⁺¹ − 2); numbers of the two conventions do not compare.
///
/// # References
///
/// D. J. C. `MacKay`: *Information Theory, Inference, and Learning Algorithms*, 2003, chapter 43,
/// has the ensemble among its examples for Boltzmann machines.
///
/// # Errors
///
/// [`DataError::Parameter`] unless `n` is 1 to 10.
///
/// ```
/// let data = rbm_data::bars_and_stripes(4)?;
/// assert_eq!((data.rows(), data.num_visible()), (32, 16));
/// # Ok::<(), rbm_data::DataError>(())
/// ```
pub fn bars_and_stripes(n: usize) -> Result<Dataset, DataError> {
    if !(1..=MAX_SIDE).contains(&n) {
        return Err(DataError::Parameter {
            name: "n",
            expected: format!("a side of 1 to {MAX_SIDE} pixels"),
            found: n.to_string(),
        });
    }
    let patterns = 1usize << n;
    let mut data = Vec::with_capacity(2 * patterns * n * n);
    for pattern in 0..patterns {
        data.extend((0..n * n).map(|pixel| u8::from(pattern >> (pixel % n) & 1 == 1)));
    }
    for pattern in 0..patterns {
        data.extend((0..n * n).map(|pixel| u8::from(pattern >> (pixel / n) & 1 == 1)));
    }
    let name = format!("bars and stripes {n} x {n}");
    Dataset::new(name, n * n, Values::Bytes { data, levels: 1 })?.with_image_shape(n, n)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn counts(n: usize) -> HashMap<Vec<u8>, usize> {
        let data = bars_and_stripes(n).unwrap();
        let Values::Bytes { data, levels: 1 } = data.values() else {
            panic!("binary images are bytes")
        };
        let mut counts = HashMap::new();
        for row in data.chunks(n * n) {
            *counts.entry(row.to_vec()).or_default() += 1;
        }
        counts
    }

    #[test]
    fn entropies_counted_from_the_rows() {
        for (n, expected) in [(2, 1.732_868), (3, 2.599_302), (4, 3.379_093)] {
            let total = 2.0 * 2f64.powf(n as f64);
            let entropy: f64 = counts(n)
                .values()
                .map(|&count| count as f64 / total)
                .map(|p| -p * p.ln())
                .sum();
            assert!((entropy - expected).abs() < 5e-7, "n = {n}: {entropy}");
            let formula = (n as f64 + 1.0 - 2f64.powf(1.0 - n as f64)) * 2f64.ln();
            assert!(
                (entropy - formula).abs() < 1e-12,
                "n = {n}: {entropy} against {formula}"
            );
        }
    }

    #[test]
    fn uniform_images_come_twice_and_the_others_once() {
        for n in 2..=10 {
            let counts = counts(n);
            assert_eq!(counts.len(), 2 * (1 << n) - 2);
            for (image, &count) in &counts {
                let uniform = image.iter().all(|&pixel| pixel == image[0]);
                assert_eq!(count, if uniform { 2 } else { 1 });
                let bars = image.chunks(n).all(|row| *row == image[..n]);
                let stripes = image.chunks(n).all(|row| row.iter().all(|x| *x == row[0]));
                assert!(bars || stripes, "{image:?}");
            }
        }
    }

    #[test]
    fn one_pixel_is_a_bar_and_a_stripe() {
        assert_eq!(counts(1), HashMap::from([(vec![0], 2), (vec![1], 2)]));
    }

    #[test]
    fn other_sides_are_refused() {
        for n in [0, 11, usize::MAX] {
            let message = bars_and_stripes(n).unwrap_err().to_string();
            assert!(message.contains("1 to 10 pixels"), "{message}");
        }
    }
}
