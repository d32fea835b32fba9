//! A network and its greedy training, as data.

use rbm_model::{Rbm, RbmConfig, WeightInit, units::UnitsConfig};
use rbm_train::TrainConfig;
use serde::{Deserialize, Serialize};

use crate::DbnError;

/// The shape of a deep belief network and how each of its layers is trained.
///
/// ```
/// use dbn::DbnConfig;
///
/// let json = r#"{"num_visible": 64, "classes": 10, "layers": [
///     {"num_hidden": 50, "train": {"epochs": 20}},
///     {"num_hidden": 100, "propagate": "drawn_once"}
/// ]}"#;
/// let config: DbnConfig = serde_json::from_str(json)?;
/// config.validate()?;
/// assert_eq!(config.layers[0].train.epochs, 20);
/// assert_eq!(config.rbm(2).num_visible, 60); // features and label units
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbnConfig {
    /// The number of visible units: the columns of the data.
    pub num_visible: usize,
    /// The kind of the visible units, Bernoulli or Gaussian.
    #[serde(default)]
    pub visible: UnitsConfig,
    /// The number of classes, where the top layer is to learn the joint distribution of features
    /// and labels: as many softmax units stand beside the top layer's visible ones.
    #[serde(default)]
    pub classes: Option<usize>,
    /// The layers from the data up.
    pub layers: Vec<LayerConfig>,
}

/// A layer of hidden units and how it is trained.
///
/// ```
/// use dbn::{LayerConfig, Propagation};
///
/// let layer: LayerConfig = serde_json::from_str(r#"{"num_hidden": 500, "propagate": "means"}"#)?;
/// assert_eq!(layer.propagate, Propagation::Means);
/// assert!(serde_json::from_str::<LayerConfig>(r#"{"num_hiden": 500}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerConfig {
    /// The number of hidden units.
    pub num_hidden: usize,
    /// The distribution of the first weights.
    #[serde(default)]
    pub weight: WeightInit,
    /// Whether the layer starts as the mirror of the one below instead of random weights, which
    /// needs at least as many hidden units as that one has visible ones. The network's distribution of
    /// the data is then unchanged at the start. Units beyond the mirror's start with random weights, as
    /// [`weight`](Self::weight) has them: small ones change the distribution little, and none at all
    /// would leave these units alike for ever.
    #[serde(default)]
    pub mirror_start: bool,
    /// The training. Its seed counts together with the layer's number: layers of equal seed draw
    /// different numbers.
    #[serde(default)]
    pub train: TrainConfig,
    /// What this layer is to the one above, once it is trained; the top one hands nothing on.
    #[serde(default)]
    pub propagate: Propagation,
}

/// What of the hidden units is the data of the next layer.
///
/// ```
/// use dbn::Propagation;
///
/// let names = r#"["drawn_each_epoch", "drawn_once", "means"]"#;
/// let all: Vec<Propagation> = serde_json::from_str(names)?;
/// assert_eq!(all, [Propagation::DrawnEachEpoch, Propagation::DrawnOnce, Propagation::Means]);
/// assert_eq!(all[0], Propagation::default());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Propagation {
    /// Draws from `q(h | v)`, new ones in each epoch of the next layer: what the bound on the
    /// likelihood averages over.
    #[default]
    DrawnEachEpoch,
    /// Draws from `q(h | v)`, made once.
    DrawnOnce,
    /// The means `E[h | v]`, real numbers.
    Means,
}

impl LayerConfig {
    /// A layer with the default training.
    pub fn new(num_hidden: usize) -> Self {
        Self {
            num_hidden,
            weight: WeightInit::default(),
            mirror_start: false,
            train: TrainConfig::default(),
            propagate: Propagation::default(),
        }
    }
}

