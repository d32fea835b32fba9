//! Where the elements of a file lie, and how they are stored.

use std::io::Read;
use std::path::Path;

use super::header::Header;
use crate::DataError;

/// The types that are read.
const TYPES: &str = "|u1, |b1, integers, <f2, <f4 or <f8";

/// What follows from a header, once the file is as long as it says.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) kind: Kind,
    /// Bytes of an element.
    pub(super) width: usize,
    pub(super) shape: Vec<usize>,
    /// Whether the first index varies fastest.
    pub(super) fortran: bool,
    /// Bytes before the first element.
    pub(super) start: u64,
    /// Bytes of the file.
    pub(super) bytes: u64,
}

/// How elements are stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Bytes,
    Float { big: bool },
    Integer { big: bool, signed: bool },
}

impl Layout {
    /// Reads the header of a file of so many bytes, up to the first element.
    pub(super) fn read(reader: &mut impl Read, bytes: u64, file: &Path) -> Result<Self, DataError> {
        let format = |field, expected: &str, found: String| DataError::Format {
            file: file.to_owned(),
            field,
            offset: 6,
            expected: expected.to_owned(),
            found,
        };
        let header = Header::read(reader)
            .map_err(DataError::io("read", file))?
            .map_err(|found| format("header", "one of NumPy's format", found))?;
        let unknown = || {
            let found = match header.descr.as_str() {
                "|O" => "|O, Python objects (save the array .astype(float), or words .astype(str))"
                    .into(),
                other => other.to_owned(),
            };
            format("type", TYPES, found)
        };
        let (kind, width) = kind(&header.descr).ok_or_else(unknown)?;
        // The header is not believed before the file is as long as it says.
        let cells = header
            .shape
            .iter()
            .try_fold(1u64, |cells, &size| cells.checked_mul(size));
        let expected = cells
            .and_then(|cells| cells.checked_mul(width as u64)?.checked_add(header.length))
            .unwrap_or(u64::MAX);
        if expected != bytes {
            let file = file.to_owned();
            return Err(if expected < bytes {
                DataError::TrailingBytes { file, expected }
            } else {
                let found = bytes;
                DataError::Truncated {
                    file,
                    expected,
                    found,
                }
            });
        }
        let sizes = header.shape.iter().map(|&size| usize::try_from(size));
        let shape: Vec<usize> = sizes
            .collect::<Result<_, _>>()
            .map_err(|error| format("shape", "sizes in memory", error.to_string()))?;
        Ok(Self {
            kind,
            width,
            shape,
            fortran: header.fortran,
            start: header.length,
            bytes,
        })
    }

    /// The type of the elements in words.
    pub(super) fn type_name(&self) -> &'static str {
        match (self.kind, self.width) {
            (Kind::Bytes, _) => "uint8",
            (Kind::Float { .. }, 2 | 4) => "float32",
            (Kind::Float { .. }, _) => "float64",
            (Kind::Integer { .. }, _) => "integers",
        }
    }

    /// The columns of rows, and their height and width where they are images.
    pub(super) fn columns(&self, file: &Path) -> Result<(usize, Option<[usize; 2]>), DataError> {
        columns(&self.shape, file)
    }
}

/// What [`Layout::columns`] gives, of any shape.
pub(crate) fn columns(
    shape: &[usize],
    file: &Path,
) -> Result<(usize, Option<[usize; 2]>), DataError> {
    match *shape {
        [_, columns] => Ok((columns, None)),
        [_, height, width] => Ok((height.saturating_mul(width), Some([height, width]))),
        _ => Err(DataError::Format {
            file: file.to_owned(),
            field: "shape",
            offset: 6,
            expected: "[rows, visible] or [rows, height, width]".into(),
            found: format!("{shape:?}"),
        }),
    }
}

/// Whether the elements of a type are numbers that are read.
pub(super) fn is_number(descr: &str) -> bool {
    kind(descr).is_some()
}

/// The kind and the width in bytes of a type.
fn kind(descr: &str) -> Option<(Kind, usize)> {
    let (order, rest) = descr.split_at_checked(1)?;
    let (letter, width) = rest.split_at_checked(1)?;
    let big = match order {
        ">" => true,
        "<" | "|" | "=" => false,
        _ => return None,
    };
    let width: usize = width.parse().ok()?;
    let kind = match (letter, width) {
        ("u" | "b", 1) => Kind::Bytes,
        ("f", 2 | 4 | 8) => Kind::Float { big },
        ("i", 1 | 2 | 4 | 8) => Kind::Integer { big, signed: true },
        ("u", 2 | 4 | 8) => Kind::Integer { big, signed: false },
        _ => return None,
    };
    Some((kind, width))
}
