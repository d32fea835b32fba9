//! Dropout, the penalty on the weights and their largest norm, as updates apply them.

use burn::nn::Linear;
use burn::tensor::Tensor;
use rbm_model::Noise;

use crate::Regularisation;

impl Regularisation {
    /// The loss with the penalty on these weights.
    pub(super) fn penalised<'a>(
        &self,
        loss: Tensor<1>,
        layers: impl Iterator<Item = &'a Linear>,
    ) -> Tensor<1> {
        if self.l2 == 0.0 {
            return loss;
        }
        layers.fold(loss, |loss, layer| {
            loss + layer.weight.val().square().sum().mul_scalar(0.5 * self.l2)
        })
    }

    /// The layer with no unit's incoming weights longer than the limit.
    pub(super) fn constrained(&self, layer: Linear) -> Linear {
        let Some(limit) = self.max_norm else {
            return layer;
        };
        let shorten = |weight: Tensor<2>| {
            let weight = weight.without_autodiff();
            let norm = weight.clone().square().sum_dim(0).sqrt();
            // The margin keeps units without weights from being divided by zero.
            let factor = norm.clamp_min(limit).recip().mul_scalar(limit);
            weight * factor
        };
        Linear {
            weight: layer.weight.map(|weight| {
                let device = weight.device();
                let shortened = shorten(weight);
                if device.is_autodiff() {
                    Tensor::from_inner(shortened).require_grad()
                } else {
                    shortened
                }
            }),
            bias: layer.bias,
        }
    }
}

/// Units kept with probability `1 - p`, and made larger by as much.
pub(super) fn dropped(units: Tensor<2>, p: f64, noise: &mut Noise) -> Tensor<2> {
    if p == 0.0 {
        return units;
    }
    let (keep, dtype) = (1.0 - p, units.dtype());
    let device = units.device().without_autodiff();
    let kept = noise.uniform(units.dims(), dtype, &device).lower_elem(keep);
    units * kept.float().cast(dtype).mul_scalar(keep.recip())
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::{Device, TensorData};
    use rbm_model::numerics::to_f64;

    use super::*;

    /// The number of survivors is binomial, and each is worth `1/keep`: within five sigma.
    #[test]
    fn dropout_keeps_the_mean() {
        let (device, p, n) = (Device::default(), 0.3, 100_000);
        let ones = Tensor::<2>::ones([n / 100, 100], &device);
        let values = to_f64(dropped(ones.clone(), p, &mut Noise::new(1)));
        assert!(
            values
                .iter()
                .all(|&x| x == 0.0 || (x - 1.0 / 0.7).abs() < 1e-6)
        );
        let mean = values.iter().sum::<f64>() / n as f64;
        let slack = 5.0 * (p / (1.0 - p) / n as f64).sqrt();
        assert!((mean - 1.0).abs() < slack, "{mean}");
        assert_eq!(to_f64(dropped(ones, 0.0, &mut Noise::new(1))), vec![1.0; n]);
    }

    #[test]
    fn only_weights_longer_than_the_limit_are_shortened() {
        let device = Device::default();
        // Incoming weights (3, 4), (0.3, 0.4) and none: norms 5, 0.5 and 0.
        let weight = TensorData::from([[3f32, 0.3, 0.0], [4.0, 0.4, 0.0]]);
        let layer = Linear {
            weight: Param::from_tensor(Tensor::from_data(weight, &device)),
            bias: None,
        };
        let limit = |max_norm| Regularisation {
            max_norm,
            ..Regularisation::default()
        };
        let found = to_f64(limit(Some(1.0)).constrained(layer.clone()).weight.val());
        for (found, expected) in found.iter().zip([0.6, 0.3, 0.0, 0.8, 0.4, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        let untouched = to_f64(limit(None).constrained(layer.clone()).weight.val());
        assert_eq!(untouched, to_f64(layer.weight.val()));
    }
}
