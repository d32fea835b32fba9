//! What the first line of a table is.

use super::separator::is_number;
use crate::ReadOptions;

/// What programs write for a cell that is missing.
const MISSING: [&str; 7] = ["", "?", "-", "NA", "N/A", "null", "None"];
/// What pandas calls a first column without a name.
const UNNAMED: &str = "Unnamed: 0";

/// Names of columns, and what has to be said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    /// A name for each column, where there are names.
    pub(super) names: Option<Vec<String>>,
    /// Whether the first line has them, and is no row.
    pub(super) is_line: bool,
    /// What could be otherwise, and how to say so.
    pub(super) note: Option<String>,
}

impl Heading {
    /// Looks at the cells of the first two lines and the comment before them.
    pub(super) fn of(
        first: &[String],
        second: Option<&[String]>,
        comment: Option<Vec<String>>,
        options: &ReadOptions,
    ) -> Self {
        let line = |names: Vec<String>, note: Option<String>| Self {
            names: Some(names),
            is_line: true,
            note,
        };
        let own = || first.to_vec();
        if second.is_some_and(|second| second.len() == first.len() + 1)
            && first.iter().all(|cell| !is_number(cell))
        {
            // R leaves out the name of the names of rows.
            let mut names = vec![String::new()];
            names.extend(own());
            return line(names, None);
        }
        if asked_by_name(options).any(|name| first.iter().any(|cell| cell == name)) {
            return line(own(), None);
        }
        let values = values_of(first, options);
        if values.iter().all(|cell| !is_number(cell)) && values.iter().any(|cell| !is_missing(cell))
        {
            // A missing first cell of a row, or the name of an index.
            let in_front = values[0].is_empty();
            let others = values[1..].iter().any(|cell| is_missing(cell));
            if !(in_front && others) {
                return line(own(), None);
            }
        }
        let (head, rest) = match values.split_first() {
            Some((head, rest)) if head.is_empty() && !rest.is_empty() => (true, rest),
            _ => (false, &values[..]),
        };
        match (counted(rest), head) {
            (Some(0), true) => return line(own(), None),
            (Some(0), false) if rest.len() > 2 => {
                let note = format!(
                    "the first line, {}, is taken for a header; if it is a row, put a line of names above it",
                    shown(rest)
                );
                return line(own(), Some(note));
            }
            (Some(from), false) if rest.len() == 2 && from == 0 || rest.len() > 2 => {
                let note = format!(
                    "the first line, {}, is taken for a row; if it is a header, remove it, or give the \
                     columns names that are no numbers",
                    shown(rest)
                );
                return Self {
                    names: None,
                    is_line: false,
                    note: Some(note),
                };
            }
            _ => {}
        }
        // Names of which some are numbers, as in `label,0,1,2`: they are counted, and below the others there are
        // numbers.
        let numbers: Vec<&String> = rest
            .iter()
            .copied()
            .filter(|cell| is_number(cell))
            .collect();
        let named = rest.iter().all(|cell| is_number(cell) || !is_missing(cell));
        if named && numbers.len() > 1 && numbers.len() < rest.len() && counted(&numbers).is_some() {
            let note = format!("the first line, {}, is taken for a header", shown(rest));
            return line(own(), Some(note));
        }
        Self {
            names: comment.filter(|names| {
                names.len() == first.len() && names.iter().all(|name| !is_number(name))
            }),
            is_line: false,
            note: None,
        }
    }

    /// Whether the first column has no name, though the others have.
    pub(super) fn is_first_unnamed(&self) -> bool {
        let names = self.names.as_ref();
        names.is_some_and(|names| names.len() > 1 && (names[0].is_empty() || names[0] == UNNAMED))
    }
}

/// The columns that are asked for by something that is no number.
fn asked_by_name(options: &ReadOptions) -> impl Iterator<Item = &str> {
    let asked = options.label_column.iter().chain(&options.drop);
    asked
        .map(String::as_str)
        .filter(|name| name.parse::<i64>().is_err())
}

