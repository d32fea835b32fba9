//! The directions in which rows vary most.

use burn::tensor::Tensor;
use rbm_model::{internal::precise_dtype, numerics::to_f64};

/// The first principal components of rows: the orthogonal directions of largest variance.
///
/// Found one after the other by power iteration on the covariance matrix, each kept orthogonal to
/// those before it. The sign of a direction is such that its largest entry is positive.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::PrincipalComponents;
///
/// let rows = Tensor::<2>::from_data([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]], &Device::default());
/// let components = PrincipalComponents::new(rows.clone(), 1);
/// assert!((components.directions[0][1] - 0.8).abs() < 1e-6);
/// assert!((components.variances[0] - 50.0 / 3.0).abs() < 1e-4); // over the number of rows
/// assert!((components.project(rows)[2][0] - 5.0).abs() < 1e-5);
/// ```
///
/// # References
///
/// I. T. Jolliffe: *Principal component analysis*, 2nd edition, 2002, chapter 2.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalComponents {
    /// The mean of each column.
    pub mean: Vec<f64>,
    /// The directions, each as long as a row and of norm one.
    pub directions: Vec<Vec<f64>>,
    /// The variance along each direction, largest first.
    pub variances: Vec<f64>,
    /// The variance in all directions together.
    pub total_variance: f64,
}

/// Steps of an iteration, at most: near-equal variances converge slowly, and then any direction
/// between them is as good.
const STEPS: usize = 2000;
/// The change of a direction that ends it.
const CHANGE: f64 = 1e-10;

impl PrincipalComponents {
    /// The first `count` components of the rows of `x`, `[rows, columns]`; fewer where there are
    /// fewer columns.
    ///
    /// # Panics
    ///
    /// Where `x` has no rows.
    pub fn new(x: Tensor<2>, count: usize) -> Self {
        let [rows, columns] = x.dims();
        assert!(rows > 0, "components are those of one row at least");
        let x = x.without_autodiff();
        let x = x.clone().cast(precise_dtype(&x.device()));
        let mean = x.clone().mean_dim(0);
        let centred = x - mean.clone();
        let covariance = centred.clone().transpose().matmul(centred);
        let covariance: Vec<f64> = to_f64(covariance)
            .into_iter()
            .map(|sum| sum / rows as f64)
            .collect();
        let mut found = Self {
            mean: to_f64(mean),
            directions: Vec::new(),
            variances: Vec::new(),
            total_variance: (0..columns).map(|i| covariance[i * columns + i]).sum(),
        };
        for index in 0..count.min(columns) {
            let direction = found.next_direction(&covariance, index);
            let image = product(&covariance, &direction);
            found.variances.push(dot(&direction, &image));
            found.directions.push(direction);
        }
        found
    }

    /// The coordinates of the rows of `x`, `[rows, columns]`, along each direction.
    ///
    /// # Panics
    ///
    /// Where `x` has another number of columns.
    pub fn project(&self, x: Tensor<2>) -> Vec<Vec<f64>> {
        let [_, columns] = x.dims();
        assert_eq!(columns, self.mean.len(), "rows of the same kind");
        let values = to_f64(x);
        let rows = values.chunks_exact(columns.max(1));
        rows.map(|row| {
            let centred: Vec<f64> = row.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
            let along = self.directions.iter().map(|d| dot(d, &centred));
            along.collect()
        })
        .collect()
    }

    fn next_direction(&self, covariance: &[f64], index: usize) -> Vec<f64> {
        let columns = self.mean.len();
        // Any start that is orthogonal to no direction in particular.
        let start = (0..columns).map(|i| (1.0 + (i * (index + 1)) as f64).sin() + 0.01);
        let mut direction: Vec<f64> = start.collect();
        self.remove_found(&mut direction);
        for _ in 0..STEPS {
            let mut next = product(covariance, &direction);
            if !self.remove_found(&mut next) {
                // Nothing varies any more: any direction will do.
                break;
            }
            let change: f64 = next
                .iter()
                .zip(&direction)
                .map(|(a, b)| (a - b).abs())
                .sum();
            direction = next;
            if change < CHANGE {
                break;
            }
        }
        let largest = direction
            .iter()
            .copied()
            .max_by(|a, b| a.abs().total_cmp(&b.abs()));
        if largest.is_some_and(|x| x < 0.0) {
            for x in &mut direction {
                *x = -*x;
            }
        }
        direction
    }

    /// Leaves the part orthogonal to the directions found, of norm one; false where that is nothing.
    fn remove_found(&self, direction: &mut [f64]) -> bool {
        let before = dot(direction, direction).sqrt();
        // Twice, against what rounding leaves the first time.
        for found in self.directions.iter().chain(&self.directions) {
            let along = dot(direction, found);
            for (x, f) in direction.iter_mut().zip(found) {
                *x -= along * f;
            }
        }
        let norm = dot(direction, direction).sqrt();
        if norm <= before * 1e-12 || norm < f64::MIN_POSITIVE {
            return false;
        }
        for x in direction.iter_mut() {
            *x /= norm;
        }
        true
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn product(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    let rows = matrix.chunks_exact(vector.len().max(1));
    rows.map(|row| dot(row, vector)).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    /// Rows at plus and minus multiples of orthogonal directions: their components are known.
    #[test]
    fn known_directions_and_variances_are_found() {
        let (a, b, c) = ([2.0, 2.0, 1.0], [-2.0, 1.0, 2.0], [1.0, -2.0, 2.0]); // norm 3 each
        let mut rows = Vec::new();
        for (direction, scale) in [(a, 3.0), (b, 2.0), (c, 0.5)] {
            for sign in [-1.0, 1.0] {
                rows.extend(direction.map(|x: f64| 7.0 + sign * scale * x / 3.0));
            }
        }
        let device = Device::default();
        let x = Tensor::<2>::from_data(
            TensorData::new(rows, [6, 3]),
            (&device, burn::tensor::DType::F64),
        );
        let found = PrincipalComponents::new(x.clone(), 3);
        for (k, (direction, scale)) in [(a, 3.0f64), (b, 2.0), (c, 0.5)].into_iter().enumerate() {
            // Two of six rows lie `scale` away along it.
            let variance = scale * scale / 3.0;
            assert!(
                (found.variances[k] - variance).abs() < 1e-9,
                "{:?}",
                found.variances
            );
            let cosine: f64 = found.directions[k]
                .iter()
                .zip(direction)
                .map(|(x, y)| x * y / 3.0)
                .sum();
            assert!((cosine.abs() - 1.0).abs() < 1e-9, "{k}: {cosine}");
            // Of the two directions the one whose largest part is positive.
            let parts = found.directions[k].iter().copied();
            let largest = parts.max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
            assert!(largest > 0.0, "{k}: {largest}");
        }
        let total: f64 = found.variances.iter().sum();
        assert!((found.total_variance - total).abs() < 1e-9);
        let along = found.project(x);
        assert!((along[0][0].abs() - 3.0).abs() < 1e-9 && along[0][1].abs() < 1e-9);
    }

    #[test]
    fn rows_that_do_not_vary_have_no_variance() {
        let found = PrincipalComponents::new(Tensor::ones([4, 3], &Device::default()), 2);
        assert_eq!(found.variances, [0.0, 0.0]);
        assert!(found.directions.iter().flatten().all(|x| x.is_finite()));
    }
}
