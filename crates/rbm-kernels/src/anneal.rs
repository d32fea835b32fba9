//! Bernoulli layers on the way from one inverse temperature to the next: a draw and the change of
//! the log-weight in one pass.
//!
//! The annealed log-density changes by `Σ_j softplus(β'x_j) - softplus(βx_j)` over the hidden
//! units. With `e = exp(-β|x|)` and `m = exp(-(β' - β)|x|) - 1` for `β ≤ β'` a term is
//! `(β' - β)·max(x, 0) + log(1 + m·e/(1 + e))`: nothing cancels, however small the step, and the
//! logarithm is taken once for a whole block of factors between ½ and 1. The same `e` and `m` give
//! the probability that the unit is drawn with.

use rayon::prelude::*;

use crate::{
    bernoulli::check_rows,
    simd::{Level, versions},
};

/// A float that a layer is computed in.
pub trait Real: Copy + PartialOrd + Send + Sync {
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The nearest number of this type.
    fn narrow(x: f64) -> Self;
    /// As a double.
    fn wide(self) -> f64;
    /// `max(x, 0)`.
    fn positive(self) -> Self;
    /// `x·scale + shift`.
    fn affine(self, scale: Self, shift: Self) -> Self;
    /// `exp(-rate·|x|)` and `exp(-rate·|x|) - 1` for a rate of zero or more, the second without
    /// cancellation.
    fn decay(self, rate: Self) -> (Self, Self);
    /// `m·e/(1 + e)` and `e + e·m`.
    fn combine(e: Self, m: Self) -> (Self, Self);
    /// One with the probability of the sign's logistic function of `|x| = -log e`: `u` is uniform.
    fn draw(self, e: Self, u: Self) -> Self;
}

macro_rules! arithmetic {
    () => {
        const ZERO: Self = 0.0;
        const ONE: Self = 1.0;

        #[inline(always)]
        fn positive(self) -> Self {
            if self < 0.0 { 0.0 } else { self }
        }

        #[inline(always)]
        fn affine(self, scale: Self, shift: Self) -> Self {
            self * scale + shift
        }

        #[inline(always)]
        fn combine(e: Self, m: Self) -> (Self, Self) {
            (m * (e / (1.0 + e)), e + e * m)
        }

        #[inline(always)]
        fn draw(self, e: Self, u: Self) -> Self {
            // u < 1/(1 + e) or u < e/(1 + e), without the division.
            let numerator = if self < 0.0 { e } else { 1.0 };
            if u * (1.0 + e) < numerator { 1.0 } else { 0.0 }
        }
    };
}

impl Real for f64 {
    #[inline(always)]
    fn narrow(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline(always)]
    fn decay(self, rate: Self) -> (Self, Self) {
        let m = (-rate * self.abs()).exp_m1();
        (1.0 + m, m)
    }

    arithmetic!();
}

impl Real for f32 {
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded to single precision"
    )]
    fn narrow(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    /// `exp(y) = 2ⁿ exp(r)` with `|r| ≤ log(2)/2` and `exp(r) - 1` by its series: selects and sums
    /// only, so that a loop becomes vector code. A NaN stays one.
    #[inline(always)]
    fn decay(self, rate: Self) -> (Self, Self) {
        // Added to a small number, it leaves the nearest integer in the low bits.
        const ROUNDER: f32 = 12_582_912.0;
        let y = -rate * self.abs();
        // Below, the power of two would not be a normal number.
        let y = if y < -87.0 { -87.0 } else { y };
        let shifted = y * std::f32::consts::LOG2_E + ROUNDER;
        let n = shifted - ROUNDER;
        // log 2 in two parts, the first with few bits.
        let r = y - n * 0.693_359_4 + n * 2.121_944_4e-4;
        let mut p = 1.0 / 5040.0;
        p = p * r + 1.0 / 720.0;
        p = p * r + 1.0 / 120.0;
        p = p * r + 1.0 / 24.0;
        p = p * r + 1.0 / 6.0;
        p = p * r + 0.5;
        let expm1 = p * (r * r) + r;
        let exponent = shifted
            .to_bits()
            .wrapping_sub(ROUNDER.to_bits())
            .wrapping_add(127);
        let power = f32::from_bits(exponent << 23);
        (power + power * expm1, power * expm1 + (power - 1.0))
    }

    arithmetic!();
}

