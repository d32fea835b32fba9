//! Philox4x32-10, a counter-based random number generator.
//!
//! A counter-based generator is a keyed bijection of a counter: there is no state to save, to
//! share between threads or to lose. The number drawn at (key, counter) is the same whatever was
//! drawn before it, on any number of threads and on any device.
//!
//! # References
//!
//! J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: *Parallel random numbers: as easy as 1, 2,
//! 3*, SC '11, 2011, section 3.3; the constants are those of table 2 and of the authors' library
//! Random123, whose known-answer vectors are the tests below.

pub(crate) const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
pub(crate) const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(crate) const ROUNDS: usize = 10;

/// A key: 64 bits that name one stream of random numbers.
///
/// ```
/// use rbm_kernels::philox::{Key, block};
///
/// // A stream is its key: the same key and counter, the same words.
/// let key = Key([7, 0]);
/// assert_eq!(Key::from_seed(7), key);
/// assert_eq!(block([1, 2, 3, 4], key), block([1, 2, 3, 4], Key::from_seed(7)));
/// assert_ne!(block([1, 2, 3, 4], key), block([1, 2, 3, 4], key.derive(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub [u32; 2]);

impl Key {
    /// The key that holds the bits of `seed`, low half first.
    ///
    /// ```
    /// # use rbm_kernels::philox::Key;
    /// assert_eq!(Key::from_seed(0x0000_0002_0000_0001), Key([1, 2]));
    /// ```
    pub fn from_seed(seed: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = seed.to_le_bytes();
        Self([
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        ])
    }

    /// A key unrelated to this one, chosen by `tag`: one seed, many independent streams.
    ///
    /// ```
    /// # use rbm_kernels::philox::Key;
    /// let key = Key::from_seed(7);
    /// assert_ne!(key.derive(1), key.derive(2));
    /// ```
    pub fn derive(self, tag: u64) -> Self {
        let Key([low, high]) = Key::from_seed(tag);
        // The all-ones word keeps these blocks apart from those that arrays are filled with.
        let [a, b, _, _] = block([low, high, u32::MAX, u32::MAX], self);
        Self([a, b])
    }
}

/// Four random words: the image of `counter` under `key`.
///
/// ```
/// use rbm_kernels::philox::{Key, block};
/// assert_eq!(block([0; 4], Key([0; 2]))[0], 0x6627_e8d5);
/// ```
#[inline]
pub fn block(counter: [u32; 4], key: Key) -> [u32; 4] {
    let lanes = blocks::<1>(counter, key);
    lanes.map(|[word]| word)
}

/// `LANES` blocks at once, at `counter`, `counter + 1`, … in its first word (which wraps).
///
/// The result is indexed `[word][lane]`, so that the loops over lanes become vector code.
#[inline]
pub fn blocks<const LANES: usize>(counter: [u32; 4], key: Key) -> [[u32; LANES]; 4] {
    let mut x0: [u32; LANES] = core::array::from_fn(|lane| {
        #[expect(clippy::cast_possible_truncation, reason = "a lane count is small")]
        counter[0].wrapping_add(lane as u32)
    });
    let [mut x1, mut x2, mut x3] = [counter[1], counter[2], counter[3]].map(|word| [word; LANES]);
    let Key([mut k0, mut k1]) = key;
    for round in 0..ROUNDS {
        if round > 0 {
            k0 = k0.wrapping_add(WEYL[0]);
            k1 = k1.wrapping_add(WEYL[1]);
        }
        for lane in 0..LANES {
            let (high0, low0) = wide_product(MULTIPLIERS[0], x0[lane]);
            let (high1, low1) = wide_product(MULTIPLIERS[1], x2[lane]);
            x0[lane] = high1 ^ x1[lane] ^ k0;
            x1[lane] = low1;
            x2[lane] = high0 ^ x3[lane] ^ k1;
            x3[lane] = low0;
        }
    }
    [x0, x1, x2, x3]
}

/// The 64-bit product of two words as (high, low).
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the two halves are wanted one by one"
)]
fn wide_product(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    ((product >> 32) as u32, product as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors for `philox4x32 10` in Random123's `kat_vectors`.
    #[test]
    fn published_known_answers() {
        let cases = [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(block(counter, Key(key)), expected, "counter {counter:x?}");
        }
    }

    #[test]
    fn lanes_are_consecutive_counters() {
        let key = Key::from_seed(11);
        let lanes = blocks::<8>([u32::MAX - 3, 5, 6, 7], key);
        for lane in 0..8u32 {
            let single = block([(u32::MAX - 3).wrapping_add(lane), 5, 6, 7], key);
            assert_eq!(lanes.map(|word| word[lane as usize]), single);
        }
    }
}
