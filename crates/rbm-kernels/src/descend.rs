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

/// The same, written over `x`, or of the gradient, which is in the cache already.
///
/// # Panics
///
/// Where the lengths differ.
pub(crate) fn descend_in_place<const IN_X: bool>(own: &mut [f32], other: &[f32], rate: f32) {
    assert_eq!(own.len(), other.len(), "a gradient for each number");
    let level = Level::best();
    each_chunk(own, [other], |own, [other]| {
        step_in_place_at::<IN_X>(level, other, rate, own);
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
    fn step_in_place_at[const IN_X: bool][IN_X](
        other: &[f32], rate: f32, own: &mut [f32],
    ) = step_in_place_kernel;
}

#[inline(always)]
fn step_kernel(x: &[f32], gradient: &[f32], rate: f32, out: &mut [MaybeUninit<f32>]) {
    for ((out, x), g) in out.iter_mut().zip(x).zip(gradient) {
        out.write(x - g * rate);
    }
}

#[inline(always)]
fn step_in_place_kernel<const IN_X: bool>(other: &[f32], rate: f32, own: &mut [f32]) {
    for (own, &other) in own.iter_mut().zip(other) {
        let (x, gradient) = if IN_X { (*own, other) } else { (other, *own) };
        *own = x - gradient * rate;
    }
}