/// Numbers side by side in a loop.
const LANES: usize = 16;
/// Factors of at least ½ whose product is a normal double.
const FACTORS: usize = 512;
/// Fewer numbers than this are not worth a second thread.
const PARALLEL: usize = 1 << 13;

/// A step of the inverse temperature.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; it may go down.
    pub to: f64,
}

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

/// Replaces the inputs `hWᵀ`, `[rows, units]`, of a Bernoulli layer by states drawn at
/// `beta·hWᵀ + bias`, and gives `Σ v·slope` of each row.
///
/// # Panics
///
/// As of [`hidden_step`]; and where the slope is not as long as the bias.
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

fn each_row<R: Real>(
    inputs: &mut [R],
    uniform: &[R],
    units: usize,
    row: impl Fn(&mut [R], &[R]) -> f64 + Sync,
) -> Vec<f64> {
    check_rows(inputs.len(), units);
    assert_eq!(
        inputs.len(),
        uniform.len(),
        "a random number for every input"
    );
    if inputs.len() < PARALLEL {
        let rows = inputs.chunks_mut(units).zip(uniform.chunks(units));
        return rows.map(|(x, u)| row(x, u)).collect();
    }
    inputs
        .par_chunks_mut(units)
        .zip(uniform.par_chunks(units))
        .with_min_len(4)
        .map(|(x, u)| row(x, u))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over the whole range of exponents: `exp` within 2·10⁻⁷ and `exp - 1` too, relative.
    #[test]
    fn decay_in_single_precision_is_accurate_near_zero_as_well() {
        let points = (0..=40_000).map(|i| i as f32 * 2e-3);
        for x in points.chain((1..60).map(|k| 0.7f32.powi(k))) {
            let (exp, expm1) = x.decay(1.0);
            let truth = -f64::from(x);
            let relative = |found: f32, truth: f64| (f64::from(found) / truth - 1.0).abs();
            assert!(relative(exp, truth.exp()) < 2e-7, "exp(-{x}) = {exp}");
            if x > 0.0 {
                assert!(
                    relative(expm1, truth.exp_m1()) < 2e-7,
                    "expm1(-{x}) = {expm1}"
                );
            }
        }
        assert_eq!(0f32.decay(1.0), (1.0, 0.0));
        assert!(f32::NAN.decay(1.0).0.is_nan() && f32::NAN.decay(1.0).1.is_nan());
        assert!(f32::INFINITY.decay(1.0).0 < 1e-37);
    }

    fn softplus(x: f64) -> f64 {
        x.max(0.0) + (-x.abs()).exp().ln_1p()
    }

    fn row<R: Real>(units: usize) -> (Vec<R>, Vec<R>, Vec<R>) {
        let make = |scale: f64, rate: f64| {
            let number = move |j: usize| R::narrow(scale * (1.0 + rate * j as f64).sin());
            (0..units).map(number).collect()
        };
        let uniform = (0..units).map(|j| R::narrow((0.37 * (j + 1) as f64).fract()));
        (make(30.0, 2.1), make(3.0, 0.7), uniform.collect())
    }

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

    #[test]
    fn sums_of_softplus_and_visible_draws() {
        let (x, w, uniform) = row::<f32>(77);
        let found = softplus_sum(&x, &w, -1.0);
        let terms = x.iter().zip(&w).map(|(x, w)| softplus(f64::from(x - w)));
        let expected: f64 = terms.sum();
        assert!((found / expected - 1.0).abs() < 1e-6);

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
