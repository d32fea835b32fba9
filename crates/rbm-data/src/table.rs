//! A table of numbers as text: CSV.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::{DataError, Dataset, Values, idx::IdxArray};

/// What may stand between cells.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b' '];

/// Reads the file at `path` as a data set; see [`Dataset::open`].
pub(crate) fn open(path: &Path) -> Result<Dataset, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let bytes = file.metadata().map_err(DataError::io("read", path))?.len();
    if bytes > IdxArray::MAX_BYTES {
        return Err(DataError::TooLarge {
            file: path.to_owned(),
            declared: format!("{bytes} bytes of text"),
            limit: IdxArray::MAX_BYTES,
        });
    }
    read(file, path)
}

/// Reads rows of numbers: a line a row, cells between commas, semicolons, tabs or spaces. A first
/// line without any number is taken for names.
pub(crate) fn read(reader: impl Read, path: &Path) -> Result<Dataset, DataError> {
    let mut reader = BufReader::new(reader);
    let first = reader.fill_buf().map_err(DataError::io("read", path))?;
    let first = first
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let separator = separator(first);
    let mut lines = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(reader);
    let mut names = None;
    let mut width = None;
    let mut values: Vec<f32> = Vec::new();
    let mut record = StringRecord::new();
    loop {
        match lines.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
        let line = record.position().map_or(0, csv::Position::line);
        if width.is_none() && record.iter().all(|cell| cell.parse::<f64>().is_err()) {
            width = Some((record.len(), line));
            names = Some(record.clone());
            continue;
        }
        let (expected, first_line) = *width.get_or_insert((record.len(), line));
        if record.len() != expected {
            return Err(DataError::Line {
                file: path.to_owned(),
                line,
                expected: format!("{expected} cells as in line {first_line}"),
                found: format!("{} cells", record.len()),
            });
        }
        for (column, cell) in record.iter().enumerate() {
            values.push(number(cell).ok_or_else(|| DataError::Line {
                file: path.to_owned(),
                line,
                expected: format!(
                    "a finite number in column {}{}",
                    column + 1,
                    name_of(names.as_ref(), column)
                ),
                found: shown(cell),
            })?);
        }
    }
    let columns = width.map_or(0, |(columns, _)| columns);
    let name = path.file_name().unwrap_or(path.as_os_str());
    if values.is_empty() {
        return Err(DataError::Line {
            file: path.to_owned(),
            line: width.map_or(1, |(_, line)| line + 1),
            expected: "a row of numbers".into(),
            found: "the end of the file".into(),
        });
    }
    Dataset::new(name.to_string_lossy(), columns, compact(values))
}

/// The separator that the line has most of; a comma where it has none.
fn separator(line: &[u8]) -> u8 {
    let count = |separator: u8| line.split(|&byte| byte == separator).count() - 1;
    // Spaces may stand beside any other one.
    let [comma, semicolon, tab, space] = SEPARATORS.map(count);
    match comma.max(semicolon).max(tab) {
        0 if space > 0 => b' ',
        most if most == semicolon && most > 0 => b';',
        most if most == tab && most > 0 => b'\t',
        _ => b',',
    }
}

fn number(cell: &str) -> Option<f32> {
    cell.parse::<f32>().ok().filter(|value| value.is_finite())
}

/// Zeros and ones take a byte each.
fn compact(values: Vec<f32>) -> Values {
    if values.iter().all(|&x| x == 0.0 || x == 1.0) {
        let data = values.iter().map(|&x| u8::from(x == 1.0)).collect();
        return Values::Bytes { data, levels: 1 };
    }
    Values::Floats(values)
}

fn name_of(names: Option<&StringRecord>, column: usize) -> String {
    match names.and_then(|names| names.get(column)) {
        Some(name) => format!(" ({})", shown(name)),
        None => String::new(),
    }
}

/// A cell, short enough for a message.
fn shown(cell: &str) -> String {
    if cell.is_empty() {
        return "an empty cell".into();
    }
    format!("`{}`", cell.chars().take(40).collect::<String>())
}

fn unreadable(path: &Path, error: &csv::Error) -> DataError {
    DataError::Line {
        file: path.to_owned(),
        line: error.position().map_or(1, csv::Position::line),
        expected: "text in UTF-8".into(),
        found: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Dataset, DataError> {
        read(text.as_bytes(), Path::new("rows.csv"))
    }

    #[test]
    fn a_header_is_recognised_and_every_separator() {
        for text in [
            "a,b,c\n1,0,1\n0,0,1\n",
            "1,0,1\n0,0,1",
            "1;0;1\r\n0;0;1\r\n",
            "1\t0\t1\n0\t0\t1\n",
            "x y z\n1 0 1\n0 0 1\n",
            "\"a\",\"b\",\"c\"\n 1 , 0 ,1\n\n0,0,1\n",
        ] {
            let data = parse(text).unwrap();
            assert_eq!((data.rows(), data.num_visible()), (2, 3), "{text}");
            let expected = Values::Bytes {
                data: vec![1, 0, 1, 0, 0, 1],
                levels: 1,
            };
            assert_eq!(data.values(), &expected, "{text}");
        }
        let floats = parse("0.5\n-1e-3\n").unwrap();
        assert_eq!(floats.values(), &Values::Floats(vec![0.5, -0.001]));
    }

    #[test]
    fn every_bad_cell_is_named_by_line_and_column() {
        for (text, message) in [
            (
                "a,b\n1,0\n1,x\n",
                "line 3: expected a finite number in column 2 (`b`), found `x`",
            ),
            (
                "1,0\n1,\n",
                "line 2: expected a finite number in column 2, found an empty cell",
            ),
            (
                "1,0\nnan,1\n",
                "line 2: expected a finite number in column 1, found `nan`",
            ),
            (
                "1,0\n1,1e999\n",
                "line 2: expected a finite number in column 2, found `1e999`",
            ),
            (
                "1,zero\n",
                "line 1: expected a finite number in column 2, found `zero`",
            ),
            (
                "1,0\n1,0,1\n",
                "line 2: expected 2 cells as in line 1, found 3 cells",
            ),
            ("a,b\n", "line 2: expected a row of numbers, found the end"),
            ("", "line 1: expected a row of numbers, found the end"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("rows.csv, {message}")), "{error}");
        }
        let latin = read(&b"1,0\n1,\xe9\n"[..], Path::new("l.csv")).unwrap_err();
        assert!(
            latin.to_string().contains("line 2: expected text in UTF-8"),
            "{latin}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_error_or_rows(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            text in "[0-9,;\\. \n\"e-]{0,100}",
        ) {
            let _ = read(&bytes[..], Path::new("x"));
            let _ = parse(&text);
        }

        #[test]
        fn numbers_written_by_rust_come_back(
            rows in proptest::collection::vec((-1e6f32..1e6, any::<bool>()), 1..20),
        ) {
            let lines = rows.iter().map(|(x, y)| format!("{x},{}", u8::from(*y)));
            let text = lines.collect::<Vec<_>>().join("\n");
            let data = parse(&text).unwrap();
            let mut row = [0.0; 2];
            for (index, (x, y)) in rows.iter().enumerate() {
                data.copy_row(index, &mut row);
                prop_assert_eq!(row, [*x, f32::from(u8::from(*y))]);
            }
        }
    }
}
