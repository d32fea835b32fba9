//! Sums over every subset of a few neighbouring rows of a matrix: the method of the four Russians.
//!
//! A sum of the rows that a bit pattern switches on needs one addition per group of neighbours in
//! place of one per row, if the sums over all subsets of each group are at hand. For groups of one
//! the table is a copy of the rows, in the order and alignment that the processor likes best.
//!
//! # References
//!
//! V. L. Arlazarov, E. A. Dinic, M. A. Kronrod, I. A. Faradžev: *On economical construction of the
//! transitive closure of a directed graph*, Soviet Mathematics Doklady 11, 1970.

use crate::{
    line::{LANES, Line},
    simd::versions,
    term::Source,
    transpose::Square,
};

/// Rows of the source that are read at once; a multiple of every size of group.
const AT_ONCE: usize = 16;

/// A part of a table to build: groups of rows, and a tile of columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// Rows in a group.
    pub(crate) group: usize,
    pub(crate) first_group: usize,
    /// The first column; the tile is as wide as its lines, zero past the last column.
    pub(crate) column: usize,
    /// A bit for each row of the source that anyone sums; groups without one are left as they are.
    pub(crate) used: &'a [u32],
}

/// Entries of a table for a group of rows.
pub(crate) fn entries(group: usize) -> usize {
    if group == 1 { 1 } else { 1 << group }
}

versions! {
    /// Fills `table`: a group has `2ᵍʳᵒᵘᵖ` entries of `V` lines, entry `e` the sum of the rows whose
    /// bits are set in `e`. For groups of one there is one entry, the row. What nobody asks for is not
    /// written: groups that are not in use, and the empty sum.
    pub(crate) fn fill_table[const V: usize][V](source: Source<'_>, part: Part<'_>, table: &mut [Line])
        = fill_table_kernel;
}

#[inline(always)]
fn fill_table_kernel<const V: usize>(source: Source<'_>, part: Part<'_>, table: &mut [Line]) {
    let mut rows = [[Line::default(); V]; AT_ONCE];
    let groups_at_once = AT_ONCE / part.group;
    let entries = table.as_chunks_mut::<V>().0;
    let pieces = entries.chunks_mut(groups_at_once * self::entries(part.group));
    for (i, piece) in pieces.enumerate() {
        let first = part.first_group * part.group + i * AT_ONCE;
        let used = bits_from(part.used, first);
        if used == 0 {
            continue;
        }
        if source.transposed {
            read_columns(source, first, part.column, &mut rows);
        } else {
            read_rows(source, first, part.column, &mut rows);
        }
        if part.group == 1 {
            piece.copy_from_slice(&rows[..piece.len()]);
            continue;
        }
        match part.group {
            2 => fill_groups::<V, 2, 4>(&rows, used, piece),
            4 => fill_groups::<V, 4, 16>(&rows, used, piece),
            size => unreachable!("no tables of groups of {size}"),
        }
    }
}

/// The bits of so many rows as are read at once.
#[inline(always)]
fn bits_from(words: &[u32], first: usize) -> u32 {
    let word = |i: usize| u64::from(words.get(i).copied().unwrap_or(0));
    let (i, offset) = (first / 32, first % 32);
    let bits = (word(i) | word(i + 1) << 32) >> offset;
    (bits & ((1 << AT_ONCE) - 1)) as u32
}

/// Tables of groups of two or four.
#[inline(always)]
fn fill_groups<const V: usize, const GROUP: usize, const ENTRIES: usize>(
    rows: &[[Line; V]],
    used: u32,
    table: &mut [[Line; V]],
) {
    let tables = table.as_chunks_mut::<ENTRIES>().0;
    for (i, (rows, table)) in rows.as_chunks::<GROUP>().0.iter().zip(tables).enumerate() {
        if used >> (i * GROUP) & ((1 << GROUP) - 1) == 0 {
            continue;
        }
        for v in 0..V {
            let sums = subset_sums::<GROUP, ENTRIES>(&rows.map(|row| row[v]));
            for e in 1..ENTRIES {
                table[e][v] = sums[e];
            }
        }
    }
}

/// The sums of all subsets of up to four lines.
#[inline(always)]
fn subset_sums<const GROUP: usize, const ENTRIES: usize>(rows: &[Line; GROUP]) -> [Line; ENTRIES] {
    let mut sums = [Line::default(); ENTRIES];
    // With the bounds of these loops constant, all of it is straight-line code.
    for e in 1..ENTRIES {
        let highest = e.ilog2() as usize;
        sums[e] = sums[e - (1 << highest)] + rows[highest];
    }
    sums
}

