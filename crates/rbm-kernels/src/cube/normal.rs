//! Standard normal numbers on the device.

use burn_cubecl::cubecl::{self, prelude::*};

const LN_2: f32 = std::f32::consts::LN_2;
const SQRT_2: f32 = std::f32::consts::SQRT_2;
/// One turn is 2³² units of a word.
const UNIT: f32 = 1.0 / 4_294_967_296.0;
const ANGLE: f32 = std::f32::consts::TAU * UNIT;

/// `-log((word + 1) / 2³²)`, to single precision of the result wherever it is not zero.
///
/// Above one half the word's complement is taken, which a float holds with all digits that count.
#[cube]
fn minus_log(word: u32) -> f32 {
    let near_one = word >= 0x8000_0000u32;
    // `(1 - unit)`, and the unit itself with its exponent split off.
    let complement = f32::cast_from(0xffff_ffffu32 - word) * UNIT;
    let unit = (f32::cast_from(word) + 1.0f32) * UNIT;
    let bits = u32::reinterpret(unit);
    let exponent = i32::cast_from(bits >> 23u32) - 127i32;
    let mantissa = f32::reinterpret((bits & 0x007f_ffffu32) | 0x3f80_0000u32);
    let halve = mantissa > SQRT_2;
    let mantissa = select(halve, mantissa * 0.5f32, mantissa);
    let exponent = f32::cast_from(select(halve, exponent + 1i32, exponent));
    // log x = 2 artanh((x - 1) / (x + 1)), and log(1 - c) the same with -c for x - 1.
    let ratio = select(
        near_one,
        -complement / (2.0f32 - complement),
        (mantissa - 1.0f32) / (mantissa + 1.0f32),
    );
    let r2 = ratio * ratio;
    let p = 2.0f32 / 15.0f32;
    let p = p * r2 + 2.0f32 / 13.0f32;
    let p = p * r2 + 2.0f32 / 11.0f32;
    let p = p * r2 + 2.0f32 / 9.0f32;
    let p = p * r2 + 2.0f32 / 7.0f32;
    let p = p * r2 + 2.0f32 / 5.0f32;
    let p = p * r2 + 2.0f32 / 3.0f32;
    let log = ratio * (p * r2 + 2.0f32);
    let log = select(near_one, log, exponent * LN_2 + log);
    -log
}

/// Cosine and sine of `word / 2³²` turns.
///
/// The quarter turn next to the angle comes off as an integer; what is left is at most an eighth of a
/// turn, where the Taylor series are exact to rounding.
#[cube]
fn cosine_and_sine(word: u32) -> (f32, f32) {
    let quarter = (word + 0x2000_0000u32) >> 30u32;
    let rest = i32::reinterpret(word - (quarter << 30u32));
    let a = f32::cast_from(rest) * ANGLE;
    let a2 = a * a;
    let s = 1.0f32 / 362_880.0f32;
    let s = s * a2 - 1.0f32 / 5_040.0f32;
    let s = s * a2 + 1.0f32 / 120.0f32;
    let s = s * a2 - 1.0f32 / 6.0f32;
    let sine = s * a2 * a + a;
    let c = -1.0f32 / 3_628_800.0f32;
    let c = c * a2 + 1.0f32 / 40_320.0f32;
    let c = c * a2 - 1.0f32 / 720.0f32;
    let c = c * a2 + 1.0f32 / 24.0f32;
    let c = c * a2 - 0.5f32;
    let cosine = c * a2 + 1.0f32;
    let odd = (quarter & 1u32) == 1u32;
    let cosine_size = select(odd, sine, cosine);
    let sine_size = select(odd, cosine, sine);
    let cosine_negative = ((quarter + 1u32) & 2u32) == 2u32;
    let sine_negative = (quarter & 2u32) == 2u32;
    (
        select(cosine_negative, -cosine_size, cosine_size),
        select(sine_negative, -sine_size, sine_size),
    )
}

/// The Box-Muller transform of two words.
#[cube]
pub(super) fn normal_pair(first: u32, second: u32) -> (f32, f32) {
    let radius = (2.0f32 * minus_log(first)).sqrt();
    let (cosine, sine) = cosine_and_sine(second);
    (radius * cosine, radius * sine)
}
