//! A table of numbers as text: CSV and the like.

mod heading;
mod index;
mod lines;
mod separator;
mod words;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{
    DataError, Dataset, Labels, ReadOptions, Values,
    idx::IdxArray,
    labels::LabelsBuilder,
    roles::{Role, forgotten_label, roles},
};
use heading::Heading;
use index::{Index, Kind};
use lines::Lines;
use separator::Separator;
pub(crate) use words::words;

/// The largest number up to which single precision has all whole ones.
pub(crate) const WHOLE: f32 = 16_777_216.0;

/// The same of double precision: beyond it a float is no count of anything.
pub(crate) const WHOLE_DOUBLE: f64 = 9_007_199_254_740_992.0;

/// Reads the file at `path` as a data set; see [`Dataset::open`].
pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let bytes = file.metadata().map_err(DataError::io("read", path))?.len();
    if bytes > IdxArray::MAX_BYTES {
        return Err(DataError::TooLarge {
            file: path.to_owned(),
            declared: format!("{bytes} bytes of text"),
            limit: IdxArray::MAX_BYTES,
        });
    }
    read(file, path, options)
}

/// Reads rows of numbers: a line a row, cells between commas, semicolons, tabs or blanks. The first line may
/// have the names of the columns, and a first column without a name the numbers of the rows.
pub(crate) fn read(
    reader: impl Read,
    path: &Path,
    options: &ReadOptions,
) -> Result<Dataset, DataError> {
    let mut lines = Lines::new(reader, path)?;
    let mut table = Table::begin(&mut lines, path, options)?;
    while let Some(line) = lines.next()? {
        // The borrow of the line ends before its number is asked for.
        let outcome = table.row(line);
        let number = lines.number();
        outcome.map_err(|wrong| wrong.at(path, number))?;
    }
    let number = lines.number();
    table.finish(path, number)
}

/// What is wrong with a line.
struct Wrong {
    expected: String,
    found: String,
}

impl Wrong {
    fn at(self, file: &Path, line: u64) -> DataError {
        DataError::Line {
            file: file.to_owned(),
            line,
            expected: self.expected,
            found: self.found,
        }
    }
}

/// What was read so far.
struct Table {
    separator: Separator,
    names: Option<Vec<String>>,
    roles: Vec<Role>,
    /// The line that says how many cells there are.
    first_line: u64,
    values: Vec<f32>,
    labels: LabelsBuilder,
    rows: u64,
    index: Index,
    /// Whether the first column is an index if it has no name and its cells suit.
    unnamed: bool,
    /// Whether it may be one because it counts, in a table without names.
    may_count: bool,
    /// Whole numbers that single precision does not have: how many, and the first one.
    rounded: Option<(u64, String)>,
    notes: Vec<String>,
}

