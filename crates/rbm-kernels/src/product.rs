//! Products of which one factor is made of zeros and ones: sums of switched-on rows of the other.
//!
//! The columns of the result are cut into tiles. A thread that takes a tile copies that part of the
//! rows (or their [subset sums](crate::table)) into a table that stays in its second-level cache,
//! and every row of the result is then summed in registers, entry by entry, in ascending order of
//! the entries. So the bits of the result depend neither on the tiles nor on the threads.

use std::{mem::MaybeUninit, ops::Range};

use rayon::prelude::*;

use crate::{
    bits::BitMatrix,
    direct,
    line::{LANES, Line},
    output::Output,
    plan::{Plan, TABLE_BYTES, WIDEST},
    select::{Panel, Selection},
    simd::{Level, versions},
    table::{Part, entries, fill_table},
    term::Term,
};

/// Rows whose lists are made at once.
const BLOCK: usize = 32;
/// Work below which threads cost more than they bring, in lines read.
const SERIAL: usize = 20_000;

/// `out = Σ bits · source`, row-major, by tables of groups of the given size, or of the one that
/// costs least. Every element of the result is written, and none is read before.
///
/// # Panics
///
/// Where the shapes do not go together.
pub(crate) fn sum_of_products(
    terms: &[Term<'_>],
    out: &mut [MaybeUninit<f32>],
    group: Option<usize>,
) {
    let Some(first) = terms.first() else {
        return out.fill(MaybeUninit::new(0.0));
    };
    let (rows, columns) = (first.bits.rows(), first.source.columns);
    assert_eq!(
        out.len(),
        rows * columns,
        "a result of {rows} rows of {columns}"
    );
    for Term { bits, source } in terms {
        let shape = (bits.rows(), source.columns);
        assert_eq!(shape, (rows, columns), "terms of one shape");
        assert_eq!(bits.columns(), source.rows, "inner dimensions");
        assert_eq!(
            source.values.len(),
            source.rows * columns,
            "the dense factor's size"
        );
    }
    if group.is_none() && direct::fits(terms) {
        direct::sum(terms, out);
    } else if !out.is_empty() {
        let used: Vec<_> = terms.iter().map(|term| term.bits.used_columns()).collect();
        let plans = Plan::all(terms, &used).into_iter();
        let wanted = plans.filter(|plan| group.is_none_or(|group| plan.group == group));
        let plan = wanted.min_by_key(|plan| plan.cost);
        plan.expect("a plan for each size of group")
            .run(terms, &used, out);
    }
}

impl Plan {
    fn run(&self, terms: &[Term<'_>], used: &[BitMatrix], out: &mut [MaybeUninit<f32>]) {
        let bits: Vec<_> = terms.iter().map(|term| term.bits).collect();
        let panels = self.panels(terms);
        let threads = match self.work {
            0..SERIAL => 1,
            _ => rayon::current_num_threads(),
        };
        // Blocks of nearly one height, as many for each thread, and so the tiles below.
        let blocks = self.rows.div_ceil(BLOCK).next_multiple_of(threads);
        let blocks = blocks.min(self.rows);
        let first_row = |block: usize| block * self.rows / blocks;
        let select = |block: usize| {
            let rows = first_row(block)..first_row(block + 1);
            Selection::new(&bits, self.group, &panels, rows)
        };
        // None of the threads is to wait at the end.
        let lines = self.columns.div_ceil(LANES);
        let tiles = lines.div_ceil(self.width);
        let tiles = tiles.next_multiple_of(threads).min(lines);
        let first_line = |tile: usize| tile * lines / tiles;
        let out = Output::new(out, self.columns);
        let tile = |selections: &[Selection], tile: usize| {
            let lines = first_line(tile)..first_line(tile + 1);
            self.run_tile((terms, used, &panels), selections, lines, &out);
        };
        if threads == 1 {
            let selections: Vec<_> = (0..blocks).map(select).collect();
            (0..tiles).for_each(|i| tile(&selections, i));
        } else {
            let selections: Vec<_> = (0..blocks).into_par_iter().map(select).collect();
            // Where tiles are few, threads share one, each with some rows and a table of its own.
            let shares = (2 * threads).div_ceil(tiles);
            let shares = shares.min(blocks.div_ceil(4)).max(1);
            let size = blocks.div_ceil(shares);
            let tasks = (0..tiles * shares).into_par_iter().with_max_len(1);
            tasks.for_each(|task| {
                let share = selections
                    .chunks(size)
                    .nth(task % shares)
                    .unwrap_or_default();
                tile(share, task / shares);
            });
        }
    }

    fn run_tile(
        &self,
        from: (&[Term<'_>], &[BitMatrix], &[Panel]),
        selections: &[Selection],
        lines: Range<usize>,
        out: &Output,
    ) {
        let column = lines.start * LANES;
        match lines.len() {
            1 => self.run_lines::<1>(from, selections, column, out),
            2 => self.run_lines::<2>(from, selections, column, out),
            3 => self.run_lines::<3>(from, selections, column, out),
            _ => self.run_lines::<WIDEST>(from, selections, column, out),
        }
    }

    fn run_lines<const V: usize>(
        &self,
        from: (&[Term<'_>], &[BitMatrix], &[Panel]),
        selections: &[Selection],
        column: usize,
        out: &Output,
    ) {
        if selections.is_empty() {
            return;
        }
        let (level, (terms, used, panels)) = (Level::best(), from);
        with_table(|table| {
            for (i, panel) in panels.iter().enumerate() {
                let stride = entries(self.group) * V;
                for segment in panel {
                    let part = Part {
                        group: self.group,
                        first_group: segment.first_group,
                        column,
                        used: used[segment.term].row(0),
                    };
                    let table = &mut table[segment.place * stride..][..segment.groups * stride];
                    fill_table::<V>(level, terms[segment.term].source, part, table);
                }
                for selection in selections {
                    let tile = Tile {
                        out,
                        column,
                        fresh: i == 0,
                    };
                    sum_entries::<V>(level, table, selection, i, &tile);
                }
            }
        });
    }
}

/// Calls `use_table` with this thread's table, which is kept for the next call: fresh memory costs
/// more than the sums that would be written to it.
fn with_table(use_table: impl FnOnce(&mut [Line])) {
    thread_local! {
        static TABLE: std::cell::RefCell<Vec<Line>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    TABLE.with_borrow_mut(|table| {
        table.resize(TABLE_BYTES / size_of::<Line>(), Line::default());
        use_table(table);
    });
}

/// Sixteen times `V` columns of the result.
struct Tile<'a> {
    out: &'a Output,
    column: usize,
    /// Whether nothing has been added up yet.
    fresh: bool,
}

versions! {
    fn sum_entries[const V: usize][V](
        table: &[Line], selection: &Selection, panel: usize, tile: &Tile<'_>
    ) = sum_entries_kernel;
}

#[inline(always)]
fn sum_entries_kernel<const V: usize>(
    table: &[Line],
    selection: &Selection,
    panel: usize,
    tile: &Tile<'_>,
) {
    let entries = table.as_chunks::<V>().0;
    for row in 0..selection.rows {
        let list = selection.list(panel, row);
        if list.is_empty() && !tile.fresh {
            continue;
        }
        let (out, row) = (tile.out, selection.first_row + row);
        let mut sums = [Line::default(); V];
        if !tile.fresh {
            for v in 0..V {
                // SAFETY: a task alone writes this tile of these rows, the lines of a tile begin
                // within the row (it is as wide as the columns that are left), and the first panel
                // has written them all.
                sums[v] = unsafe { out.read(row, tile.column + v * LANES) };
            }
        }
        for &i in list {
            let entry = &entries[i as usize];
            for v in 0..V {
                sums[v] = sums[v] + entry[v];
            }
        }
        for v in 0..V {
            // SAFETY: as above.
            unsafe { out.write(row, tile.column + v * LANES, sums[v]) };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        philox::Key,
        term::Source,
        uniform::{Address, fill_normal, fill_uniform},
    };

    fn ones(shape: [usize; 2], density: f32, draw: u32) -> Vec<f32> {
        let address = Address {
            key: Key::from_seed(3),
            step: 1,
            draw,
        };
        let mut u = vec![0f32; shape[0] * shape[1]];
        fill_uniform(&mut u, address);
        u.iter()
            .map(|u| f32::from(u8::from(*u < density)))
            .collect()
    }

    fn normal(n: usize) -> Vec<f32> {
        let mut x = vec![0f32; n];
        fill_normal(
            &mut x,
            Address {
                key: Key::from_seed(4),
                step: 1,
                draw: 0,
            },
        );
        x
    }

    /// Adds the rows one by one, in order, in single precision.
    fn plain(x: &[f32], w: &[f32], [m, k, n]: [usize; 3]) -> Vec<f32> {
        let mut out = vec![0f32; m * n];
        for r in 0..m {
            for i in (0..k).filter(|i| x[r * k + i] == 1.0) {
                for j in 0..n {
                    out[r * n + j] += w[i * n + j];
                }
            }
        }
        out
    }

    fn transpose(x: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
        (0..x.len())
            .map(|i| x[i % rows * columns + i / rows])
            .collect()
    }

    fn close(a: &[f32], b: &[f32], k: usize) {
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            let slack = 1e-6 * (k as f32).sqrt().max(1.0) * (1.0 + b.abs());
            assert!((a - b).abs() <= slack, "{a} against {b} at {i}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn equals_the_plain_sum(
            m in 0usize..90, k in 0usize..150, n in 0usize..150,
            density in prop::sample::select(vec![0f32, 0.1, 0.5, 1.0]),
        ) {
            let (x, w) = (ones([m, k], density, 1), normal(k * n));
            let bits = BitMatrix::from_rows(&x, [m, k]).unwrap();
            let expected = plain(&x, &w, [m, k, n]);
            let wt = transpose(&w, [k, n]);
            for group in [None, Some(1), Some(2), Some(4)] {
                for (values, transposed) in [(&w, false), (&wt, true)] {
                    let source = Source { values, rows: k, columns: n, transposed, scale: 1.0 };
                    let mut out = vec![MaybeUninit::new(f32::NAN); m * n];
                    sum_of_products(&[Term { bits: &bits, source }], &mut out, group);
                    // SAFETY: there was a number in each element from the beginning.
                    let out: Vec<f32> = out.into_iter().map(|x| unsafe { x.assume_init() }).collect();
                    let direct = group.is_none() && m * k * n <= 1 << 17 && n >= 16 && !transposed;
                    if group == Some(1) || direct {
                        prop_assert_eq!(&out, &expected);
                    } else {
                        close(&out, &expected, k);
                    }
                }
            }
        }
    }

    /// Rows that are taken to the table a part at a time: whole numbers, so that every sum is exact.
    #[test]
    fn what_fits_no_table_is_added_up_in_parts() {
        let shape @ [m, k, n] = [5, 2100, 70];
        let x = ones([m, k], 0.4, 1);
        let w: Vec<f32> = (0..k * n).map(|i| (i * 37 % 101) as f32 - 50.0).collect();
        let bits = BitMatrix::from_rows(&x, [m, k]).unwrap();
        let source = Source {
            values: &w,
            rows: k,
            columns: n,
            transposed: false,
            scale: 1.0,
        };
        let terms = [Term {
            bits: &bits,
            source,
        }];
        let plans = Plan::all(&terms, &[bits.used_columns()]);
        assert_eq!(plans.map(|plan| plan.panels(&terms).len()), [1, 5, 9]);
        for plan in plans {
            let mut out = vec![MaybeUninit::new(f32::NAN); m * n];
            sum_of_products(&terms, &mut out, Some(plan.group));
            // SAFETY: there was a number in each element from the beginning.
            let out: Vec<f32> = out
                .into_iter()
                .map(|x| unsafe { x.assume_init() })
                .collect();
            assert_eq!(out, plain(&x, &w, shape));
        }
    }
}
