//! Axes: ranges that are never empty, ticks at round numbers, labels that are short.

/// Larger numbers are taken for a diverged run and left out, as NaN is: no scale could hold them beside others.
const LARGEST: f64 = 1e100;

/// Whether a number can be drawn at all.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() < LARGEST
}

/// One axis with its range and ticks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    /// Where the ticks are, and what stands there.
    pub(crate) ticks: Vec<(f64, String)>,
    /// Labels are multiples of 10 to this power.
    exponent: i32,
}

impl Axis {
    /// An axis over `values` with at most about `most` ticks, or `None` if no value can be drawn.
    ///
    /// `margin` is the share of the range that is added at both ends; `whole` keeps ticks at whole numbers.
    pub(crate) fn over(
        values: impl Iterator<Item = f64>,
        margin: f64,
        most: usize,
        whole: bool,
    ) -> Option<Self> {
        let (low, high) = values
            .filter(|&v| drawable(v))
            .fold((f64::MAX, f64::MIN), |(low, high), v| {
                (low.min(v), high.max(v))
            });
        if low > high {
            return None;
        }
        let span = high - low;
        // One value alone gets room around it; so does a range so narrow that its ends differ by rounding only.
        let flat = span <= low.abs().max(high.abs()) * 1e-12;
        let room = match (flat, whole) {
            (false, _) => span * margin,
            (true, true) => 1.0,
            (true, false) if low == 0.0 => 1.0,
            (true, false) => low.abs() * 0.1,
        };
        let (low, high) = (low - room, high + room);
        let step = nice_step((high - low) / most.max(1) as f64);
        let step = if whole { step.max(1.0) } else { step };
        let exponent = common_exponent(low.abs().max(high.abs()));
        let digits = decimals(step, exponent);
        let unit = 10_f64.powi(exponent);
        let mut ticks = Vec::new();
        let mut multiple = (low / step).ceil();
        while multiple * step <= high {
            // Adding 0.0 turns a negative zero into zero.
            ticks.push((
                multiple * step,
                with_minus(format!("{:.digits$}", multiple * step / unit + 0.0)),
            ));
            multiple += 1.0;
        }
        Some(Self {
            low,
            high,
            ticks,
            exponent,
        })
    }

    /// Where `value` lies, from 0 at the low end to 1 at the high end.
    pub(crate) fn position(&self, value: f64) -> f32 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a place in a picture needs no double precision"
        )]
        let position = ((value - self.low) / (self.high - self.low)) as f32;
        position
    }

    /// `label`, with the power of ten that the ticks leave out.
    pub(crate) fn label(&self, label: &str) -> String {
        if self.exponent == 0 {
            return label.to_owned();
        }
        format!("{label} (×{})", power_of_ten(self.exponent))
            .trim_start()
            .to_owned()
    }
}

/// A number with two significant digits, for the ends of a colour bar.
pub(crate) fn short_number(value: f32) -> String {
    let value = f64::from(value);
    let exponent = magnitude(value.abs());
    if value == 0.0 {
        "0".to_owned()
    } else if (-3..4).contains(&exponent) {
        let digits = usize::try_from(1 - exponent).unwrap_or(0);
        with_minus(format!("{value:.digits$}"))
    } else {
        let front = value / 10_f64.powi(exponent);
        with_minus(format!("{front:.1}×{}", power_of_ten(exponent)))
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powi(magnitude(rough));
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= rough * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// The power of ten just at or below a positive number; 0 for zero.
fn magnitude(value: f64) -> i32 {
    if value > 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a double's exponent is a small number"
        )]
        let power = value.log10().floor() as i32;
        power
    } else {
        0
    }
}

/// The power of ten to take out of all labels: none as long as they stay short without.
fn common_exponent(largest: f64) -> i32 {
    let power = magnitude(largest);
    if (-3..6).contains(&power) { 0 } else { power }
}

/// How many decimals it takes to tell multiples of `step` apart.
fn decimals(step: f64, exponent: i32) -> usize {
    usize::try_from(exponent - magnitude(step * (1.0 + 1e-9)))
        .unwrap_or(0)
        .min(12)
}

fn power_of_ten(exponent: i32) -> String {
    let superscript = |c| match c {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        _ => '⁹',
    };
    format!(
        "10{}",
        exponent
            .to_string()
            .chars()
            .map(superscript)
            .collect::<String>()
    )
}

/// A typographic minus, as wide as the plus.
fn with_minus(number: String) -> String {
    number.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], most: usize, whole: bool) -> Vec<String> {
        let axis = Axis::over(values.iter().copied(), 0.0, most, whole).unwrap();
        axis.ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            labels(&[0.0, 1.0], 5, false),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(&[-120.0, -85.0], 4, false),
            ["−120", "−110", "−100", "−90"]
        );
        assert_eq!(labels(&[-0.3, 0.3], 3, false), ["−0.2", "0.0", "0.2"]);
        assert_eq!(labels(&[1.0, 3.0], 8, true), ["1", "2", "3"]);
        assert_eq!(
            labels(&[0.0, 0.07], 4, false),
            ["0.00", "0.02", "0.04", "0.06"]
        );
    }

    #[test]
    fn large_and_small_numbers_share_a_power_of_ten() {
        let axis = Axis::over([0.0, 2e7].into_iter(), 0.0, 4, false).unwrap();
        assert_eq!(axis.label("steps"), "steps (×10⁷)");
        assert_eq!(axis.ticks[1].1, "0.5");
        let axis = Axis::over([0.0, 2e-5].into_iter(), 0.0, 4, false).unwrap();
        assert_eq!(axis.label(""), "(×10⁻⁵)");
    }

    #[test]
    fn one_value_has_an_axis_around_it() {
        for value in [0.0, 5.0, -1e-9, 1e99, -123_456.789, 1e-300] {
            let axis = Axis::over([value].into_iter(), 0.05, 6, false).unwrap();
            assert!(
                (axis.position(value) - 0.5).abs() < 1e-6,
                "{value}: {axis:?}"
            );
            assert!((1..=12).contains(&axis.ticks.len()), "{value}: {axis:?}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_has_no_axis() {
        assert_eq!(Axis::over([].into_iter(), 0.05, 6, false), None);
        assert_eq!(
            Axis::over([f64::NAN, f64::INFINITY, 1e200].into_iter(), 0.05, 6, false),
            None
        );
        let axis = Axis::over([f64::NAN, 1.0, 2.0].into_iter(), 0.0, 6, false).unwrap();
        assert_eq!((axis.position(1.0), axis.position(2.0)), (0.0, 1.0));
    }

    #[test]
    fn bar_ends_are_short() {
        let shown = [0.42, -1.5, 12.0, 0.0, 0.000_12, 250_000.0].map(short_number);
        assert_eq!(shown, ["0.42", "−1.5", "12", "0", "1.2×10⁻⁴", "2.5×10⁵"]);
    }
}
