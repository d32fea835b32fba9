//! What numbers a data set has.

use crate::Scale;

/// Different values that are told apart, at most.
const MOST_LEVELS: usize = 256;

/// What numbers a data set has, as they are before any [`Scale`]: found in one pass over all rows.
///
/// ```
/// use rbm_data::{Dataset, Scale, Values};
///
/// let data = Dataset::new("two rows", 2, Values::Floats(vec![0.0, 3.0, 0.0, 14.0]))?;
/// let survey = data.survey();
/// assert_eq!((survey.least(), survey.largest(), survey.distinct()), (0.0, 14.0, Some(3)));
/// assert_eq!(survey.constant_columns(), 1);
/// // Whole numbers up to 14 are taken for levels out of 15.
/// assert_eq!(survey.auto(&[0, 1]), Some(Scale::from(15)));
/// assert_eq!(survey.share_above(Scale::from(15), 0.5), Some(0.25));
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The least and the largest value of each column.
    ranges: Vec<(f32, f32)>,
    /// Every value with its number, in ascending order, where there are few of them.
    levels: Option<Vec<(f32, u64)>>,
    whole: bool,
    sum: f64,
    count: u64,
    /// Values above ½, which is all that is known where levels are many.
    above_half: u64,
    /// For each row what its values are.
    rows: Vec<Row>,
}

/// What the values of a row are, in the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    /// Whole numbers from 0, none above the level at this place of [`Scale::LEVELS`].
    Whole(u8),
    /// Numbers in [0, 1], not all of them whole.
    Fractions,
    /// Anything else.
    Other,
}

impl Survey {
    /// The least value.
    pub fn least(&self) -> f32 {
        self.ranges
            .iter()
            .fold(f32::INFINITY, |least, &(low, _)| least.min(low))
    }

    /// The largest value.
    pub fn largest(&self) -> f32 {
        self.ranges
            .iter()
            .fold(f32::NEG_INFINITY, |most, &(_, high)| most.max(high))
    }

    /// Whether all values are whole numbers.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many different values there are; none where there are more than 256.
    pub fn distinct(&self) -> Option<usize> {
        self.levels.as_ref().map(Vec::len)
    }

    /// Whether all values are 0 or 1 after `scale`.
    pub fn is_binary(&self, scale: Scale) -> bool {
        let states = |levels: &Vec<(f32, u64)>| {
            let states = [0.0, 1.0];
            levels
                .iter()
                .all(|(value, _)| states.contains(&scale.apply(*value)))
        };
        self.levels.as_ref().is_some_and(states)
    }

    /// The mean of all values.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// Columns with one value in all rows.
    pub fn constant_columns(&self) -> usize {
        self.ranges.iter().filter(|(low, high)| low == high).count()
    }

    /// Columns with one value in all rows after `scale`, once values above `threshold` are 1 and
    /// others 0.
    pub fn constant_columns_above(&self, scale: Scale, threshold: f32) -> usize {
        let on = |value| scale.apply(value) > threshold;
        self.ranges
            .iter()
            .filter(|&&(low, high)| on(low) == on(high))
            .count()
    }

    /// The share of the values that are above `threshold` after `scale`; none where the values are too
    /// many to have been counted one by one, and it is not ½ of the values as they are.
    pub fn share_above(&self, scale: Scale, threshold: f32) -> Option<f64> {
        let above = match &self.levels {
            Some(levels) => levels
                .iter()
                .filter(|(value, _)| scale.apply(*value) > threshold)
                .map(|(_, count)| count)
                .sum(),
            #[expect(clippy::float_cmp, reason = "one half is exact")]
            None if scale == Scale::NONE && threshold == 0.5 => self.above_half,
            None => return None,
        };
        Some(above as f64 / self.count as f64)
    }

    /// The scale of values that nothing is said about, from those of the given rows (the ones that are
    /// trained on): where all of them are in [0, 1], they are as they are; whole numbers are divided by
    /// the least of [`Scale::LEVELS`] that none exceeds. None for anything else, negative numbers and
    /// real ones beyond 1: those are as they are, too, and no states of binary units.
    ///
    /// The type of a file has no part in it, so the same numbers mean the same in each.
    ///
    /// # Panics
    ///
    /// If a row does not exist.
    pub fn auto(&self, rows: &[u32]) -> Option<Scale> {
        let (mut level, mut fractions) = (0, false);
        for &row in rows {
            match self.rows[row as usize] {
                Row::Whole(place) => level = level.max(place),
                Row::Fractions => fractions = true,
                Row::Other => return None,
            }
        }
        match (level, fractions) {
            (0, _) => Some(Scale::NONE),
            (level, false) => Some(Scale::from(Scale::LEVELS[usize::from(level)])),
            (_, true) => None,
        }
    }

