//! Labels from a file of their own.

use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;

use super::{Labels, LabelsBuilder};
use crate::{
    DataError,
    columns::cell,
    idx::IdxLabels,
    npy::{NpyArray, NpyValues, Npz, read_text},
    open::{Content, content_of, split_member},
    table,
};

/// Reads the class of each of `rows` rows: IDX labels, an array (`.npy`, or of a `.npz` archive as
/// `file.npz:name`), or text with a class on each line, below a header if there is one.
///
/// Classes are whole numbers or words; an array may have the shape `[rows]`, `[rows, 1]`, or `[rows, classes]`
/// with a one among zeros in each row, and a text as many columns. The number of rows decides whether the first
/// line of a text is a header where nothing else does.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("labels.csv");
/// std::fs::write(&path, "animal\ndog\ncat\n")?;
/// let labels = rbm_data::read_labels(&path, 2)?;
/// assert_eq!((labels.classes(), labels.names()), (&[1, 0][..], &["cat".to_owned(), "dog".to_owned()][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DataError`] where the file cannot be read, is none of these, or has a row without a class. The number of
/// labels is checked by [`Dataset::with_labels`](crate::Dataset::with_labels).
pub fn read_labels(path: impl AsRef<Path>, rows: usize) -> Result<Labels, DataError> {
    let (file, member) = split_member(path.as_ref());
    match content_of(&file)? {
        Content::Npz => {
            let mut archive = Npz::open(&file)?;
            let name = archive.choose(member.as_deref())?;
            from_npy(&archive.bytes(&name)?, path.as_ref())
        }
        _ if member.is_some() => Err(DataError::Format {
            file,
            field: "labels",
            offset: 0,
            expected: "a .npz archive, of which a part is named".into(),
            found: "a file of another kind".into(),
        }),
        Content::Npy => from_npy(
            &fs::read(&file).map_err(DataError::io("read", &file))?,
            &file,
        ),
        Content::Idx => {
            let labels = IdxLabels::open(&file)?.labels;
            Labels::from_names(labels.iter().map(u8::to_string))
        }
        Content::Folder | Content::Image => Err(DataError::Format {
            file,
            field: "labels",
            offset: 0,
            expected: "IDX labels, a .npy array or a class on each line".into(),
            found: "images".into(),
        }),
        Content::Text => {
            let text = fs::File::open(&file).map_err(DataError::io("open", &file))?;
            from_text(BufReader::new(text), &file, rows)
        }
    }
}

fn from_npy(bytes: &[u8], path: &Path) -> Result<Labels, DataError> {
    if let Some((shape, words)) = read_text(bytes, path)? {
        if !matches!(shape[..], [_] | [_, 1]) {
            return Err(wrong_shape(path, &shape));
        }
        return gathered(words.into_iter(), path);
    }
    let NpyArray { shape, values } = NpyArray::read(bytes, bytes.len() as u64, path)?;
    match shape[..] {
        [_] | [_, 1] => gathered((0..values.len()).map(|place| cell(&values, place)), path),
        [_, classes] if (2..=Labels::MOST).contains(&classes) => {
            let names = (0..classes).map(|class| class.to_string()).collect();
            one_hot(&values, classes, names, path)
        }
        _ => Err(wrong_shape(path, &shape)),
    }
}

fn wrong_shape(path: &Path, shape: &[usize]) -> DataError {
    DataError::Format {
        file: path.to_owned(),
        field: "labels",
        offset: 6,
        expected:
            "the shape [rows], [rows, 1], or [rows, classes] with a one among zeros in each row"
                .into(),
        found: format!("{shape:?}"),
    }
}

/// Labels of rows, the first of them row 0.
pub(crate) fn gathered(
    cells: impl Iterator<Item = String>,
    path: &Path,
) -> Result<Labels, DataError> {
    let mut labels = LabelsBuilder::default();
    for cell in cells {
        labels.push(&cell).map_err(|expected| DataError::Format {
            file: path.to_owned(),
            field: "labels",
            offset: 6,
            expected,
            found: format!("`{cell}` in row {}", labels.len()),
        })?;
    }
    Ok(labels.finish())
}

