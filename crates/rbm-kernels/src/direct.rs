//! Small products of which one factor is made of zeros and ones, without a table: the rows that are
//! switched on are read where they are.
//!
//! The sums are those of a [table](crate::product) with groups of one, in the same order, bit for bit.

use std::mem::MaybeUninit;

use crate::{
    line::{LANES, Line},
    simd::{Level, versions},
    term::{Source, Term},
};

/// Elements of the three-way product below which a table costs more than it brings.
const SMALL: usize = 1 << 17;
/// Lines that a row of the result is summed in at once; with those that are read they fit in registers.
const WIDEST: usize = 6;

/// Whether these products are small ones whose rows can be read where they are.
pub(crate) fn fits(terms: &[Term<'_>]) -> bool {
    let work = |term: &Term<'_>| term.bits.rows() * term.source.rows * term.source.columns;
    terms.iter().map(work).sum::<usize>() <= SMALL
        && terms
            .iter()
            .all(|term| !term.source.transposed && term.source.columns >= LANES)
}

/// `out = Σ bits · source`, on one thread.
pub(crate) fn sum(terms: &[Term<'_>], out: &mut [MaybeUninit<f32>]) {
    let columns = terms[0].source.columns;
    let level = Level::best();
    let mut lists: Vec<List<'_>> = terms.iter().map(List::of).collect();
    for (row, out) in out.chunks_exact_mut(columns).enumerate() {
        for (list, term) in lists.iter_mut().zip(terms) {
            list.read(term.bits.row(row));
        }
        let whole = columns / LANES;
        for first in (0..whole).step_by(WIDEST) {
            let column = first * LANES;
            match whole - first {
                1 => add_rows::<1>(level, &lists, column, out),
                2 => add_rows::<2>(level, &lists, column, out),
                3 => add_rows::<3>(level, &lists, column, out),
                4 => add_rows::<4>(level, &lists, column, out),
                5 => add_rows::<5>(level, &lists, column, out),
                _ => add_rows::<WIDEST>(level, &lists, column, out),
            }
        }
        if whole * LANES < columns {
            // A line that ends with the row: some sums of the one before are made twice, the same.
            add_rows::<1>(level, &lists, columns - LANES, out);
        }
    }
}

/// The rows of a source that are to be added up.
struct List<'a> {
    source: Source<'a>,
    /// Numbers of rows, below those of the source.
    rows: Vec<u32>,
}

impl<'a> List<'a> {
    fn of(term: &Term<'a>) -> Self {
        Self {
            source: term.source,
            rows: Vec::with_capacity(term.source.rows),
        }
    }

    fn read(&mut self, words: &[u32]) {
        self.rows.clear();
        for (&word, first) in words.iter().zip((0u32..).step_by(32)) {
            let mut word = word;
            while word != 0 {
                self.rows.push(first + word.trailing_zeros());
                word &= word - 1;
            }
        }
        let rows = self.source.rows;
        let inside = self.rows.last().is_none_or(|&last| (last as usize) < rows);
        assert!(inside, "no bits past the last row of the source");
    }

    /// Lines of a row from a column on.
    ///
    /// # Safety
    ///
    /// The row is one of the list's, and so many columns are in it.
    #[inline(always)]
    unsafe fn lines<const V: usize>(&self, row: u32, column: usize) -> &[[f32; LANES]; V] {
        let start = row as usize * self.source.columns + column;
        // SAFETY: `values` has `rows` rows, the list's are below that as `read` has seen, and the
        // caller answers for the columns.
        unsafe { &*self.source.values.as_ptr().add(start).cast() }
    }
}

versions! {
    fn add_rows[const V: usize][V](
        lists: &[List<'_>], column: usize, out: &mut [MaybeUninit<f32>]
    ) = add_rows_kernel;
}

/// Sums `V` lines from `column` on.
#[inline(always)]
fn add_rows_kernel<const V: usize>(
    lists: &[List<'_>],
    column: usize,
    out: &mut [MaybeUninit<f32>],
) {
    let out = out[column..][..V * LANES].as_chunks_mut::<LANES>().0;
    let mut sums = [Line::default(); V];
    for list in lists {
        for &row in &list.rows {
            // SAFETY: the row is from the list, and a source is as wide as the result.
            let lines = unsafe { list.lines::<V>(row, column) };
            for v in 0..V {
                sums[v] = sums[v] + Line(lines[v]) * list.source.scale;
            }
        }
    }
    for v in 0..V {
        out[v] = sums[v].0.map(MaybeUninit::new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bits::BitMatrix, product::sum_of_products};

    /// Two phases with factors: the sums of tables with groups of one, bit for bit.
    #[test]
    fn equals_the_sums_of_tables() {
        let number = |i: usize| (i.wrapping_mul(0x9E37_79B9) >> 9 & 0xFFF) as f32 / 4096.0;
        for [m, k, n] in [[1, 1, 16], [10, 64, 100], [33, 40, 31], [5, 50, 200]] {
            let bits = |k: usize, density: f32| {
                let x: Vec<f32> = (0..m * k)
                    .map(|i| f32::from(u8::from(number(i + k) < density)))
                    .collect();
                BitMatrix::from_rows(&x, [m, k]).unwrap()
            };
            let (one, two) = (bits(k, 0.4), bits(k + 3, 0.9));
            let values: Vec<f32> = (0..(k + 3) * n).map(number).collect();
            let term = |bits, rows: usize, scale| Term {
                bits,
                source: Source {
                    values: &values[..rows * n],
                    rows,
                    columns: n,
                    transposed: false,
                    scale,
                },
            };
            let terms = [term(&one, k, 0.1), term(&two, k + 3, -0.3)];
            assert!(fits(&terms));
            let run = |group| {
                let mut out = vec![f32::NAN; m * n];
                sum_of_products(&terms, crate::fresh::of_written(&mut out), group);
                out
            };
            assert_eq!(run(None), run(Some(1)), "{m} {k} {n}");
        }
    }
}