    /// [`auto`](Self::auto) of all rows.
    pub fn auto_of_all(&self) -> Option<Scale> {
        let all: Vec<u32> = (0..).take(self.rows.len()).collect();
        self.auto(&all)
    }
}

/// Looks at the values of a data set, one after the other, row by row.
#[derive(Debug)]
pub(crate) struct Surveyor {
    ranges: Vec<(f32, f32)>,
    /// The column that comes next.
    column: usize,
    row: Row,
    rows: Vec<Row>,
    /// How many are 0, 1, … 255.
    bytes: [u64; 256],
    /// All others with their numbers, in ascending order; none where they are too many.
    others: Option<Vec<(f32, u64)>>,
    other_sum: f64,
    other_above_half: u64,
    other_count: u64,
    whole: bool,
}

/// The place among [`Scale::LEVELS`] of the least one that a byte does not exceed.
const PLACES: [u8; 256] = {
    let (mut places, mut byte, mut place) = ([0; 256], 0, 0);
    while byte < 256 {
        if byte > Scale::LEVELS[place as usize] as usize {
            place += 1;
        }
        places[byte] = place;
        byte += 1;
    }
    places
};

impl Surveyor {
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            ranges: vec![(f32::INFINITY, f32::NEG_INFINITY); columns],
            column: 0,
            row: Row::Whole(0),
            rows: Vec::new(),
            bytes: [0; 256],
            others: Some(Vec::new()),
            other_sum: 0.0,
            other_above_half: 0,
            other_count: 0,
            whole: true,
        }
    }

    /// Looks at the next values.
    pub(crate) fn look(&mut self, values: impl Iterator<Item = f32>) {
        for value in values {
            let (low, high) = &mut self.ranges[self.column];
            *low = low.min(value);
            *high = high.max(value);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is compared with the value"
            )]
            let byte = value as u8;
            #[expect(clippy::float_cmp, reason = "whether it is that whole number")]
            let kind = if f32::from(byte) == value {
                self.bytes[usize::from(byte)] += 1;
                Row::Whole(PLACES[usize::from(byte)])
            } else {
                self.other(value);
                if (0.0..=1.0).contains(&value) {
                    Row::Fractions
                } else {
                    Row::Other
                }
            };
            self.row = match (self.row, kind) {
                // Whole numbers beyond 1 and fractions are no levels of one scale.
                (Row::Fractions, Row::Whole(1..)) | (Row::Whole(1..), Row::Fractions) => Row::Other,
                (before, kind) => before.max(kind),
            };
            self.column += 1;
            if self.column == self.ranges.len() {
                self.rows.push(self.row);
                (self.column, self.row) = (0, Row::Whole(0));
            }
        }
    }

    #[cold]
    fn other(&mut self, value: f32) {
        self.other_sum += f64::from(value);
        self.other_above_half += u64::from(value > 0.5);
        self.other_count += 1;
        self.whole &= value.fract() == 0.0;
        let Some(others) = &mut self.others else {
            return;
        };
        match others.binary_search_by(|(other, _)| other.total_cmp(&value)) {
            Ok(place) => others[place].1 += 1,
            Err(_) if others.len() == MOST_LEVELS => self.others = None,
            Err(place) => others.insert(place, (value, 1)),
        }
    }

    /// What was found.
    pub(crate) fn finish(self) -> Survey {
        debug_assert_eq!(self.column, 0, "rows are whole");
        let bytes = (0..=u8::MAX)
            .zip(self.bytes)
            .filter(|(_, count)| *count > 0);
        let (mut sum, mut above_half, mut count) =
            (self.other_sum, self.other_above_half, self.other_count);
        for (byte, times) in bytes.clone() {
            sum += f64::from(byte) * times as f64;
            above_half += if byte > 0 { times } else { 0 };
            count += times;
        }
        let levels = self.others.map(|mut levels| {
            levels.extend(bytes.map(|(byte, times)| (f32::from(byte), times)));
            levels.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
            levels
        });
        Survey {
            ranges: self.ranges,
            levels: levels.filter(|levels| levels.len() <= MOST_LEVELS),
            whole: self.whole,
            sum,
            count,
            above_half,
            rows: self.rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn survey(columns: usize, values: &[f32]) -> Survey {
        let mut surveyor = Surveyor::new(columns);
        // In two pieces, which need not end with a row.
        let (first, rest) = values.split_at(values.len() / 2);
        surveyor.look(first.iter().copied());
        surveyor.look(rest.iter().copied());
        surveyor.finish()
    }

    fn auto(values: &[f32]) -> Option<f32> {
        survey(1, values).auto_of_all().map(Scale::divisor)
    }

    #[test]
    fn whole_numbers_are_divided_by_the_least_level_that_none_exceeds() {
        for (largest, expected) in [
            (0u8, 1.0),
            (1, 1.0),
            (2, 15.0),
            (5, 15.0),
            (15, 15.0),
            (16, 16.0),
            (17, 31.0),
            (31, 31.0),
            (32, 63.0),
            (63, 63.0),
            (64, 64.0),
            (65, 100.0),
            (100, 100.0),
            (101, 127.0),
            (127, 127.0),
            (128, 255.0),
            (255, 255.0),
        ] {
            let largest = f32::from(largest);
            assert_eq!(auto(&[0.0, largest]), Some(expected), "{largest}");
        }
    }

    #[test]
    fn all_else_is_as_it_is() {
        assert_eq!(auto(&[0.0, 0.25, 1.0]), Some(1.0));
        for beyond in [
            &[0.0, 256.0][..],
            &[-1.0, 1.0],
            &[0.5, 1.5],
            &[0.5, 2.0],
            &[2.0, 0.5],
            &[-0.1],
        ] {
            assert_eq!(auto(beyond), None, "{beyond:?}");
        }
        // In one row, and in rows of their own, which is the same.
        assert_eq!(survey(2, &[0.5, 2.0]).auto_of_all(), None);
        assert_eq!(survey(2, &[2.0, 0.5]).auto_of_all(), None);
    }

    #[test]
    fn the_rows_that_are_asked_for_decide() {
        let survey = survey(2, &[0.0, 1.0, 0.0, 200.0, 0.5, 1.0, -3.0, 0.0, 7.0, 16.0]);
        let auto = |rows: &[u32]| survey.auto(rows).map(Scale::divisor);
        assert_eq!(auto(&[0]), Some(1.0));
        assert_eq!(auto(&[0, 1]), Some(255.0));
        assert_eq!(auto(&[4, 0]), Some(16.0));
        assert_eq!(auto(&[0, 2]), Some(1.0));
        assert_eq!(auto(&[2, 4]), None);
        assert_eq!(auto(&[0, 3]), None);
        assert!(!survey.is_whole());
    }

    #[test]
    fn columns_that_vary_no_more_are_counted() {
        // The columns reach 2, 9 and 16 of 16; the last does not vary.
        let survey = survey(4, &[0.0, 0.0, 0.0, 5.0, 2.0, 9.0, 16.0, 5.0]);
        assert_eq!(survey.constant_columns(), 1);
        let scale = Scale::from(16);
        assert_eq!(survey.constant_columns_above(scale, 0.5), 2);
        assert_eq!(survey.constant_columns_above(Scale::NONE, 0.5), 1);
        assert_eq!(survey.constant_columns_above(Scale::from(255), 0.5), 4);
        assert_eq!(survey.share_above(scale, 0.5), Some(0.25));
        assert_eq!(survey.share_above(Scale::NONE, 0.5), Some(0.625));
        assert!(!survey.is_binary(scale));
        let ink = super::tests::survey(2, &[0.0, 16.0, 16.0, 16.0]);
        assert!(ink.is_binary(scale) && !ink.is_binary(Scale::NONE));
    }

    #[test]
    fn more_levels_than_are_counted_leave_what_is_above_one_half() {
        let many: Vec<f32> = (0..=256u16).map(|x| f32::from(x) / 256.0).collect();
        let survey = survey(1, &many);
        assert_eq!(survey.distinct(), None);
        assert_eq!(survey.share_above(Scale::NONE, 0.5), Some(128.0 / 257.0));
        assert_eq!(survey.share_above(Scale::NONE, 0.25), None);
        assert_eq!(survey.share_above(Scale::from(2), 0.5), None);
        assert!((survey.mean() - 0.5).abs() < 1e-12);
        assert_eq!(super::tests::survey(1, &many[1..]).distinct(), Some(256));
    }

    proptest! {
        /// Against sums and counts in plain loops.
        #[test]
        fn any_numbers(
            values in proptest::collection::vec(
                prop_oneof![(0u8..20).prop_map(f32::from), -3f32..3.0, Just(-0.0f32)], 3..60),
            threshold in 0f32..1.0,
        ) {
            let values = &values[..values.len() / 3 * 3];
            let survey = survey(3, values);
            let mut sorted: Vec<u32> = values.iter().map(|x| (x + 0.0).to_bits()).collect();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(survey.distinct(), Some(sorted.len()));
            prop_assert_eq!(survey.least(), values.iter().copied().fold(f32::MAX, f32::min));
            prop_assert_eq!(survey.largest(), values.iter().copied().fold(f32::MIN, f32::max));
            prop_assert_eq!(survey.is_whole(), values.iter().all(|x| x.trunc() == *x));
            let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64;
            prop_assert!((survey.mean() - mean).abs() < 1e-9);
            let above = values.iter().filter(|x| **x / 16.0 > threshold).count();
            let share = above as f64 / values.len() as f64;
            prop_assert_eq!(survey.share_above(Scale::from(16), threshold), Some(share));
        }
    }
}
