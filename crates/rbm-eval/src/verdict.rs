//! Whether an estimate is reliable, and what it says of the model.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AisEstimate, BaselineScores, Bracket, Evidence, FreeEnergyGap, LogLikelihood, Mixing};

/// Whether the estimate of a log-likelihood is reliable, why, and what to do if not. Its `Display` is one
/// paragraph.
///
/// Whether the number is right and whether the model is good are two questions: a failed training
/// may have an exact likelihood. `trustworthy` answers the first, [`is_poor`](Self::is_poor) the
/// second.
///
/// A question that was not asked has the answer `None`. What it cannot see is a mode that no chain,
/// neither those from the base nor those from the data, has ever been in.
///
/// ```
/// use rbm_eval::{Bracket, Evidence, Verdict};
///
/// let bracket = Bracket { low: 90.0, best: 93.0, high: 101.0, standard_error: 2.0, ordered: true };
/// let verdict = Verdict::new(&Evidence { bracket: Some(bracket), ..Evidence::default() });
/// assert!(!verdict.trustworthy && verdict.bracket_closes == Some(false));
/// assert!(verdict.to_string().contains("stays open by 11.00 nats"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the log-likelihood is right to within about half a nat: `log Z` is exact, or its
    /// bracket closes on enough effective chains.
    pub trustworthy: bool,
    /// Whether the two sides of `log Z` lie in order and within half a nat.
    pub bracket_closes: Option<bool>,
    /// Whether the weights are equal enough for their mean to be known.
    pub enough_chains: Option<bool>,
    /// Whether Gibbs chains forget where they started.
    pub chains_mix: Option<bool>,
    /// Whether the training data are likelier than held-out data by more than chance and 1 % of
    /// the nats of a uniform row.
    pub overfits: Option<bool>,
    /// Whether the rows are likelier under independent units with the rates of the training rows
    /// than under the model, whose log-likelihood is taken at its upper side.
    #[serde(default)]
    pub below_independent: Option<bool>,
    /// Whether a table of the training rows gives the rows half a nat or more than the model does,
    /// whose log-likelihood is taken at its upper side.
    #[serde(default)]
    pub below_table: Option<bool>,
    /// Whether all rows are states of the model's visible units. Where they are not (grey levels
    /// given to binary units) the number is not a log-probability.
    #[serde(default)]
    pub rows_are_states: Option<bool>,
    /// What was found, a sentence each.
    pub findings: Vec<String>,
    /// What to do, a sentence each.
    pub advice: Vec<String>,
}

/// The widest bracket that is closed, nats.
const CLOSED: f64 = 0.5;
/// The effective sample size that is enough, where there are twice as many chains: the standard
/// error is then below a quarter of a nat.
const ENOUGH: f64 = 20.0;
/// The part of `visible · log 2` that a free-energy gap must exceed to matter.
const GAP: f64 = 0.01;
/// So many nats below a table of the training rows are too many.
const TABLE: f64 = 0.5;

impl Verdict {
    /// Weighs the evidence.
    pub fn new(evidence: &Evidence<'_>) -> Self {
        let mut verdict = Self {
            trustworthy: false,
            bracket_closes: None,
            enough_chains: None,
            chains_mix: None,
            overfits: None,
            below_independent: None,
            below_table: None,
            rows_are_states: None,
            findings: Vec::new(),
            advice: Vec::new(),
        };
        if evidence.exact {
            verdict.found("The partition function was summed over all states: the value is exact.");
        }
        if let Some(bracket) = &evidence.bracket {
            verdict.weigh_bracket(bracket);
        }
        if let Some(forward) = evidence.forward {
            verdict.weigh_weights(forward, evidence.bracket.is_some());
        }
        if let Some(mixing) = &evidence.mixing {
            verdict.weigh_mixing(mixing);
        }
        if let Some((grey, rows)) = evidence.grey_rows {
            verdict.weigh_values(grey, rows, evidence.other_values);
        }
        if let (Some(scores), Some(found)) = (&evidence.baselines, &evidence.log_likelihood) {
            verdict.weigh_baselines(scores, found, evidence.overfitting.is_some());
        }
        if let Some(gap) = &evidence.overfitting {
            verdict.add_gap(gap, evidence.num_visible, None);
        } else if let Some(why) = evidence.not_compared {
            verdict.found(format!("Nothing is said of overfitting: {why}."));
        }
        let known = evidence.exact
            || (verdict.bracket_closes == Some(true) && verdict.enough_chains != Some(false));
        verdict.trustworthy = known && verdict.rows_are_states != Some(false);
        verdict
    }

