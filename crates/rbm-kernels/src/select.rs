//! Which entries of a table each row of a bit matrix adds up.

use std::ops::Range;

use crate::{
    bits::BitMatrix,
    simd::{Level, versions},
    table::entries,
};

/// Groups that are looked at together.
pub(crate) const AT_ONCE: usize = 16;

/// A range of groups of one factor, which stand in a table one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Which of the products that are added up.
    pub(crate) term: usize,
    pub(crate) first_group: usize,
    pub(crate) groups: usize,
    /// The first group's place in the table.
    pub(crate) place: usize,
}

/// The groups of a table that is held in cache at once.
pub(crate) type Panel = Vec<Segment>;

/// Cuts terms of so many groups into panels of at most `capacity` groups.
pub(crate) fn panels(groups: impl IntoIterator<Item = usize>, capacity: usize) -> Vec<Panel> {
    let (mut panels, mut used) = (vec![Panel::new()], 0);
    for (term, groups) in groups.into_iter().enumerate() {
        let mut first_group = 0;
        while first_group < groups {
            if used == capacity {
                panels.push(Panel::new());
                used = 0;
            }
            let length = (groups - first_group).min(capacity - used);
            let segment = Segment {
                term,
                first_group,
                groups: length,
                place: used,
            };
            panels.last_mut().expect("there is one").push(segment);
            first_group += length;
            used += length;
        }
    }
    panels
}

/// The entries that each of some rows adds up, panel by panel.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) first_row: usize,
    pub(crate) rows: usize,
    indices: Vec<u32>,
    /// Where the list of (panel, row) ends in the indices.
    ends: Vec<usize>,
}

impl Selection {
    /// The lists of some rows of the bits of every term.
    pub(crate) fn new(
        bits: &[&BitMatrix],
        group: usize,
        panels: &[Panel],
        rows: Range<usize>,
    ) -> Self {
        let mut selection = Self {
            first_row: rows.start,
            rows: rows.len(),
            indices: Vec::with_capacity(rows.len() * bits[0].columns() / 2),
            ends: Vec::with_capacity(rows.len() * panels.len()),
        };
        selection.fill(Level::best(), bits, group, panels);
        selection
    }

    fn fill(&mut self, level: Level, bits: &[&BitMatrix], group: usize, panels: &[Panel]) {
        match group {
            1 => fill_lists::<1>(level, level, self, bits, panels),
            2 => fill_lists::<2>(level, level, self, bits, panels),
            4 => fill_lists::<4>(level, level, self, bits, panels),
            size => unreachable!("no tables of groups of {size}"),
        }
    }

    /// The list of a row, counted from the first, as indices of entries in the panel's table.
    pub(crate) fn list(&self, panel: usize, row: usize) -> &[u32] {
        let i = panel * self.rows + row;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.indices[start..self.ends[i]]
    }
}

versions! {
    /// The lists of all rows of a selection, panel by panel. `at` is the level once more.
    fn fill_lists[const GROUP: usize][GROUP](
        at: Level, selection: &mut Selection, bits: &[&BitMatrix], panels: &[Panel],
    ) = fill_lists_kernel;
}

#[inline(always)]
fn fill_lists_kernel<const GROUP: usize>(
    at: Level,
    selection: &mut Selection,
    bits: &[&BitMatrix],
    panels: &[Panel],
) {
    for panel in panels {
        for row in selection.first_row..selection.first_row + selection.rows {
            for segment in panel {
                let words = bits[segment.term].row(row);
                push::<GROUP>(at, words, *segment, &mut selection.indices);
            }
            selection.ends.push(selection.indices.len());
        }
    }
}

