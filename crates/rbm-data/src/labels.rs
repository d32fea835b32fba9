//! Labels from a file of their own.

use std::fs;
use std::path::Path;

use crate::{
    DataError,
    idx::IdxLabels,
    npy::{NpyArray, NpyValues},
    open::{Content, content_of},
};

/// Reads one class number a row, 0 to 255: IDX labels, a `.npy` array of one dimension, or text
/// with a number on each line, below a header if there is one.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("labels.csv");
/// std::fs::write(&path, "digit\n7\n0\n")?;
/// assert_eq!(rbm_data::read_labels(&path)?, [7, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DataError`] where the file cannot be read, is none of these, or holds another number.
pub fn read_labels(path: impl AsRef<Path>) -> Result<Vec<u8>, DataError> {
    let path = path.as_ref();
    match content_of(path)? {
        Content::Npy => from_npy(&NpyArray::open(path)?, path),
        Content::Idx => Ok(IdxLabels::open(path)?.labels),
        Content::Folder | Content::Image | Content::Npz => Err(DataError::Format {
            file: path.to_owned(),
            field: "labels",
            offset: 0,
            expected: "IDX labels, a .npy array or a number on each line".into(),
            found: "images or an archive".into(),
        }),
        Content::Text => from_text(path),
    }
}

fn from_npy(array: &NpyArray, path: &Path) -> Result<Vec<u8>, DataError> {
    let wrong = |expected: &str, found: String| DataError::Format {
        file: path.to_owned(),
        field: "labels",
        offset: 6,
        expected: expected.into(),
        found,
    };
    if array.shape.len() != 1 {
        return Err(wrong("one dimension", format!("{:?}", array.shape)));
    }
    let integers: Vec<i64> = match &array.values {
        NpyValues::Bytes(labels) => return Ok(labels.clone()),
        NpyValues::Integers(labels) => labels.clone(),
        _ => return Err(wrong("integers", "floats".into())),
    };
    integers
        .iter()
        .map(|&label| {
            u8::try_from(label).map_err(|_| wrong("numbers from 0 to 255", label.to_string()))
        })
        .collect()
}

fn from_text(path: &Path) -> Result<Vec<u8>, DataError> {
    let text = fs::read_to_string(path).map_err(DataError::io("read", path))?;
    let mut labels = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cell = line.trim().trim_matches('"');
        match cell.parse::<u8>() {
            Ok(label) => labels.push(label),
            Err(_) if cell.is_empty() || (index == 0 && cell.parse::<f64>().is_err()) => {}
            Err(_) => {
                return Err(DataError::Line {
                    file: path.to_owned(),
                    line: index as u64 + 1,
                    expected: "a label from 0 to 255".into(),
                    found: format!("`{}`", cell.chars().take(40).collect::<String>()),
                });
            }
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        read_labels(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn three_formats_hold_the_same_labels() {
        let array = NpyArray {
            shape: vec![3],
            values: NpyValues::Integers(vec![5, 0, 255]),
        };
        let idx = [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 255];
        for (name, bytes) in [
            ("a.npy", &array.to_bytes()[..]),
            ("a.idx", &idx[..]),
            ("a.txt", b"5\n0\n255\n"),
            ("a.csv", b"label\n5\n\n0\n255"),
        ] {
            assert_eq!(labels(name, bytes).unwrap(), [5, 0, 255], "{name}");
        }
    }

    #[test]
    fn what_is_no_label_is_located() {
        let floats = NpyArray {
            shape: vec![1],
            values: NpyValues::Singles(vec![1.0]),
        };
        let large = NpyArray {
            shape: vec![2],
            values: NpyValues::Integers(vec![1, 256]),
        };
        for (name, bytes, message) in [
            (
                "a.txt",
                &b"5\nx\n"[..],
                "line 2: expected a label from 0 to 255, found `x`",
            ),
            ("a.txt", b"5\n256\n", "line 2"),
            ("a.txt", b"1.5\n2\n", "line 1"),
            ("a.npy", &floats.to_bytes(), "expected integers"),
            ("a.npy", &large.to_bytes(), "found 256"),
        ] {
            let error = labels(name, bytes).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
