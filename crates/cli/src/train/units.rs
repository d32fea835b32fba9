//! Kinds of units on the command line.

use std::str::FromStr;

use burnzmann::model::units::UnitsConfig;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// The kinds that can be asked for, by name. Those with a label are made from the classes of data instead.
fn kinds() -> impl Iterator<Item = (&'static str, UnitsConfig)> {
    let all = UnitsConfig::names().into_iter();
    all.filter(|(_, kind)| kind.support().classes().is_none())
}

fn names() -> String {
    let names: Vec<&str> = kinds().map(|(name, _)| name).collect();
    names.join(", ")
}

fn kind(name: &str) -> Result<UnitsConfig, String> {
    let found = kinds().find(|(known, _)| *known == name);
    found.map(|(_, kind)| kind).ok_or_else(|| {
        let names = names();
        format!("`{name}` is no kind of units that can be asked for; there are {names}")
    })
}

/// The kinds of visible units, as the value of an option.
pub(crate) fn visible_units() -> impl TypedValueParser<Value = UnitsConfig> {
    let values = kinds().map(|(name, kind)| {
        let help = format!("each unit is {}", kind.support());
        PossibleValue::new(name).help(help)
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>()).try_map(|name| kind(&name))
}

/// The help of the hidden units, with their kinds.
pub(super) fn help_of_hidden() -> String {
    format!(
        "Hidden units, behind their kind ({}) where they are not bernoulli, as in gaussian:20 [default: as many \
         as visible ones, at most 200; where rows are held out, at most a fifth of the training rows, or 10]",
        names()
    )
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
            Some((name, count)) => (Some(kind(name)?), count),
            None => (None, text),
        };
        let count = count.parse().map_err(|error| {
            format!("expected a number, or a kind of units and a number as in gaussian:20, found `{text}`: {error}")
        })?;
        Ok(Self { kind, count })
    }
}
