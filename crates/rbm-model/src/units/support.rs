//! The values that units take.

/// The set of values that a unit of a layer takes: what a caller has to know of a kind of units to
/// check data or to choose a method.
///
/// ```
/// use rbm_model::units::{Support, UnitsConfig};
///
/// assert_eq!(UnitsConfig::Bernoulli.support(), Support::BINARY);
/// assert!(!UnitsConfig::Gaussian { learn_sigma: true }.support().is_discrete());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Each unit takes one of these two or more values, in rising order, whatever the others are.
    Values(&'static [i16]),
    /// Each unit is 0 or 1, and exactly one of the last `classes` units is 1.
    BinaryAndOneOf {
        /// The number of units in the group.
        classes: usize,
    },
    /// Each unit is any real number.
    Real,
}

const ZERO_ONE: &[i16] = &[0, 1];

impl Support {
    /// Each unit is 0 or 1, whatever the others are.
    pub const BINARY: Self = Self::Values(ZERO_ONE);

    /// Whether each unit takes finitely many values: probabilities and not densities.
    pub fn is_discrete(self) -> bool {
        self.values().is_some()
    }

    /// Whether every vector of zeros and ones is a state of the layer, and nothing else is.
    pub fn is_binary(self) -> bool {
        self == Self::BINARY
    }

    /// Whether each unit takes one of two values, whatever the others are: what can be flipped.
    pub fn has_two_values(self) -> bool {
        matches!(self, Self::Values([_, _]))
    }

    /// Whether each unit is 0 or 1: what gray levels are made into, and what a probability is the mean of.
    pub fn is_zero_one(self) -> bool {
        self.values() == Some(ZERO_ONE)
    }

    /// The values that a unit takes, in rising order, where these are finitely many.
    pub fn values(self) -> Option<&'static [i16]> {
        match self {
            Self::Values(values) => Some(values),
            Self::BinaryAndOneOf { .. } => Some(ZERO_ONE),
            Self::Real => None,
        }
    }

    /// The place of a value among [those that a unit takes](Self::values), where it is one of these.
    pub fn index_of(self, value: f64) -> Option<usize> {
        let mut values = self.values()?.iter();
        values.position(|&known| f64::from(known) == value)
    }

    /// Whether a row of values, one a unit, is a state of a layer of such units: each value is one that a unit
    /// takes, and exactly one unit of the one-hot group is on.
    ///
    /// ```
    /// use rbm_model::units::Support;
    ///
    /// let labelled = Support::BinaryAndOneOf { classes: 2 };
    /// assert!(labelled.is_state(&[1.0, 1.0, 0.0, 1.0]));
    /// // Two labels at once.
    /// assert!(!labelled.is_state(&[1.0, 1.0, 1.0, 1.0]));
    /// assert!(Support::BINARY.is_state(&[1.0, 1.0, 1.0, 1.0]));
    /// ```
    pub fn is_state(self, row: &[f64]) -> bool {
        if !self.is_discrete() {
            return row.iter().all(|x| x.is_finite());
        }
        let known = row.iter().all(|&x| self.index_of(x).is_some());
        let one_of = |classes: usize| {
            let group = row.len().checked_sub(classes).map(|first| &row[first..]);
            group.is_some_and(|group| group.iter().filter(|&&x| x == 1.0).count() == 1)
        };
        known && self.classes().is_none_or(one_of)
    }

    /// The number of units in the one-hot group, where there is one.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::BinaryAndOneOf { classes } => Some(classes),
            Self::Values(_) | Self::Real => None,
        }
    }

    /// The values of the units beside the one-hot group, where there is one.
    #[must_use]
    pub fn of_features(self) -> Self {
        match self {
            Self::BinaryAndOneOf { .. } => Self::BINARY,
            Self::Values(_) | Self::Real => self,
        }
    }

    /// The number of states of a layer of `num_units` such units, where that is finite and a number of
    /// this machine.
    pub fn num_states(self, num_units: usize) -> Option<usize> {
        let classes = self.classes().unwrap_or(0);
        let features = u32::try_from(num_units.checked_sub(classes)?).ok()?;
        let of_features = self.values()?.len().checked_pow(features)?;
        of_features.checked_mul(classes.max(1))
    }

    /// A state of such a layer by number, one value a unit. Unit `i` has the value at digit `i` of the number,
    /// the least first, in the base of the number of values; the label is what stands above the digits of its
    /// features.
    pub(super) fn state(self, number: usize, num_units: usize) -> impl Iterator<Item = f64> {
        let values = self.values().unwrap_or_default();
        let features = num_units - self.classes().unwrap_or(0);
        let mut rest = number;
        (0..num_units).map(move |unit| {
            if unit >= features {
                return f64::from(u8::from(rest == unit - features));
            }
            let digit = rest % values.len();
            rest /= values.len();
            f64::from(values[digit])
        })
    }
}

/// The values in words, for messages: "0 or 1", "a real number".
impl std::fmt::Display for Support {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.values() {
            None => f.write_str("a real number"),
            Some([all @ .., last]) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                write!(f, "{} or {last}", all.join(", "))
            }
            Some([]) => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits in the base of the number of values, the least first; a label above them.
    #[test]
    fn states_are_numbered_by_their_digits() {
        let three = Support::Values(&[-1, 0, 2]);
        let state =
            |support: Support, number, units| support.state(number, units).collect::<Vec<_>>();
        assert_eq!(three.num_states(3), Some(27));
        assert_eq!(state(three, 2 + 3, 3), [2.0, 0.0, -1.0]);
        let labelled = Support::BinaryAndOneOf { classes: 3 };
        assert_eq!(labelled.num_states(5), Some(12));
        assert_eq!(state(labelled, 2 + 4, 5), [0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(Support::Real.num_states(2), None);
        assert_eq!(
            (Support::BINARY.num_states(70), labelled.num_states(2)),
            (None, None)
        );
    }

    /// The states that are enumerated are states, each with other labels or other values is none.
    #[test]
    fn states_have_known_values_and_one_label() {
        let labelled = Support::BinaryAndOneOf { classes: 3 };
        for number in 0..labelled.num_states(5).unwrap() {
            let mut row: Vec<f64> = labelled.state(number, 5).collect();
            assert!(labelled.is_state(&row), "{row:?}");
            for place in 2..5 {
                // One label more, or none.
                row[place] = 1.0 - row[place];
                assert!(!labelled.is_state(&row), "{row:?}");
                row[place] = 1.0 - row[place];
            }
            row[0] = 0.5;
            assert!(!labelled.is_state(&row), "{row:?}");
        }
        assert!(!labelled.is_state(&[1.0]));
        let three = Support::Values(&[-1, 0, 2]);
        assert!(three.is_state(&[2.0, -1.0, 2.0]) && !three.is_state(&[2.0, 1.0]));
        assert!(Support::Real.is_state(&[2.5]) && !Support::Real.is_state(&[f64::NAN]));
    }

    #[test]
    fn values_are_known_and_said() {
        let three = Support::Values(&[-1, 0, 2]);
        assert_eq!((three.index_of(2.0), three.index_of(1.0)), (Some(2), None));
        let said = [three, Support::BINARY, Support::Real].map(|support| support.to_string());
        assert_eq!(said, ["-1, 0 or 2", "0 or 1", "a real number"]);
        let labelled = Support::BinaryAndOneOf { classes: 3 };
        assert!(labelled.is_zero_one() && !labelled.is_binary() && !three.is_zero_one());
    }
}
