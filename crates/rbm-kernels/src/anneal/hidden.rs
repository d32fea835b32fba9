//! The hidden layer: a draw at the next inverse temperature and the change of `Γ`.

use super::{FACTORS, LANES, Real, Step, each_row};
use crate::simd::{Level, versions};

/// Replaces the inputs `vW`, `[rows, units]`, of a Bernoulli layer of this `bias` by states drawn at
/// `step.to`, and gives `Γ_to - Γ_from` of each row, where `Γ_β = Σ softplus(β(bias + vW))`, in nats.
///
/// Each state is one where its uniform number is below its mean.
///
/// # Panics
///
/// Where the arrays differ in length, or are no whole number of rows as long as the bias.
///
/// ```
/// use rbm_kernels::anneal::{Step, hidden_step};
///
/// let mut states = [0.0f64, 40.0];
/// let gains = hidden_step(&mut states, &[0.7, 0.7], &[0.0, 0.0], Step { from: 0.0, to: 1.0 });
/// assert_eq!(states, [0.0, 1.0]);
/// assert!((gains[0] - (40.0 - 2f64.ln())).abs() < 1e-12);
/// ```
pub fn hidden_step<R: Real>(inputs: &mut [R], uniform: &[R], bias: &[R], step: Step) -> Vec<f64> {
    let level = Level::best();
    each_row(inputs, uniform, bias.len(), |inputs, uniform| {
        let mut gain = 0.0;
        hidden_row(level, inputs, uniform, bias, step, &mut gain);
        gain
    })
}

versions! {
    fn hidden_row[R: Real][R](
        inputs: &mut [R], uniform: &[R], bias: &[R], step: Step, gain: &mut f64,
    ) = hidden_row_kernel;
}

#[inline(always)]
fn hidden_row_kernel<R: Real>(
    inputs: &mut [R],
    uniform: &[R],
    bias: &[R],
    step: Step,
    gain: &mut f64,
) {
    let (low, high) = (step.from.min(step.to), step.from.max(step.to));
    let upwards = step.to >= step.from;
    let (rate, width) = (R::narrow(low), R::narrow(high - low));
    let (mut positive, mut tails) = (0.0, 0.0);
    for ((inputs, uniform), bias) in inputs
        .chunks_mut(FACTORS)
        .zip(uniform.chunks(FACTORS))
        .zip(bias.chunks(FACTORS))
    {
        let (sum, product) = block(inputs, uniform, bias, rate, width, upwards);
        positive += sum;
        tails += product.ln();
    }
    let rise = (high - low) * positive + tails;
    *gain = if upwards { rise } else { -rise };
}

/// `Σ max(x, 0)` and the product of the factors over at most [`FACTORS`] units.
#[inline(always)]
fn block<R: Real>(
    inputs: &mut [R],
    uniform: &[R],
    bias: &[R],
    rate: R,
    width: R,
    upwards: bool,
) -> (f64, f64) {
    let (mut sums, mut products) = ([0f64; LANES], [1f64; LANES]);
    let (inputs, last_inputs) = inputs.as_chunks_mut::<LANES>();
    let (uniform, last_uniform) = uniform.as_chunks::<LANES>();
    let (bias, last_bias) = bias.as_chunks::<LANES>();
    for ((x, u), c) in inputs.iter_mut().zip(uniform).zip(bias) {
        // Two loops: the first in the type of the layer, the second in double precision.
        let (mut positive, mut tail) = ([R::ZERO; LANES], [R::ZERO; LANES]);
        for lane in 0..LANES {
            (x[lane], positive[lane], tail[lane]) =
                hidden_unit(x[lane], u[lane], c[lane], rate, width, upwards);
        }
        for lane in 0..LANES {
            sums[lane] += positive[lane].wide();
            products[lane] *= 1.0 + tail[lane].wide();
        }
    }
    for ((x, &u), &c) in last_inputs.iter_mut().zip(last_uniform).zip(last_bias) {
        let (state, positive, tail) = hidden_unit(*x, u, c, rate, width, upwards);
        *x = state;
        sums[0] += positive.wide();
        products[0] *= 1.0 + tail.wide();
    }
    (sums.iter().sum(), products.iter().product())
}

/// The draw, `max(x, 0)`, and the factor less one.
#[inline(always)]
fn hidden_unit<R: Real>(x: R, u: R, bias: R, rate: R, width: R, upwards: bool) -> (R, R, R) {
    let total = x.affine(R::ONE, bias);
    let (e_low, _) = total.decay(rate);
    let (_, m) = total.decay(width);
    let (tail, e_high) = R::combine(e_low, m);
    let state = total.draw(if upwards { e_high } else { e_low }, u);
    (state, total.positive(), tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anneal::tests::{row, softplus};

    fn check<R: Real>(units: usize, from: f64, to: f64, tolerance: f64) {
        let (inputs, bias, uniform) = row::<R>(units);
        let mut states = inputs.clone();
        let gain = hidden_step(&mut states, &uniform, &bias, Step { from, to })[0];
        let mut expected = 0.0;
        for j in 0..units {
            let x = inputs[j].wide() + bias[j].wide();
            expected += softplus(to * x) - softplus(from * x);
            let p = 1.0 / (1.0 + (-to * x).exp());
            let u = uniform[j].wide();
            if (u - p).abs() > 1e-5 {
                assert_eq!(states[j].wide() == 1.0, u < p, "unit {j} at {u} and {p}");
            }
        }
        let scale = units as f64 * 30.0 * (to - from).abs();
        assert!(
            (gain - expected).abs() <= tolerance * scale.max(1e-12),
            "{from} to {to}: {gain} {expected}"
        );
    }

    /// Relative to the size of the step, however small: nothing cancels, forwards or backwards.
    #[test]
    fn the_gain_is_the_difference_of_two_softplus_sums() {
        for units in [1, 16, 37, 1500] {
            for (from, to) in [
                (0.0, 1.0),
                (0.3, 0.31),
                (0.9, 0.0),
                (0.5, 0.4999),
                (1.0, 1.0),
            ] {
                check::<f64>(units, from, to, 1e-11);
                check::<f32>(units, from, to, 1e-6);
            }
        }
        check::<f32>(500, 0.95, 0.950_01, 1e-6);
        check::<f64>(500, 0.95, 0.950_01, 1e-9);
    }
}
