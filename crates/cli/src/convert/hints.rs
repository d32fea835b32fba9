//! What the user says where the file does not.

use clap::{Args, ValueEnum};

use super::spread::{SpreadHints, SpreadKind, WeightsOn};

/// Which index of a weight comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// `[visible, hidden]`.
    VisibleHidden,
    /// `[hidden, visible]`, as in scikit-learn and in most PyTorch code.
    HiddenVisible,
}

/// The units of the visible layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VisibleUnits {
    /// Zeros and ones
    Binary,
    /// Real numbers, of spread 1 where the file has no other
    Gaussian,
}

/// What a file of another program need not say.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Where the file does not say")]
pub struct Hints {
    /// The tensor that is the weights
    #[arg(long, value_name = "NAME")]
    pub weight: Option<String>,
    /// The tensor that is the bias of the visible units
    #[arg(long, value_name = "NAME")]
    pub visible_bias: Option<String>,
    /// The tensor that is the bias of the hidden units
    #[arg(long, value_name = "NAME")]
    pub hidden_bias: Option<String>,
    /// Which index of the weights comes first
    #[arg(long, value_enum)]
    pub layout: Option<Layout>,
    /// The weights are [hidden, visible]: --layout hidden-visible in one word
    #[arg(long, conflicts_with = "layout")]
    pub transpose: bool,
    /// What the visible units are [default: gaussian where the file has a spread, else binary]
    #[arg(long, value_enum)]
    pub visible_units: Option<VisibleUnits>,
    /// The tensor that is the spread of Gaussian visible units, or `none`
    #[arg(long, value_name = "NAME")]
    pub sigma: Option<String>,
    /// What the numbers of the spread are
    #[arg(long, value_enum, value_name = "KIND")]
    pub sigma_is: Option<SpreadKind>,
    /// What the weights of Gaussian units multiply: the energy has vWh, (v/σ)Wh or (v/σ²)Wh
    #[arg(long, value_enum, value_name = "WHAT")]
    pub weights_on: Option<WeightsOn>,
}

impl Hints {
    /// The first option that was given, if any was.
    pub(super) fn given(&self) -> Option<&'static str> {
        let options = [
            (self.weight.is_some(), "--weight"),
            (self.visible_bias.is_some(), "--visible-bias"),
            (self.hidden_bias.is_some(), "--hidden-bias"),
            (self.layout.is_some(), "--layout"),
            (self.transpose, "--transpose"),
            (self.visible_units.is_some(), "--visible-units"),
            (self.sigma.is_some(), "--sigma"),
            (self.sigma_is.is_some(), "--sigma-is"),
            (self.weights_on.is_some(), "--weights-on"),
        ];
        let given = options.into_iter().find(|&(given, _)| given);
        given.map(|(_, name)| name)
    }

    pub(super) fn layout(&self) -> Option<Layout> {
        self.layout
            .or(self.transpose.then_some(Layout::HiddenVisible))
    }

    pub(super) fn spread(&self) -> SpreadHints<'_> {
        SpreadHints {
            name: self.sigma.as_deref(),
            kind: self.sigma_is,
            weights_on: self.weights_on,
        }
    }
}
