//! What an RBM is made of, as data.

use burn::config::Config;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{DataStatistics, Rbm};
use crate::{Noise, units::UnitsConfig};

/// The shape and the kind of a model, and how its weights start.
///
/// ```
/// use rbm_model::{RbmConfig, units::UnitsConfig};
///
/// let config = RbmConfig::new(784, 500);
/// assert_eq!(config.visible, UnitsConfig::Bernoulli);
/// let wrong = RbmConfig::new(784, 0).validate().unwrap_err();
/// assert!(wrong.to_string().contains("num_hidden"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RbmConfig {
    /// The number of visible units.
    pub num_visible: usize,
    /// The number of hidden units.
    pub num_hidden: usize,
    /// The kind of the visible units.
    #[serde(default)]
    pub visible: UnitsConfig,
    /// The kind of the hidden units.
    #[serde(default)]
    pub hidden: UnitsConfig,
    /// The distribution of the first weights.
    #[serde(default)]
    pub weight: WeightInit,
}

/// The distribution of the weights at the start.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, WeightInit, numerics::to_f64};
///
/// let start: WeightInit = serde_json::from_str(r#"{"kind": "normal", "std": 0.5}"#)?;
/// assert_eq!(start, WeightInit::Normal { std: 0.5 });
/// let rbm = RbmConfig::new(100, 100).with_weight(start).init(&mut Noise::new(1), &Device::default());
/// let squares: f64 = to_f64(rbm.weight.val()).iter().map(|w| w * w).sum();
/// // 10,000 weights: the standard error of their spread is 0.5/√20,000.
/// assert!(((squares / 10_000.0).sqrt() - 0.5).abs() < 5.0 * 0.5 / 20_000f64.sqrt());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightInit {
    /// Normal with mean zero and this standard deviation: 0.01 by custom (G. E. Hinton: *A
    /// practical guide to training restricted Boltzmann machines*, 2010, section 8).
    Normal {
        /// The standard deviation of a weight.
        std: f64,
    },
    /// Normal with mean zero, and spread so that the input of a hidden unit at a data vector has
    /// this root mean square: the same start at any number of visible units.
    Scaled {
        /// The root mean square of a hidden unit's input.
        input: f64,
    },
}

impl Default for WeightInit {
    fn default() -> Self {
        Self::Normal { std: 0.01 }
    }
}

/// A configuration that no model can have.
///
/// ```
/// use rbm_model::{ConfigError, RbmConfig, units::UnitsConfig};
///
/// let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
/// let both = RbmConfig::new(4, 3).with_visible(gaussian).with_hidden(gaussian);
/// assert_eq!(both.validate(), Err(ConfigError::BothGaussian));
/// let error = RbmConfig::new(4, 0).validate().unwrap_err();
/// assert!(error.to_string().starts_with("num_hidden is 0: a layer has between 1 and"));
/// ```
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A layer without units, or one too large to address.
    #[error("{field} is {found}: a layer has between 1 and {max} units")]
    Units {
        /// The field of the configuration.
        field: &'static str,
        /// What it holds.
        found: usize,
        /// The largest number accepted.
        max: usize,
    },
    /// Two layers of a kind that have no joint distribution.
    #[error(
        "visible and hidden units are both Gaussian: their joint density need not be finite; \
         choose `bernoulli` for one of the layers"
    )]
    BothGaussian,
    /// A kind of units that a layer of this size cannot have: a label that leaves no features beside it.
    #[error("{field}.{problem}")]
    Kind {
        /// The side.
        field: &'static str,
        /// The setting, what it is, and what it may be.
        problem: String,
    },
    /// A spread that is not a positive finite number.
    #[error("{field} is {found}: expected a finite number, zero or larger")]
    Spread {
        /// The field of the configuration.
        field: &'static str,
        /// What it holds.
        found: f64,
    },
}

/// More units than this a side is taken for a mistake.
const MAX_UNITS: usize = 1 << 24;

impl RbmConfig {
    /// A Bernoulli-Bernoulli RBM.
    pub fn new(num_visible: usize, num_hidden: usize) -> Self {
        Self {
            num_visible,
            num_hidden,
            visible: UnitsConfig::default(),
            hidden: UnitsConfig::default(),
            weight: WeightInit::default(),
        }
    }

    /// The same with other visible units.
    #[must_use]
    pub fn with_visible(mut self, units: UnitsConfig) -> Self {
        self.visible = units;
        self
    }

