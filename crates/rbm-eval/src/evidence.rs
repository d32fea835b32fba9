//! What a verdict rests on.

use crate::{AisEstimate, BaselineScores, Bracket, FreeEnergyGap, LogLikelihood, Mixing};

/// What was measured, for a [`Verdict`](crate::Verdict) to weigh.
///
/// ```
/// use rbm_eval::{Evidence, Verdict};
/// let verdict = Verdict::new(&Evidence { exact: true, ..Evidence::default() });
/// assert!(verdict.trustworthy && verdict.bracket_closes.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// Whether `log Z` was summed exactly.
    pub exact: bool,
    /// The forward run.
    pub forward: Option<&'a AisEstimate>,
    /// Both sides.
    pub bracket: Option<Bracket>,
    /// The comparison of chains started at data and at the base.
    pub mixing: Option<Mixing>,
    /// Held-out data against training data.
    pub overfitting: Option<FreeEnergyGap>,
    /// Why there is no such comparison: what follows "Nothing is said of overfitting:".
    pub not_compared: Option<&'a str>,
    /// The number of visible units, which sets the scale of a gap.
    pub num_visible: usize,
    /// The number that is judged.
    pub log_likelihood: Option<LogLikelihood>,
    /// What the same rows have without a model.
    pub baselines: Option<BaselineScores>,
    /// Rows that are no states of the visible units, of how many.
    pub grey_rows: Option<(usize, usize)>,
    /// Whether the states of the visible units are others than all rows of zeros and ones.
    pub other_values: bool,
}
