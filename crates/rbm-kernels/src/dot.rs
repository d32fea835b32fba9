//! The sum of the products of two arrays.

use crate::simd::{Level, versions};

/// Sums kept apart until the end: a vector unit's worth.
const LANES: usize = 16;
/// Products added in single precision before the sum goes on in double.
const BLOCK: usize = 64 * LANES;

/// `Σ a·b`, the sums of a thousand products each added up in double precision.
///
/// # Panics
///
/// Where the lengths differ.
///
/// ```
/// assert_eq!(rbm_kernels::dot(&[1.0, 2.0], &[3.0, 0.5]), 4.0);
/// ```
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "arrays of one length");
    let mut sum = 0.0;
    dot_at(Level::best(), a, b, &mut sum);
    sum
}

versions! {
    fn dot_at(a: &[f32], b: &[f32], out: &mut f64) = dot_kernel;
}

#[inline(always)]
fn dot_kernel(a: &[f32], b: &[f32], out: &mut f64) {
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        let mut sums = [0f32; LANES];
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                sums[lane] += a[lane] * b[lane];
            }
        }
        let rest = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(a * b));
        *out += sums.into_iter().map(f64::from).sum::<f64>() + rest.sum::<f64>();
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
    fn equals_the_sum_in_double_precision_on_every_level() {
        for n in [0, 1, 15, 16, 17, 1024, 1025, 70_001] {
            let (mut a, mut b) = (vec![0f32; n], vec![0f32; n]);
            let (key, step) = (Key::from_seed(1), 0);
            fill_normal(&mut a, Address { key, step, draw: 0 });
            fill_normal(&mut b, Address { key, step, draw: 1 });
            let pairs = || a.iter().zip(&b);
            let truth: f64 = pairs().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let size: f64 = pairs().map(|(a, b)| f64::from((a * b).abs())).sum();
            let first = dot(&a, &b);
            assert!((first - truth).abs() <= 1e-6 * size, "{n}: {first} {truth}");
            for level in Level::all() {
                let mut sum = 0.0;
                dot_at(level, &a, &b, &mut sum);
                assert_eq!(sum, first, "{level:?}");
            }
        }
    }
}
