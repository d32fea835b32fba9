//! A step against a gradient, in one pass.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::{
    fresh,
    pool::SERIAL,
    simd::{Level, versions},
};

/// Numbers in one unit of work for a thread: some microseconds.
const CHUNK: usize = 1 << 14;

/// `x - rate · gradient` in fresh memory.
///
/// # Panics
///
/// Where the lengths differ.
pub(crate) fn descend(x: &[f32], gradient: &[f32], rate: f32) -> Vec<f32> {
    assert_eq!(x.len(), gradient.len(), "a gradient for each number");
    let level = Level::best();
    // SAFETY: every number of every chunk is written.
    unsafe {
        fresh::filled(x.len(), |out| {
            each_chunk(out, [x, gradient], |out, [x, gradient]| {
                step_at(level, x, gradient, rate, out);
            });
        })
    }
}

/// The same in the place of `x`, which is in the cache already.
pub(crate) fn descend_in_place(x: &mut [f32], gradient: &[f32], rate: f32) {
    assert_eq!(x.len(), gradient.len(), "a gradient for each number");
    let level = Level::best();
    each_chunk(x, [gradient], |x, [gradient]| {
        step_in_place_at(level, gradient, rate, x);
    });
}

/// The same in the place of the gradient.
pub(crate) fn descend_in_gradient(x: &[f32], gradient: &mut [f32], rate: f32) {
    assert_eq!(x.len(), gradient.len(), "a gradient for each number");
    let level = Level::best();
    each_chunk(gradient, [x], |gradient, [x]| {
        step_in_gradient_at(level, x, rate, gradient);
    });
}

/// `work` on chunks of all of them side by side, on all threads where they are long.
fn each_chunk<T: Send, const N: usize>(
    out: &mut [T],
    inputs: [&[f32]; N],
    work: impl Fn(&mut [T], [&[f32]; N]) + Sync,
) {
    if out.len() < SERIAL {
        return work(out, inputs);
    }
    let chunks = out.par_chunks_mut(CHUNK).enumerate();
    chunks.for_each(|(i, out)| {
        let part = i * CHUNK..i * CHUNK + out.len();
        work(out, inputs.map(|input| &input[part.clone()]));
    });
}

versions! {
    fn step_at(x: &[f32], gradient: &[f32], rate: f32, out: &mut [MaybeUninit<f32>]) = step_kernel;
}

versions! {
    fn step_in_place_at(gradient: &[f32], rate: f32, x: &mut [f32]) = step_in_place_kernel;
}

versions! {
    fn step_in_gradient_at(x: &[f32], rate: f32, gradient: &mut [f32]) = step_in_gradient_kernel;
}

#[inline(always)]
fn step_kernel(x: &[f32], gradient: &[f32], rate: f32, out: &mut [MaybeUninit<f32>]) {
    for ((out, x), g) in out.iter_mut().zip(x).zip(gradient) {
        out.write(x - g * rate);
    }
}

#[inline(always)]
fn step_in_place_kernel(gradient: &[f32], rate: f32, x: &mut [f32]) {
    for (x, g) in x.iter_mut().zip(gradient) {
        *x -= g * rate;
    }
}

#[inline(always)]
fn step_in_gradient_kernel(x: &[f32], rate: f32, gradient: &mut [f32]) {
    for (g, x) in gradient.iter_mut().zip(x) {
        *g = x - *g * rate;
    }
}
