//! Draws of units that are on or off: bias, logistic function, noise and threshold in one pass.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::{
    fresh,
    logistic::Logistic,
    simd::{Level, versions},
    uniform::Address,
    words::{WORDS, fill_words},
};

/// Numbers in one unit of work for a thread: some microseconds.
const CHUNK: usize = 4 * WORDS;

/// Draws units in {0, 1} with `p(x = 1) = sigmoid(input + bias)`.
///
/// `inputs` is row-major, a row as long as `bias`. Element `i` of the whole array is one where the
/// element `i` of [`fill_uniform`](crate::uniform::fill_uniform) at `address` is below its mean: the
/// draw is the same on every machine and any number of threads. Where `means` is given, it gets
/// `sigmoid(input + bias)` from the same pass. An input of NaN has NaN for a mean and draws zero.
///
/// # Panics
///
/// Where the slices differ in length, or are no whole number of rows.
///
/// ```
/// use rbm_kernels::{philox::Key, sample_bernoulli, uniform::Address};
///
/// let address = Address { key: Key::from_seed(1), step: 0, draw: 0 };
/// let (mut samples, mut means) = ([0f32; 4], [0f32; 4]);
/// let inputs = [0.0, 50.0, 0.0, -50.0];
/// sample_bernoulli(&inputs, &[0.0, -10.0], address, &mut samples, Some(&mut means));
/// assert_eq!(means[0], 0.5);
/// assert_eq!((samples[1], samples[3]), (1.0, 0.0));
/// ```
pub fn sample_bernoulli<F: Logistic>(
    inputs: &[F],
    bias: &[F],
    address: Address,
    samples: &mut [F],
    means: Option<&mut [F]>,
) {
    let means = means.map(fresh::of_written);
    sample_at(
        Level::best(),
        inputs,
        bias,
        address,
        fresh::of_written(samples),
        means,
    );
}

/// The draws in fresh memory.
#[cfg(feature = "flex")]
pub(crate) fn sample(inputs: &[f32], bias: &[f32], address: Address) -> Vec<f32> {
    // SAFETY: every sample is written.
    unsafe {
        fresh::filled(inputs.len(), |samples| {
            sample_at(Level::best(), inputs, bias, address, samples, None);
        })
    }
}

/// The means and the draws in fresh memory.
#[cfg(feature = "flex")]
pub(crate) fn sample_with_mean(
    inputs: &[f32],
    bias: &[f32],
    address: Address,
) -> (Vec<f32>, Vec<f32>) {
    let mut draws = Vec::new();
    // SAFETY: every mean and every sample is written.
    let means = unsafe {
        fresh::filled(inputs.len(), |means| {
            draws = fresh::filled(inputs.len(), |samples| {
                sample_at(Level::best(), inputs, bias, address, samples, Some(means));
            });
        })
    };
    (means, draws)
}

/// `out = sigmoid(input + bias)`: the means of units in {0, 1}, the numbers that
/// [`sample_bernoulli`] gives for them.
///
/// # Panics
///
/// Where the slices differ in length, or are no whole number of rows.
///
/// ```
/// let mut means = [0f32; 2];
/// rbm_kernels::bernoulli_mean(&[0.0, 50.0], &[0.0, -50.0], &mut means);
/// assert_eq!(means, [0.5, 0.5]);
/// ```
pub fn bernoulli_mean<F: Logistic>(inputs: &[F], bias: &[F], out: &mut [F]) {
    means_to(inputs, bias, fresh::of_written(out));
}

/// The means in fresh memory.
#[cfg(feature = "flex")]
pub(crate) fn means(inputs: &[f32], bias: &[f32]) -> Vec<f32> {
    // SAFETY: every mean is written.
    unsafe { fresh::filled(inputs.len(), |out| means_to(inputs, bias, out)) }
}

fn means_to<F: Logistic>(inputs: &[F], bias: &[F], out: &mut [MaybeUninit<F>]) {
    check_rows(inputs.len(), bias.len());
    assert_eq!(inputs.len(), out.len(), "a mean for every input");
    let level = Level::best();
    let means = |(i, (out, inputs)): (usize, (&mut [_], &[F]))| {
        make_means(level, add_bias(inputs, bias, i * CHUNK, out));
    };
    if out.len() <= CHUNK {
        return means((0, (out, inputs)));
    }
    let chunks = out.par_chunks_mut(CHUNK).zip(inputs.par_chunks(CHUNK));
    chunks.enumerate().for_each(means);
}

