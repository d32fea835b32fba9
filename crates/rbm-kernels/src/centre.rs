//! The centred gradient of the weights and what it takes from those of the biases, in one pass.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::{
    fresh,
    pool::SERIAL,
    simd::{Level, versions},
};

/// Rows of the gradient in one unit of work for a thread.
const BLOCK: usize = 64;
/// Sums kept apart until the end of a row: a vector unit's worth.
const LANES: usize = 16;

/// Means and gradients of the two layers, as long as the layers are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layers<'a> {
    /// `μ` and `λ`.
    pub(crate) offsets: [&'a [f32]; 2],
    /// `∂b` and `∂c`.
    pub(crate) biases: [&'a [f32]; 2],
}

/// `g = ∂W - μ ∂cᵀ - ∂b λᵀ`, `g λ` and `gᵀ μ` in fresh memory; the same on any number of threads.
///
/// # Panics
///
/// Where the lengths do not go together.
pub(crate) fn centre(weight: &[f32], layers: &Layers<'_>) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let [height, width] = layers.offsets.map(<[f32]>::len);
    let lengths = layers.biases.map(<[f32]>::len);
    assert_eq!(lengths, [height, width], "a mean for each bias");
    assert_eq!(weight.len(), height * width, "a weight for each pair");
    if weight.is_empty() {
        return (Vec::new(), vec![0.0; height], vec![0.0; width]);
    }
    let level = Level::best();
    let mut by_rows = vec![0.0; height];
    let mut parts = vec![0.0; height.div_ceil(BLOCK) * width];
    let block = |(i, (((out, weight), by_rows), part)): (usize, (((&mut [_], _), _), _))| {
        let first = i * BLOCK;
        block_at(level, weight, layers, first, out, by_rows, part);
    };
    // SAFETY: every row of every block is written.
    let centred = unsafe {
        fresh::filled(weight.len(), |out| {
            if weight.len() < SERIAL {
                let blocks = out.chunks_mut(BLOCK * width);
                let blocks = blocks.zip(weight.chunks(BLOCK * width));
                let blocks = blocks.zip(by_rows.chunks_mut(BLOCK));
                let blocks = blocks.zip(parts.chunks_mut(width));
                blocks.enumerate().for_each(block);
            } else {
                let blocks = out.par_chunks_mut(BLOCK * width);
                let blocks = blocks.zip(weight.par_chunks(BLOCK * width));
                let blocks = blocks.zip(by_rows.par_chunks_mut(BLOCK));
                let blocks = blocks.zip(parts.par_chunks_mut(width));
                blocks.enumerate().for_each(block);
            }
        })
    };
    let (by_columns, others) = parts.split_at_mut(width);
    for part in others.chunks(width) {
        for (sum, x) in by_columns.iter_mut().zip(part) {
            *sum += x;
        }
    }
    parts.truncate(width);
    (centred, by_rows, parts)
}

versions! {
    fn block_at(
        weight: &[f32], layers: &Layers<'_>, first: usize,
        out: &mut [MaybeUninit<f32>], by_rows: &mut [f32], by_columns: &mut [f32],
    ) = block_kernel;
}

/// The rows from `first` on: the centred ones, their products with `λ`, their sum weighted by `μ`.
#[inline(always)]
fn block_kernel(
    weight: &[f32],
    layers: &Layers<'_>,
    first: usize,
    out: &mut [MaybeUninit<f32>],
    by_rows: &mut [f32],
    by_columns: &mut [f32],
) {
    let [visible, hidden] = layers.offsets;
    let [by_visible, by_hidden] = layers.biases;
    let width = hidden.len();
    for (i, by_row) in by_rows.iter_mut().enumerate() {
        let (mean, slope) = (visible[first + i], by_visible[first + i]);
        let row = i * width..(i + 1) * width;
        let (weight, out) = (&weight[row.clone()], &mut out[row]);
        let mut lanes = [0f32; LANES];
        let whole = width - width % LANES;
        for start in (0..whole).step_by(LANES) {
            let part = start..start + LANES;
            let hidden = hidden[part.clone()].iter().zip(&by_hidden[part.clone()]);
            let places = out[part.clone()]
                .iter_mut()
                .zip(&mut by_columns[part.clone()]);
            let sums = lanes.iter_mut().zip(places);
            for ((w, (offset, bias)), (lane, (out, sum))) in
                weight[part].iter().zip(hidden).zip(sums)
            {
                let centred = w - (mean * bias + slope * offset);
                out.write(centred);
                *sum += mean * centred;
                *lane += centred * offset;
            }
        }
        let mut rest = 0.0;
        for j in whole..width {
            let centred = weight[j] - (mean * by_hidden[j] + slope * hidden[j]);
            out[j].write(centred);
            by_columns[j] += mean * centred;
            rest += centred * hidden[j];
        }
        *by_row = lanes.into_iter().sum::<f32>() + rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        philox::Key,
        uniform::{Address, fill_normal},
    };

    fn normal(n: usize, draw: u32) -> Vec<f32> {
        let mut x = vec![0f32; n];
        let key = Key::from_seed(2);
        fill_normal(&mut x, Address { key, step: 0, draw });
        x
    }

    /// Against the definition in double precision, with blocks and lanes that are not full.
    #[test]
    fn is_what_the_definition_says_and_the_same_on_any_number_of_threads() {
        for [height, width] in [[1, 1], [5, 3], [64, 16], [65, 17], [400, 211]] {
            let weight = normal(height * width, 0);
            let (mu, db) = (normal(height, 1), normal(height, 2));
            let (lambda, dc) = (normal(width, 3), normal(width, 4));
            let layers = Layers {
                offsets: [&mu, &lambda],
                biases: [&db, &dc],
            };
            let found = centre(&weight, &layers);
            let of = |x: &[f32], i: usize| f64::from(x[i]);
            let g = |i: usize, j: usize| {
                of(&weight, i * width + j) - of(&mu, i) * of(&dc, j) - of(&db, i) * of(&lambda, j)
            };
            let close = |found: f32, expected: f64, terms: usize| {
                let slack = 1e-5 * (1.0 + terms as f64).sqrt();
                assert!(
                    (f64::from(found) - expected).abs() < slack,
                    "{found} for {expected}"
                );
            };
            for i in 0..height {
                for j in 0..width {
                    close(found.0[i * width + j], g(i, j), 1);
                }
                let expected = (0..width).map(|j| g(i, j) * of(&lambda, j)).sum();
                close(found.1[i], expected, width);
            }
            for j in 0..width {
                let expected = (0..height).map(|i| g(i, j) * of(&mu, i)).sum();
                close(found.2[j], expected, height);
            }
            for threads in [1, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                assert_eq!(pool.unwrap().install(|| centre(&weight, &layers)), found);
            }
        }
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        let [height, width] = [40, 37];
        let weight = normal(height * width, 0);
        let (mu, lambda) = (normal(height, 1), normal(width, 2));
        let layers = Layers {
            offsets: [&mu, &lambda],
            biases: [&mu, &lambda],
        };
        let run = |level| {
            let mut out = vec![0f32; height * width];
            let (mut rows, mut columns) = (vec![0f32; height], vec![0f32; width]);
            let place = fresh::of_written(&mut out);
            block_at(level, &weight, &layers, 0, place, &mut rows, &mut columns);
            (out, rows, columns)
        };
        let first = run(Level::best());
        for level in Level::all() {
            assert_eq!(run(level), first, "{level:?}");
        }
    }
}
