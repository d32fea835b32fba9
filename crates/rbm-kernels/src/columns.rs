//! Sums over the rows of a matrix.

use rayon::prelude::*;

use crate::{
    pool::SERIAL,
    simd::{Level, versions},
};

/// Columns that a thread sums at once: two cache lines of a row, eight vector registers at most.
const WIDTH: usize = 128;
/// Rows added in single precision before the sum goes on in double.
const BLOCK: usize = 256;

/// `out += scale · Σ_rows x`, for `x` row-major with rows as long as `out`; the sums of some hundred rows
/// each are added up in double precision.
///
/// The result is the same on any number of threads.
///
/// # Panics
///
/// Where `x` is no whole number of rows.
///
/// ```
/// let mut out = [1.0, 0.0];
/// rbm_kernels::add_column_sums(&[1.0, 2.0, 3.0, 4.0], 0.5, &mut out);
/// assert_eq!(out, [3.0, 3.0]);
/// ```
pub fn add_column_sums(x: &[f32], scale: f64, out: &mut [f64]) {
    let columns = out.len();
    if columns == 0 {
        assert!(x.is_empty(), "rows of no columns");
        return;
    }
    assert!(x.len().is_multiple_of(columns), "rows of {columns}");
    let level = Level::best();
    let sum = |(i, out): (usize, &mut [f64])| add_at(level, x, columns, i * WIDTH, scale, out);
    if x.len() < SERIAL {
        out.chunks_mut(WIDTH).enumerate().for_each(sum);
    } else {
        out.par_chunks_mut(WIDTH).enumerate().for_each(sum);
    }
}

versions! {
    fn add_at(x: &[f32], columns: usize, first: usize, scale: f64, out: &mut [f64]) = add_kernel;
}

#[inline(always)]
fn add_kernel(x: &[f32], columns: usize, first: usize, scale: f64, out: &mut [f64]) {
    let width = out.len();
    for rows in x.chunks(BLOCK * columns) {
        let mut sums = [0f32; WIDTH];
        for row in rows.chunks_exact(columns) {
            for (sum, x) in sums.iter_mut().zip(&row[first..first + width]) {
                *sum += x;
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out += scale * f64::from(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        philox::Key,
        uniform::{Address, fill_normal},
    };

    #[test]
    fn equals_the_sums_in_double_precision_on_every_level() {
        for [rows, columns] in [[0, 3], [1, 1], [5, 129], [700, 7], [300, 300]] {
            let mut x = vec![0f32; rows * columns];
            let key = Key::from_seed(5);
            let address = Address {
                key,
                step: 0,
                draw: 1,
            };
            fill_normal(&mut x, address);
            let mut found = vec![0.25; columns];
            add_column_sums(&x, -0.5, &mut found);
            for (j, found) in found.iter().enumerate() {
                let column = || (0..rows).map(|r| f64::from(x[r * columns + j]));
                let size: f64 = column().map(f64::abs).sum();
                let expected = 0.25 - 0.5 * column().sum::<f64>();
                assert!(
                    (found - expected).abs() <= 1e-6 * (1.0 + size),
                    "{j}: {found} {expected}"
                );
            }
            for level in Level::all() {
                let mut other = vec![0.25; columns];
                for (i, out) in other.chunks_mut(WIDTH).enumerate() {
                    add_at(level, &x, columns, i * WIDTH, -0.5, out);
                }
                assert_eq!(other, found, "{level:?}");
            }
        }
    }
}
