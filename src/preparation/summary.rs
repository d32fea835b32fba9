//! One line about data.

use rbm_data::{DataError, Dataset, Scale};

use super::check::THRESHOLD;
use crate::Binarise;

/// What was read, and what was made of it: rows and columns, type, range, levels, scale, ones, columns
/// that do not vary.
pub(super) fn summary(data: &Dataset, binarise: Binarise) -> Result<String, DataError> {
    let (survey, scale) = (data.survey(), data.scale());
    let (least, largest) = (survey.least(), survey.largest());
    let numbers = if survey.is_whole() {
        "whole numbers"
    } else {
        "numbers"
    };
    let distinct = match survey.distinct() {
        Some(count) => format!("{count} distinct"),
        None => "more than 256 distinct".to_owned(),
    };
    let scaled = match scale {
        Scale::NONE => "as they are".to_owned(),
        scale => format!("divided by {}", scale.divisor()),
    };
    let mean = survey.mean() / f64::from(scale.divisor());
    let before = survey.constant_columns();
    let (made, after) = match binarise {
        Binarise::Threshold => {
            let ones = 100.0 * data.share_above(THRESHOLD)?;
            let after = survey.constant_columns_above(scale, THRESHOLD);
            (format!("on above {THRESHOLD}: {ones:.1} % ones"), after)
        }
        Binarise::Stochastic => {
            let ones = 100.0 * mean;
            (
                format!("drawn with the values as probabilities: {ones:.1} % ones"),
                before,
            )
        }
        Binarise::None => (format!("not binarised, mean {mean:.4}"), before),
    };
    let constant = if before == after {
        format!("{before} constant columns")
    } else {
        format!("{before} constant columns, {after} after the threshold")
    };
    Ok(format!(
        "{}: {} rows x {} columns, {}, {numbers} from {least} to {largest} ({distinct}), {scaled}, \
         {made}; {constant}",
        data.name(),
        data.rows(),
        data.num_visible(),
        data.kind(),
    ))
}

#[cfg(test)]
mod tests {
    use rbm_data::{Values, digits};

    use super::*;

    #[test]
    fn a_line_says_what_was_read_and_made_of_it() {
        let line = |data: &Dataset, binarise| summary(data, binarise).unwrap();
        // 0.2929 of the levels are above 8, and 13 columns never or always, by a count in Python.
        assert_eq!(
            line(&digits(), Binarise::Threshold),
            "digits: 1797 rows x 64 columns, uint8, whole numbers from 0 to 16 (17 distinct), divided by \
             16, on above 0.5: 29.3 % ones; 3 constant columns, 13 after the threshold"
        );
        let values = vec![-1.5, 0.25, 2.0, 0.25];
        let real = Dataset::new("real", 2, Values::Floats(values)).unwrap();
        assert_eq!(
            line(&real, Binarise::None),
            "real: 2 rows x 2 columns, float32, numbers from -1.5 to 2 (3 distinct), as they are, not \
             binarised, mean 0.2500; 1 constant columns"
        );
        let real = real.with_scale(Scale::from(2));
        let drawn = line(&real, Binarise::Stochastic);
        assert!(
            drawn.contains("divided by 2, drawn with the values as probabilities: 12.5 % ones")
        );
    }
}
