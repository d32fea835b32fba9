//! Random numbers as an argument: where they come from, and how a run is repeated.

use burn::tensor::{DType, Device, Tensor};
use rbm_kernels::{
    ops::{normal, sample_bernoulli, sample_bernoulli_with_mean, uniform},
    philox::Key,
    uniform::Address,
};

/// A stream of random numbers, addressed by (seed, step, draw).
///
/// Every sampling function takes one. Nothing else is random, so the state of a run's randomness
/// is two integers, and a resumed run draws what the uninterrupted one would have drawn. The numbers
/// are Philox4x32-10's, the same on any number of threads and on any backend: uniform numbers to the
/// bit, normal ones to rounding. GPUs make their own where the feature `cube` is on; elsewhere they
/// are made on the host.
///
/// ```
/// use burn::tensor::{Device, DType};
/// use rbm_model::Noise;
///
/// let device = Device::default();
/// let mut first = Noise::new(7).at_step(100);
/// let mut again = Noise::new(7).at_step(100);
/// let draw = |noise: &mut Noise| noise.uniform([2, 3], DType::F32, &device).into_data();
/// assert_eq!(draw(&mut first), draw(&mut again));
/// assert_ne!(draw(&mut first), draw(&mut Noise::new(7).at_step(101)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noise {
    key: Key,
    step: u64,
    draw: u32,
}

impl Noise {
    /// The stream of `seed`, at step 0.
    pub fn new(seed: u64) -> Self {
        Self {
            key: Key::from_seed(seed),
            step: 0,
            draw: 0,
        }
    }

    /// An independent stream for another purpose, named by `tag`.
    pub fn derive(&self, tag: u64) -> Self {
        Self {
            key: self.key.derive(tag),
            step: 0,
            draw: 0,
        }
    }

    /// The same stream at the beginning of `step`.
    pub fn at_step(&self, step: u64) -> Self {
        Self {
            key: self.key,
            step,
            draw: 0,
        }
    }

    /// Uniform numbers in [0, 1), multiples of 2⁻²⁴.
    ///
    /// # Shapes
    ///
    /// The result has `shape`, and the type `dtype`.
    pub fn uniform(&mut self, shape: [usize; 2], dtype: DType, device: &Device) -> Tensor<2> {
        uniform(shape, self.next_address(), dtype, device)
    }

    /// Standard normal numbers.
    ///
    /// # Shapes
    ///
    /// The result has `shape`, and the type `dtype`.
    pub fn normal(&mut self, shape: [usize; 2], dtype: DType, device: &Device) -> Tensor<2> {
        normal(shape, self.next_address(), dtype, device)
    }

    /// Zeros and ones, one with the probability given for each.
    ///
    /// # Shapes
    ///
    /// The result has the shape and the type of `probability`.
    pub fn bernoulli(&mut self, probability: Tensor<2>) -> Tensor<2> {
        let (dtype, device) = (probability.dtype(), probability.device());
        let uniform = self.uniform(probability.dims(), dtype, &device);
        uniform.lower(probability).float().cast(dtype)
    }

    /// One-of-K states: in each row exactly one column is one, column `k` with the probability given
    /// for it.
    ///
    /// # Shapes
    ///
    /// The result has the shape and the type of `probability`, `[batch, K]`, whose rows sum to one.
    pub fn one_of(&mut self, probability: Tensor<2>) -> Tensor<2> {
        let [rows, classes] = probability.dims();
        let (dtype, device) = (probability.dtype(), probability.device());
        let uniform = self.uniform([rows, 1], dtype, &device);
        // Past how many of the first K - 1 cumulated probabilities the number lies. The last class
        // takes what rounding left of the sum.
        let cumulated = probability.narrow(1, 0, classes - 1).cumsum(1);
        let past = uniform
            .expand([rows, classes - 1])
            .greater_equal(cumulated)
            .float()
            .cast(dtype);
        let edge = Tensor::zeros([rows, 1], (&device, dtype));
        let above = Tensor::cat(vec![edge.clone().add_scalar(1.0), past.clone()], 1);
        above - Tensor::cat(vec![past, edge], 1)
    }

    /// Draws binary units with `p(x = 1) = σ(inputs + bias)`, and their means where these are wanted:
    /// one pass over the inputs.
    ///
    /// # Shapes
    ///
    /// `inputs` is `[batch, units]`, `bias` is `[units]`; the results are as `inputs`, constant for
    /// autodiff.
    pub(crate) fn binary_units(
        &mut self,
        inputs: Tensor<2>,
        bias: Tensor<1>,
        with_mean: bool,
    ) -> (Option<Tensor<2>>, Tensor<2>) {
        let address = self.next_address();
        if with_mean {
            let (mean, sample) = sample_bernoulli_with_mean(inputs, bias, address);
            return (Some(mean), sample);
        }
        (None, sample_bernoulli(inputs, bias, address))
    }

