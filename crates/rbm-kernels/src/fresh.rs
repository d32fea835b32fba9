//! Results in memory that nobody wrote before: zeros in it first would cost as much as many sums.

use std::mem::MaybeUninit;

/// A vector that `fill` writes.
///
/// # Safety
///
/// `fill` writes every element that it is given.
#[cfg(feature = "flex")]
pub(crate) unsafe fn filled<F: Copy>(
    length: usize,
    fill: impl FnOnce(&mut [MaybeUninit<F>]),
) -> Vec<F> {
    let mut out = Vec::with_capacity(length);
    fill(&mut out.spare_capacity_mut()[..length]);
    // SAFETY: the caller has said that all of them are written.
    unsafe { out.set_len(length) };
    out
}

/// Numbers as a place to write numbers to.
pub(crate) fn of_written<F: Copy>(out: &mut [F]) -> &mut [MaybeUninit<F>] {
    // SAFETY: the layout is the same, and nothing in this crate takes a number away again.
    unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len()) }
}
