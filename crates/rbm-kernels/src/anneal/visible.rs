//! The visible layer: a draw at an inverse temperature and a sum over the states.

use super::{LANES, Real, each_row};
use crate::simd::{Level, versions};

/// Replaces the inputs `hWᵀ`, `[rows, units]`, of a Bernoulli layer by states drawn at
/// `beta·hWᵀ + bias`, and gives `Σ v·slope` of each row.
///
/// # Panics
///
/// As of [`hidden_step`](super::hidden_step); and where the slope is not as long as the bias.
///
/// ```
/// let mut states = [0.0f64, 40.0];
/// let sums = rbm_kernels::anneal::visible_step(&mut states, &[0.7, 0.7], &[0.0; 2], &[3.0; 2], 0.5);
/// assert_eq!((states, sums), ([0.0, 1.0], vec![3.0]));
/// ```
pub fn visible_step<R: Real>(
    inputs: &mut [R],
    uniform: &[R],
    bias: &[R],
    slope: &[R],
    beta: f64,
) -> Vec<f64> {
    assert_eq!(bias.len(), slope.len(), "a slope for every unit");
    let (level, beta) = (Level::best(), R::narrow(beta));
    each_row(inputs, uniform, bias.len(), |inputs, uniform| {
        let mut sum = 0.0;
        visible_row(level, inputs, uniform, bias, slope, beta, &mut sum);
        sum
    })
}

versions! {
    fn visible_row[R: Real][R](
        inputs: &mut [R], uniform: &[R], bias: &[R], slope: &[R], beta: R, sum: &mut f64,
    ) = visible_row_kernel;
}

#[inline(always)]
fn visible_row_kernel<R: Real>(
    inputs: &mut [R],
    uniform: &[R],
    bias: &[R],
    slope: &[R],
    beta: R,
    sum: &mut f64,
) {
    let mut sums = [0f64; LANES];
    let (inputs, last_inputs) = inputs.as_chunks_mut::<LANES>();
    let (uniform, last_uniform) = uniform.as_chunks::<LANES>();
    let (bias, last_bias) = bias.as_chunks::<LANES>();
    let (slope, last_slope) = slope.as_chunks::<LANES>();
    for (((x, u), b), s) in inputs.iter_mut().zip(uniform).zip(bias).zip(slope) {
        for lane in 0..LANES {
            x[lane] = visible_unit(x[lane], u[lane], b[lane], beta);
        }
        for lane in 0..LANES {
            sums[lane] += x[lane].wide() * s[lane].wide();
        }
    }
    let last = last_inputs.iter_mut().zip(last_uniform);
    for (((x, &u), &b), &s) in last.zip(last_bias).zip(last_slope) {
        *x = visible_unit(*x, u, b, beta);
        sums[0] += x.wide() * s.wide();
    }
    *sum = sums.iter().sum();
}

#[inline(always)]
fn visible_unit<R: Real>(x: R, u: R, bias: R, beta: R) -> R {
    let total = x.affine(beta, bias);
    let (e, _) = total.decay(R::ONE);
    total.draw(e, u)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anneal::tests::row;

    #[test]
    fn draws_are_at_the_step_and_summed_with_the_slope() {
        let (x, w, uniform) = row::<f32>(77);
        let mut v = x.clone();
        let sum = visible_step(&mut v, &uniform, &w, &x, 0.5)[0];
        let mut expected = 0.0;
        for j in 0..77 {
            let p = 1.0 / (1.0 + f64::from(-(0.5 * x[j] + w[j])).exp());
            assert_eq!(v[j] == 1.0, f64::from(uniform[j]) < p, "unit {j}");
            expected += f64::from(v[j] * x[j]);
        }
        assert!((sum - expected).abs() < 1e-9);
    }
}