impl Table {
    /// Looks at the first two lines, and takes what of them are rows.
    fn begin<R: Read>(
        lines: &mut Lines<'_, R>,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let empty = |line| {
            let wrong = Wrong {
                expected: "a row of numbers".into(),
                found: "the end of the file".into(),
            };
            Err(wrong.at(path, line))
        };
        let Some(first) = lines.next()?.map(str::to_owned) else {
            return empty(lines.number().max(1));
        };
        let first_line = lines.number();
        let comment = lines.comment().map(str::to_owned);
        let second = lines.next()?.map(str::to_owned);
        let second_line = lines.number();
        let separator = Separator::of(&first, second.as_deref()).map_err(|cell| {
            let wrong = Wrong {
                expected: "numbers with decimal points".into(),
                found: format!(
                    "`{}` with a decimal comma (write a decimal point)",
                    shorter(&cell)
                ),
            };
            wrong.at(path, second_line)
        })?;
        let owned = |line: &str| -> Vec<String> {
            separator
                .cells(line)
                .map(std::borrow::Cow::into_owned)
                .collect()
        };
        let head = owned(&first);
        let below = second.as_deref().map(owned);
        let heading = Heading::of(
            &head,
            below.as_deref(),
            comment.as_deref().map(owned),
            options,
        );
        let width = heading.names.as_ref().map_or(head.len(), Vec::len);
        let roles = roles(options, heading.names.as_deref(), width, path)?;
        let first_is_value = roles[0] == Role::Value;
        let unnamed = first_is_value && heading.is_first_unnamed();
        let mut table = Self {
            separator,
            first_line,
            values: Vec::new(),
            labels: LabelsBuilder::default(),
            rows: 0,
            index: Index::default(),
            unnamed,
            may_count: first_is_value && heading.names.is_none() && width > 1,
            rounded: None,
            notes: heading.note.into_iter().collect(),
            names: heading.names,
            roles,
        };
        if heading.is_line {
            if second.is_none() {
                return empty(first_line + 1);
            }
        } else {
            table
                .row(&first)
                .map_err(|wrong| wrong.at(path, first_line))?;
        }
        if let Some(second) = second {
            table
                .row(&second)
                .map_err(|wrong| wrong.at(path, second_line))?;
        }
        Ok(table)
    }

    fn row(&mut self, line: &str) -> Result<(), Wrong> {
        let width = self.roles.len();
        let mut cells = 0;
        for (column, cell) in self.separator.cells(line).enumerate() {
            cells += 1;
            if column >= width {
                continue;
            }
            if column == 0 && (self.unnamed || self.may_count && self.index.counts()) {
                self.index.see(&cell, self.unnamed);
                if self.unnamed {
                    continue;
                }
            }
            match self.roles[column] {
                Role::Dropped => {}
                Role::Label => self.labels.push(&cell).map_err(|expected| Wrong {
                    expected: format!("{expected}, in column {}", self.named(column)),
                    found: shown(&cell),
                })?,
                Role::Value => match cell.parse::<f32>() {
                    Ok(value) if value.is_finite() => {
                        if value.abs() >= WHOLE {
                            self.large(&cell, value);
                        }
                        self.values.push(value);
                    }
                    // The number of cells is the better reason.
                    _ if self.separator.cells(line).count() != width => {}
                    _ => {
                        return Err(Wrong {
                            expected: format!("a finite number in column {}", self.named(column)),
                            found: explained(&cell, column),
                        });
                    }
                },
            }
        }
        if cells != width {
            return Err(Wrong {
                expected: format!("{width} cells as in line {}", self.first_line),
                found: format!("{cells} cells"),
            });
        }
        self.rows += 1;
        Ok(())
    }

    /// Notices a whole number that is another one in single precision.
    fn large(&mut self, cell: &str, value: f32) {
        let exact = cell.parse::<f64>().unwrap_or_default();
        let is_whole = exact.fract() == 0.0 && exact.abs() <= WHOLE_DOUBLE;
        if is_whole && exact.to_bits() != f64::from(value).to_bits() {
            let (count, _) = self.rounded.get_or_insert_with(|| (0, cell.to_owned()));
            *count += 1;
        }
    }

    /// The number of a column, from 1, and its name.
    fn named(&self, column: usize) -> String {
        match self.names.as_ref().and_then(|names| names.get(column)) {
            Some(name) => format!("{} ({})", column + 1, shown(name)),
            None => (column + 1).to_string(),
        }
    }

    fn finish(mut self, path: &Path, line: u64) -> Result<Dataset, DataError> {
        if self.rows == 0 {
            let wrong = Wrong {
                expected: "a row of numbers".into(),
                found: "the end of the file".into(),
            };
            return Err(wrong.at(path, line + 1));
        }
        self.leave_index_out(path)?;
        let mut columns = 0;
        let mut names = Vec::new();
        for (column, role) in self.roles.iter().enumerate() {
            if *role == Role::Value {
                columns += 1;
                names.extend(self.names.as_ref().map(|names| names[column].clone()));
            }
        }
        if let Some((count, first)) = &self.rounded {
            self.notes.push(format!(
                "{count} numbers are rounded, because single precision has whole numbers up to 16777216 alone; \
                 the first one is {first}"
            ));
        }
        let label = self.roles.iter().position(|role| *role == Role::Label);
        if label.is_none() {
            let of = self.names.as_ref().map(|_| &names[..]);
            self.notes.extend(forgotten_label(columns, of));
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        let mut data = Dataset::new(name.to_string_lossy(), columns, compact(self.values))?;
        if self.names.is_some() {
            data = data.with_column_names(names)?;
        }
        if let Some(column) = label {
            let labels = self.labels.finish();
            let of = match &self.names {
                Some(names) => format!("{} (`{}`)", column + 1, names[column]),
                None => (column + 1).to_string(),
            };
            self.notes.push(labels_note(&of, &labels));
            data = data.with_labels(labels)?;
        }
        let notes = self.notes.into_iter();
        Ok(data.with_notes(notes.map(|note| format!("{}: {note}", path.display()))))
    }

    /// Takes an index out of the values.
    fn leave_index_out(&mut self, path: &Path) -> Result<(), DataError> {
        if self.unnamed {
            let what = match std::mem::take(&mut self.index).kind() {
                Kind::Counts => "has no name and counts the rows",
                Kind::Numbers => "has no name and a different whole number in each row",
                Kind::Words => "has no name and holds words",
                Kind::Values => {
                    let wrong = Wrong {
                        expected: "a name for column 1, whose numbers are no index (or --drop 1, which leaves \
                                   it out)"
                            .into(),
                        found: "none".into(),
                    };
                    return Err(wrong.at(path, self.first_line));
                }
            };
            self.roles[0] = Role::Dropped;
            self.notes
                .push(format!("column 1 {what}: it is left out, as an index"));
        } else if self.may_count && self.index.surely_counts() {
            let values = self
                .roles
                .iter()
                .filter(|role| **role == Role::Value)
                .count();
            if values > 1 {
                let mut place = 0;
                self.values.retain(|_| {
                    place += 1;
                    (place - 1) % values != 0
                });
                self.roles[0] = Role::Dropped;
                // What the first line would be without it does not matter.
                self.notes.clear();
                self.notes.push(
                    "column 1 counts the rows: it is left out, as an index (a header with a name for it \
                     makes it a column)"
                        .into(),
                );
            }
        }
        Ok(())
    }
}