    /// Whether the model is worse than what needs no training: independent units, or a table of the
    /// training rows.
    pub fn is_poor(&self) -> bool {
        self.below_independent == Some(true) || self.below_table == Some(true)
    }

    fn weigh_values(&mut self, grey: usize, rows: usize, other_values: bool) {
        self.rows_are_states = Some(grey == 0);
        let (which, what) = if other_values {
            (
                "that the units cannot have",
                "Give rows of the values that the units have, or train a model with Gaussian visible units.",
            )
        } else {
            (
                "other than 0 and 1, which binary units cannot have",
                "Binarise the rows (by a threshold or by drawing), or train a model with Gaussian \
                 visible units.",
            )
        };
        if grey > 0 {
            self.found(format!(
                "{grey} of {rows} rows have values {which}: the number is no log-probability of these \
                 rows."
            ));
            self.advise(what);
        }
    }

    /// `by_training` says whether the baselines are of training rows.
    fn weigh_baselines(
        &mut self,
        scores: &BaselineScores,
        found: &LogLikelihood,
        by_training: bool,
    ) {
        let rows = if by_training {
            "the training rows"
        } else {
            "these rows (each judged by the others)"
        };
        let of_independent = scores.independent;
        self.below_independent = Some(found.high < of_independent);
        self.found(compared(
            &format!("Independent units with the rates of {rows}"),
            of_independent,
            found.value,
        ));
        if let Some(of_table) = scores.table {
            self.below_table = Some(found.high < of_table - TABLE);
            self.found(compared(
                &format!("A table of {rows}, with independent units for what is not in it"),
                of_table,
                found.value,
            ));
        }
        if self.is_poor() {
            self.advise(
                "Training has failed or is not finished: train longer, at a smaller rate, with \
                 more Gibbs steps, more chains or another seed, and look at draws of the model.",
            );
        }
    }

    fn weigh_bracket(&mut self, bracket: &Bracket) {
        let gap = bracket.gap();
        let closes = bracket.ordered && gap <= CLOSED;
        self.bracket_closes = Some(closes);
        if !bracket.ordered {
            self.found(format!(
                "The reverse side of log Z lies {gap:.2} nats below the forward side, which cannot \
                 be: the reverse chains were not draws of the model."
            ));
            self.advise("Give the reverse chains a longer burn-in.");
        } else if closes {
            self.found(format!(
                "The bracket of log Z closes: {gap:.2} nats between annealing forward and back."
            ));
        } else {
            self.found(format!(
                "The bracket of log Z stays open by {gap:.2} nats: forward annealing misses states \
                 that the model (or the reverse chains) are in, and its log-likelihood looks \
                 better than it is by up to that much."
            ));
            self.advise(
                "Quote the lower end of the log-likelihood; anneal through more temperatures, \
                 from a base fitted to the data; and train with persistent chains or more Gibbs \
                 steps if the bracket stays open.",
            );
        }
    }

    fn weigh_weights(&mut self, forward: &AisEstimate, has_bracket: bool) {
        let (ess, chains) = (forward.effective_sample_size, forward.chains);
        let enough = ess >= ENOUGH.min(0.5 * chains as f64);
        self.enough_chains = Some(enough);
        let variance = forward.log_weight_variance;
        self.found(format!(
            "The {chains} weights are worth {ess:.1} equal ones (variance of log w {variance:.2}), \
             which is {}.",
            if enough { "enough" } else { "too few" }
        ));
        if !enough {
            self.advise("Anneal through more temperatures first, then with more chains.");
        }
        if !has_bracket {
            self.found(
                "Only the lower side of log Z was measured: equal weights do not show that no \
                 mode was missed.",
            );
            self.advise("Run the reverse side as well.");
        }
    }

    fn weigh_mixing(&mut self, mixing: &Mixing) {
        self.chains_mix = Some(mixing.agrees() && mixing.is_long_enough());
        let (sweeps, time) = (mixing.sweeps, mixing.autocorrelation_time);
        if mixing.agrees() {
            self.found(format!(
                "Chains started at data and at the base agree after {sweeps} sweeps."
            ));
        } else {
            let (from_data, from_base) = (mixing.from_data, mixing.from_base);
            self.found(format!(
                "Chains started at data and at the base are still apart after {sweeps} sweeps \
                 (mean free energies {from_data:.2} and {from_base:.2}): the model has modes \
                 that Gibbs sampling does not join, and the upper side of log Z counts those near \
                 the data only."
            ));
        }
        if !mixing.is_long_enough() {
            self.found(format!(
                "The free energy has an autocorrelation time of about {time:.0} sweeps, too long \
                 for chains of {sweeps}."
            ));
        }
        if self.chains_mix == Some(false) {
            self.advise("Run longer chains, or sample by tempering.");
        }
    }

