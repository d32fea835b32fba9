//! Which entries of a table each row of a bit matrix adds up.

use crate::{
    bits::BitMatrix,
    simd::{Level, versions},
    table::entries,
};

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
    /// The lists of rows `first_row..first_row + rows` of the bits of every term.
    pub(crate) fn new(
        bits: &[&BitMatrix],
        group: usize,
        panels: &[Panel],
        first_row: usize,
        rows: usize,
    ) -> Self {
        let mut selection = Self {
            first_row,
            rows,
            indices: Vec::with_capacity(rows * bits[0].columns() / 2),
            ends: Vec::with_capacity(rows * panels.len()),
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
    let groups_in_word = 32 / GROUP;
    let (first, last) = (segment.first_group, segment.first_group + segment.groups);
    indices.reserve(last - first + 32);
    let mut entry = segment.place * entries(GROUP);
    let mut group_index = first;
    while group_index < last {
        let (word, offset) = (group_index / groups_in_word, group_index % groups_in_word);
        let here = (groups_in_word - offset).min(last - group_index);
        let bits = words[word] >> (offset * GROUP);
        let bits = bits & (u32::MAX >> (32 - here * GROUP));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a table has far fewer entries"
        )]
        push_word::<GROUP>(at, bits, entry as u32, indices);
        entry += here * entries(GROUP);
        group_index += here;
    }
}

/// Appends the entries of one word; the first of them is number `entry`.
#[inline(always)]
fn push_word<const GROUP: usize>(at: Level, bits: u32, entry: u32, indices: &mut Vec<u32>) {
    #[cfg(target_arch = "x86_64")]
    if at.is_avx512() && (GROUP == 1 || GROUP == 4) {
        let length = indices.len();
        assert!(indices.capacity() - length >= 32, "room was made");
        // SAFETY: the level says that the machine has AVX-512, there is room for 32 numbers, and as many
        // as are counted have been written.
        unsafe {
            let room = indices.as_mut_ptr().add(length);
            let written = if GROUP == 1 {
                x86::bits_avx512(bits, entry, room)
            } else {
                x86::groups_of_four_avx512(bits, entry, room)
            };
            indices.set_len(length + written);
        }
        return;
    }
    let _ = at;
    push_word_plain::<GROUP>(bits, entry, indices);
}

fn push_word_plain<const GROUP: usize>(mut bits: u32, mut entry: u32, indices: &mut Vec<u32>) {
    if GROUP == 1 {
        while bits != 0 {
            indices.push(entry + bits.trailing_zeros());
            bits &= bits - 1;
        }
        return;
    }
    // Every pattern is written, and those of no bits are written over: no branch to mispredict.
    let (start, mut length) = (indices.len(), 0);
    indices.resize(start + 32 / GROUP, 0);
    let room = &mut indices[start..];
    while bits != 0 {
        let pattern = bits & ((1 << GROUP) - 1);
        room[length] = entry + pattern;
        length += usize::from(pattern != 0);
        bits >>= GROUP;
        entry += 1 << GROUP;
    }
    indices.truncate(start + length);
}

/// Numbers of the bits that are set, sixteen at once, moved together in a register.
#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "intrinsics carry their origin in their names"
    )]
    use std::arch::x86_64::*;

    const NUMBERS: [i32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// Writes `entry + i` for each bit `i` that is set, and says how many there are.
    ///
    /// # Safety
    ///
    /// There is room for 32 numbers.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    #[expect(
        clippy::cast_possible_wrap,
        clippy::cast_possible_truncation,
        reason = "numbers of a small table, halves of a word"
    )]
    pub(super) unsafe fn bits_avx512(bits: u32, entry: u32, out: *mut u32) -> usize {
        // SAFETY: there are sixteen numbers; no alignment is needed.
        let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) };
        let first = _mm512_add_epi32(numbers, _mm512_set1_epi32(entry as i32));
        let second = _mm512_add_epi32(first, _mm512_set1_epi32(16));
        let (low, high) = (bits as u16, (bits >> 16) as u16);
        let in_low = low.count_ones() as usize;
        // SAFETY: sixteen numbers from the beginning and from the sixteenth at the latest fit in 32.
        unsafe {
            _mm512_storeu_si512(out.cast(), _mm512_maskz_compress_epi32(low, first));
            let out = out.add(in_low);
            _mm512_storeu_si512(out.cast(), _mm512_maskz_compress_epi32(high, second));
        }
        in_low + high.count_ones() as usize
    }

    /// Writes `entry + 16 i + pattern` for each group `i` of four bits that are not all zero, and says how
    /// many there are.
    ///
    /// # Safety
    ///
    /// There is room for 8 numbers.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    #[expect(clippy::cast_possible_wrap, reason = "numbers of a small table")]
    pub(super) unsafe fn groups_of_four_avx512(bits: u32, entry: u32, out: *mut u32) -> usize {
        // SAFETY: there are more than eight numbers; no alignment is needed.
        let numbers = unsafe { _mm256_loadu_si256(NUMBERS.as_ptr().cast()) };
        let shifts = _mm256_slli_epi32::<2>(numbers);
        let patterns = _mm256_srlv_epi32(_mm256_set1_epi32(bits as i32), shifts);
        let patterns = _mm256_and_si256(patterns, _mm256_set1_epi32(15));
        let first = _mm256_add_epi32(
            _mm256_slli_epi32::<4>(numbers),
            _mm256_set1_epi32(entry as i32),
        );
        let mask = _mm256_test_epi32_mask(patterns, patterns);
        let entries = _mm256_maskz_compress_epi32(mask, _mm256_add_epi32(first, patterns));
        // SAFETY: the caller has said that there is room.
        unsafe { _mm256_storeu_si256(out.cast(), entries) };
        mask.count_ones() as usize
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
            let selection = Selection::new(&[&bits], group, &panels, 0, 2);
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
        for group in [1, 4] {
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