/// What is said about labels that were a column.
pub(crate) fn labels_note(column: &str, labels: &Labels) -> String {
    let few: Vec<&str> = labels.names().iter().take(10).map(String::as_str).collect();
    let more = if labels.names().len() > few.len() {
        ", …"
    } else {
        ""
    };
    format!(
        "column {column} has the labels, {} classes: {}{more}",
        labels.names().len(),
        few.join(", ")
    )
}

/// Zeros and ones take a byte each.
fn compact(values: Vec<f32>) -> Values {
    if values.iter().all(|&x| x == 0.0 || x == 1.0) {
        let data = values.iter().map(|&x| u8::from(x == 1.0)).collect();
        return Values::Bytes { data, levels: 1 };
    }
    Values::Floats(values)
}

/// A cell that is no number, with what may be done about it.
fn explained(cell: &str, column: usize) -> String {
    let found = shown(cell);
    if separator::is_decimal_comma(cell) {
        return format!("{found} with a decimal comma (write a decimal point)");
    }
    let is_word = cell.parse::<f64>().is_err() && cell.chars().any(char::is_alphabetic);
    if is_word && !heading::is_missing(cell) {
        let number = column + 1;
        return format!(
            "{found} (--label-column {number} takes the column for labels, --drop {number} leaves it out)"
        );
    }
    found
}

/// A cell, short enough for a message.
fn shown(cell: &str) -> String {
    if cell.is_empty() {
        return "an empty cell".into();
    }
    format!("`{}`", shorter(cell))
}

