//! Philox4x32-10 on the device.

use burn_cubecl::cubecl::{self, prelude::*};

use crate::{
    philox::{Key, MULTIPLIERS, ROUNDS, WEYL},
    uniform::Address,
};

const MULTIPLIER_0: u32 = MULTIPLIERS[0];
const MULTIPLIER_1: u32 = MULTIPLIERS[1];
const WEYL_0: u32 = WEYL[0];
const WEYL_1: u32 = WEYL[1];

/// An [`Address`] as arguments of a kernel.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub(super) struct Place {
    key_low: u32,
    key_high: u32,
    draw: u32,
    step_low: u32,
    step_high: u32,
}

/// The arguments for an array of `length` numbers at `address`.
///
/// # Panics
///
/// Where the array is longer than an address has numbers.
pub(super) fn place(address: Address, length: usize) -> PlaceLaunch {
    let [_, draw, step_low, step_high] = address.counter(length.saturating_sub(1) / 4);
    let Key([key_low, key_high]) = address.key;
    PlaceLaunch::new(key_low, key_high, draw, step_low, step_high)
}

/// The four words of a block: numbers `4 * block` to `4 * block + 3` of the array.
#[cube]
pub(super) fn words(place: &Place, block: u32) -> Sequence<u32> {
    let mut x0 = block;
    let mut x1 = place.draw;
    let mut x2 = place.step_low;
    let mut x3 = place.step_high;
    let mut k0 = place.key_low;
    let mut k1 = place.key_high;
    #[unroll]
    for _ in 0..ROUNDS {
        let high0 = x0.mul_hi(MULTIPLIER_0);
        let low0 = x0 * MULTIPLIER_0;
        let high1 = x2.mul_hi(MULTIPLIER_1);
        let low1 = x2 * MULTIPLIER_1;
        x0 = high1 ^ x1 ^ k0;
        x1 = low1;
        x2 = high0 ^ x3 ^ k1;
        x3 = low0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    let mut words = Sequence::new();
    words.push(x0);
    words.push(x1);
    words.push(x2);
    words.push(x3);
    words
}

/// A multiple of 2⁻²⁴ in [0, 1), exactly.
#[cube]
pub(super) fn uniform(word: u32) -> f32 {
    f32::cast_from(word >> 8u32) * (1.0f32 / 16_777_216.0f32)
}