/// The odd number nearest to 2⁶⁴ over the golden ratio: multiples of it are far from each other.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl DbnConfig {
    /// A network of Bernoulli units with hidden layers of these widths, from the data up.
    pub fn new(num_visible: usize, widths: &[usize]) -> Self {
        Self {
            num_visible,
            visible: UnitsConfig::Bernoulli,
            classes: None,
            layers: widths.iter().map(|&n| LayerConfig::new(n)).collect(),
        }
    }

    /// The shape of a layer, counted from 1 at the data; label units are among the visible ones of
    /// the top.
    ///
    /// # Panics
    ///
    /// Where there is no such layer.
    pub fn rbm(&self, layer: usize) -> RbmConfig {
        let own = &self.layers[layer - 1];
        let (mut num_visible, mut visible) = match layer {
            1 => (self.num_visible, self.visible),
            _ => (self.layers[layer - 2].num_hidden, UnitsConfig::Bernoulli),
        };
        if let (Some(classes), true) = (self.classes, layer == self.layers.len()) {
            num_visible = num_visible.saturating_add(classes);
            visible = UnitsConfig::Labelled { classes };
        }
        RbmConfig::new(num_visible, own.num_hidden)
            .with_visible(visible)
            .with_weight(own.weight)
    }

    /// The training of a layer, its seed spread by the layer's number.
    pub(crate) fn train(&self, layer: usize) -> TrainConfig {
        let mut train = self.layers[layer - 1].train.clone();
        let shift = SPREAD.wrapping_mul(layer as u64 - 1);
        train.seed = train.seed.wrapping_add(shift);
        train
    }

    /// Whether a network of this kind can be trained.
    ///
    /// # Errors
    ///
    /// [`DbnError`], with the layer and the field that are wrong, what the field holds and what it
    /// may hold.
    pub fn validate(&self) -> Result<(), DbnError> {
        if self.layers.is_empty() {
            return Err(DbnError::NoLayers);
        }
        let holds = self.visible.support().classes().is_none();
        let expected = "units without a label (`classes` puts label units beside the top layer's)";
        DbnError::unless(holds, "visible", self.visible.name(), expected)?;
        if let Some(classes) = self.classes {
            // Labels of a data set are bytes.
            let holds = (2..=256).contains(&classes);
            DbnError::unless(holds, "classes", classes, "a number from 2 to 256, or null")?;
            let holds = self.layers.len() > 1 || self.visible.support().is_binary();
            let expected = "Bernoulli units beside the label, or a layer between";
            DbnError::unless(holds, "visible", self.visible.name(), expected)?;
        }
        for layer in 1..=self.layers.len() {
            let shape = self.rbm(layer).validate();
            shape.map_err(|source| DbnError::Layer { layer, source })?;
            let train = self.layers[layer - 1].train.validate();
            train.map_err(|source| DbnError::Train { layer, source })?;
            self.check_mirror(layer)?;
        }
        Ok(())
    }

    /// Whether a trained model can be layer `layer`, the first being 1: whether it has the units that the
    /// configuration says.
    ///
    /// # Errors
    ///
    /// [`DbnError::Trained`] where it has others, or there is no such layer.
    pub fn accepts(&self, layer: usize, rbm: &Rbm) -> Result<(), DbnError> {
        let layers = self.layers.len();
        if !(1..=layers).contains(&layer) {
            return Err(DbnError::trained(
                layer,
                format!("{layers} layers in all"),
                "another one",
            ));
        }
        let shape = self.rbm(layer);
        let found = rbm.config().with_weight(shape.weight);
        if found == shape {
            return Ok(());
        }
        let name = |shape: &RbmConfig| {
            let (below, above) = (shape.visible.name(), shape.hidden.name());
            let (visible, hidden) = (shape.num_visible, shape.num_hidden);
            format!("{visible} {below} units below {hidden} {above} ones")
        };
        Err(DbnError::trained(layer, name(&shape), name(&found)))
    }

    fn check_mirror(&self, layer: usize) -> Result<(), DbnError> {
        let own = &self.layers[layer - 1];
        if !own.mirror_start {
            return Ok(());
        }
        let wrong = |expected: String, found: String| {
            Err(DbnError::MirrorStart {
                layer,
                expected,
                found,
            })
        };
        if layer == 1 {
            return wrong("a layer below".into(), "the first layer".into());
        }
        let below = self.rbm(layer - 1);
        if below.visible != UnitsConfig::Bernoulli {
            let found = format!("{} ones", below.visible.name());
            return wrong("Bernoulli units below".into(), found);
        }
        if own.num_hidden < below.num_visible {
            let expected = format!(
                "{} hidden units or more, as layer {} has so many visible ones",
                below.num_visible,
                layer - 1
            );
            return wrong(expected, own.num_hidden.to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        let cases = [
            (r#"{"num_visible": 6, "layers": []}"#, "found none"),
            (
                r#"{"num_visible": 0, "layers": [{"num_hidden": 3}]}"#,
                "layer 1: num_visible is 0",
            ),
            (
                r#"{"num_visible": 6, "layers": [{"num_hidden": 3}, {"num_hidden": 0}]}"#,
                "layer 2: num_hidden is 0",
            ),
            (
                r#"{"num_visible": 6, "layers": [{"num_hidden": 3, "train": {"epochs": 0}}]}"#,
                "layer 1: train.epochs is 0",
            ),
            (
                r#"{"num_visible": 6, "layers": [{"num_hidden": 3,
                    "weight": {"kind": "normal", "std": -1.0}}]}"#,
                "layer 1: weight.std is -1",
            ),
            (
                r#"{"num_visible": 6, "classes": 1, "layers": [{"num_hidden": 3}]}"#,
                "classes is 1: expected a number from 2",
            ),
            (
                r#"{"num_visible": 6, "classes": 3, "visible": {"kind": "gaussian"},
                    "layers": [{"num_hidden": 3}]}"#,
                "visible is Gaussian: expected Bernoulli",
            ),
            (
                r#"{"num_visible": 6, "visible": {"kind": "labelled", "classes": 2},
                    "layers": [{"num_hidden": 3}]}"#,
                "visible is labelled",
            ),
            (
                r#"{"num_visible": 6, "layers": [{"num_hidden": 3, "mirror_start": true}]}"#,
                "layer 1: mirror_start is true: expected a layer below",
            ),
            (
                r#"{"num_visible": 6, "layers": [{"num_hidden": 3},
                    {"num_hidden": 5, "mirror_start": true}]}"#,
                "layer 2: mirror_start is true: expected 6 hidden units or more, as layer 1 has so many visible ones, found 5",
            ),
            (
                r#"{"num_visible": 6, "visible": {"kind": "gaussian"}, "layers": [{"num_hidden": 3},
                    {"num_hidden": 6, "mirror_start": true}]}"#,
                "expected Bernoulli units below, found Gaussian ones",
            ),
        ];
        for (json, message) in cases {
            let config: DbnConfig = serde_json::from_str(json).unwrap();
            let error = config.validate().unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn json_round_trips_and_unknown_fields_are_refused() {
        let mut config = DbnConfig::new(6, &[3, 6]);
        config.classes = Some(4);
        config.layers[1].mirror_start = true;
        config.layers[0].propagate = Propagation::Means;
        config.validate().unwrap();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<DbnConfig>(&json).unwrap(), config);
        for json in [
            r#"{"num_visible": 6, "layers": [], "clases": 3}"#,
            r#"{"num_visible": 6, "layers": [{"num_hidden": 3, "propagate": "mean"}]}"#,
            r#"{"num_visible": 6, "layers": [{"num_hidden": 3, "train": {"epoch": 1}}]}"#,
        ] {
            assert!(serde_json::from_str::<DbnConfig>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn layers_of_one_seed_draw_different_numbers() {
        let config = DbnConfig::new(6, &[3, 4, 5]);
        let seeds: Vec<u64> = (1..=3).map(|layer| config.train(layer).seed).collect();
        assert_eq!(seeds[0], TrainConfig::default().seed);
        assert!(seeds[0] != seeds[1] && seeds[1] != seeds[2] && seeds[0] != seeds[2]);
    }
}
