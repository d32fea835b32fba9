//! Which entries of a table each row of a bit matrix adds up.

use crate::{bits::BitMatrix, table::entries};

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
        for panel in panels {
            for row in first_row..first_row + rows {
                for segment in panel {
                    let words = bits[segment.term].row(row);
                    selection.push(words, group, *segment);
                }
                selection.ends.push(selection.indices.len());
            }
        }
        selection
    }

    /// The list of a row, counted from the first, as indices of entries in the panel's table.
    pub(crate) fn list(&self, panel: usize, row: usize) -> &[u32] {
        let i = panel * self.rows + row;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.indices[start..self.ends[i]]
    }

    /// Appends the entries that the bits of a segment switch on.
    fn push(&mut self, words: &[u32], group: usize, segment: Segment) {
        let groups_in_word = 32 / group;
        let (first, last) = (segment.first_group, segment.first_group + segment.groups);
        let mut entry = segment.place * entries(group);
        let mut group_index = first;
        while group_index < last {
            let (word, offset) = (group_index / groups_in_word, group_index % groups_in_word);
            let here = (groups_in_word - offset).min(last - group_index);
            let bits = words[word] >> (offset * group);
            let bits = bits & (u32::MAX >> (32 - here * group));
            self.push_word(bits, group, entry);
            entry += here * entries(group);
            group_index += here;
        }
    }

    /// Appends the entries of one word; the first of them is number `entry`.
    fn push_word(&mut self, mut bits: u32, group: usize, entry: usize) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a table has far fewer entries"
        )]
        let mut entry = entry as u32;
        if group == 1 {
            while bits != 0 {
                self.indices.push(entry + bits.trailing_zeros());
                bits &= bits - 1;
            }
            return;
        }
        // Every pattern is written, and those of no bits are written over: no branch to mispredict.
        let (start, mut length) = (self.indices.len(), 0);
        self.indices.resize(start + 32 / group, 0);
        let room = &mut self.indices[start..];
        while bits != 0 {
            let pattern = bits & ((1 << group) - 1);
            room[length] = entry + pattern;
            length += usize::from(pattern != 0);
            bits >>= group;
            entry += 1 << group;
        }
        self.indices.truncate(start + length);
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
        assert_eq!(
            lists(8, 16),
            [vec![9, 4 * 256 + 0x82], vec![16, 4 * 256 + 0x40]]
        );
    }
}