/// Appends the entries of a row, in ascending order.
#[inline(always)]
fn push<const GROUP: usize>(at: Level, words: &[u32], segment: Segment, indices: &mut Vec<u32>) {
    indices.reserve(segment.groups + AT_ONCE);
    #[cfg(target_arch = "x86_64")]
    if at.is_avx512() {
        let length = indices.len();
        // SAFETY: the level says that the machine has AVX-512, room was made for a number for each group
        // and for a vector, and as many as are counted have been written.
        unsafe {
            let room = indices.as_mut_ptr().add(length);
            indices.set_len(length + x86::push_avx512::<GROUP>(words, segment, room));
        }
        return;
    }
    let _ = at;
    for (bits, entry) in pieces::<GROUP>(words, segment) {
        push_plain::<GROUP>(bits, entry, indices);
    }
}

/// The bits of every so many groups of a segment, and the first one's entry.
#[inline(always)]
fn pieces<const GROUP: usize>(
    words: &[u32],
    segment: Segment,
) -> impl Iterator<Item = (u64, u32)> + '_ {
    let word = |i: usize| u64::from(words.get(i).copied().unwrap_or(0));
    (0..segment.groups).step_by(AT_ONCE).map(move |group| {
        let bit = (segment.first_group + group) * GROUP;
        let (i, offset) = (bit / 32, bit % 32);
        // From the next word come as many bits as the offset takes away; of sixty-four, the rest from
        // the third one.
        let mut bits = (word(i) | word(i + 1) << 32) >> offset;
        if GROUP * AT_ONCE > 32 && offset > 0 {
            bits |= word(i + 2) << (64 - offset);
        }
        let here = AT_ONCE.min(segment.groups - group) * GROUP;
        let entry = (segment.place + group) * entries(GROUP);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a table has far fewer entries"
        )]
        (bits & (u64::MAX >> (64 - here)), entry as u32)
    })
}

/// Appends the entries of some groups; the first of them is number `entry`.
fn push_plain<const GROUP: usize>(mut bits: u64, mut entry: u32, indices: &mut Vec<u32>) {
    if GROUP == 1 {
        while bits != 0 {
            indices.push(entry + bits.trailing_zeros());
            bits &= bits - 1;
        }
        return;
    }
    // Every pattern is written, and those of no bits are written over: no branch to mispredict.
    let (start, mut length) = (indices.len(), 0);
    indices.resize(start + AT_ONCE, 0);
    let room = &mut indices[start..];
    while bits != 0 {
        #[expect(clippy::cast_possible_truncation, reason = "few bits are left")]
        let pattern = bits as u32 & ((1 << GROUP) - 1);
        room[length] = entry + pattern;
        length += usize::from(pattern != 0);
        bits >>= GROUP;
        entry += 1 << GROUP;
    }
    indices.truncate(start + length);
}

