//! Arrays of uniform and normal numbers, filled on all threads.

use rayon::prelude::*;

use crate::{
    philox::Key,
    simd::Level,
    words::{WORDS, fill_words},
};

/// Numbers in one unit of work for a thread.
const CHUNK: usize = 16 * WORDS;

/// Which array of numbers: one draw of one step of one stream.
///
/// Element `i` of the array is word `i % 4` of the block at counter `[i / 4, draw, step]`, so an
/// array depends on its address alone. It has at most 2³⁴ elements.
///
/// ```
/// use rbm_kernels::{philox::{Key, block}, uniform::{Address, Uniform, fill_uniform}};
///
/// // Element 5 is word 1 of the block at counter [1, draw, step].
/// let address = Address { key: Key::from_seed(1), step: 3, draw: 2 };
/// let mut numbers = [0f32; 6];
/// fill_uniform(&mut numbers, address);
/// let word = block([1, 2, 3, 0], address.key)[1];
/// assert_eq!(numbers[5], f32::from_word(word));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The stream.
    pub key: Key,
    /// The step within the stream (an update of the model, say).
    pub step: u64,
    /// The draw within the step.
    pub draw: u32,
}

/// A float that can be made from random words.
///
/// ```
/// use rbm_kernels::uniform::Uniform;
///
/// assert_eq!(f32::from_word(1 << 31), 0.5);
/// assert_eq!(f64::from_word(u32::MAX), 1.0 - 2f64.powi(-24)); // below one in both precisions
/// let [x, y] = f64::normal_pair(u32::MAX, 0); // the smallest radius there is
/// assert_eq!((x, y), (0.0, 0.0));
/// ```
pub trait Uniform: Copy + Send + Sync + Default {
    /// A multiple of 2⁻²⁴ in [0, 1), each equally likely.
    fn from_word(word: u32) -> Self;
    /// Two independent standard normal numbers.
    fn normal_pair(first: u32, second: u32) -> [Self; 2];
}

impl Uniform for f32 {
    #[inline]
    fn from_word(word: u32) -> Self {
        (word >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    fn normal_pair(first: u32, second: u32) -> [Self; 2] {
        f64::normal_pair(first, second).map(|x| x as f32)
    }
}

impl Uniform for f64 {
    #[inline]
    fn from_word(word: u32) -> Self {
        f64::from(word >> 8) * (1.0 / 16_777_216.0)
    }

    /// The Box-Muller transform (G. E. P. Box, M. E. Muller, 1958). The radius takes a number in
    /// (0, 1], so the logarithm is finite; 32 bits reach 6.66 standard deviations.
    #[inline]
    fn normal_pair(first: u32, second: u32) -> [Self; 2] {
        let unit = (f64::from(first) + 1.0) / 4_294_967_296.0;
        let angle = f64::from(second) * (std::f64::consts::TAU / 4_294_967_296.0);
        let radius = (-2.0 * unit.ln()).sqrt();
        let (sine, cosine) = angle.sin_cos();
        [radius * cosine, radius * sine]
    }
}

/// Fills `out` with uniform numbers in [0, 1).
///
/// ```
/// use rbm_kernels::{philox::Key, uniform::{Address, fill_uniform}};
///
/// let address = Address { key: Key::from_seed(1), step: 0, draw: 0 };
/// let (mut long, mut short) = ([0f32; 100], [0f32; 3]);
/// fill_uniform(&mut long, address);
/// fill_uniform(&mut short, address);
/// assert_eq!(long[..3], short);
/// ```
pub fn fill_uniform<F: Uniform>(out: &mut [F], address: Address) {
    fill(out, address, |[a, b, c, d]| [a, b, c, d].map(F::from_word));
}

/// Fills `out` with standard normal numbers.
pub fn fill_normal<F: Uniform>(out: &mut [F], address: Address) {
    fill(out, address, |[a, b, c, d]| {
        let ([x, y], [z, w]) = (F::normal_pair(a, b), F::normal_pair(c, d));
        [x, y, z, w]
    });
}

/// Calls `convert` on each block of four words and writes what it returns, in order.
fn fill<F: Uniform>(out: &mut [F], address: Address, convert: impl Fn([u32; 4]) -> [F; 4] + Sync) {
    let level = Level::best();
    out.par_chunks_mut(CHUNK)
        .enumerate()
        .for_each(|(i, chunk)| {
            let mut words = [0; WORDS];
            for (j, piece) in chunk.chunks_mut(WORDS).enumerate() {
                let first_block = (i * CHUNK + j * WORDS) / 4;
                fill_words(level, address.counter(first_block), address.key, &mut words);
                let (quads, last) = piece.as_chunks_mut::<4>();
                let blocks = words.as_chunks::<4>().0;
                for (quad, block) in quads.iter_mut().zip(blocks) {
                    *quad = convert(*block);
                }
                if let Some(block) = blocks.get(quads.len()) {
                    last.copy_from_slice(&convert(*block)[..last.len()]);
                }
            }
        });
}

impl Address {
    /// The counter of a block.
    ///
    /// # Panics
    ///
    /// Past 2³² blocks: the numbers would repeat.
    #[inline]
    pub fn counter(&self, block: usize) -> [u32; 4] {
        let block = u32::try_from(block).expect("an array of random numbers has at most 2^34");
        let Key([low, high]) = Key::from_seed(self.step);
        [block, self.draw, low, high]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(draw: u32) -> Address {
        Address {
            key: Key::from_seed(5),
            step: (1 << 40) + 17,
            draw,
        }
    }

    #[test]
    fn same_numbers_on_any_number_of_threads() {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let mut out = vec![0f32; 3 * CHUNK + 13];
            pool.build()
                .unwrap()
                .install(|| fill_uniform(&mut out, address(2)));
            out
        };
        assert_eq!(run(1), run(7));
    }

    #[test]
    fn elements_are_words_of_the_block_function() {
        let mut out = vec![0f64; 2 * CHUNK + 7];
        fill_uniform(&mut out, address(3));
        for i in [0, 1, 66, CHUNK - 1, CHUNK, 2 * CHUNK + 6] {
            let words = crate::philox::block(address(3).counter(i / 4), address(3).key);
            assert!((out[i] - f64::from_word(words[i % 4])).abs() < f64::EPSILON);
        }
    }

    /// Moments within five standard errors: for n uniform numbers the mean has variance 1/(12 n)
    /// and the mean square 4/(45 n); for normal ones 1/n, and the fourth moment 96/n.
    #[test]
    fn moments_of_uniform_and_normal_numbers() {
        let n = 400_000;
        let mut x = vec![0f64; n];
        let mean = |x: &[f64], power| x.iter().map(|x| x.powi(power)).sum::<f64>() / n as f64;
        let close = |value: f64, expected: f64, variance: f64| {
            let z = (value - expected) / (variance / n as f64).sqrt();
            assert!(z.abs() < 5.0, "{value} against {expected}: {z} sigma");
        };
        fill_uniform(&mut x, address(0));
        close(mean(&x, 1), 0.5, 1.0 / 12.0);
        close(mean(&x, 2), 1.0 / 3.0, 4.0 / 45.0);
        assert!(x.iter().all(|&x| (0.0..1.0).contains(&x)));
        fill_normal(&mut x, address(1));
        close(mean(&x, 1), 0.0, 1.0);
        close(mean(&x, 2), 1.0, 2.0);
        close(mean(&x, 3), 0.0, 15.0);
        close(mean(&x, 4), 3.0, 96.0);
        let pairs: f64 = x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n as f64;
        close(pairs, 0.0, 1.0);
    }
}
