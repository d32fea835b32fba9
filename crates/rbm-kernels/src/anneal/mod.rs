//! Bernoulli layers on the way from one inverse temperature to the next: a draw and the change of
//! the log-weight in one pass.
//!
//! The annealed log-density changes by `Σ_j softplus(β'x_j) - softplus(βx_j)` over the hidden
//! units. With `e = exp(-β|x|)` and `m = exp(-(β' - β)|x|) - 1` for `β ≤ β'` a term is
//! `(β' - β)·max(x, 0) + log(1 + m·e/(1 + e))`: nothing cancels, however small the step, and the
//! logarithm is taken once for a whole block of factors between ½ and 1. The same `e` and `m` give
//! the probability that the unit is drawn with.

mod hidden;
mod real;
mod softplus;
mod visible;

pub use hidden::hidden_step;
pub use real::Real;
pub use softplus::softplus_sum;
pub use visible::visible_step;

use rayon::prelude::*;

use crate::bernoulli::check_rows;

/// Numbers side by side in a loop.
const LANES: usize = 16;
/// Factors of at least ½ whose product is a normal double.
const FACTORS: usize = 512;
/// Fewer numbers than this are not worth a second thread.
const PARALLEL: usize = 1 << 13;

/// A step of the inverse temperature.
///
/// ```
/// use rbm_kernels::anneal::{Step, hidden_step};
///
/// // There and back: what a row gains on the way up it loses on the way down.
/// let (up, down) = (Step { from: 0.25, to: 0.5 }, Step { from: 0.5, to: 0.25 });
/// let gain = |step| hidden_step(&mut [3.0f64], &[0.5], &[1.0], step)[0];
/// assert!((gain(up) + gain(down)).abs() < 1e-12);
/// let softplus = |x: f64| x.exp().ln_1p();
/// assert!((gain(up) - (softplus(2.0) - softplus(1.0))).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; it may go down.
    pub to: f64,
}

/// `row` of every row of the inputs and the random numbers beside them, on all threads.
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

    pub(super) fn softplus(x: f64) -> f64 {
        x.max(0.0) + (-x.abs()).exp().ln_1p()
    }

    /// Inputs, biases and random numbers of a row.
    pub(super) fn row<R: Real>(units: usize) -> (Vec<R>, Vec<R>, Vec<R>) {
        let make = |scale: f64, rate: f64| {
            let number = move |j: usize| R::narrow(scale * (1.0 + rate * j as f64).sin());
            (0..units).map(number).collect()
        };
        let uniform = (0..units).map(|j| R::narrow((0.37 * (j + 1) as f64).fract()));
        (make(30.0, 2.1), make(3.0, 0.7), uniform.collect())
    }
}