/// The place of the one in each row.
fn one_hot(
    values: &NpyValues,
    classes: usize,
    names: Vec<String>,
    path: &Path,
) -> Result<Labels, DataError> {
    let singles = values.to_singles();
    let class = |(row, states): (usize, &[f32])| {
        let ones = states.iter().filter(|&&x| x == 1.0).count();
        let zeros = states.iter().filter(|&&x| x == 0.0).count();
        let place = states.iter().position(|&x| x == 1.0);
        place
            .filter(|_| ones == 1 && ones + zeros == classes)
            .and_then(|place| u8::try_from(place).ok())
            .ok_or_else(|| DataError::Format {
                file: path.to_owned(),
                field: "labels",
                offset: 6,
                expected: format!("a class a row: a one among zeros in the {classes} columns"),
                found: format!("others in row {row}"),
            })
    };
    let found = singles.chunks_exact(classes).enumerate().map(class);
    Ok(Labels::of_columns(found.collect::<Result<_, _>>()?, names))
}

fn from_text(text: impl Read, path: &Path, rows: usize) -> Result<Labels, DataError> {
    let cells = table::words(text, path, rows)?;
    let width = cells.width();
    let note = cells.note.clone();
    if width == 1 {
        let mut labels = LabelsBuilder::default();
        for (line, row) in &cells.rows {
            labels.push(&row[0]).map_err(|expected| DataError::Line {
                file: path.to_owned(),
                line: *line,
                expected,
                found: format!("`{}`", row[0].chars().take(40).collect::<String>()),
            })?;
        }
        return Ok(labels.finish().with_note(note));
    }
    let mut values = Vec::new();
    for (line, row) in &cells.rows {
        for cell in row {
            let number = cell.parse::<f32>().map_err(|_| DataError::Line {
                file: path.to_owned(),
                line: *line,
                expected: format!("a class, or a one among zeros in the {width} columns"),
                found: format!("`{}`", cell.chars().take(40).collect::<String>()),
            })?;
            values.push(number);
        }
    }
    if width > Labels::MOST {
        return Err(wrong_shape(path, &[cells.rows.len(), width]));
    }
    let names = cells
        .names
        .unwrap_or_else(|| (0..width).map(|class| class.to_string()).collect());
    Ok(one_hot(&NpyValues::Singles(values), width, names, path)?.with_note(note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::tests::file as npy_file;
    use crate::npy::write_npz;

    fn labels(name: &str, bytes: &[u8], rows: usize) -> Result<Labels, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        read_labels(&path, rows).map_err(|error| error.to_string())
    }

    fn integers(shape: &[usize], values: &[i64]) -> Vec<u8> {
        let array = NpyArray {
            shape: shape.to_vec(),
            values: NpyValues::Integers(values.to_vec()),
        };
        array.to_bytes()
    }

    #[test]
    fn every_format_holds_the_same_labels() {
        let doubles = NpyArray {
            shape: vec![3, 1],
            values: NpyValues::Doubles(vec![5.0, 0.0, 255.0]),
        };
        let idx = [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 255];
        let expected = Labels::from_names(["5", "0", "255"]).unwrap();
        assert_eq!(expected.classes(), [1, 0, 2]);
        for (name, bytes) in [
            ("a.npy", &integers(&[3], &[5, 0, 255])[..]),
            ("a.npy", &integers(&[3, 1], &[5, 0, 255])),
            ("a.npy", &doubles.to_bytes()),
            (
                "a.npy",
                &npy_file("|S3", false, "(3,)", b"5\0\x000\0\x00255"),
            ),
            ("a.idx", &idx),
            ("a.txt", b"5\n0\n255\n"),
            ("a.csv", b"label\n5\n\n0\n255"),
            // pandas: a series with its index, and a frame without one whose column has a number for a name.
            ("a.csv", b",0\n0,5\n1,0\n2,255\n"),
            ("a.csv", b"0\n5\n0\n255\n"),
            // numpy.savetxt, and Windows.
            ("a", b"5.000000000000000000e+00\n0.0e+00\n2.55e+02\n"),
            ("a.csv", b"\xef\xbb\xbf\"label\"\r\n5\r\n0\r\n255\r\n"),
        ] {
            let found = labels(name, bytes, 3).unwrap();
            assert_eq!(
                (found.classes(), found.names()),
                (expected.classes(), expected.names()),
                "{name} {bytes:?}"
            );
            assert_eq!(
                found.note().is_some(),
                bytes.starts_with(b"0\n"),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn words_and_signs_and_one_hot_rows_are_classes() {
        for (name, bytes, classes, names) in [
            (
                "a.csv",
                &b"dog\ncat\ndog\n"[..],
                [1, 0, 1],
                &["cat", "dog"][..],
            ),
            (
                "a.csv",
                b"animal\ndog\ncat\ndog\n",
                [1, 0, 1],
                &["cat", "dog"],
            ),
            (
                "a.csv",
                b"New York\nRome\nNew York\n",
                [0, 1, 0],
                &["New York", "Rome"],
            ),
            (
                "a.npy",
                &integers(&[3], &[1, -1, 1]),
                [1, 0, 1],
                &["-1", "1"],
            ),
            (
                "a.npy",
                &integers(&[3, 3], &[0, 1, 0, 1, 0, 0, 0, 1, 0]),
                [1, 0, 1],
                &["0", "1", "2"],
            ),
            (
                "a.csv",
                b"cat,dog\n0,1\n1,0\n0,1\n",
                [1, 0, 1],
                &["cat", "dog"],
            ),
            ("a.txt", b"0 1\n1 0\n0 1\n", [1, 0, 1], &["0", "1"]),
        ] {
            let found = labels(name, bytes, 3).unwrap();
            assert_eq!(
                (found.classes(), found.names()),
                (&classes[..], &names.map_owned()[..]),
                "{bytes:?}"
            );
        }
    }

    trait Owned {
        fn map_owned(&self) -> Vec<String>;
    }

    impl Owned for &[&str] {
        fn map_owned(&self) -> Vec<String> {
            self.iter().map(|&name| name.to_owned()).collect()
        }
    }

    #[test]
    fn labels_are_found_in_an_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.npz");
        let array = |values: &[i64]| NpyArray {
            shape: vec![values.len()],
            values: NpyValues::Integers(values.to_vec()),
        };
        fs::write(
            &path,
            write_npz([("x", &array(&[9])), ("y", &array(&[3, 7]))]),
        )
        .unwrap();
        let found = read_labels(folder.path().join("data.npz:y"), 2).unwrap();
        assert_eq!(found.names(), ["3", "7"]);
        let error = read_labels(&path, 2).unwrap_err().to_string();
        assert!(error.contains("x (<i8 [1]), y (<i8 [2])"), "{error}");
    }

    #[test]
    fn what_is_no_label_is_located() {
        let halves = NpyArray {
            shape: vec![2],
            values: NpyValues::Singles(vec![1.0, 1.5]),
        };
        for (name, bytes, message) in [
            (
                "a.txt",
                &b"5\n\"\"\n"[..],
                "line 2: expected a class, found ``",
            ),
            (
                "a.txt",
                b"1\n2\n0.5\n",
                "line 3: expected a class: a whole number or a word",
            ),
            ("a.npy", &halves.to_bytes(), "found `1.5` in row 1"),
            ("a.npy", &integers(&[1, 3], &[1, 1, 0]), "others in row 0"),
            ("a.npy", &integers(&[1, 3], &[1, 2, 0]), "others in row 0"),
            ("a.npy", &integers(&[1, 1, 1], &[1]), "the shape [rows]"),
            ("a.npy", &integers(&[1, 300], &[0; 300]), "the shape [rows]"),
            ("a.csv", b"1,0\n1,1\n", "others in row 1"),
            (
                "a.csv",
                b"1,x\n0,y\n",
                "line 1: expected a class, or a one among zeros",
            ),
        ] {
            let error = labels(name, bytes, 3).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