fn shorter(cell: &str) -> String {
    cell.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Dataset, DataError> {
        read_with(text, &ReadOptions::default())
    }

    fn read_with(text: &str, options: &ReadOptions) -> Result<Dataset, DataError> {
        read(text.as_bytes(), Path::new("rows.csv"), options)
    }

    /// Bytes of zeros and ones.
    fn bits(data: &Dataset) -> &[u8] {
        match data.values() {
            Values::Bytes { data, .. } => data,
            other => panic!("no bits: {other:?}"),
        }
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

    /// What pandas, NumPy, R and spreadsheets write for the same two rows, or six where an index counts.
    #[test]
    fn files_of_other_programs_hold_the_same_rows() {
        let expected = [1, 0, 1, 0, 0, 1];
        for (text, names, notes) in [
            // DataFrame.to_csv, with names and without; with index=False; of a shuffled frame.
            (",a,b,c\n0,1,0,1\n1,0,0,1\n", Some(["a", "b", "c"]), 1),
            (",0,1,2\n0,1,0,1\n1,0,0,1\n", Some(["0", "1", "2"]), 1),
            ("0,1,2\n1,0,1\n0,0,1\n", Some(["0", "1", "2"]), 1),
            (
                "a,b,c\n1.0,0.0,1.0\n0.0,0.0,1.0\n",
                Some(["a", "b", "c"]),
                0,
            ),
            (",a,b,c\n523,1,0,1\n17,0,0,1\n", Some(["a", "b", "c"]), 1),
            (
                "Unnamed: 0,a,b,c\n0,1,0,1\n1,0,0,1\n",
                Some(["a", "b", "c"]),
                1,
            ),
            // numpy.savetxt, with a header and with fmt="%3d".
            (
                "# a b c\n1.0e+00 0.0e+00 1.0e+00\n0.0e+00 0.0e+00 1.0e+00\n",
                Some(["a", "b", "c"]),
                0,
            ),
            ("  1   0   1\n  0   0   1\n", None, 0),
            // write.table and write.csv of R, with names of rows.
            (
                "\"a\" \"b\" \"c\"\n\"1\" 1 0 1\n\"2\" 0 0 1\n",
                Some(["a", "b", "c"]),
                1,
            ),
            (
                "\"\",\"a\",\"b\",\"c\"\n\"one\",1,0,1\n\"two\",0,0,1\n",
                Some(["a", "b", "c"]),
                1,
            ),
            // A spreadsheet on Windows.
            (
                "\u{feff}a;b;c\r\n1;0;1\r\n0;0;1\r\n",
                Some(["a", "b", "c"]),
                0,
            ),
            ("# made by hand\n\n1,0,1\n# between\n0,0,1", None, 0),
            (" 1 \t0 1 \n\t0 0\t1", None, 0),
        ] {
            let data = parse(text).unwrap();
            assert_eq!((data.rows(), bits(&data)), (2, &expected[..]), "{text}");
            let found = data.column_names().map(<[String]>::to_vec);
            assert_eq!(
                found,
                names.map(|names| names.map(str::to_owned).to_vec()),
                "{text}"
            );
            assert_eq!(data.notes().len(), notes, "{text}: {:?}", data.notes());
        }
        // Without names, five rows that count are an index, and fewer may be chance.
        let text = |rows: usize| {
            let lines: Vec<String> = (0..rows).map(|row| format!("{row},1")).collect();
            lines.join("\n")
        };
        let data = parse(&text(5)).unwrap();
        assert_eq!((data.num_visible(), bits(&data)), (1, &[1; 5][..]));
        let notes = data.notes();
        assert!(
            notes.len() == 1 && notes[0].contains("counts the rows"),
            "{notes:?}"
        );
        assert_eq!(parse(&text(4)).unwrap().num_visible(), 2);
        // A single column is what it is, and its name may have spaces.
        let data = parse("my column\n0\n1\n0\n").unwrap();
        assert_eq!((data.rows(), bits(&data)), (3, &[0, 1, 0][..]));
        assert_eq!(data.column_names().unwrap(), ["my column"]);
        assert_eq!(parse("0\n1\n2\n3\n4\n5\n").unwrap().num_visible(), 1);
    }

    #[test]
    fn labels_and_dropped_columns_are_no_values() {
        let options = |label: Option<&str>, drop: &[&str]| ReadOptions {
            label_column: label.map(str::to_owned),
            drop: drop.iter().map(|&text| text.to_owned()).collect(),
            transpose: false,
        };
        let named = "id,kind,x,y\na7,cat,1,0\nb2,dog,0,0\nb3,cat,1,1\n";
        let bare = "a7,cat,1,0\nb2,dog,0,0\nb3,cat,1,1\n";
        for (text, label, drop) in [
            (named, Some("kind"), &["id"][..]),
            (named, Some("2"), &["1"]),
            (bare, Some("2"), &["1"]),
            (bare, Some("-3"), &["-4"]),
        ] {
            let data = read_with(text, &options(label, drop)).unwrap();
            assert_eq!(bits(&data), [1, 0, 0, 0, 1, 1]);
            assert_eq!(data.labels(), Some(&[0, 1, 0][..]));
            assert_eq!(data.class_names().unwrap(), ["cat", "dog"]);
            let note = &data.notes()[0];
            assert!(
                note.contains("column 2") && note.contains("2 classes: cat, dog"),
                "{note}"
            );
        }
        let data = read_with(named, &options(None, &["id", "kind"])).unwrap();
        assert_eq!(
            (data.labels(), data.column_names().unwrap().len()),
            (None, 2)
        );
        // An index of pandas beside a label.
        let text = ",y,a\n0,3,1\n1,5,0\n";
        let data = read_with(text, &options(Some("y"), &[])).unwrap();
        assert_eq!(
            (bits(&data), data.class_names().unwrap().len()),
            (&[1, 0][..], 2)
        );

        for (text, label, drop, message) in [
            (bare, Some("kind"), &["1"][..], "there is no header"),
            (named, Some("what"), &["1"], "one of id, kind, x, y"),
            (named, Some("kind"), &[], "column 1 (`id`), found `a7`"),
            (
                "y,x\n,1\n",
                Some("y"),
                &[],
                "line 2: expected a class, in column 1 (`y`), found an empty cell",
            ),
            ("y,x\n0.5,1\n", Some("y"), &[], "a whole number or a word"),
        ] {
            let error = read_with(text, &options(label, drop))
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_reason() {
        for (text, message) in [
            (
                "a;b\n1,5;0\n",
                "line 2: expected numbers with decimal points, found `1,5`",
            ),
            (
                "1;0\n1;0\n1;0,5\n",
                "line 3: expected a finite number in column 2, found `0,5` with a decimal comma",
            ),
            (
                "5.1,setosa\n4.9,setosa\n",
                "--label-column 2 takes the column for labels",
            ),
            (
                ",a\n0,1\n0,1\n",
                "a name for column 1, whose numbers are no index",
            ),
            (
                "1\t0\t\n1\t0\t\n",
                "line 1: expected a finite number in column 3, found an empty cell",
            ),
            (
                ",1\n0,1\n",
                "line 1: expected a finite number in column 1, found an empty cell",
            ),
            (
                "1,0\n1,NA\n",
                "line 2: expected a finite number in column 2, found `NA`",
            ),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
        let options = ReadOptions::default();
        let wide = read(
            &b"\xff\xfe1\0,\x000\0\n\0"[..],
            Path::new("w.csv"),
            &options,
        )
        .unwrap_err();
        assert!(wide.to_string().contains("UTF-16"), "{wide}");
        let note = &parse("16777217,0\n16777216,0\n").unwrap().notes()[0].clone();
        assert!(
            note.contains("1 numbers are rounded") && note.contains("16777217"),
            "{note}"
        );
    }

    #[test]
    fn a_text_in_gzip_is_a_text() {
        let packed = crate::idx::tests::gzip(b"a,b\n1,0\n0,1\n");
        let data = read(
            &packed[..],
            Path::new("rows.csv.gz"),
            &ReadOptions::default(),
        )
        .unwrap();
        assert_eq!(bits(&data), [1, 0, 0, 1]);
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
        let options = ReadOptions::default();
        let latin = read(&b"1,0\n1,\xe9\n"[..], Path::new("l.csv"), &options).unwrap_err();
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
            let _ = read(&bytes[..], Path::new("x"), &ReadOptions::default());
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
