//! Kinds of units on the command line.

use std::str::FromStr;

use burnzmann::model::units::UnitsConfig;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// The kinds of visible units, as the value of an option. Those with a label are made from the data instead.
pub(crate) fn visible_units() -> impl TypedValueParser<Value = UnitsConfig> {
    let known = UnitsConfig::names().into_iter();
    let values = known.filter_map(|(name, kind)| {
        let support = kind.support();
        let help = format!("each unit is {support}");
        support
            .classes()
            .is_none()
            .then(|| PossibleValue::new(name).help(help))
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>()).try_map(|name| name.parse())
}

/// Hidden units as the value of an option: their number, behind their kind where that is said.
///
/// ```
/// use burnzmann_cli::HiddenUnits;
///
/// let ten: HiddenUnits = "10".parse()?;
/// assert_eq!((ten.kind, ten.count), (None, 10));
/// let gaussian: HiddenUnits = "gaussian:3".parse()?;
/// assert_eq!((gaussian.kind.unwrap().key(), gaussian.count), ("gaussian", 3));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiddenUnits {
    /// Their kind, where it was said.
    pub kind: Option<UnitsConfig>,
    /// Their number.
    pub count: usize,
}

impl FromStr for HiddenUnits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, count) = match text.split_once(':') {
            Some((kind, count)) => (Some(kind.parse()?), count),
            None => (None, text),
        };
        let count = count.parse().map_err(|error| {
            format!("expected a number, or a kind of units and a number as in gaussian:20, found `{text}`: {error}")
        })?;
        Ok(Self { kind, count })
    }
}
