//! Philox as a generator for the `rand` crate.

use std::convert::Infallible;

use rand::TryRng;

use crate::philox::{Key, block};

/// A sequential generator over one stream: for shuffles and splits, which must be the same on
/// every machine and in every release.
///
/// ```
/// use rand::seq::SliceRandom;
/// use rbm_kernels::PhiloxRng;
///
/// // The order of epoch 3 under seed 42, always.
/// let mut order: Vec<u32> = (0..5).collect();
/// order.shuffle(&mut PhiloxRng::new(42, 3));
/// assert_eq!(order, [3, 4, 1, 0, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct PhiloxRng {
    key: Key,
    stream: [u32; 2],
    next_block: u64,
    words: [u32; 4],
    used: usize,
}

impl PhiloxRng {
    /// The generator of `seed` and `stream`; different streams are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let Key(stream) = Key::from_seed(stream);
        Self {
            key: Key::from_seed(seed),
            stream,
            next_block: 0,
            words: [0; 4],
            used: 4,
        }
    }

    fn next_word(&mut self) -> u32 {
        if self.used == self.words.len() {
            let Key([low, high]) = Key::from_seed(self.next_block);
            self.words = block([low, high, self.stream[0], self.stream[1]], self.key);
            self.next_block += 1;
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }
}

impl TryRng for PhiloxRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.next_word());
        Ok(u64::from(self.next_word()) << 32 | low)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.next_word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt};

    use super::*;

    #[test]
    fn words_are_the_blocks_in_order() {
        let mut rng = PhiloxRng::new(3, 9);
        let words: Vec<u32> = (0..8).map(|_| rng.next_u32()).collect();
        let key = Key::from_seed(3);
        let expected = [block([0, 0, 9, 0], key), block([1, 0, 9, 0], key)].concat();
        assert_eq!(words, expected);
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream| PhiloxRng::new(seed, stream).random::<u64>();
        assert_ne!(first(1, 0), first(2, 0));
        assert_ne!(first(1, 0), first(1, 1));
    }
}
