//! Nearest neighbours by brute force.

use burn::tensor::Tensor;
use rayon::prelude::*;
use rbm_model::{internal::precise_dtype, numerics::to_f64};

/// The nearest neighbour of each row of one set among the rows of another, by Euclidean distance.
///
/// All distances are computed, a block of rows at a time, as `|a|² + |b|² - 2a·b`: one matrix
/// product, in double precision where the device has it. For rows of zeros and ones the squared
/// distance is the number of units that differ, and exact.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::NearestNeighbours;
///
/// let device = Device::default();
/// let a = Tensor::<2>::from_floats([[0.0, 0.0], [3.0, 4.0]], &device);
/// let b = Tensor::<2>::from_floats([[3.0, 3.0], [0.0, 2.0], [9.0, 9.0]], &device);
/// let found = NearestNeighbours::among(a.clone(), b);
/// assert_eq!((found.index, found.distance), (vec![1, 0], vec![2.0, 1.0]));
/// let others = NearestNeighbours::within(a);
/// assert_eq!((others.index, others.distance), (vec![1, 0], vec![5.0, 5.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NearestNeighbours {
    /// The row of the other set that is nearest; the first of them where several are.
    pub index: Vec<usize>,
    /// The distance to it.
    pub distance: Vec<f64>,
}

/// Distances in a block.
const BLOCK: usize = 1 << 22;

impl NearestNeighbours {
    /// For each row of `from` the nearest row of `among`, both `[rows, columns]`.
    ///
    /// # Panics
    ///
    /// Where `among` has no row, or the widths differ.
    pub fn among(from: Tensor<2>, among: Tensor<2>) -> Self {
        assert!(among.dims()[0] > 0, "a nearest row needs a row");
        Self::search(from, among, false)
    }

    /// For each row of `set` the nearest of its other rows.
    ///
    /// # Panics
    ///
    /// Where there are fewer than two rows.
    pub fn within(set: Tensor<2>) -> Self {
        assert!(set.dims()[0] > 1, "another row needs two");
        Self::search(set.clone(), set, true)
    }

    fn search(from: Tensor<2>, among: Tensor<2>, others_only: bool) -> Self {
        Self::search_in_blocks(from, among, others_only, BLOCK)
    }

    /// With `block` distances at a time, about.
    fn search_in_blocks(
        from: Tensor<2>,
        among: Tensor<2>,
        others_only: bool,
        block: usize,
    ) -> Self {
        let ([rows, width], [candidates, columns]) = (from.dims(), among.dims());
        assert_eq!(width, columns, "neighbours have as many columns");
        let device = from.device().without_autodiff();
        let dtype = precise_dtype(&device);
        let among = among.without_autodiff().to_device(&device).cast(dtype);
        let squares = to_f64(among.clone().square().sum_dim(1));
        let transposed = among.transpose();
        let per_block = (block / candidates).max(1);
        let (mut index, mut distance) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for first in (0..rows).step_by(per_block) {
            let part = from
                .clone()
                .without_autodiff()
                .narrow(0, first, per_block.min(rows - first))
                .cast(dtype);
            let own = to_f64(part.clone().square().sum_dim(1));
            let products = to_f64(part.matmul(transposed.clone()));
            let nearest: Vec<(usize, f64)> = products
                .par_chunks(candidates)
                .zip(own.par_iter().enumerate())
                .map(|(products, (row, own))| {
                    let itself = others_only.then_some(first + row);
                    let pairs = products.iter().zip(&squares).enumerate();
                    let (at, squared) = pairs
                        .filter(|&(at, _)| Some(at) != itself)
                        .map(|(at, (product, square))| (at, own + square - 2.0 * product))
                        .fold((0, f64::INFINITY), |best, next| {
                            if next.1 < best.1 { next } else { best }
                        });
                    (at, squared.max(0.0).sqrt())
                })
                .collect();
            for (at, d) in nearest {
                index.push(at);
                distance.push(d);
            }
        }
        Self { index, distance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five points on a line, two at a time, the last one by itself.
    #[test]
    fn blocks_change_nothing() {
        let device = burn::tensor::Device::default();
        let x = Tensor::<2>::from_floats([[0.0], [1.0], [3.0], [4.5], [9.0]], &device);
        for (others_only, index, distance) in [
            (true, [1, 0, 3, 2, 3], [1.0, 1.0, 1.5, 1.5, 4.5]),
            (false, [0, 1, 2, 3, 4], [0.0; 5]),
        ] {
            for block in [1, 10, 1000] {
                let found =
                    NearestNeighbours::search_in_blocks(x.clone(), x.clone(), others_only, block);
                assert_eq!(found.index, index, "{block}");
                assert_eq!(found.distance, distance, "{block}");
            }
        }
    }
}
