//! The logistic function on the device, by the polynomial of the host's.

use burn_cubecl::cubecl::{self, prelude::*};

use crate::logistic::{EXP, LN_2_HIGH, LN_2_LOW, LOWEST};

const LOG2_E: f32 = std::f32::consts::LOG2_E;
const EXP_7: f32 = EXP[0];
const EXP_6: f32 = EXP[1];
const EXP_5: f32 = EXP[2];
const EXP_4: f32 = EXP[3];
const EXP_3: f32 = EXP[4];
const EXP_2: f32 = EXP[5];

/// `exp(x)` for `x ≤ 0`; NaN at NaN.
#[cube]
fn exp_of_negative(x: f32) -> f32 {
    // Rounded by an instruction, not by adding and taking away a large number: compilers for GPUs
    // may see through that. The bound keeps the exponent a number where `x` is infinite or NaN.
    let n = (max(x, LOWEST) * LOG2_E).round();
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let p = EXP_7;
    let p = p * r + EXP_6;
    let p = p * r + EXP_5;
    let p = p * r + EXP_4;
    let p = p * r + EXP_3;
    let p = p * r + EXP_2;
    let y = p * (r * r) + r + 1.0f32;
    let exponent = u32::cast_from(i32::cast_from(n) + 127i32);
    let scaled = y * f32::from_bits(exponent << 23u32);
    select(x < LOWEST, 0.0f32, scaled)
}

/// `1 / (1 + exp(-x))`.
#[cube]
pub(super) fn sigmoid(x: f32) -> f32 {
    let e = exp_of_negative(-x.abs());
    let numerator = select(x < 0.0f32, e, 1.0f32);
    numerator / (1.0f32 + e)
}