versions! {
    fn make_means[F: Logistic][F](totals: &mut [F]) = make_means_kernel;
}

#[inline(always)]
fn make_means_kernel<F: Logistic>(totals: &mut [F]) {
    for total in totals {
        *total = total.sigmoid();
    }
}

fn sample_at<F: Logistic>(
    level: Level,
    inputs: &[F],
    bias: &[F],
    address: Address,
    samples: &mut [MaybeUninit<F>],
    means: Option<&mut [MaybeUninit<F>]>,
) {
    check_rows(inputs.len(), bias.len());
    assert_eq!(inputs.len(), samples.len(), "a sample for every input");
    let draw = |(i, (samples, means)): (usize, (&mut [_], Option<&mut [_]>))| {
        let start = i * CHUNK;
        let inputs = &inputs[start..start + samples.len()];
        sample_chunk(level, inputs, bias, (start, address), samples, means);
    };
    if let Some(means) = &means {
        assert_eq!(inputs.len(), means.len(), "a mean for every input");
    }
    // One piece of work is not worth waking another thread for.
    if samples.len() <= CHUNK {
        return draw((0, (samples, means)));
    }
    match means {
        Some(means) => {
            let means = means.par_chunks_mut(CHUNK).map(Some);
            let pairs = samples.par_chunks_mut(CHUNK).zip(means);
            pairs.enumerate().for_each(draw);
        }
        None => {
            let pairs = samples.par_chunks_mut(CHUNK).map(|samples| (samples, None));
            pairs.enumerate().for_each(draw);
        }
    }
}

/// One thread's part, which begins at element `start` of the array.
fn sample_chunk<F: Logistic>(
    level: Level,
    inputs: &[F],
    bias: &[F],
    (mut start, address): (usize, Address),
    samples: &mut [MaybeUninit<F>],
    mut means: Option<&mut [MaybeUninit<F>]>,
) {
    let (mut scratch, mut words) = ([MaybeUninit::uninit(); WORDS], [0; WORDS]);
    for (i, (inputs, samples)) in inputs
        .chunks(WORDS)
        .zip(samples.chunks_mut(WORDS))
        .enumerate()
    {
        let totals = match &mut means {
            Some(means) => &mut means[i * WORDS..][..inputs.len()],
            None => &mut scratch[..inputs.len()],
        };
        let totals = add_bias(inputs, bias, start, totals);
        fill_words(level, address.counter(start / 4), address.key, &mut words);
        threshold(level, &words[..inputs.len()], totals, samples);
        start += WORDS;
    }
}

/// `out = inputs + bias`, where the inputs begin at element `start` of rows as long as the bias.
///
/// # Panics
///
/// Where there is not a place for each input.
fn add_bias<'a, F: Logistic>(
    inputs: &[F],
    bias: &[F],
    start: usize,
    out: &'a mut [MaybeUninit<F>],
) -> &'a mut [F] {
    assert_eq!(inputs.len(), out.len(), "a sum for each input");
    let mut bias_rest = &bias[start % bias.len()..];
    let (mut inputs, mut rest) = (inputs, &mut *out);
    while !inputs.is_empty() {
        let length = inputs.len().min(bias_rest.len());
        let (head, tail) = rest.split_at_mut(length);
        for ((out, &x), &b) in head.iter_mut().zip(&inputs[..length]).zip(bias_rest) {
            out.write(x + b);
        }
        (inputs, rest, bias_rest) = (&inputs[length..], tail, bias);
    }
    // SAFETY: there are as many inputs, and each of them wrote one.
    unsafe { out.assume_init_mut() }
}

versions! {
    /// Makes the totals means, and draws at them.
    fn threshold[F: Logistic][F](
        words: &[u32], totals: &mut [F], samples: &mut [MaybeUninit<F>],
    ) = threshold_kernel;
}

