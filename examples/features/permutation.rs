//! NumPy's random order.

/// The order of `n` rows that NumPy draws with seed 0 and scikit-learn splits by: Mersenne Twister (M.
/// Matsumoto, T. Nishimura, 1998), and the shuffle of Fisher and Yates.
pub(crate) fn permutation(n: usize) -> Vec<u32> {
    let (mut state, mut place) = ([0_u32; 624], 624);
    for (i, number) in (1..624).zip(1_u32..) {
        let mixed = 1_812_433_253_u32.wrapping_mul(state[i - 1] ^ (state[i - 1] >> 30));
        state[i] = mixed.wrapping_add(number);
    }
    let mut next = || {
        if place == 624 {
            place = 0;
            for i in 0..624 {
                let y = (state[i] & 0x8000_0000) | (state[(i + 1) % 624] & 0x7fff_ffff);
                state[i] = state[(i + 397) % 624] ^ (y >> 1) ^ (0x9908_b0df * (y & 1));
            }
        }
        let mut y = state[place];
        place += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        (y ^ (y >> 18)) as usize
    };
    let mut order: Vec<u32> = (0..).take(n).collect();
    for i in (1..n).rev() {
        let mask = usize::MAX >> i.leading_zeros();
        let j = std::iter::repeat_with(|| next() & mask).find(|&j| j <= i);
        order.swap(i, j.expect("the iterator has no end"));
    }
    order
}
