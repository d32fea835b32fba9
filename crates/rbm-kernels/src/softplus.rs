//! Sums of `log(1 + exp(·))` over rows: what a free energy is made of.

use rayon::prelude::*;

use crate::{
    bernoulli::check_rows,
    logistic::Logistic,
    simd::{Level, versions},
};

/// Sums kept apart until the end of a row: a vector unit's worth.
const LANES: usize = 16;
/// Elements in one unit of work for a thread, at least.
const CHUNK: usize = 16_384;

/// `out[r] = Σ_j softplus(scale · x[r, j] + bias[j])`, summed in double precision.
///
/// `x` is row-major, a row as long as `bias`. With the inputs `vW` of the hidden units, their bias
/// and `scale = 1` the result is `Γ(vW)`, all of `-F(v)` but the visible units' own energy; `scale`
/// is the inverse temperature of annealed importance sampling. The order of summation depends on
/// the length of a row alone.
///
/// # Panics
///
/// Where `out` has another length than the rows are many.
///
/// ```
/// let mut sums = [0.0; 2];
/// rbm_kernels::softplus_row_sum(&[0f32, 0.0, 1.0, 3.0], 1.0, &[0.0, -3.0], &mut sums);
/// let expected = (1.0 + 1f64.exp()).ln() + 2f64.ln();
/// assert!((sums[1] - expected).abs() < 1e-6);
/// ```
pub fn softplus_row_sum<F: Logistic>(x: &[F], scale: F, bias: &[F], out: &mut [f64]) {
    sum_at(Level::best(), x, scale, bias, out);
}

fn sum_at<F: Logistic>(level: Level, x: &[F], scale: F, bias: &[F], out: &mut [f64]) {
    check_rows(x.len(), bias.len());
    assert_eq!(x.len(), out.len() * bias.len(), "a sum for every row");
    if bias.is_empty() {
        out.fill(0.0);
        return;
    }
    let rows = CHUNK.div_ceil(bias.len());
    let parts = out
        .par_chunks_mut(rows)
        .zip(x.par_chunks(rows * bias.len()));
    parts.for_each(|(out, x)| sum_rows(level, x, scale, bias, out));
}

versions! {
    fn sum_rows[F: Logistic][F](x: &[F], scale: F, bias: &[F], out: &mut [f64]) = sum_rows_kernel;
}

#[inline(always)]
fn sum_rows_kernel<F: Logistic>(x: &[F], scale: F, bias: &[F], out: &mut [f64]) {
    let (whole_bias, last_bias) = bias.as_chunks::<LANES>();
    for (out, row) in out.iter_mut().zip(x.chunks_exact(bias.len())) {
        let (whole, last) = row.as_chunks::<LANES>();
        let mut sums = [0f64; LANES];
        for (x, b) in whole.iter().zip(whole_bias) {
            for lane in 0..LANES {
                sums[lane] += x[lane].affine(scale, b[lane]).softplus().to_f64();
            }
        }
        for ((sum, x), &b) in sums.iter_mut().zip(last).zip(last_bias) {
            *sum += x.affine(scale, b).softplus().to_f64();
        }
        *out = sums.into_iter().sum();
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
    fn equals_the_sum_of_true_values_on_every_level() {
        let (key, step) = (Key::from_seed(1), 0);
        for (rows, n) in [(1, 1), (3, 15), (4, 16), (70, 500), (5, 0), (0, 3)] {
            let (mut x, mut bias) = (vec![0f32; rows * n], vec![0f32; n]);
            fill_normal(&mut x, Address { key, step, draw: 0 });
            fill_normal(&mut bias, Address { key, step, draw: 1 });
            let truth = |r: usize| -> f64 {
                let row = x[r * n..][..n].iter().zip(&bias);
                row.map(|(x, b)| f64::from(0.7 * x + b).softplus()).sum()
            };
            let mut first = vec![0.0; rows];
            softplus_row_sum(&x, 0.7, &bias, &mut first);
            for (r, &sum) in first.iter().enumerate() {
                assert!((sum - truth(r)).abs() <= 1e-6 * truth(r), "row {r}: {sum}");
            }
            for level in Level::all() {
                let mut sums = vec![0.0; rows];
                sum_at(level, &x, 0.7, &bias, &mut sums);
                assert_eq!(sums, first, "{level:?}");
            }
            let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<_>>();
            let mut sums = vec![0.0; rows];
            softplus_row_sum(&wide(&x), 0.7, &wide(&bias), &mut sums);
            for (r, &sum) in sums.iter().enumerate() {
                assert!((sum - truth(r)).abs() <= 1e-6 * truth(r), "row {r}: {sum}");
            }
        }
    }
}
