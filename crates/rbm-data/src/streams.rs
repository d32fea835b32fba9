//! One seed, several independent streams of random numbers.
//!
//! A user gives one seed to everything. Each use derives its own key from it, so that the split,
//! the order of an epoch and the binarisation never share a number.

use rbm_kernels::{PhiloxRng, philox::Key};

/// What random numbers are for; the values are part of what makes runs reproducible.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Stream {
    Split = 0x6461_7461_0001,
    Order = 0x6461_7461_0002,
    Binarisation = 0x6461_7461_0003,
    Subset = 0x6461_7461_0004,
}

impl Stream {
    /// The key of this use under `seed`.
    pub(crate) fn key(self, seed: u64) -> Key {
        Key::from_seed(seed).derive(self as u64)
    }

    /// The `index`-th sequential generator of this use under `seed`.
    pub(crate) fn rng(self, seed: u64, index: u64) -> PhiloxRng {
        let Key([low, high]) = self.key(seed);
        PhiloxRng::new(u64::from(high) << 32 | u64::from(low), index)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn uses_seeds_and_indices_differ() {
        let first = |stream: Stream, seed, index| stream.rng(seed, index).random::<u64>();
        let base = first(Stream::Split, 1, 0);
        assert_ne!(base, first(Stream::Order, 1, 0));
        assert_ne!(base, first(Stream::Binarisation, 1, 0));
        assert_ne!(base, first(Stream::Split, 2, 0));
        assert_ne!(base, first(Stream::Split, 1, 1));
    }
}