/// Sixteen groups at once, those that are off moved out of a register.
#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "intrinsics carry their origin in their names"
    )]
    use std::arch::x86_64::*;

    use super::{AT_ONCE, Segment, entries, pieces};

    const NUMBERS: [i32; AT_ONCE] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// Writes the entries of a row, and says how many there are.
    ///
    /// # Safety
    ///
    /// There is room for as many numbers as the segment has groups, and a vector more.
    #[inline]
    #[target_feature(enable = "avx512f")]
    #[expect(
        clippy::cast_possible_wrap,
        clippy::cast_possible_truncation,
        reason = "numbers of a small table, halves of the bits"
    )]
    pub(super) unsafe fn push_avx512<const GROUP: usize>(
        words: &[u32],
        segment: Segment,
        out: *mut u32,
    ) -> usize {
        // SAFETY: there are sixteen numbers; no alignment is needed.
        let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) };
        let first_of_group = _mm512_mullo_epi32(numbers, _mm512_set1_epi32(entries(GROUP) as i32));
        // Modulo the width of a word.
        let shifts = _mm512_mullo_epi32(numbers, _mm512_set1_epi32(GROUP as i32));
        let shifts = _mm512_and_si512(shifts, _mm512_set1_epi32(31));
        let all = _mm512_set1_epi32((1 << GROUP) - 1);
        // Lanes whose bits are in the second word.
        let upper = if GROUP == 4 { 0xFF00 } else { 0 };
        let mut written = 0;
        for (bits, entry) in pieces::<GROUP>(words, segment) {
            let first = _mm512_add_epi32(first_of_group, _mm512_set1_epi32(entry as i32));
            let low = _mm512_set1_epi32(bits as i32);
            let both = _mm512_mask_set1_epi32(low, upper, (bits >> 32) as i32);
            let patterns = _mm512_and_si512(_mm512_srlv_epi32(both, shifts), all);
            // Groups of one have one entry, which is not that of a pattern.
            let entries = if GROUP == 1 {
                first
            } else {
                _mm512_add_epi32(first, patterns)
            };
            let on = _mm512_test_epi32_mask(patterns, patterns);
            // SAFETY: no more are written than there were groups before, and these sixteen.
            unsafe {
                let entries = _mm512_maskz_compress_epi32(on, entries);
                _mm512_storeu_si512(out.add(written).cast(), entries);
            }
            written += on.count_ones() as usize;
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_hold_every_group_once() {
        let panels = panels([5, 0, 3, 4], 4);
        let cut: Vec<Vec<_>> = panels
            .iter()
            .map(|panel| {
                panel
                    .iter()
                    .map(|s| (s.term, s.first_group, s.groups, s.place))
                    .collect()
            })
            .collect();
        assert_eq!(
            cut,
            [
                vec![(0, 0, 4, 0)],
                vec![(0, 4, 1, 0), (2, 0, 3, 1)],
                vec![(3, 0, 4, 0)]
            ]
        );
    }

    #[test]
    fn lists_name_the_patterns_of_the_bits() {
        let mut x = [0f32; 2 * 40];
        for on in [0, 3, 33, 39, 40 + 4, 40 + 38] {
            x[on] = 1.0;
        }
        let bits = BitMatrix::from_rows(&x, [2, 40]).unwrap();
        let lists = |group, capacity| {
            let panels = panels([40usize.div_ceil(group); 1], capacity);
            let selection = Selection::new(&[&bits], group, &panels, 0..2);
            let lists = (0..panels.len()).flat_map(|p| [(p, 0), (p, 1)]);
            lists
                .map(|(p, r)| selection.list(p, r).to_vec())
                .collect::<Vec<_>>()
        };
        assert_eq!(lists(1, 64), [vec![0, 3, 33, 39], vec![4, 38]]);
        assert_eq!(lists(1, 34), [vec![0, 3, 33], vec![4], vec![5], vec![4]]);
        assert_eq!(
            lists(4, 16),
            [vec![9, 8 * 16 + 2, 9 * 16 + 8], vec![16 + 1, 9 * 16 + 4]]
        );
        assert_eq!(
            lists(4, 9),
            [vec![9, 8 * 16 + 2], vec![17], vec![8], vec![4]]
        );
    }

    /// The lists of wide registers are the plain ones.
    #[test]
    fn every_level_makes_the_same_lists() {
        let (rows, columns) = (5, 777);
        let on = |i: usize| (i.wrapping_mul(0x9E37_79B9) >> 11) % 10 < i * 10 / (rows * columns);
        let x: Vec<f32> = (0..rows * columns)
            .map(|i| f32::from(u8::from(on(i))))
            .collect();
        let bits = BitMatrix::from_rows(&x, [rows, columns]).unwrap();
        for group in [1, 2, 4] {
            let panels = panels([columns.div_ceil(group)], 100);
            let lists = |level| {
                let mut selection = Selection {
                    first_row: 1,
                    rows: 4,
                    indices: Vec::new(),
                    ends: Vec::new(),
                };
                selection.fill(level, &[&bits], group, &panels);
                (selection.indices, selection.ends)
            };
            let [first, others @ ..] = &Level::all()[..] else {
                panic!("there is always the baseline");
            };
            for level in others {
                assert_eq!(lists(*level), lists(*first), "{level:?}");
            }
        }
    }
}
