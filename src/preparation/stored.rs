//! What is fixed at training.

use rbm_data::{Dataset, Scale, Values};
use rbm_model::units::UnitsConfig;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Binarise;

/// How the numbers of a file become values of visible units. It is fixed when a model is trained, kept
/// with the run and the model, and applied to every file that the model is shown later.
///
/// ```
/// use burnzmann::{Binarise, Preparation};
///
/// let json = r#"{"scale": 16.0, "binarise": "threshold"}"#;
/// let preparation: Preparation = serde_json::from_str(json)?;
/// assert_eq!(preparation.binarise, Binarise::Threshold);
/// assert_eq!(serde_json::to_value(preparation)?["scale"], 16.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// What numbers are divided by. None in what was trained by a version that kept no scale: bytes were
    /// levels out of 255 then, where they were not zeros and ones, and all other numbers as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// How gray levels become zeros and ones.
    pub binarise: Binarise,
}

/// The name in the notes of a model file.
const NOTE: &str = "preparation";

impl Preparation {
    /// The option of a command, else what was fixed at training, else what is usual: `usual` for units that
    /// are zeros and ones (a threshold but for networks), nothing for others.
    pub fn binarise(
        asked: Option<Binarise>,
        stored: Option<&Self>,
        units: UnitsConfig,
        usual: Binarise,
    ) -> Binarise {
        asked
            .or(stored.map(|stored| stored.binarise))
            .unwrap_or(if units.support().is_zero_one() {
                usual
            } else {
                Binarise::None
            })
    }

    /// The scale for a data set.
    pub fn scale_of(&self, data: &Dataset) -> Scale {
        self.scale.unwrap_or_else(|| by_type(data))
    }

    /// The same with its scale, where none was kept: what it is for these data.
    #[must_use]
    pub fn on(self, data: &Dataset) -> Self {
        Self {
            scale: Some(self.scale_of(data)),
            ..self
        }
    }

    /// What a model file says of it.
    pub fn notes(&self) -> Value {
        json!({ NOTE: self })
    }

    /// What is said in the notes of a model file, if it is.
    ///
    /// # Errors
    ///
    /// Where it is said in another way than [`notes`](Self::notes) does.
    pub fn from_notes(notes: &Value) -> Result<Option<Self>, serde_json::Error> {
        let note = notes.get(NOTE);
        note.map(|note| serde_json::from_value(note.clone()))
            .transpose()
    }
}

/// The scale of versions that kept none.
fn by_type(data: &Dataset) -> Scale {
    let bytes = match data.values() {
        Values::Bytes { .. } => true,
        Values::Floats(_) => false,
        Values::File(_) => data.kind() == "uint8",
    };
    let embedded = data.scale() == Scale::from(16) && data.name() == "digits";
    if embedded {
        data.scale()
    } else if bytes && data.survey().largest() > 1.0 {
        Scale::from(u8::MAX)
    } else {
        Scale::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_comes_before_what_is_stored_and_that_before_the_kind_of_units() {
        let gaussian = UnitsConfig::Gaussian { learn_sigma: true };
        let labelled = UnitsConfig::Labelled { classes: 2 };
        let stored = Preparation {
            scale: None,
            binarise: Binarise::Stochastic,
        };
        for (units, usual) in [
            (UnitsConfig::Bernoulli, Binarise::Threshold),
            (labelled, Binarise::Threshold),
            (gaussian, Binarise::None),
        ] {
            let of =
                |asked, stored| Preparation::binarise(asked, stored, units, Binarise::Threshold);
            assert_eq!(of(None, None), usual);
            assert_eq!(of(None, Some(&stored)), Binarise::Stochastic);
            let asked = Some(Binarise::Threshold);
            assert_eq!(of(asked, Some(&stored)), Binarise::Threshold);
        }
    }

    #[test]
    fn what_old_versions_did_goes_by_the_type() {
        let old = Preparation {
            scale: None,
            binarise: Binarise::Threshold,
        };
        let bytes = |data: Vec<u8>| {
            let values = Values::Bytes { data, levels: 255 };
            old.scale_of(&Dataset::new("bytes", 1, values).unwrap())
        };
        assert_eq!(bytes(vec![0, 1, 1]), Scale::NONE);
        assert_eq!(bytes(vec![0, 1, 2]), Scale::from(255));
        let floats = Dataset::new("floats", 1, Values::Floats(vec![0.0, 16.0])).unwrap();
        assert_eq!(old.scale_of(&floats), Scale::NONE);
        let digits = rbm_data::digits();
        assert_eq!(old.scale_of(&digits), Scale::from(16));
    }

    #[test]
    fn a_model_file_that_says_nothing_is_told_apart() {
        let preparation = Preparation {
            scale: Some(Scale::from(15)),
            binarise: Binarise::None,
        };
        let found = Preparation::from_notes(&preparation.notes()).unwrap();
        assert_eq!(found, Some(preparation));
        assert_eq!(Preparation::from_notes(&Value::Null).unwrap(), None);
        let epoch = json!({"epoch": 3});
        assert_eq!(Preparation::from_notes(&epoch).unwrap(), None);
        let odd = json!({"preparation": {"scale": -1, "binarise": "none"}});
        assert!(Preparation::from_notes(&odd).is_err());
    }
}