/// Copies a tile of a row-major source, zero past its edges.
#[inline(always)]
fn read_rows<const V: usize>(
    source: Source<'_>,
    first: usize,
    column: usize,
    out: &mut [[Line; V]; AT_ONCE],
) {
    for (i, out) in out.iter_mut().enumerate() {
        let row = first + i;
        if row >= source.rows {
            *out = [Line::default(); V];
            continue;
        }
        let values = &source.values[row * source.columns..][column..source.columns];
        let (whole, last) = values.as_chunks::<LANES>();
        for v in 0..V {
            out[v] = match whole.get(v) {
                Some(values) => Line(*values) * source.scale,
                None if v == whole.len() => Line::padded(last) * source.scale,
                None => Line::default(),
            };
        }
    }
}

/// The same where the source holds the transpose: squares of 16 × 16 change rows for columns.
#[inline(always)]
fn read_columns<const V: usize>(
    source: Source<'_>,
    first: usize,
    column: usize,
    out: &mut [[Line; V]; AT_ONCE],
) {
    for v in 0..V {
        let column = column + v * LANES;
        if column + LANES <= source.columns && first + AT_ONCE <= source.rows {
            let place = column * source.rows + first;
            let square = Square {
                values: &source.values[place..],
                stride: source.rows,
                scale: source.scale,
            };
            square.transpose(&mut out.as_flattened_mut()[v..], V);
            continue;
        }
        for lane in 0..LANES {
            let column = column + lane;
            let values = if column < source.columns {
                &source.values[column * source.rows..][first..source.rows]
            } else {
                &[]
            };
            for i in 0..AT_ONCE {
                out[i][v].0[lane] = values.get(i).map_or(0.0, |x| x * source.scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Level;

    /// Small integers, so that every sum is exact.
    fn element(row: usize, column: usize) -> f32 {
        ((row * 31 + column * 17) % 64) as f32 - 20.0
    }

    #[test]
    fn entries_are_the_sums_of_their_rows() {
        const V: usize = 2;
        for (rows, columns, column) in [(37, 83, 64), (37, 83, 32), (1, 1, 0), (16, 64, 32)] {
            let by_rows: Vec<f32> = (0..rows * columns)
                .map(|i| element(i / columns, i % columns))
                .collect();
            let by_columns: Vec<f32> = (0..rows * columns)
                .map(|i| element(i % rows, i / rows))
                .collect();
            // In use but for seven rows of every thirty.
            let in_use = |row: &usize| row % 30 < 5 || row % 30 > 11;
            let mut used = vec![0; rows.div_ceil(32)];
            for row in (0..rows).filter(in_use) {
                used[row / 32] |= 1 << (row % 32);
            }
            for (group, first_group) in [(1, 0), (1, 16), (2, 8), (4, 0), (4, 4)] {
                for (values, transposed) in [(&by_rows, false), (&by_columns, true)] {
                    let source = Source {
                        values,
                        rows,
                        columns,
                        transposed,
                        scale: -2.0,
                    };
                    let groups = rows.div_ceil(group).saturating_sub(first_group);
                    let part = Part {
                        group,
                        first_group,
                        column,
                        used: &used,
                    };
                    for level in Level::all() {
                        let mut table = vec![Line([f32::NAN; LANES]); groups * entries(group) * V];
                        fill_table::<V>(level, source, part, &mut table);
                        for (i, entry) in table.as_chunks::<V>().0.iter().enumerate() {
                            let (g, mut e) = (i / entries(group), i % entries(group));
                            let first = (first_group + g) * group;
                            if !(first..(first + group).min(rows)).any(|row| in_use(&row)) {
                                let left = |line: &Line| line.0[0].is_nan();
                                assert!(group == 1 || entry.iter().all(left), "{part:?}: {i}");
                                continue;
                            }
                            if group == 1 {
                                e = 1;
                            } else if e == 0 {
                                continue;
                            }
                            for (j, sum) in entry.iter().flat_map(|line| line.0).enumerate() {
                                let row = |b: usize| (first_group + g) * group + b;
                                let inside = |b: &usize| {
                                    e >> b & 1 == 1 && row(*b) < rows && column + j < columns
                                };
                                let expected: f32 = (0..group)
                                    .filter(inside)
                                    .map(|b| -2.0 * element(row(b), column + j))
                                    .sum();
                                assert!((sum - expected).abs() < f32::EPSILON, "{part:?}: {i} {j}");
                            }
                        }
                    }
                }
            }
        }
    }
}