#[inline(always)]
fn threshold_kernel<F: Logistic>(words: &[u32], totals: &mut [F], samples: &mut [MaybeUninit<F>]) {
    for ((&word, total), sample) in words.iter().zip(totals).zip(samples) {
        let mean = total.sigmoid();
        *total = mean;
        sample.write(F::indicator(F::from_word(word), mean));
    }
}

/// Whether an array is made of rows of the length of the bias.
pub(crate) fn check_rows(length: usize, width: usize) {
    assert!(
        length == 0 || width > 0 && length.is_multiple_of(width),
        "{length} inputs are no rows of {width}"
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{philox::Key, uniform::fill_uniform};

    fn address() -> Address {
        Address {
            key: Key::from_seed(5),
            step: (1 << 33) + 3,
            draw: 9,
        }
    }

    fn inputs(n: usize) -> Vec<f32> {
        let mut inputs = vec![0f32; n];
        fill_uniform(
            &mut inputs,
            Address {
                draw: 0,
                ..address()
            },
        );
        inputs.iter().map(|u| 20.0 * u - 10.0).collect()
    }

    proptest! {
        #[test]
        fn draws_are_the_thresholds_of_fill_uniform(rows in 0usize..40, n in 1usize..900) {
            let (x, bias) = (inputs(rows * n), inputs(n));
            let mut u = vec![0f32; x.len()];
            fill_uniform(&mut u, address());
            for level in Level::all() {
                let (mut samples, mut means) = (vec![2f32; x.len()], vec![2f32; x.len()]);
                sample_at(level, &x, &bias, address(), fresh::of_written(&mut samples), Some(fresh::of_written(&mut means)));
                for i in 0..x.len() {
                    let mean = (x[i] + bias[i % n]).sigmoid();
                    prop_assert_eq!(means[i].to_bits(), mean.to_bits());
                    prop_assert_eq!(samples[i], f32::from(u8::from(u[i] < mean)));
                }
                let mut alone = vec![2f32; x.len()];
                sample_at(level, &x, &bias, address(), fresh::of_written(&mut alone), None);
                prop_assert_eq!(&alone, &samples);
            }
        }
    }

    #[test]
    fn same_draws_on_any_number_of_threads() {
        let (x, bias) = (inputs(500 * 300), inputs(500));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let mut samples = vec![0f32; x.len()];
            let draw = || sample_bernoulli(&x, &bias, address(), &mut samples, None);
            pool.unwrap().install(draw);
            samples
        };
        assert_eq!(run(1), run(7));
    }

    /// The number of ones is binomial: within five standard deviations, and both types agree.
    #[test]
    fn ones_are_as_frequent_as_the_mean_says() {
        let (rows, logits) = (60_000, [-4.0, -0.5, 0.0, 2.0]);
        let x = vec![0f64; rows * logits.len()];
        let mut samples = vec![0f64; x.len()];
        sample_bernoulli(&x, &logits, address(), &mut samples, None);
        for (j, p) in logits.map(f64::sigmoid).into_iter().enumerate() {
            let count: f64 = samples.iter().skip(j).step_by(logits.len()).sum();
            let n = rows as f64;
            let z = (count - n * p) / (n * p * (1.0 - p)).sqrt();
            assert!(z.abs() < 5.0, "{count} ones of {n} at {p}: {z} sigma");
        }
        let mut single = vec![0f32; x.len()];
        let logits = [-4.0f32, -0.5, 0.0, 2.0];
        sample_bernoulli(&vec![0f32; x.len()], &logits, address(), &mut single, None);
        let same = single
            .iter()
            .zip(&samples)
            .filter(|(a, b)| f64::from(**a) == **b)
            .count();
        assert!(same + 2 >= x.len());
    }

    #[test]
    fn infinities_and_nan() {
        let x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        let (mut samples, mut means) = ([9f32; 3], [9f32; 3]);
        sample_bernoulli(&x, &[0.0; 3], address(), &mut samples, Some(&mut means));
        assert_eq!(samples, [0.0, 1.0, 0.0]);
        assert!(means[0].is_nan() && means[1..] == [1.0, 0.0]);
    }
}