    /// The same with other hidden units.
    #[must_use]
    pub fn with_hidden(mut self, units: UnitsConfig) -> Self {
        self.hidden = units;
        self
    }

    /// The same with other first weights.
    #[must_use]
    pub fn with_weight(mut self, weight: WeightInit) -> Self {
        self.weight = weight;
        self
    }

    /// Whether a model of this kind exists.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], with the field and the value that are wrong.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (field, found) in [
            ("num_visible", self.num_visible),
            ("num_hidden", self.num_hidden),
        ] {
            if found == 0 || found > MAX_UNITS {
                let max = MAX_UNITS;
                return Err(ConfigError::Units { field, found, max });
            }
        }
        let is_real = |kind: UnitsConfig| !kind.support().is_discrete();
        if is_real(self.visible) && is_real(self.hidden) {
            return Err(ConfigError::BothGaussian);
        }
        for (field, kind, units) in [
            ("visible", self.visible, self.num_visible),
            ("hidden", self.hidden, self.num_hidden),
        ] {
            kind.validate(units)
                .map_err(|problem| ConfigError::Kind { field, problem })?;
        }
        let (field, found) = match self.weight {
            WeightInit::Normal { std } => ("weight.std", std),
            WeightInit::Scaled { input } => ("weight.input", input),
        };
        if !found.is_finite() || found < 0.0 {
            return Err(ConfigError::Spread { field, found });
        }
        Ok(())
    }

    /// A model with zero biases.
    ///
    /// # Panics
    ///
    /// Where [`validate`](Self::validate) fails.
    pub fn init(&self, noise: &mut Noise, device: &Device) -> Rbm {
        Rbm::start(self, None, noise, device)
    }

    /// A model whose visible units, alone, already have the means (and spreads) of the data.
    ///
    /// # Panics
    ///
    /// Where [`validate`](Self::validate) fails, or where `data` has another number of units.
    pub fn init_from(&self, data: &DataStatistics, noise: &mut Noise, device: &Device) -> Rbm {
        Rbm::start(self, Some(data), noise, device)
    }
}

/// Burn's own way to a file and back. Its derived one would accept unknown fields; here a misspelt setting is an
/// error.
///
/// ```
/// use burn::config::Config;
/// use rbm_model::RbmConfig;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("config.json");
/// RbmConfig::new(784, 500).save(&path)?;
/// assert_eq!(RbmConfig::load(&path).unwrap(), RbmConfig::new(784, 500));
/// let typo = br#"{"num_visible": 784, "num_hidden": 500, "num_hiden": 100}"#;
/// assert!(RbmConfig::load_binary(typo).unwrap_err().to_string().contains("num_hiden"));
/// # Ok::<(), std::io::Error>(())
/// ```
impl Config for RbmConfig {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
        let good = RbmConfig::new(4, 3);
        assert_eq!(good.validate(), Ok(()));
        let cases = [
            (RbmConfig::new(0, 3), "num_visible is 0"),
            (
                RbmConfig::new(4, usize::MAX),
                "num_hidden is 18446744073709551615",
            ),
            (
                good.clone().with_visible(gaussian).with_hidden(gaussian),
                "both Gaussian",
            ),
            (
                good.clone()
                    .with_visible(UnitsConfig::Labelled { classes: 4 }),
                "visible.classes is 4",
            ),
            (
                good.clone()
                    .with_hidden(UnitsConfig::Labelled { classes: 1 }),
                "hidden.classes is 1",
            ),
            (
                good.clone()
                    .with_weight(WeightInit::Normal { std: f64::NAN }),
                "weight.std is NaN",
            ),
            (
                good.clone().with_weight(WeightInit::Scaled { input: -1.0 }),
                "weight.input is -1",
            ),
        ];
        for (config, message) in cases {
            let error = config.validate().unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn json_round_trips_and_unknown_fields_are_refused() {
        let config = RbmConfig::new(4, 3)
            .with_visible(UnitsConfig::Gaussian { learn_sigma: true })
            .with_weight(WeightInit::Scaled { input: 0.1 });
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<RbmConfig>(&json).unwrap(), config);
        let typo = r#"{"num_visible": 4, "num_hidden": 3, "num_hiden": 5}"#;
        let error = serde_json::from_str::<RbmConfig>(typo).unwrap_err();
        assert!(error.to_string().contains("num_hiden"), "{error}");
        let negative = r#"{"num_visible": -4, "num_hidden": 3}"#;
        assert!(serde_json::from_str::<RbmConfig>(negative).is_err());
    }
}
