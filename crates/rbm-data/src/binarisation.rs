//! How grey becomes black and white.

use rbm_kernels::uniform::{Address, fill_uniform};
use serde::{Deserialize, Serialize};

use crate::{DataError, Dataset, streams::Stream};

/// How values become the states of binary units.
///
/// Likelihoods of models trained on differently binarised data are several nats apart: a reported
/// number must say which it was.
///
/// ```
/// use rbm_data::Binarisation;
///
/// let text = serde_json::to_string(&Binarisation::Threshold(0.5)).unwrap();
/// assert_eq!(text, r#"{"threshold":0.5}"#);
/// assert!(Binarisation::Threshold(1.0).validate().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binarisation {
    /// Values stay as they are.
    None,
    /// 1 if the value is greater than this number in [0, 1), otherwise 0.
    Threshold(f32),
    /// 1 with a probability equal to the value, drawn anew in each epoch.
    ///
    /// The draw belongs to (seed, epoch, row of the data set, column): neither the order nor the
    /// size of the batches changes it.
    Stochastic,
}

impl Binarisation {
    /// Checks the threshold.
    ///
    /// # Errors
    ///
    /// [`DataError::Parameter`] if it is outside [0, 1) or not a number.
    pub fn validate(self) -> Result<(), DataError> {
        match self {
            Self::Threshold(threshold) if !(0.0..1.0).contains(&threshold) => {
                Err(DataError::Parameter {
                    name: "threshold",
                    expected: "a number in [0, 1)".into(),
                    found: threshold.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Checks the threshold, and that values which are to be probabilities can be such.
    pub(crate) fn check(self, data: &Dataset) -> Result<(), DataError> {
        self.validate()?;
        if self == Self::Stochastic
            && let Some((row, column, found)) = data.find_outside(0.0..=1.0)?
        {
            let expected = "a probability in [0, 1], for stochastic binarisation";
            let advice = "rescale the data, or choose a threshold or no binarisation";
            let index = row * data.num_visible() + column;
            return Err(data.value_error(index, expected, found.into(), advice));
        }
        Ok(())
    }

    /// The mean of the binarised value.
    pub(crate) fn expectation(self, value: f32) -> f32 {
        match self {
            Self::Threshold(threshold) => above(value, threshold),
            Self::None | Self::Stochastic => value,
        }
    }

    /// Writes one row, binarised, to `out`.
    pub(crate) fn write_row(
        self,
        data: &Dataset,
        row: u32,
        (seed, epoch): (u64, u64),
        out: &mut [f32],
    ) -> Result<(), DataError> {
        let index = row as usize;
        match self {
            Self::None => data.try_copy_row(index, out),
            Self::Threshold(threshold) => {
                data.write_row(index, out, |slot, value| *slot = above(value, threshold))
            }
            Self::Stochastic => {
                let address = Address {
                    key: Stream::Binarisation.key(seed),
                    step: epoch,
                    draw: row,
                };
                fill_uniform(out, address);
                // Uniform numbers are below 1: 1 is always on, and 0 never.
                data.write_row(index, out, |slot, value| *slot = above(value, *slot))
            }
        }
    }
}

fn above(value: f32, threshold: f32) -> f32 {
    f32::from(u8::from(value > threshold))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected values are exact")]
mod tests {
    use super::*;
    use crate::{Scale, Values};

    fn binarised(binarisation: Binarisation, data: &Dataset, row: u32, epoch: u64) -> Vec<f32> {
        let mut out = vec![f32::NAN; data.num_visible()];
        binarisation
            .write_row(data, row, (7, epoch), &mut out)
            .unwrap();
        out
    }

    fn grey() -> Dataset {
        let data = (0..=255u8).cycle().take(256 * 400).collect();
        Dataset::new("grey", 256, Values::Bytes { data, levels: 255 }).unwrap()
    }

    #[test]
    fn only_values_above_the_threshold_are_on() {
        let data = Dataset::new("toy", 4, Values::Floats(vec![-3.0, 0.5, 0.51, 8.0])).unwrap();
        let row = binarised(Binarisation::Threshold(0.5), &data, 0, 0);
        assert_eq!(row, [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(
            binarised(Binarisation::None, &data, 0, 0),
            [-3.0, 0.5, 0.51, 8.0]
        );
    }

    /// Each of 256 grey levels over 400 rows and 25 epochs: the number of ones is binomial.
    #[test]
    fn the_probability_of_one_is_the_value() {
        let data = grey();
        let (rows, epochs) = (400u32, 25u64);
        let mut ones = vec![0f64; 256];
        for epoch in 0..epochs {
            for row in 0..rows {
                let row = binarised(Binarisation::Stochastic, &data, row, epoch);
                for (count, value) in ones.iter_mut().zip(row) {
                    assert!(value == 0.0 || value == 1.0);
                    *count += f64::from(value);
                }
            }
        }
        let n = f64::from(rows) * epochs as f64;
        for (level, count) in ones.iter().enumerate() {
            let p = level as f64 / 255.0;
            let deviation = count - n * p;
            let sigma = (n * p * (1.0 - p)).sqrt();
            assert!(
                deviation.abs() <= 5.0 * sigma,
                "level {level}: {deviation}, sigma {sigma}"
            );
        }
    }

    /// Rows, and epochs, of one grey level agree in half of their pixels, as independent ones do.
    #[test]
    fn rows_and_epochs_are_independent() {
        let n = 40_000;
        let values = Values::Bytes {
            data: vec![1; 2 * n],
            levels: 2,
        };
        let data = Dataset::new("half", n, values).unwrap();
        let draw = |row, epoch| binarised(Binarisation::Stochastic, &data, row, epoch);
        let base = draw(0, 0);
        for other in [draw(1, 0), draw(0, 1), draw(1, 1), draw(0, 1 << 32)] {
            let equal = base.iter().zip(other).filter(|(a, b)| *a == b).count() as f64;
            let deviation = equal - n as f64 / 2.0;
            assert!(
                deviation.abs() < 5.0 * (n as f64 / 4.0).sqrt(),
                "{deviation}"
            );
        }
        assert_eq!(base, draw(0, 0));
    }

    #[test]
    fn probabilities_outside_the_unit_interval_are_refused() {
        let data = Dataset::new("toy", 2, Values::Floats(vec![0.0, 1.0, 0.5, 1.5])).unwrap();
        assert!(Binarisation::None.check(&data).is_ok());
        let message = Binarisation::Stochastic
            .check(&data)
            .unwrap_err()
            .to_string();
        assert!(message.contains("row 1, column 1"), "{message}");
        // By what they are after their scale.
        let scaled = |scale: u8| data.clone().with_scale(Scale::from(scale));
        assert!(Binarisation::Stochastic.check(&scaled(2)).is_ok());
        let bytes = Values::Bytes {
            data: vec![0, 5, 16, 3],
            levels: 16,
        };
        let bytes = Dataset::new("toy", 2, bytes).unwrap();
        assert!(Binarisation::Stochastic.check(&bytes).is_ok());
        let bytes = bytes.with_scale(Scale::from(15));
        let message = Binarisation::Stochastic.check(&bytes).unwrap_err();
        assert!(message.to_string().contains("row 1, column 0"), "{message}");
    }

    #[test]
    fn thresholds_outside_their_range_are_refused() {
        for threshold in [-0.1, 1.0, f32::NAN, f32::INFINITY] {
            assert!(Binarisation::Threshold(threshold).validate().is_err());
        }
        assert!(Binarisation::Threshold(0.0).validate().is_ok());
    }

    #[test]
    fn configurations_round_trip() {
        for value in [
            Binarisation::None,
            Binarisation::Threshold(0.25),
            Binarisation::Stochastic,
        ] {
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Binarisation>(&text).unwrap(), value);
        }
    }
}
