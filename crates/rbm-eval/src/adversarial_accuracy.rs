//! Nearest-neighbour adversarial accuracy: are samples like the data, and not copies of them?

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::NearestNeighbours;

/// How well a nearest-neighbour classifier tells samples from data: 0.5 is the aim. Towards 1 the
/// samples are apart from the data, towards 0 they are copies of them.
///
/// The two halves say which side fails: `data` below `samples` and near 0 means that each datum has
/// a sample close by; `samples` near 1 that samples keep to themselves. Where the nearest own and
/// the nearest other row are equally far, which is common among binary rows, half a point is given
/// (the paper counts none, and then two sets of one distribution score below 0.5).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::AdversarialAccuracy;
/// use rbm_model::Noise;
///
/// let data = Noise::new(1).bernoulli(Tensor::full([200, 60], 0.5, &Device::default()));
/// let copied = AdversarialAccuracy::new(data.clone(), data.clone());
/// assert_eq!(copied.value, 0.0);
/// let far = AdversarialAccuracy::new(data.clone(), data + 5.0);
/// assert_eq!(far.value, 1.0);
/// ```
///
/// # References
///
/// A. Yale and others: *Generation and evaluation of privacy preserving synthetic health data*,
/// Neurocomputing 416, 2020, equation 2 (`AA_TS`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdversarialAccuracy {
    /// The mean of the two halves.
    pub value: f64,
    /// How often a datum is nearer to another datum than to any sample.
    pub data: f64,
    /// How often a sample is nearer to another sample than to any datum.
    pub samples: f64,
}

impl AdversarialAccuracy {
    /// Of `samples` against `data`, both `[rows, visible]` and with the same number of rows.
    ///
    /// # Panics
    ///
    /// Where the shapes differ, or there are fewer than two rows.
    pub fn new(data: Tensor<2>, samples: Tensor<2>) -> Self {
        assert_eq!(
            data.dims(),
            samples.dims(),
            "as many samples as data: the nearest of more would be nearer"
        );
        let half = |own: Tensor<2>, other: Tensor<2>| {
            let to_other = NearestNeighbours::among(own.clone(), other).distance;
            let to_own = NearestNeighbours::within(own).distance;
            let points = to_other.iter().zip(&to_own).map(|(other, own)| {
                if other > own {
                    1.0
                } else if other < own {
                    0.0
                } else {
                    0.5
                }
            });
            points.sum::<f64>() / to_own.len() as f64
        };
        let of_data = half(data.clone(), samples.clone());
        let of_samples = half(samples, data);
        Self {
            value: 0.5 * (of_data + of_samples),
            data: of_data,
            samples: of_samples,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};
    use rbm_model::Noise;

    use super::*;

    /// Two sets of one distribution: a nearest neighbour is among n own-but-one and n other rows,
    /// so the expected accuracy is (n - 1)/(2n - 1). The n points of each half are nearly
    /// independent, and their spread at most that of a coin.
    #[test]
    fn one_distribution_scores_a_half() {
        let (device, n) = (Device::default(), 1500);
        let mut noise = Noise::new(4);
        let mut draw = || noise.normal([n, 5], DType::F64, &device);
        let score = AdversarialAccuracy::new(draw(), draw());
        let expected = (n as f64 - 1.0) / (2.0 * n as f64 - 1.0);
        let slack = 4.5 * 0.5 / (n as f64).sqrt();
        for (name, found) in [("data", score.data), ("samples", score.samples)] {
            assert!((found - expected).abs() < slack, "{name}: {found}");
        }
        // A tenth of a standard deviation in each of five directions does not hide.
        let far = AdversarialAccuracy::new(draw(), draw().add_scalar(2.0));
        assert!(far.value > 0.9, "{far:?}");
    }

    /// Binary rows in few dimensions: nearly every comparison is a tie.
    #[test]
    fn ties_are_worth_a_half() {
        let (device, n) = (Device::default(), 1000u16);
        let mut noise = Noise::new(5);
        let mut draw = || noise.bernoulli(Tensor::full([n.into(), 6], 0.5, &device));
        let score = AdversarialAccuracy::new(draw(), draw());
        assert!((score.value - 0.5).abs() < 4.5 * 0.5 / f64::from(n).sqrt());
    }

    /// Samples of one datum only: no sample strays from the data, most data have no sample near.
    #[test]
    fn the_halves_say_which_side_fails() {
        let device = Device::default();
        let mut noise = Noise::new(6);
        let data = noise.normal([300, 4], DType::F64, &device);
        let spread = noise.normal([300, 4], DType::F64, &device).mul_scalar(1e-3);
        let samples = data.clone().narrow(0, 0, 1) + spread;
        let score = AdversarialAccuracy::new(data, samples);
        assert!(score.data > 0.95 && score.samples > 0.95, "{score:?}");
    }
}
