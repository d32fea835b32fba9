//! What the numbers of a file are divided by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::DataError;

/// What the numbers of a data set are divided by before they are used.
///
/// ```
/// use rbm_data::{Dataset, Scale, Values};
///
/// let data = Dataset::new("two pixels", 2, Values::Floats(vec![4.0, 16.0]))?;
/// let data = data.with_scale(Scale::new(16.0)?);
/// assert_eq!(data.column_means(), [0.25, 1.0]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Scale(f32);

impl Scale {
    /// Numbers stay as they are.
    pub const NONE: Self = Self(1.0);

    /// The largest grey levels that files come with: whole numbers are divided by the least of these
    /// that none of them exceeds, where nothing else is asked for.
    pub const LEVELS: [u8; 9] = [1, 15, 16, 31, 63, 64, 100, 127, 255];

    /// A scale that makes `largest` 1.
    ///
    /// # Errors
    ///
    /// [`DataError::Parameter`] unless it is a finite number above 0.
    pub fn new(largest: f32) -> Result<Self, DataError> {
        if largest.is_finite() && largest > 0.0 {
            return Ok(Self(largest));
        }
        Err(DataError::Parameter {
            name: "scale",
            expected: "a finite number above 0, the one that stands for 1".into(),
            found: largest.to_string(),
        })
    }

    /// What numbers are divided by.
    pub fn divisor(self) -> f32 {
        self.0
    }

    /// A number of a file as it is used.
    #[inline]
    pub fn apply(self, number: f32) -> f32 {
        number / self.0
    }
}

impl From<u8> for Scale {
    /// # Panics
    ///
    /// Where it is 0.
    fn from(levels: u8) -> Self {
        assert!(levels > 0, "a scale is above 0");
        Self(levels.into())
    }
}

impl TryFrom<f32> for Scale {
    type Error = DataError;

    fn try_from(largest: f32) -> Result<Self, DataError> {
        Self::new(largest)
    }
}

impl From<Scale> for f32 {
    fn from(scale: Scale) -> Self {
        scale.0
    }
}

/// How a scale is chosen: what `--scale` and the field `scale` of a configuration say.
///
/// ```
/// use rbm_data::{Scale, Scaling};
///
/// assert_eq!("auto".parse(), Ok(Scaling::Auto));
/// assert_eq!("none".parse(), Ok(Scaling::By(Scale::NONE)));
/// assert_eq!("4095".parse(), Ok(Scaling::By(Scale::new(4095.0)?)));
/// assert!("-1".parse::<Scaling>().is_err());
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Entry")]
pub enum Scaling {
    /// From the values, as [`Survey::auto`](crate::Survey::auto) says.
    #[default]
    Auto,
    /// This one.
    By(Scale),
}

/// A word or a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Word(String),
    Number(f32),
}

impl From<Scale> for Scaling {
    fn from(scale: Scale) -> Self {
        Self::By(scale)
    }
}

impl TryFrom<Entry> for Scaling {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        match entry {
            Entry::Word(word) => word.parse(),
            Entry::Number(number) => number.to_string().parse(),
        }
    }
}

impl FromStr for Scaling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::By(Scale::NONE)),
            number => number
                .parse()
                .ok()
                .and_then(|number| Scale::new(number).ok())
                .map(Self::By)
                .ok_or_else(|| {
                    "expected auto, none, or the number above 0 that stands for 1".to_owned()
                }),
        }
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::By(Scale::NONE) => f.write_str("none"),
            Self::By(scale) => scale.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_scale_are_refused() {
        for number in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(Scale::new(number).is_err(), "{number}");
        }
        for text in ["", "0", "nan", "inf", "one", "-16", "Auto"] {
            assert!(text.parse::<Scaling>().is_err(), "{text}");
        }
        let error = serde_json::from_str::<Scale>("-2").unwrap_err().to_string();
        assert!(error.contains("parameter scale"), "{error}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["auto", "none", "16", "0.5"] {
            assert_eq!(text.parse::<Scaling>().unwrap().to_string(), text);
        }
        let scale = Scale::new(0.1).unwrap();
        let json = serde_json::to_string(&scale).unwrap();
        assert_eq!(json, "0.1");
        assert_eq!(serde_json::from_str::<Scale>(&json).unwrap(), scale);
        for (json, expected) in [
            ("\"auto\"", Scaling::Auto),
            ("\"none\"", Scaling::By(Scale::NONE)),
            ("16", Scaling::By(Scale::from(16))),
            ("16.0", Scaling::By(Scale::from(16))),
            ("0.1", Scaling::By(scale)),
        ] {
            assert_eq!(serde_json::from_str::<Scaling>(json).unwrap(), expected);
        }
        assert!(serde_json::from_str::<Scaling>("0").is_err());
    }
}