    /// Adds what a gap between training and held-out data says, which sets [`overfits`](Self::overfits).
    /// `num_visible` is the number of columns of these data, and sets the scale; `by` names what the
    /// gap is measured by, where that is not the likelihood itself.
    ///
    /// ```
    /// use rbm_eval::{Evidence, FreeEnergyGap, Verdict};
    ///
    /// let mut verdict = Verdict::new(&Evidence { exact: true, ..Evidence::default() });
    /// let gap = FreeEnergyGap { value: 9.0, standard_error: 0.5 };
    /// verdict.add_gap(&gap, 64, Some("a bound"));
    /// assert!(verdict.overfits == Some(true) && verdict.trustworthy);
    /// assert!(verdict.to_string().contains("by 9.00 ± 0.50 nats a row, by a bound"));
    /// ```
    pub fn add_gap(&mut self, gap: &FreeEnergyGap, num_visible: usize, by: Option<&str>) {
        let by = by.map_or_else(String::new, |by| format!(", by {by}"));
        let scale = GAP * num_visible as f64 * std::f64::consts::LN_2;
        let overfits = gap.value > scale && gap.value > 3.0 * gap.standard_error;
        self.overfits = Some(overfits);
        let (value, error) = (gap.value, gap.standard_error);
        if overfits {
            self.found(format!(
                "The model overfits: training data are likelier than held-out data by \
                 {value:.2} ± {error:.2} nats a row{by}."
            ));
            self.advise(
                "Stop training earlier, use more data, weight decay or fewer hidden units.",
            );
        } else {
            let (more, less) = if value < 0.0 {
                ("held-out", "training")
            } else {
                ("training", "held-out")
            };
            let value = value.abs();
            self.found(format!(
                "No overfitting shows: {more} data are likelier than {less} data by {value:.2} ± {error:.2} \
                 nats a row{by}."
            ));
        }
    }

    fn found(&mut self, sentence: impl Into<String>) {
        self.findings.push(sentence.into());
    }

    fn advise(&mut self, sentence: impl Into<String>) {
        self.advice.push(sentence.into());
    }
}

