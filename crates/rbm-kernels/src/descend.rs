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
    let step = |((out, x), gradient): ((&mut [_], &[f32]), &[f32])| {
        step_at(level, x, gradient, rate, out);
    };
    // SAFETY: every number of every chunk is written.
    unsafe {
        fresh::filled(x.len(), |out| {
            if x.len() < SERIAL {
                return step(((out, x), gradient));
            }
            let chunks = out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK));
            chunks.zip(gradient.par_chunks(CHUNK)).for_each(step);
        })
    }
}

versions! {
    fn step_at(x: &[f32], gradient: &[f32], rate: f32, out: &mut [MaybeUninit<f32>]) = step_kernel;
}

#[inline(always)]
fn step_kernel(x: &[f32], gradient: &[f32], rate: f32, out: &mut [MaybeUninit<f32>]) {
    for ((out, x), g) in out.iter_mut().zip(x).zip(gradient) {
        out.write(x - g * rate);
    }
}