/// The cells of columns that are not asked for by number: those have to be numbers in a row.
fn values_of<'a>(cells: &'a [String], options: &ReadOptions) -> Vec<&'a String> {
    let asked = options.label_column.iter().chain(&options.drop);
    let places: Vec<usize> = asked
        .filter_map(|text| {
            let number: i64 = text.parse().ok()?;
            let place = usize::try_from(number.unsigned_abs())
                .ok()?
                .checked_sub(1)?;
            if number > 0 {
                Some(place)
            } else {
                cells.len().checked_sub(place + 1)
            }
        })
        .collect();
    let values: Vec<&String> = cells
        .iter()
        .enumerate()
        .filter(|(place, _)| !places.contains(place))
        .map(|(_, cell)| cell)
        .collect();
    if values.is_empty() {
        return cells.iter().collect();
    }
    values
}

/// The number from which the cells count up by one, where that is 0 or 1.
fn counted(cells: &[&String]) -> Option<usize> {
    let from: usize = cells.first()?.parse().ok().filter(|&first| first <= 1)?;
    let mut counts = cells.iter().zip(from..);
    counts
        .all(|(cell, count)| cell.as_str() == count.to_string())
        .then_some(from)
}

pub(super) fn is_missing(cell: &str) -> bool {
    MISSING
        .iter()
        .any(|missing| cell.eq_ignore_ascii_case(missing))
}

/// The first cells of a line, for a message.
fn shown(cells: &[&String]) -> String {
    let few: Vec<&str> = cells.iter().take(5).map(|cell| cell.as_str()).collect();
    let more = if cells.len() > few.len() { ",…" } else { "" };
    let mut text: String = few.join(",").chars().take(60).collect();
    text.push_str(more);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn heading(first: &str, second: &str, label: Option<&str>) -> Heading {
        let options = ReadOptions {
            label_column: label.map(str::to_owned),
            ..ReadOptions::default()
        };
        Heading::of(&cells(first), Some(&cells(second)), None, &options)
    }

    #[test]
    fn first_lines_that_programs_write_are_headers() {
        for (first, second, label, said) in [
            ("a,b,c", "1,0,1", None, false),
            // pandas, with and without an index, whose columns have names or numbers.
            (",a,b", "0,1,0", None, false),
            (",0,1", "0,1,0", None, false),
            ("0,1,2", "1,0,1", None, true),
            ("label,0,1,2", "7,0,0,1", None, true),
            ("label,1x1,1x2", "7,0,0", None, false),
            ("0,1,2,y", "1,0,0,cat", Some("y"), false),
            ("2,1,y", "1,0,0", Some("y"), false),
        ] {
            let found = heading(first, second, label);
            assert!(
                found.is_line && found.names == Some(cells(first)),
                "{first}"
            );
            assert_eq!(found.note.is_some(), said, "{first}");
        }
        let r = heading("a,b", "row 1,1,0", None);
        assert_eq!(r.names, Some(cells(",a,b")));
        assert!(r.is_first_unnamed() && heading(",a,b", "0,1,1", None).is_first_unnamed());
        assert!(heading("Unnamed: 0,a", "0,1", None).is_first_unnamed());
    }

    #[test]
    fn first_rows_are_rows() {
        for (first, second, label, said) in [
            ("1,0,1", "0,0,1", None, false),
            ("5.1,3.5,setosa", "4.9,3,setosa", Some("3"), false),
            ("5.1,3.5,setosa", "4.9,3,setosa", None, false),
            ("0,1", "1,1", None, true),
            ("1,2,3,4", "5,6,7,8", None, true),
            ("0", "1", None, false),
            ("1,x", "1,0", None, false),
            ("1,?,0", "0,1,1", None, false),
            ("NA,?,", "0,1,1", None, false),
            (",1,0", "0,1,1", None, false),
            ("nan,nan", "0,1", None, false),
        ] {
            let found = heading(first, second, label);
            assert!(!found.is_line && found.names.is_none(), "{first}");
            assert_eq!(found.note.is_some(), said, "{first}");
        }
    }

    #[test]
    fn a_comment_may_have_the_names() {
        let of = |comment: &str| {
            let comment = Some(cells(comment));
            Heading::of(&cells("1,0"), None, comment, &ReadOptions::default()).names
        };
        assert_eq!(of("a,b"), Some(cells("a,b")));
        assert_eq!(of("made by hand"), None);
        assert_eq!(of("1,2"), None);
    }
}
