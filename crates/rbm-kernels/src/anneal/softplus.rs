//! Sums of softplus over a row.

use super::{FACTORS, LANES, Real};
use crate::simd::{Level, versions};

/// `Σ softplus(x + sign·w)` over a row, in double precision.
///
/// ```
/// let sum = rbm_kernels::anneal::softplus_sum(&[1.0, 0.5], &[1.0, 0.5], -1.0);
/// assert!((sum - 2.0 * 2f64.ln()).abs() < 1e-12);
/// ```
pub fn softplus_sum<R: Real>(x: &[R], w: &[R], sign: R) -> f64 {
    let mut sum = 0.0;
    softplus_row(Level::best(), x, w, sign, &mut sum);
    sum
}

versions! {
    fn softplus_row[R: Real][R](x: &[R], w: &[R], sign: R, out: &mut f64) = softplus_row_kernel;
}

#[inline(always)]
fn softplus_row_kernel<R: Real>(x: &[R], w: &[R], sign: R, out: &mut f64) {
    let (mut positive, mut tails) = (0.0, 0.0);
    for (x, w) in x.chunks(FACTORS).zip(w.chunks(FACTORS)) {
        let (mut sums, mut products) = ([0f64; LANES], [1f64; LANES]);
        let (x, last_x) = x.as_chunks::<LANES>();
        let (w, last_w) = w.as_chunks::<LANES>();
        for (x, w) in x.iter().zip(w) {
            let (mut part, mut e) = ([R::ZERO; LANES], [R::ZERO; LANES]);
            for lane in 0..LANES {
                (part[lane], e[lane]) = softplus_parts(x[lane], w[lane], sign);
            }
            for lane in 0..LANES {
                sums[lane] += part[lane].wide();
                products[lane] *= 1.0 + e[lane].wide();
            }
        }
        for (&x, &w) in last_x.iter().zip(last_w) {
            let (part, e) = softplus_parts(x, w, sign);
            sums[0] += part.wide();
            products[0] *= 1.0 + e.wide();
        }
        positive += sums.iter().sum::<f64>();
        tails += products.iter().product::<f64>().ln();
    }
    *out = positive + tails;
}

#[inline(always)]
fn softplus_parts<R: Real>(x: R, w: R, sign: R) -> (R, R) {
    let total = w.affine(sign, x);
    (total.positive(), total.decay(R::ONE).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anneal::tests::{row, softplus};

    #[test]
    fn a_row_sums_to_its_softplus() {
        let (x, w, _) = row::<f32>(77);
        let found = softplus_sum(&x, &w, -1.0);
        let terms = x.iter().zip(&w).map(|(x, w)| softplus(f64::from(x - w)));
        let expected: f64 = terms.sum();
        assert!((found / expected - 1.0).abs() < 1e-6);
    }
}