/// How a model stands beside something that has `nats` a row.
fn compared(what: &str, nats: f64, model: f64) -> String {
    let (better, by) = if model < nats {
        ("worse", nats - model)
    } else {
        ("better", model - nats)
    };
    format!("{what}: {nats:.2} nats a row; the model is {by:.2} nats {better}.")
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.trustworthy {
            "Reliable estimate."
        } else {
            "Unreliable estimate."
        })?;
        if self.is_poor() {
            f.write_str(" The model is poor.")?;
        }
        for sentence in self.findings.iter().chain(&self.advice) {
            write!(f, " {sentence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bracket(low: f64, high: f64, ordered: bool) -> Bracket {
        Bracket {
            low,
            best: low,
            high,
            standard_error: 0.1,
            ordered,
        }
    }

    fn mixing(sigmas: f64, time: f64) -> Mixing {
        Mixing {
            chains: 100,
            sweeps: 1000,
            autocorrelation_time: time,
            from_data: -120.0,
            from_base: -90.0,
            sigmas,
            spreads: sigmas,
        }
    }

    #[test]
    fn each_question_has_its_own_answer() {
        let of = |evidence: Evidence<'_>| Verdict::new(&evidence);
        let none = Evidence::default();
        let closed = of(Evidence {
            bracket: Some(bracket(10.0, 10.4, true)),
            ..none
        });
        assert!(closed.trustworthy && closed.advice.is_empty());
        let inverted = of(Evidence {
            bracket: Some(bracket(10.0, 10.4, false)),
            ..none
        });
        assert!(!inverted.trustworthy && inverted.to_string().contains("longer burn-in"));

        for (evidence, expected) in [
            (mixing(0.1, 10.0), true),
            (mixing(9.0, 10.0), false),
            (mixing(0.1, 400.0), false),
        ] {
            let verdict = of(Evidence {
                mixing: Some(evidence),
                ..none
            });
            assert_eq!(verdict.chains_mix, Some(expected), "{verdict}");
            let says = |words| verdict.to_string().contains(words);
            let too_long = evidence.autocorrelation_time > 100.0;
            assert_eq!(says("too long for chains of 1000"), too_long, "{verdict}");
            assert_eq!(verdict.advice.is_empty(), expected);
        }
    }

    /// The example of the issue: half of the rows all off, half all on, and training that stays in one
    /// of the two; the number is right and the model is not.
    #[test]
    fn a_right_number_of_a_failed_training_says_both() {
        let verdict = |value: f64, width: f64, table| {
            Verdict::new(&Evidence {
                exact: true,
                log_likelihood: Some(LogLikelihood {
                    value,
                    low: value - width,
                    high: value + width,
                }),
                baselines: Some(BaselineScores {
                    independent: -6.93,
                    table,
                }),
                ..Evidence::default()
            })
        };
        for (value, below_independent, below_table) in [
            (-10.5, true, true),
            (-7.7, true, true),
            (-3.9, false, true),
            (-0.84, false, false),
        ] {
            let found = verdict(value, 0.0, Some(-0.71));
            assert!(found.trustworthy, "{found}");
            assert_eq!(found.below_independent, Some(below_independent));
            assert_eq!(found.below_table, Some(below_table));
            let poor = below_independent || below_table;
            assert_eq!((found.is_poor(), found.advice.is_empty()), (poor, !poor));
            let text = found.to_string();
            assert_eq!(
                text.starts_with("Reliable estimate. The model is poor."),
                poor
            );
            assert!(text.contains("-0.71 nats a row; the model is"), "{text}");
        }
        // The upper side counts: a model that may be better is not called poor.
        let wide = verdict(-7.7, 1.0, None);
        assert_eq!(
            (wide.below_independent, wide.below_table),
            (Some(false), None)
        );
        assert!(wide.to_string().contains("0.77 nats worse"), "{wide}");
        // Verdicts of yesterday have no such fields.
        let mut json = serde_json::to_value(&wide).unwrap();
        for name in ["below_independent", "below_table", "rows_are_states"] {
            json.as_object_mut().unwrap().remove(name);
        }
        let back: Verdict = serde_json::from_value(json).unwrap();
        assert_eq!(back.below_independent, None);
    }

    #[test]
    fn grey_rows_of_a_binary_model_are_never_called_reliable() {
        let of = |grey| {
            Verdict::new(&Evidence {
                exact: true,
                grey_rows: Some((grey, 40)),
                ..Evidence::default()
            })
        };
        assert!(of(0).trustworthy && of(0).rows_are_states == Some(true));
        let grey = of(3);
        assert!(!grey.trustworthy && grey.rows_are_states == Some(false));
        let text = grey.to_string();
        assert!(
            text.contains("3 of 40 rows have values other than 0 and 1")
                && !text.contains("Reliable estimate"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_compared_is_said_with_its_reason() {
        let verdict = Verdict::new(&Evidence {
            exact: true,
            not_compared: Some("these are the training rows"),
            ..Evidence::default()
        });
        assert_eq!(verdict.overfits, None);
        let text = verdict.to_string();
        assert!(
            text.contains("Nothing is said of overfitting: these are the training rows."),
            "{text}"
        );
        assert!(!text.contains("No overfitting shows"));
    }

    #[test]
    fn overfitting_needs_size_and_significance() {
        let verdict = |value, standard_error| {
            let gap = FreeEnergyGap {
                value,
                standard_error,
            };
            Verdict::new(&Evidence {
                exact: true,
                overfitting: Some(gap),
                num_visible: 784,
                ..Evidence::default()
            })
        };
        // 1 % of 784 log 2 is 5.4 nats.
        assert_eq!(verdict(8.0, 1.0).overfits, Some(true));
        assert_eq!(verdict(8.0, 4.0).overfits, Some(false));
        assert_eq!(verdict(3.0, 0.1).overfits, Some(false));
        assert!(verdict(8.0, 1.0).to_string().contains("8.00 ± 1.00 nats"));
        let json = serde_json::to_string(&verdict(8.0, 1.0)).unwrap();
        let back: Verdict = serde_json::from_str(&json).unwrap();
        assert_eq!(back, verdict(8.0, 1.0));
    }

    #[test]
    fn a_gap_is_said_with_its_sign() {
        for (value, said) in [
            (
                0.5,
                "training data are likelier than held-out data by 0.50 ±",
            ),
            (
                -0.5,
                "held-out data are likelier than training data by 0.50 ±",
            ),
        ] {
            let mut verdict = Verdict::new(&Evidence {
                exact: true,
                ..Evidence::default()
            });
            let standard_error = 0.4;
            verdict.add_gap(
                &FreeEnergyGap {
                    value,
                    standard_error,
                },
                64,
                None,
            );
            assert!(verdict.to_string().contains(said), "{verdict}");
        }
    }
}