    fn next_address(&mut self) -> Address {
        let address = Address {
            key: self.key,
            step: self.step,
            draw: self.draw,
        };
        self.draw = self
            .draw
            .checked_add(1)
            .expect("a step makes fewer than 2^32 draws; move on with `at_step`");
        address
    }
}

/// Whether a device is the host's processor, so that reading a value back costs nothing.
pub fn is_host(device: &Device) -> bool {
    // Equality of devices ignores whether autodiff is on.
    #[cfg(feature = "flex")]
    if *device == Device::flex() {
        return true;
    }
    #[cfg(feature = "ndarray")]
    #[expect(
        deprecated,
        reason = "the backend is offered for as long as Burn has it"
    )]
    if *device == Device::ndarray() {
        return true;
    }
    let _ = device;
    false
}

/// The most precise float type that a device computes in reliably: double precision on the `flex`
/// backend, the device's own default elsewhere.
///
/// Other backends claim doubles and do not have them throughout: on a software Vulkan driver Burn
/// 0.22's `exp` of doubles was wrong in the first digit, and the logistic function of its ndarray
/// backend is single precision inside.
pub fn precise_dtype(device: &Device) -> DType {
    #[cfg(feature = "flex")]
    if *device == Device::flex() {
        return DType::F64;
    }
    device.settings().float_dtype.into()
}

#[cfg(test)]
mod tests {
    use burn::tensor::activation::sigmoid;

    use super::*;
    use crate::numerics::to_f64;

    #[test]
    fn draws_within_a_step_differ_and_steps_restart_them() {
        let device = Device::default();
        let mut noise = Noise::new(1);
        let draw = |noise: &mut Noise| to_f64(noise.uniform([4, 4], DType::F32, &device));
        let (first, second) = (draw(&mut noise), draw(&mut noise));
        assert_ne!(first, second);
        assert_eq!(draw(&mut noise.at_step(0)), first);
        assert_ne!(draw(&mut noise.derive(1)), first);
        assert_ne!(draw(&mut Noise::new(2)), first);
    }

    /// The fused pass is the plain one: the same numbers below the same means, but for the last
    /// digits of the logistic function.
    #[test]
    fn binary_units_are_bernoulli_draws_at_the_logistic_mean() {
        let device = Device::default();
        let inputs = Noise::new(1).normal([50, 33], DType::F32, &device) * 4.0;
        let bias: Tensor<1> = Noise::new(2)
            .normal([1, 33], DType::F32, &device)
            .squeeze_dim::<1>(0);
        let (mean, fused) = Noise::new(3).binary_units(inputs.clone(), bias.clone(), true);
        let expected = sigmoid(inputs + bias.unsqueeze());
        let plain = Noise::new(3).bernoulli(expected.clone());
        for (found, expected) in to_f64(mean.unwrap()).iter().zip(to_f64(expected)) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        let differing = to_f64((fused - plain).abs().sum())[0];
        assert!(differing <= 1.0, "{differing} of 1650 units differ");
    }

    /// The number of ones is binomial: within five standard deviations for each probability.
    #[test]
    fn bernoulli_draws_have_the_probability_asked_for() {
        let (rows, device) = (40_000, Device::default());
        let probabilities = [0.0, 0.02, 0.5, 0.9, 1.0];
        let p = Tensor::<1>::from_floats(probabilities, &device)
            .unsqueeze::<2>()
            .expand([rows, probabilities.len()]);
        let drawn = Noise::new(3).bernoulli(p);
        let values = to_f64(drawn.clone());
        assert!(values.iter().all(|&x| x == 0.0 || x == 1.0));
        let count = to_f64(drawn.sum_dim(0));
        for (count, p) in count.into_iter().zip(probabilities.map(f64::from)) {
            let n = rows as f64;
            let slack = 5.0 * (n * p * (1.0 - p)).sqrt();
            assert!((count - n * p).abs() <= slack, "{count} ones of {n} at {p}");
        }
    }

    #[cfg(feature = "flex")]
    #[test]
    fn the_processor_is_the_host_and_computes_in_doubles() {
        for device in [Device::flex(), Device::flex().autodiff()] {
            assert!(is_host(&device));
            assert_eq!(precise_dtype(&device), DType::F64);
        }
    }
}
