//! The words of a Philox array in order, a vector of blocks at a time.
//!
//! The portable loop over lanes is correct everywhere, but compilers turn its 32-bit products into
//! poor code, and every uniform number passes through here: hence intrinsics.

use crate::{
    philox::{Key, blocks},
    simd::Level,
};

/// Words made by one call.
pub(crate) const WORDS: usize = 1024;

/// Writes the words of the 256 blocks from `counter` on, block by block.
pub(crate) fn fill_words(level: Level, counter: [u32; 4], key: Key, out: &mut [u32; WORDS]) {
    #[cfg(target_arch = "x86_64")]
    {
        if level.is_avx512() {
            // SAFETY: the level says that the machine has AVX-512F.
            return unsafe { x86::fill_avx512(counter, key, out) };
        }
        if level.is_avx2() {
            // SAFETY: the level says that the machine has AVX2.
            return unsafe { x86::fill_avx2(counter, key, out) };
        }
    }
    let _ = level;
    fill_portable(counter, key, out);
}

fn fill_portable(counter: [u32; 4], key: Key, out: &mut [u32; WORDS]) {
    const LANES: usize = 8;
    let [mut first, draw, low, high] = counter;
    for piece in out.as_chunks_mut::<{ 4 * LANES }>().0 {
        let words = blocks::<LANES>([first, draw, low, high], key);
        for (lane, block) in piece.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *block = [0, 1, 2, 3].map(|word: usize| words[word][lane]);
        }
        first = first.wrapping_add(8);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![expect(
        clippy::cast_possible_wrap,
        reason = "intrinsics take bits as signed integers"
    )]
    #[allow(
        clippy::wildcard_imports,
        reason = "intrinsics carry their origin in their names"
    )]
    use std::arch::x86_64::*;

    use super::WORDS;
    use crate::philox::{Key, MULTIPLIERS, ROUNDS, WEYL};

    /// Defines a fill for one vector width. After the rounds, vector `w` holds word `w` of every
    /// lane's block. The usual transposition within each 128-bit segment then leaves in vector `q`
    /// the blocks of lanes `q, 4 + q, 8 + q, …`: lane `4 s + q` is therefore given the block
    /// `S q + s` of `4 S`, and the vectors come out in order.
    macro_rules! fill {
        ($name:ident, $feature:literal, $vector:ty, $lanes:literal, $order:expr, $set:ident, $add:ident, $mul:ident,
         $right:ident, $left:ident, $xor:ident, $blend:expr, $lo32:ident, $hi32:ident, $lo64:ident,
         $hi64:ident, $store:ident) => {
            #[target_feature(enable = $feature)]
            pub(super) fn $name(counter: [u32; 4], key: Key, out: &mut [u32; WORDS]) {
                let multipliers = MULTIPLIERS.map(|m| $set(m as i32));
                let constants = [counter[1], counter[2], counter[3]].map(|x| $set(x as i32));
                let order: [i32; $lanes] = $order;
                // SAFETY: an array of integers has the size and any bits of the vector.
                let order = unsafe { std::mem::transmute::<[i32; $lanes], $vector>(order) };
                let mut first = $add($set(counter[0] as i32), order);
                for piece in out.as_chunks_mut::<{ 4 * $lanes }>().0 {
                    let [mut x1, mut x2, mut x3] = constants;
                    let mut x0 = first;
                    let Key([mut k0, mut k1]) = key;
                    for _ in 0..ROUNDS {
                        let even = $mul(x0, multipliers[0]);
                        let odd = $mul($right::<32>(x0), multipliers[0]);
                        let high0 = $blend($right::<32>(even), odd);
                        let low0 = $blend(even, $left::<32>(odd));
                        let even = $mul(x2, multipliers[1]);
                        let odd = $mul($right::<32>(x2), multipliers[1]);
                        let high1 = $blend($right::<32>(even), odd);
                        let low1 = $blend(even, $left::<32>(odd));
                        x0 = $xor($xor(high1, x1), $set(k0 as i32));
                        x2 = $xor($xor(high0, x3), $set(k1 as i32));
                        (x1, x3) = (low1, low0);
                        k0 = k0.wrapping_add(WEYL[0]);
                        k1 = k1.wrapping_add(WEYL[1]);
                    }
                    let (a, b) = ($lo32(x0, x1), $hi32(x0, x1));
                    let (c, d) = ($lo32(x2, x3), $hi32(x2, x3));
                    let rows = [$lo64(a, c), $hi64(a, c), $lo64(b, d), $hi64(b, d)];
                    for (row, words) in rows.into_iter().zip(piece.as_chunks_mut::<$lanes>().0) {
                        // SAFETY: the words are as many as the vector holds; no alignment is needed.
                        unsafe { $store(words.as_mut_ptr().cast(), row) };
                    }
                    first = $add(first, $set($lanes));
                }
            }
        };
    }

    fill!(
        fill_avx512,
        "avx512f",
        __m512i,
        16,
        [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
        _mm512_set1_epi32,
        _mm512_add_epi32,
        _mm512_mul_epu32,
        _mm512_srli_epi64,
        _mm512_slli_epi64,
        _mm512_xor_si512,
        |a, b| _mm512_mask_blend_epi32(0xAAAA, a, b),
        _mm512_unpacklo_epi32,
        _mm512_unpackhi_epi32,
        _mm512_unpacklo_epi64,
        _mm512_unpackhi_epi64,
        _mm512_storeu_si512
    );

    fill!(
        fill_avx2,
        "avx2",
        __m256i,
        8,
        [0, 2, 4, 6, 1, 3, 5, 7],
        _mm256_set1_epi32,
        _mm256_add_epi32,
        _mm256_mul_epu32,
        _mm256_srli_epi64,
        _mm256_slli_epi64,
        _mm256_xor_si256,
        |a, b| _mm256_blend_epi32::<0xAA>(a, b),
        _mm256_unpacklo_epi32,
        _mm256_unpackhi_epi32,
        _mm256_unpacklo_epi64,
        _mm256_unpackhi_epi64,
        _mm256_storeu_si256
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::philox::block;

    #[test]
    fn every_version_gives_the_blocks_in_order() {
        let key = Key::from_seed(0x0123_4567_89ab_cdef);
        for level in Level::all() {
            // The counter wraps in the middle.
            let first = u32::MAX - 100;
            let mut words = [0; WORDS];
            fill_words(level, [first, 5, 6, 7], key, &mut words);
            for (i, quad) in (0u32..).zip(words.as_chunks::<4>().0) {
                let expected = block([first.wrapping_add(i), 5, 6, 7], key);
                assert_eq!(*quad, expected, "block {i} at {level:?}");
            }
        }
    }
}
