//! The logistic function and its integral, by formulas that give the same bits on every machine.
//!
//! Products and sums are rounded one by one, never fused, and every choice is a select: loops over
//! these functions become vector code without changing a result.

/// 1.5·2²³: a number below 2²² in size, added to it, leaves its nearest integer in the low bits.
const ROUNDER: f32 = 12_582_912.0;
/// The exponential is zero below: its result would not be a normal number.
pub(crate) const LOWEST: f32 = -87.336_54;
/// The coefficients of `exp(r)` from the seventh power down to the second, after the Cephes library.
pub(crate) const EXP: [f32; 6] = [
    1.987_569_1e-4,
    1.398_199_9e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    0.5,
];
/// log 2 in two parts, the first with few enough bits that its product with an exponent is exact.
pub(crate) const LN_2_HIGH: f32 = 355.0 / 512.0;
pub(crate) const LN_2_LOW: f32 = -2.121_944_4e-4;

/// A float that Bernoulli units can be made of.
///
/// ```
/// use rbm_kernels::Logistic;
///
/// assert_eq!(0f32.sigmoid(), 0.5);
/// assert!((0f64.softplus() - 2f64.ln()).abs() < 1e-15);
/// assert_eq!(1000f32.softplus(), 1000.0); // no overflow
/// assert_eq!(f32::indicator(0.3, 0.5), 1.0);
/// ```
pub trait Logistic: crate::uniform::Uniform + PartialOrd + std::ops::Add<Output = Self> {
    /// `1 / (1 + exp(-x))`; within 3·10⁻⁷ of the true value in single precision, relative, where
    /// that is a normal number. Exact at both infinities, NaN at NaN.
    fn sigmoid(self) -> Self;
    /// `log(1 + exp(x))`, without cancellation or overflow.
    fn softplus(self) -> Self;
    /// `self * scale + bias` in this type, then as a double.
    fn affine(self, scale: Self, bias: Self) -> Self;
    /// As a double.
    fn to_f64(self) -> f64;
    /// One where `u < mean`, else zero.
    fn indicator(u: Self, mean: Self) -> Self;
}

/// `exp(x)` for `x ≤ 0`: `2ⁿ·exp(r)` with `|r| ≤ log(2)/2`.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let mut p = EXP[0];
    p = p * r + EXP[1];
    p = p * r + EXP[2];
    p = p * r + EXP[3];
    p = p * r + EXP[4];
    p = p * r + EXP[5];
    let y = p * (r * r) + r + 1.0;
    let exponent = shifted
        .to_bits()
        .wrapping_sub(ROUNDER.to_bits())
        .wrapping_add(127);
    let scaled = y * f32::from_bits(exponent << 23);
    if x < LOWEST { 0.0 } else { scaled }
}

impl Logistic for f32 {
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = exp_of_negative(-self.abs());
        let numerator = if self < 0.0 { e } else { 1.0 };
        numerator / (1.0 + e)
    }

    /// `max(x, 0) + 2·artanh(e / (2 + e))` with `e = exp(-|x|)`, the series in `s² ≤ 1/9`.
    #[inline(always)]
    fn softplus(self) -> Self {
        let e = exp_of_negative(-self.abs());
        let s = e / (2.0 + e);
        let s2 = s * s;
        let mut p = 2.0 / 13.0;
        p = p * s2 + 2.0 / 11.0;
        p = p * s2 + 2.0 / 9.0;
        p = p * s2 + 2.0 / 7.0;
        p = p * s2 + 2.0 / 5.0;
        p = p * s2 + 2.0 / 3.0;
        let tail = s * (p * s2 + 2.0);
        let positive = if self < 0.0 { 0.0 } else { self };
        positive + tail
    }

    #[inline(always)]
    fn affine(self, scale: Self, bias: Self) -> Self {
        self * scale + bias
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn indicator(u: Self, mean: Self) -> Self {
        if u < mean { 1.0 } else { 0.0 }
    }
}

impl Logistic for f64 {
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp();
        let numerator = if self < 0.0 { e } else { 1.0 };
        numerator / (1.0 + e)
    }

    #[inline(always)]
    fn softplus(self) -> Self {
        let positive = if self < 0.0 { 0.0 } else { self };
        positive + (-self.abs()).exp().ln_1p()
    }

    #[inline(always)]
    fn affine(self, scale: Self, bias: Self) -> Self {
        self * scale + bias
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn indicator(u: Self, mean: Self) -> Self {
        if u < mean { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> impl Iterator<Item = f32> {
        let fine = (-87_000..=87_000).map(|i| i as f32 * 1e-3);
        fine.chain((-126..20).flat_map(|e| [1.0, -1.0].map(|s: f32| s * 1.37 * 2f32.powi(e))))
            .filter(|x| x.abs() < 87.0)
    }

    #[test]
    fn close_to_the_true_values() {
        for x in points() {
            let wide = f64::from(x);
            let relative = |value: f32, truth: f64| ((f64::from(value) - truth) / truth).abs();
            let error = relative(x.sigmoid(), wide.sigmoid());
            assert!(error < 3e-7, "sigmoid({x}) is off by {error}");
            let error = relative(x.softplus(), wide.softplus());
            assert!(error < 3e-7, "softplus({x}) is off by {error}");
        }
    }

    #[test]
    fn monotone_up_to_a_unit_in_the_last_place() {
        let mut last = 0f32;
        for i in -90_000..=90_000 {
            let mean = (i as f32 * 1e-3).sigmoid();
            assert!(mean >= last * (1.0 - 2.0 * f32::EPSILON), "at {i}e-3");
            last = mean;
        }
    }

    #[test]
    fn exact_where_the_truth_is_a_float() {
        assert_eq!(0f32.sigmoid(), 0.5);
        assert_eq!(f32::INFINITY.sigmoid(), 1.0);
        assert_eq!(f32::NEG_INFINITY.sigmoid(), 0.0);
        assert_eq!(f32::MAX.sigmoid(), 1.0);
        assert_eq!(f32::MIN.sigmoid(), 0.0);
        assert_eq!(18f32.sigmoid(), 1.0);
        assert!(f32::NAN.sigmoid().is_nan());
        assert_eq!(f32::INFINITY.softplus(), f32::INFINITY);
        assert_eq!(f32::NEG_INFINITY.softplus(), 0.0);
        assert_eq!(f32::MAX.softplus(), f32::MAX);
        assert!(f32::NAN.softplus().is_nan());
        assert!(f64::NAN.softplus().is_nan() && f64::NAN.sigmoid().is_nan());
    }
}
