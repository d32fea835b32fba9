//! How a product is cut into pieces, and with groups of which size it costs least.

use crate::{
    bits::BitMatrix,
    product::Term,
    select::{AT_ONCE, Panel, panels},
    table::{LANES, Line, entries},
};

/// The size of a table that leaves room in a second-level cache for what streams by.
pub(crate) const TABLE_BYTES: usize = 512 * 1024;
/// The widest tile, in lines; accumulators of all its lines fit in the registers.
pub(crate) const WIDEST: usize = 4;

// What follows was measured, on products of two hundred to two thousand units.

/// Lines written to a table cost as much as so many read from a small one.
const BUILD: usize = 3;
/// Groups of a row that are looked at [together](AT_ONCE) for its list cost as much as so many lines.
const LIST: usize = 13;
/// From tables of this size on, a line costs half as much again as from one in the first-level cache.
const FAR: usize = 256 * 1024;

/// The pieces of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Neighbours whose subsets have their sums in a table: one, two or four.
    pub(crate) group: usize,
    /// The most lines in a tile.
    pub(crate) width: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Lines read or written.
    pub(crate) work: usize,
    /// What the product costs, in halves of a line that is read from a small table.
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
            // The widest tile whose whole table fits, else a narrow one and several panels.
            let bytes = |width: usize| groups * entries(group) * width * size_of::<Line>();
            let fits = |width: &usize| bytes(*width) <= TABLE_BYTES;
            let width = [WIDEST, 2].into_iter().find(fits).unwrap_or(2);
            // The sum of none is not written.
            let written = used[i] * (entries(group) - 1).max(1);
            let work = BUILD * written + read[i];
            let far = read[i] * bytes(width).min(FAR) / FAR;
            let lists = LIST * rows * groups.div_ceil(AT_ONCE);
            Self {
                group,
                width,
                rows,
                columns,
                work: work * lines,
                cost: (2 * work + far) * lines + 2 * lists,
            }
        })
    }

    /// The parts of the table that are made one after the other.
    pub(crate) fn panels(&self, terms: &[Term<'_>]) -> Vec<Panel> {
        let groups = |term: &Term<'_>| term.source.rows.div_ceil(self.group);
        let bytes = entries(self.group) * self.width * size_of::<Line>();
        panels(terms.iter().map(groups), TABLE_BYTES / bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        philox::Key,
        table::Source,
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
        assert_eq!(best(100, 400, 0.05), 1);
        assert_eq!(best(100, 400, 0.5), 4);
        assert_eq!(best(1000, 400, 0.2), 4);
        assert_eq!(best(4, 400, 0.5), 1);
        // Sums that nobody asks for cost nothing: units that are always off make tables worth while.
        assert_eq!((best(100, 400, 0.15), best(100, 100, 0.6)), (1, 4));
    }
}
