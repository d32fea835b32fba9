//! A small table whose cells may be words: labels.

use std::io::Read;
use std::path::Path;

use super::index::{Index, Kind};
use super::lines::Lines;
use super::separator::{Separator, is_number};
use crate::DataError;

/// Rows of cells, without header and index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// The header, where there is one.
    pub(crate) names: Option<Vec<String>>,
    /// The number of each line and its cells, as many in each.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
    /// What could be otherwise.
    pub(crate) note: Option<String>,
}

impl Words {
    /// How many cells a row has.
    pub(crate) fn width(&self) -> usize {
        self.rows.first().map_or(1, |(_, row)| row.len())
    }
}

/// Reads a text that should have so many rows. One line more than that may be a header.
pub(crate) fn words(reader: impl Read, path: &Path, expected: usize) -> Result<Words, DataError> {
    let mut lines = Lines::new(reader, path)?;
    let mut all = Vec::new();
    while let Some(line) = lines.next()?.map(str::to_owned) {
        all.push((lines.number(), line));
    }
    let Some((_, first)) = all.first() else {
        return Ok(Words {
            names: None,
            rows: Vec::new(),
            note: None,
        });
    };
    let second = all.get(1).map(|(_, line)| line.as_str());
    let separator = match Separator::of(first, second) {
        // Names of classes may have blanks in them.
        Ok(Separator::Blank) if !is_split(second.unwrap_or(first)) => Separator::Nothing,
        Ok(separator) => separator,
        Err(_) => Separator::Nothing,
    };
    let cells = |line: &str| -> Vec<String> {
        separator
            .cells(line)
            .map(std::borrow::Cow::into_owned)
            .collect()
    };
    let mut rows: Vec<(u64, Vec<String>)> = all
        .iter()
        .map(|(number, line)| (*number, cells(line)))
        .collect();
    let mut note = None;
    let mut names = None;
    let width = rows.get(1).map_or(rows[0].1.len(), |(_, row)| row.len());
    // R leaves out the name of the names of rows.
    let short = rows[0].1.len() + 1 == width;
    if short || is_header(&rows, expected) {
        let (_, mut header) = rows.remove(0);
        if short {
            header.insert(0, String::new());
        } else if header.iter().all(|cell| is_number(cell)) {
            note = Some(format!(
                "{}: the first line, {}, is taken for a header, because the other {} are as many as the rows",
                path.display(),
                header.join(","),
                rows.len()
            ));
        }
        names = Some(header);
    }
    if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != width) {
        return Err(DataError::Line {
            file: path.to_owned(),
            line: *line,
            expected: format!("{width} cells as in the lines above"),
            found: format!("{} cells", row.len()),
        });
    }
    if width == 2 && has_index(&rows, names.as_deref()) {
        for (_, row) in &mut rows {
            row.remove(0);
        }
        if let Some(names) = &mut names {
            names.remove(0);
        }
    }
    Ok(Words { names, rows, note })
}

/// Whether blanks in a line stand between cells.
fn is_split(line: &str) -> bool {
    line.contains('"') || Separator::Blank.cells(line).all(|cell| is_number(&cell))
}

/// Whether the first line is a header: it is no number above numbers, or it is one too many and no class that
/// comes again, or the `0` that pandas writes above a series.
fn is_header(rows: &[(u64, Vec<String>)], expected: usize) -> bool {
    let (first, below) = (&rows[0].1, &rows[1..]);
    if below.is_empty() || below.len() + 1 == expected {
        return false;
    }
    let numbers = |row: &[String]| row.iter().all(|cell| is_number(cell));
    let is_new = || below.iter().all(|(_, row)| row != first);
    if first.iter().any(|cell| is_number(cell)) {
        let pandas = matches!(&first[..], [only] if only == "0")
            || first.first().is_some_and(String::is_empty);
        return below.len() == expected && pandas;
    }
    below.iter().all(|(_, row)| numbers(row)) || (below.len() == expected && is_new())
}

/// Whether the first of two columns is an index.
fn has_index(rows: &[(u64, Vec<String>)], names: Option<&[String]>) -> bool {
    let mut index = Index::default();
    for (_, row) in rows {
        index.see(&row[0], true);
    }
    let unnamed = names.is_some_and(|names| names[0].is_empty());
    match index.kind() {
        // 0, 1 may be a column of one-hot rows.
        Kind::Counts => unnamed || rows.len() > 2,
        Kind::Numbers | Kind::Words => unnamed,
        Kind::Values => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, expected: usize) -> Words {
        words(text.as_bytes(), Path::new("labels.csv"), expected).unwrap()
    }

    fn column(words: &Words) -> Vec<&str> {
        assert_eq!(words.width(), 1, "{words:?}");
        words.rows.iter().map(|(_, row)| row[0].as_str()).collect()
    }

    #[test]
    fn headers_and_indices_are_left_out() {
        for (text, header) in [
            ("a\nb\na\n", None),
            ("kind\na\nb\na\n", Some("kind")),
            (",kind\n0,a\n1,b\n2,a\n", Some("kind")),
            ("id,kind\n1,a\n2,b\n3,a\n", Some("kind")),
            (",kind\nr,a\ns,b\nt,a\n", Some("kind")),
            ("\"x\"\n\"1\" \"a\"\n\"2\" \"b\"\n\"3\" \"a\"\n", Some("x")),
            ("0,a\n1,b\n2,a\n", None),
        ] {
            let found = read(text, 3);
            assert_eq!(column(&found), ["a", "b", "a"], "{text}");
            assert_eq!(
                found.names.as_ref().map(|names| names[0].as_str()),
                header,
                "{text}"
            );
            assert_eq!(found.note, None);
        }
        let found = read("0\n1\n2\n1\n", 3);
        assert_eq!(column(&found), ["1", "2", "1"]);
        assert!(
            found
                .note
                .unwrap()
                .contains("the first line, 0, is taken for a header")
        );
    }

    /// A label too many stays one: it is no header that would move all others by a row.
    #[test]
    fn labels_are_no_headers() {
        for text in ["1\n0\n1\n0\n", "a\nb\na\nb\n", "5\n6\n7\n8\n"] {
            assert_eq!(read(text, 3).rows.len(), 4, "{text}");
        }
        assert_eq!(read("0\n1\n", 2).rows.len(), 2);
        assert_eq!(read("kind\n0\n1\n", 7).rows.len(), 2);
        assert_eq!(
            column(&read("New York\nLos Angeles\n", 2)),
            ["New York", "Los Angeles"]
        );
        assert_eq!(read("0 1\n1 0\n", 2).width(), 2);
    }
}
