//! Where a model starts.

use burn::module::Param;
use burn::tensor::{DType, Device, Tensor};

use super::{Rbm, RbmConfig, WeightInit};
use crate::Noise;

/// The mean and the variance of each visible unit over a data set.
///
/// ```
/// use burn::tensor::{DType, Device};
/// use rbm_model::{DataStatistics, Noise, RbmConfig};
///
/// let data = DataStatistics { mean: vec![0.5, 0.9], variance: vec![0.25, 0.09] };
/// let rbm = RbmConfig::new(2, 3).init_from(&data, &mut Noise::new(1), &Device::default());
/// let bias = rbm.visible.bias().into_data().to_vec::<f32>().unwrap();
/// assert!((bias[1] - 9f32.ln()).abs() < 1e-6); // the log-odds of 0.9
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DataStatistics {
    /// The mean of each unit.
    pub mean: Vec<f64>,
    /// The variance of each unit.
    pub variance: Vec<f64>,
}

impl DataStatistics {
    /// The statistics of binary columns that are one at these rates: the mean is the rate `p`, the variance
    /// `p (1 - p)`.
    ///
    /// ```
    /// use rbm_model::DataStatistics;
    ///
    /// let data = DataStatistics::of_rates(&[0.5, 0.0]);
    /// assert_eq!((data.mean, data.variance), (vec![0.5, 0.0], vec![0.25, 0.0]));
    /// ```
    pub fn of_rates(rates: &[f32]) -> Self {
        let of = |f: fn(f32) -> f32| rates.iter().map(|&p| f64::from(f(p))).collect();
        Self {
            mean: of(|p| p),
            variance: of(|p| p * (1.0 - p)),
        }
    }
}

impl Rbm {
    pub(super) fn start(
        config: &RbmConfig,
        data: Option<&DataStatistics>,
        noise: &mut Noise,
        device: &Device,
    ) -> Self {
        if let Err(error) = config.validate() {
            panic!("{error}");
        }
        if let Some(data) = data {
            assert_eq!(
                data.mean.len(),
                config.num_visible,
                "the data's number of columns is the number of visible units"
            );
        }
        let visible = match data {
            Some(data) => config.visible.fitted(&data.mean, &data.variance, device),
            None => config.visible.init(config.num_visible, device),
        };
        let dtype: DType = device.settings().float_dtype.into();
        let shape = [config.num_visible, config.num_hidden];
        let weight: Tensor<2> = noise
            .normal(shape, dtype, device)
            .mul_scalar(weight_std(config, data));
        Self {
            visible,
            hidden: config.hidden.init(config.num_hidden, device),
            weight: Param::from_tensor(weight),
        }
    }
}

fn weight_std(config: &RbmConfig, data: Option<&DataStatistics>) -> f64 {
    match config.weight {
        WeightInit::Normal { std } => std,
        WeightInit::Scaled { input } => {
            // Without data, take units that are on half of the time.
            let mean_square = match data {
                Some(data) => data
                    .mean
                    .iter()
                    .zip(&data.variance)
                    .map(|(mean, variance)| mean * mean + variance)
                    .sum(),
                None => config.num_visible as f64 / 2.0,
            };
            // Data of zeros alone give no scale.
            input / f64::max(mean_square, f64::MIN_POSITIVE).sqrt().max(1e-3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_f64;

    fn spread(weight: WeightInit, data: Option<&DataStatistics>) -> f64 {
        let (device, mut noise) = (Device::default(), Noise::new(5));
        let config = RbmConfig::new(200, 300).with_weight(weight);
        let rbm = match data {
            Some(data) => config.init_from(data, &mut noise, &device),
            None => config.init(&mut noise, &device),
        };
        let weights = to_f64(rbm.weight.val());
        (weights.iter().map(|w| w * w).sum::<f64>() / weights.len() as f64).sqrt()
    }

    /// For n normal numbers the root mean square has relative error 1/√(2n): 5 sigma is 1.4 %.
    #[test]
    fn weights_have_the_spread_asked_for() {
        let slack = 5.0 / (2.0 * 60_000f64).sqrt();
        let close = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < slack, "{found} {expected}");
        };
        close(spread(WeightInit::Normal { std: 0.01 }, None), 0.01);
        close(spread(WeightInit::Scaled { input: 0.5 }, None), 0.05);
        let data = DataStatistics {
            mean: vec![0.1; 200],
            variance: vec![0.09; 200],
        };
        // Each of the 200 units has mean square 0.1, so √20 divides the input.
        let expected = 0.5 / 20f64.sqrt();
        close(
            spread(WeightInit::Scaled { input: 0.5 }, Some(&data)),
            expected,
        );
    }

    #[test]
    #[should_panic(expected = "number of columns is the number of visible units")]
    fn statistics_of_another_width_panic() {
        let data = DataStatistics {
            mean: vec![0.5; 3],
            variance: vec![0.25; 3],
        };
        RbmConfig::new(4, 2).init_from(&data, &mut Noise::new(1), &Device::default());
    }
}
