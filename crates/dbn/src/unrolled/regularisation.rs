//! What keeps a network from learning its training set by heart.

use burn::nn::Linear;
use burn::tensor::Tensor;
use rbm_model::Noise;
use rbm_train::TrainConfigError;
use serde::{Deserialize, Serialize};

/// Dropout, max-norm and weight decay; none of them by default.
///
/// Dropout is the inverted kind: what is kept is divided by the probability of keeping it, so that
/// the network without dropout is the mean of the thinned ones, and a pre-trained stack starts as
/// itself.
///
/// ```
/// use dbn::Regularisation;
///
/// let regularisation: Regularisation =
///     serde_json::from_str(r#"{"input_dropout": 0.2, "hidden_dropout": 0.5, "max_norm": 4.0}"#)?;
/// regularisation.validate()?;
/// let wrong = Regularisation { hidden_dropout: 1.0, ..regularisation };
/// let message = wrong.validate().unwrap_err().to_string();
/// assert_eq!(message, "regularisation.hidden_dropout is 1: expected a number in [0, 1)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: a simple way
/// to prevent neural networks from overfitting*, JMLR 15, 2014.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Regularisation {
    /// The probability that an input of the network is dropped.
    pub input_dropout: f64,
    /// The probability that a hidden unit is dropped.
    pub hidden_dropout: f64,
    /// The largest Euclidean norm of the incoming weights of a hidden unit; longer ones are
    /// shortened to it after each update. No limit where absent.
    pub max_norm: Option<f64>,
    /// The weight of `Σ W²/2` in the loss; biases are never penalised.
    pub l2: f64,
}

impl Regularisation {
    /// Whether training of this kind is possible.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        for (field, p) in [
            ("regularisation.input_dropout", self.input_dropout),
            ("regularisation.hidden_dropout", self.hidden_dropout),
        ] {
            let holds = (0.0..1.0).contains(&p);
            TrainConfigError::unless(holds, field, p, "a number in [0, 1)")?;
        }
        if let Some(norm) = self.max_norm {
            let holds = norm.is_finite() && norm > 0.0;
            let expected = "a finite number above zero, or null";
            TrainConfigError::unless(holds, "regularisation.max_norm", norm, expected)?;
        }
        let holds = self.l2.is_finite() && self.l2 >= 0.0;
        let expected = "a finite number, zero or larger";
        TrainConfigError::unless(holds, "regularisation.l2", self.l2, expected)
    }

    /// The loss with the penalty on these weights.
    pub(crate) fn penalised<'a>(
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
    pub(crate) fn constrained(&self, layer: Linear) -> Linear {
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
pub(crate) fn dropped(units: Tensor<2>, p: f64, noise: &mut Noise) -> Tensor<2> {
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

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        for (json, message) in [
            (
                r#"{"input_dropout": -0.1}"#,
                "regularisation.input_dropout is -0.1",
            ),
            (
                r#"{"hidden_dropout": 1.0}"#,
                "regularisation.hidden_dropout is 1",
            ),
            (r#"{"max_norm": 0.0}"#, "regularisation.max_norm is 0"),
            (r#"{"l2": -1.0}"#, "regularisation.l2 is -1"),
        ] {
            let regularisation: Regularisation = serde_json::from_str(json).unwrap();
            let error = regularisation.validate().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(serde_json::from_str::<Regularisation>(r#"{"dropout": 0.5}"#).is_err());
    }

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
