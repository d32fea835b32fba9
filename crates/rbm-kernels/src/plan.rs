//! How a product is cut into pieces, and with groups of which size it costs least.

use crate::{
    bits::BitMatrix,
    line::{LANES, Line},
    select::{AT_ONCE, Panel, panels},
    table::entries,
    term::Term,
};

/// The size of a table that leaves room in a second-level cache for what streams by.
pub(crate) const TABLE_BYTES: usize = 512 * 1024;
/// The widest tile, in lines; accumulators of all its lines fit in the registers.
pub(crate) const WIDEST: usize = 4;

// What follows was measured, on products of a hundred to four thousand units.

/// The largest table with tiles of four lines. Beyond, tiles of two are faster, though lists are read
/// twice as often: their table is half as large.
const NEAR: usize = 128 * 1024;
/// Where a table does not fit as a whole, the size of its parts.
const PART: usize = 256 * 1024;
/// Lines written to a table cost as much as so many read from one.
const BUILD: usize = 3;
/// Groups of a row that are looked at [together](AT_ONCE) for its list cost as much as so many lines.
const LIST: usize = 13;

/// The pieces of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Neighbours whose subsets have their sums in a table: one, two or four.
    pub(crate) group: usize,
    /// The most lines in a tile.
    pub(crate) width: usize,
    /// The most groups whose part of the table is made at once.
    pub(crate) panel: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Lines read or written.
    pub(crate) work: usize,
    /// What the product costs, in lines read.
    pub(crate) cost: usize,
}

impl Plan {
    /// One for each size of group. `used` are the columns of each term that any row has a one in.
    pub(crate) fn all(terms: &[Term<'_>], used: &[BitMatrix]) -> [Self; 3] {
        let sum = |counts: &mut dyn Iterator<Item = [usize; 3]>| {
            counts.fold([0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]])
        };
        let read = sum(&mut terms.iter().map(|term| term.bits.count_groups()));
        let used = sum(&mut used.iter().map(BitMatrix::count_groups));
        let (rows, columns) = (terms[0].bits.rows(), terms[0].source.columns);
        let lines = columns.div_ceil(LANES);
        [0, 1, 2].map(|i| {
            let group = 1 << i;
            let groups = terms.iter().map(|term| term.source.rows.div_ceil(group));
            let groups: usize = groups.sum();
            let group_bytes = |width: usize| entries(group) * width * size_of::<Line>();
            let fits = |width: usize, bytes: usize| groups * group_bytes(width) <= bytes;
            let (width, part) = if fits(WIDEST, NEAR) {
                (WIDEST, NEAR)
            } else if fits(2, TABLE_BYTES) {
                (2, TABLE_BYTES)
            } else {
                (WIDEST, PART)
            };
            // The sum of none is not written.
            let written = used[i] * (entries(group) - 1).max(1);
            let work = (BUILD * written + read[i]) * lines;
            let lists = LIST * rows * groups.div_ceil(AT_ONCE);
            Self {
                group,
                width,
                panel: part / group_bytes(width),
                rows,
                columns,
                work,
                cost: work + lists,
            }
        })
    }

    /// The parts of the table that are made one after the other.
    pub(crate) fn panels(&self, terms: &[Term<'_>]) -> Vec<Panel> {
        let groups = |term: &Term<'_>| term.source.rows.div_ceil(self.group);
        panels(terms.iter().map(groups), self.panel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        philox::Key,
        term::Source,
        uniform::{Address, fill_uniform},
    };

    /// The size of group that costs least for `rows` of 400 units of which the first `used` are on now
    /// and then.
    fn best(rows: usize, used: usize, density: f32) -> usize {
        let address = Address {
            key: Key::from_seed(3),
            step: 0,
            draw: 0,
        };
        let mut x = vec![0f32; rows * 400];
        fill_uniform(&mut x, address);
        for (i, x) in x.iter_mut().enumerate() {
            *x = f32::from(u8::from(i % 400 < used && *x < density));
        }
        let bits = BitMatrix::from_rows(&x, [rows, 400]).unwrap();
        let source = Source {
            values: &vec![0.0; 400 * 500],
            rows: 400,
            columns: 500,
            transposed: false,
            scale: 1.0,
        };
        let used = [bits.used_columns()];
        let plans = Plan::all(
            &[Term {
                bits: &bits,
                source,
            }],
            &used,
        );
        let plan = plans.into_iter().min_by_key(|plan| plan.cost);
        plan.unwrap().group
    }

    #[test]
    fn tables_are_for_many_rows_with_many_ones() {
        assert_eq!(best(100, 400, 0.5), 4);
        assert_eq!(best(1000, 400, 0.2), 4);
        assert_eq!(best(4, 400, 0.5), 1);
        // Sums that nobody asks for cost nothing: units that are always off make tables worth while.
        assert_eq!((best(100, 400, 0.05), best(100, 100, 0.2)), (1, 2));
    }
}
