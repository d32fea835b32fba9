//! A first column that counts the rows.

/// Fewer rows may count by chance.
const LEAST_ROWS: u64 = 5;

/// What the cells of the first column are, seen one after the other.
#[derive(Debug, Default)]
pub(super) struct Index {
    rows: u64,
    /// The first number; none before a row, or where the cells do not count.
    from: Option<i64>,
    broken: bool,
    words: bool,
    numbers: Vec<i64>,
    fractions: bool,
}

/// What a first column is, once all of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 0, 1, 2, … or 1, 2, 3, ….
    Counts,
    /// Whole numbers, all different.
    Numbers,
    /// Words.
    Words,
    /// Anything else.
    Values,
}

impl Index {
    /// Looks at the next cell. Whole numbers are kept where `all` of them may be needed.
    pub(super) fn see(&mut self, cell: &str, all: bool) {
        let row = self.rows.cast_signed();
        self.rows += 1;
        match cell.parse::<i64>() {
            Ok(number) => {
                let from = *self.from.get_or_insert(number);
                self.broken |= !(0..=1).contains(&from) || from.checked_add(row) != Some(number);
                if all {
                    self.numbers.push(number);
                }
            }
            Err(_) => {
                self.broken = true;
                self.fractions |= cell.parse::<f64>().is_ok() || cell.is_empty();
                self.words |= cell.parse::<f64>().is_err() && !cell.is_empty();
            }
        }
    }

    /// Whether it still counts: if not, it need not be seen any more, unless all numbers are wanted.
    pub(super) fn counts(&self) -> bool {
        !self.broken
    }

    /// Whether so many rows count that it is no chance.
    pub(super) fn surely_counts(&self) -> bool {
        self.counts() && self.rows >= LEAST_ROWS
    }

    /// What the column is.
    pub(super) fn kind(mut self) -> Kind {
        if self.counts() {
            return Kind::Counts;
        }
        if self.words {
            return Kind::Words;
        }
        self.numbers.sort_unstable();
        let differ = self.numbers.windows(2).all(|pair| pair[0] != pair[1]);
        if differ && !self.fractions {
            Kind::Numbers
        } else {
            Kind::Values
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_apart() {
        for (cells, expected) in [
            (&["0", "1", "2"][..], Kind::Counts),
            (&["1", "2", "3"], Kind::Counts),
            (&["2", "3", "4"], Kind::Numbers),
            (&["7", "3", "5"], Kind::Numbers),
            (&["0", "1", "0"], Kind::Values),
            (&["0", "1", "1.5"], Kind::Values),
            (&["0", "", "1"], Kind::Values),
            (&["a", "1", "b"], Kind::Words),
        ] {
            let mut index = Index::default();
            for cell in cells {
                index.see(cell, true);
            }
            assert_eq!(index.kind(), expected, "{cells:?}");
        }
        let mut index = Index::default();
        for row in 1..5 {
            index.see(&row.to_string(), false);
        }
        assert!(index.counts() && !index.surely_counts());
        index.see("5", false);
        assert!(index.surely_counts());
    }
}
