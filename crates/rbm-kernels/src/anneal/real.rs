//! The arithmetic of a unit, in either precision.

/// A float that a layer is computed in.
///
/// ```
/// use rbm_kernels::anneal::Real;
///
/// let (e, m) = 2.0f64.decay(0.5);
/// assert!((e - (-1f64).exp()).abs() < 1e-12 && (m - (-1f64).exp_m1()).abs() < 1e-12);
/// assert_eq!((-3.0f32).positive(), 0.0);
/// assert_eq!(3.0f32.affine(2.0, 1.0), 7.0);
/// assert_eq!(f32::narrow(0.1).wide(), f64::from(0.1f32));
/// ```
pub trait Real: Copy + PartialOrd + Send + Sync {
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The nearest number of this type.
    fn narrow(x: f64) -> Self;
    /// As a double.
    fn wide(self) -> f64;
    /// `max(x, 0)`.
    fn positive(self) -> Self;
    /// `x·scale + shift`.
    fn affine(self, scale: Self, shift: Self) -> Self;
    /// `exp(-rate·|x|)` and `exp(-rate·|x|) - 1` for a rate of zero or more, the second without
    /// cancellation.
    fn decay(self, rate: Self) -> (Self, Self);
    /// `m·e/(1 + e)` and `e + e·m`.
    fn combine(e: Self, m: Self) -> (Self, Self);
    /// One with the probability of the sign's logistic function of `|x| = -log e`: `u` is uniform.
    fn draw(self, e: Self, u: Self) -> Self;
}

macro_rules! arithmetic {
    () => {
        const ZERO: Self = 0.0;
        const ONE: Self = 1.0;

        #[inline(always)]
        fn positive(self) -> Self {
            if self < 0.0 { 0.0 } else { self }
        }

        #[inline(always)]
        fn affine(self, scale: Self, shift: Self) -> Self {
            self * scale + shift
        }

        #[inline(always)]
        fn combine(e: Self, m: Self) -> (Self, Self) {
            (m * (e / (1.0 + e)), e + e * m)
        }

        #[inline(always)]
        fn draw(self, e: Self, u: Self) -> Self {
            // u < 1/(1 + e) or u < e/(1 + e), without the division.
            let numerator = if self < 0.0 { e } else { 1.0 };
            if u * (1.0 + e) < numerator { 1.0 } else { 0.0 }
        }
    };
}

impl Real for f64 {
    #[inline(always)]
    fn narrow(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline(always)]
    fn decay(self, rate: Self) -> (Self, Self) {
        let m = (-rate * self.abs()).exp_m1();
        (1.0 + m, m)
    }

    arithmetic!();
}

impl Real for f32 {
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded to single precision"
    )]
    fn narrow(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    /// `exp(y) = 2ⁿ exp(r)` with `|r| ≤ log(2)/2` and `exp(r) - 1` by its series: selects and sums
    /// only, so that a loop becomes vector code. A NaN stays one.
    #[inline(always)]
    fn decay(self, rate: Self) -> (Self, Self) {
        // Added to a small number, it leaves the nearest integer in the low bits.
        const ROUNDER: f32 = 12_582_912.0;
        let y = -rate * self.abs();
        // Below, the power of two would not be a normal number.
        let y = if y < -87.0 { -87.0 } else { y };
        let shifted = y * std::f32::consts::LOG2_E + ROUNDER;
        let n = shifted - ROUNDER;
        // log 2 in two parts, the first with few bits.
        let r = y - n * 0.693_359_4 + n * 2.121_944_4e-4;
        let mut p = 1.0 / 5040.0;
        p = p * r + 1.0 / 720.0;
        p = p * r + 1.0 / 120.0;
        p = p * r + 1.0 / 24.0;
        p = p * r + 1.0 / 6.0;
        p = p * r + 0.5;
        let expm1 = p * (r * r) + r;
        let exponent = shifted
            .to_bits()
            .wrapping_sub(ROUNDER.to_bits())
            .wrapping_add(127);
        let power = f32::from_bits(exponent << 23);
        (power + power * expm1, power * expm1 + (power - 1.0))
    }

    arithmetic!();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over the whole range of exponents: `exp` within 2·10⁻⁷ and `exp - 1` too, relative.
    #[test]
    fn decay_in_single_precision_is_accurate_near_zero_as_well() {
        let points = (0..=40_000).map(|i| i as f32 * 2e-3);
        for x in points.chain((1..60).map(|k| 0.7f32.powi(k))) {
            let (exp, expm1) = x.decay(1.0);
            let truth = -f64::from(x);
            let relative = |found: f32, truth: f64| (f64::from(found) / truth - 1.0).abs();
            assert!(relative(exp, truth.exp()) < 2e-7, "exp(-{x}) = {exp}");
            if x > 0.0 {
                assert!(
                    relative(expm1, truth.exp_m1()) < 2e-7,
                    "expm1(-{x}) = {expm1}"
                );
            }
        }
        assert_eq!(0f32.decay(1.0), (1.0, 0.0));
        assert!(f32::NAN.decay(1.0).0.is_nan() && f32::NAN.decay(1.0).1.is_nan());
        assert!(f32::INFINITY.decay(1.0).0 < 1e-37);
    }
}
