//! From numbers to colours.

use crate::PlotError;
use crate::palette::{self, Rgb};

/// Share of all numbers that an automatic diverging scale tells apart; the largest half per cent share the end colours, so that
/// a few large weights do not leave all others pale.
const QUANTILE: f64 = 0.995;

/// How numbers become colours. One scale holds for a whole picture: a weak filter is then seen to be weak.
///
/// Numbers beyond a scale's ends take the end's colour; NaN is drawn magenta, which no scale holds.
///
/// ```
/// use rbm_plot::{ImageShape, ColourScale, Tiles};
///
/// let images = [-2.0, 0.0, 1.0, 2.0];
/// let shape = ImageShape::new(2, 2);
/// Tiles::new(&images, shape)?.scale(ColourScale::diverging()).render()?; // -2 blue, 0 white, 2 red
/// Tiles::new(&images, shape)?.scale(ColourScale::Grey { low: -2.0, high: 2.0 }).render()?; // -2 white, 2 black
/// assert_eq!(ColourScale::grey(), ColourScale::Grey { low: 0.0, high: 1.0 });
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ColourScale {
    /// From white at `low` to black at `high`, as ink on paper: data, probabilities, samples.
    Grey {
        /// The number that is white.
        low: f32,
        /// The number that is black.
        high: f32,
    },
    /// Blue over white at zero to red, symmetric: weights, differences.
    Diverging {
        /// The number that is full red, and its negative full blue; `None` takes the 99.5 % quantile of all magnitudes.
        limit: Option<f32>,
    },
}

impl ColourScale {
    /// Grey from 0 to 1, for probabilities and binary states.
    pub const fn grey() -> Self {
        Self::Grey {
            low: 0.0,
            high: 1.0,
        }
    }

    /// Diverging, with its limit taken from the numbers.
    pub const fn diverging() -> Self {
        Self::Diverging { limit: None }
    }

    /// Settles the ends of the scale for `values`.
    pub(crate) fn fit(
        self,
        values: impl Iterator<Item = f32> + Clone,
    ) -> Result<Fitted, PlotError> {
        let (low, high, diverging) = match self {
            Self::Grey { low, high } => (low, high, false),
            Self::Diverging { limit } => {
                let limit = limit.unwrap_or_else(|| robust_limit(values.clone()));
                (-limit, limit, true)
            }
        };
        if !(low < high && low.is_finite() && high.is_finite()) {
            return Err(PlotError::Scale { low, high });
        }
        Ok(Fitted {
            low,
            high,
            diverging,
            clips_low: values.clone().any(|v| v < low),
            clips_high: values.clone().any(|v| v > high),
        })
    }
}

/// A scale with its ends settled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fitted {
    pub(crate) low: f32,
    pub(crate) high: f32,
    diverging: bool,
    /// Whether numbers lie below `low`, and share its colour.
    pub(crate) clips_low: bool,
    /// Whether numbers lie above `high`, and share its colour.
    pub(crate) clips_high: bool,
}

impl Fitted {
    pub(crate) fn colour(&self, value: f32) -> Rgb {
        if self.diverging {
            palette::diverging(value / self.high)
        } else {
            // Halves, because the distance between two finite numbers may be infinite.
            palette::grey((value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0))
        }
    }

    /// The colour between tiles, which is none of the scale's own.
    pub(crate) fn separator(&self) -> Rgb {
        if self.diverging {
            palette::GREY_SEPARATOR
        } else {
            palette::TINTED_SEPARATOR
        }
    }

    /// Whether a reader knows this scale without being told: grey from 0 to 1.
    #[expect(clippy::float_cmp, reason = "exactly the default scale is meant")]
    pub(crate) fn goes_without_saying(&self) -> bool {
        !self.diverging && self.low == 0.0 && self.high == 1.0
    }
}

/// The 99.5 % quantile of the magnitudes, rounded to the two digits that the colour bar will show; 1 if there is nothing.
fn robust_limit(values: impl Iterator<Item = f32>) -> f32 {
    let mut magnitudes: Vec<f32> = values.map(f32::abs).filter(|v| v.is_finite()).collect();
    if magnitudes.is_empty() {
        return 1.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length is a place in it"
    )]
    let place = ((magnitudes.len() - 1) as f64 * QUANTILE).ceil() as usize;
    let (_, &mut quantile, above) = magnitudes.select_nth_unstable_by(place, f32::total_cmp);
    // Mostly zeros: then the few others are all there is to see.
    let limit = if quantile > 0.0 {
        quantile
    } else {
        above.iter().copied().fold(0.0, f32::max)
    };
    match format!("{limit:.1e}").parse::<f32>() {
        Ok(rounded) if rounded > 0.0 && rounded.is_finite() => rounded,
        _ if limit > 0.0 => limit,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(scale: ColourScale, values: &[f32]) -> Fitted {
        scale.fit(values.iter().copied()).unwrap()
    }

    #[test]
    fn the_limit_withstands_a_few_outliers() {
        let mut weights: Vec<f32> = (0..1000_u16).map(|i| f32::from(i) / 1000.0 - 0.5).collect();
        weights[17] = 1e6;
        weights[18] = f32::NAN;
        weights[19] = f32::NEG_INFINITY;
        let fitted = fit(ColourScale::diverging(), &weights);
        assert_eq!((fitted.low, fitted.high), (-0.5, 0.5));
        assert!(fitted.clips_high && fitted.clips_low);
    }

    #[expect(clippy::float_cmp, reason = "these limits are exact")]
    #[test]
    fn degenerate_numbers_have_a_scale() {
        for values in [&[][..], &[0.0; 9], &[f32::NAN; 3]] {
            assert_eq!(fit(ColourScale::diverging(), values).high, 1.0);
        }
        let mut sparse = [0.0; 1000];
        sparse[3] = -0.25;
        assert_eq!(fit(ColourScale::diverging(), &sparse).high, 0.25);
        assert_eq!(fit(ColourScale::diverging(), &[f32::MAX]).high, 3.4e38);
        let tiny = fit(ColourScale::diverging(), &[1e-45]);
        assert_eq!(tiny.colour(1e-45), palette::diverging(1.0));
    }

    #[test]
    fn grey_runs_from_white_to_black() {
        let wide = fit(
            ColourScale::Grey {
                low: f32::MIN,
                high: f32::MAX,
            },
            &[],
        );
        assert_eq!(wide.colour(0.0), [128; 3]);
        let fitted = fit(ColourScale::grey(), &[0.0, 1.0]);
        assert_eq!((fitted.colour(0.0), fitted.colour(1.0)), ([255; 3], [0; 3]));
        assert!(fitted.goes_without_saying() && !fitted.clips_high);
    }

    #[test]
    fn a_scale_without_extent_is_an_error() {
        for scale in [
            ColourScale::Grey {
                low: 1.0,
                high: 1.0,
            },
            ColourScale::Grey {
                low: f32::NAN,
                high: 1.0,
            },
            ColourScale::Diverging { limit: Some(0.0) },
            ColourScale::Diverging { limit: Some(-1.0) },
        ] {
            let error = scale.fit([0.0].into_iter()).unwrap_err();
            assert!(matches!(error, PlotError::Scale { .. }), "{error}");
        }
    }
}
