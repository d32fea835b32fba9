//! `SciPy`'s sparse matrices.

use std::io::{Read, Seek};
use std::path::Path;

use super::archive::Npz;
use super::{NpyArray, NpyValues};
use crate::{DataError, idx::IdxArray};

/// The members that a matrix by rows or by columns has.
const MEMBERS: [&str; 5] = ["format", "shape", "data", "indices", "indptr"];
/// Cells for each number that is stored: a matrix that is emptier than this is taken for a damaged one, because
/// its size is nothing but a claim.
const CELLS: u64 = 1 << 16;
/// So many cells are no matter.
const FEW: u64 = 1 << 20;

/// Reads a matrix that `scipy.sparse.save_npz` wrote, by rows (`csr`) or by columns (`csc`), as a dense array
/// `[rows, columns]`; `file` is its name in messages. What is stored twice is added, as `SciPy` does.
///
/// Zeros and ones become [`NpyValues::Bytes`], bytes stay that, all others become [`NpyValues::Singles`].
///
/// ```
/// use rbm_data::npy::{NpyArray, NpyValues, read_sparse, write_npz, zip_stored};
///
/// let integers = |values: &[i64]| NpyArray {
///     shape: vec![values.len()],
///     values: NpyValues::Integers(values.to_vec()),
/// };
/// // The word `csr`, as a scalar of three bytes.
/// let mut word = integers(&[0]).to_bytes();
/// let header = "{'descr': '|S3', 'fortran_order': False, 'shape': (), }";
/// word.splice(10..10 + header.len(), header.bytes());
/// word.splice(10 + header.len()..127, std::iter::repeat_n(b' ', 117 - header.len()));
/// word.splice(128.., *b"csr");
/// let members = [
///     ("format.npy".to_owned(), word),
///     ("shape.npy".to_owned(), integers(&[2, 3]).to_bytes()),
///     ("data.npy".to_owned(), integers(&[1, 5]).to_bytes()),
///     ("indices.npy".to_owned(), integers(&[2, 0]).to_bytes()),
///     ("indptr.npy".to_owned(), integers(&[0, 1, 2]).to_bytes()),
/// ];
/// let dense = read_sparse(std::io::Cursor::new(zip_stored(members)), "matrix.npz")?;
/// assert_eq!(dense.values, NpyValues::Singles(vec![0.0, 0.0, 1.0, 5.0, 0.0, 0.0]));
/// # Ok::<(), rbm_data::DataError>(())
/// ```
///
/// # Errors
///
/// [`DataError::Format`] where it is no such archive or its members contradict each other,
/// [`DataError::TooLarge`] where the array would take more than [`IdxArray::MAX_BYTES`], or has less than one
/// stored number in 65,536 cells.
pub fn read_sparse(
    reader: impl Read + Seek,
    file: impl AsRef<Path>,
) -> Result<NpyArray, DataError> {
    dense(&mut Npz::read(reader, file.as_ref())?)
}

/// Whether an archive has the members of a sparse matrix.
pub(crate) fn is_sparse(names: &[String]) -> bool {
    ["format", "shape", "data"]
        .iter()
        .all(|member| names.iter().any(|name| name == member))
}

/// The matrix as an array.
pub(crate) fn dense<R: Read + Seek>(archive: &mut Npz<R>) -> Result<NpyArray, DataError> {
    let file = archive.path().to_owned();
    let matrix = Matrix::read(archive, &file)?;
    matrix.check(&file)?;
    matrix.dense(&file)
}

/// What is wrong with a member.
fn wrong(file: &Path, field: &'static str, expected: &str, found: String) -> DataError {
    DataError::Format {
        file: file.join(format!("{field}.npy")),
        field,
        offset: 0,
        expected: expected.to_owned(),
        found,
    }
}

/// The members of an archive.
struct Matrix {
    by_rows: bool,
    rows: u64,
    columns: u64,
    /// The places in `indices` at which the rows, or columns, begin, and the end.
    starts: Vec<u64>,
    /// The column, or row, of each stored number.
    indices: Vec<u64>,
    data: NpyValues,
}

impl Matrix {
    fn read<R: Read + Seek>(archive: &mut Npz<R>, file: &Path) -> Result<Self, DataError> {
        let names = archive.names();
        let by_rows = match archive.words("format")?.as_deref() {
            Some([format]) if format == "csr" => true,
            Some([format]) if format == "csc" => false,
            Some([other]) => {
                let expected =
                    "csr or csc (scipy.sparse.save_npz(file, matrix.tocsr()) writes such a file)";
                return Err(wrong(file, "format", expected, format!("`{other}`")));
            }
            _ => return Err(wrong(file, "format", "one word", "something else".into())),
        };
        let is_there = |member: &str| names.iter().any(|name| name == member);
        if let Some(missing) = MEMBERS.iter().find(|member| !is_there(member)) {
            let expected = "the members of a sparse matrix";
            return Err(wrong(file, "indices", expected, format!("no {missing}")));
        }
        let mut whole = |field: &'static str| -> Result<Vec<u64>, DataError> {
            let values = archive.array(field)?.values;
            let numbers: Option<Vec<u64>> = match &values {
                NpyValues::Bytes(values) => Some(values.iter().map(|&x| x.into()).collect()),
                NpyValues::Integers(values) => values.iter().map(|&x| x.try_into().ok()).collect(),
                _ => None,
            };
            let expected = "whole numbers from 0 on";
            numbers.ok_or_else(|| wrong(file, field, expected, "others".into()))
        };
        let shape = whole("shape")?;
        let &[rows, columns] = &shape[..] else {
            return Err(wrong(file, "shape", "two sizes", format!("{shape:?}")));
        };
        Ok(Self {
            by_rows,
            rows,
            columns,
            starts: whole("indptr")?,
            indices: whole("indices")?,
            data: archive.array("data")?.values,
        })
    }

    /// The number of rows or columns that lie one after the other, and the size of each.
    fn sizes(&self) -> (u64, u64) {
        if self.by_rows {
            (self.rows, self.columns)
        } else {
            (self.columns, self.rows)
        }
    }

    /// Refuses members that contradict each other.
    fn check(&self, file: &Path) -> Result<(), DataError> {
        let ((major, minor), stored) = (self.sizes(), self.indices.len());
        let starts = &self.starts;
        if major.checked_add(1) != Some(starts.len() as u64) {
            let places = major.saturating_add(1);
            let expected = format!("{places} places, one more than the shape says");
            return Err(wrong(file, "indptr", &expected, starts.len().to_string()));
        }
        if starts[0] != 0 || !starts.is_sorted() || starts.last() != Some(&(stored as u64)) {
            let expected = format!("places that rise from 0 to {stored}, the number of indices");
            return Err(wrong(file, "indptr", &expected, "others".into()));
        }
        if self.data.len() != stored {
            let expected = format!("{stored} numbers, one an index");
            return Err(wrong(file, "data", &expected, self.data.len().to_string()));
        }
        match self.indices.iter().find(|&&index| index >= minor) {
            None => Ok(()),
            Some(index) => {
                let expected = format!("indices below {minor}");
                Err(wrong(file, "indices", &expected, index.to_string()))
            }
        }
    }

    /// The array, if its size is no mere claim.
    fn dense(self, file: &Path) -> Result<NpyArray, DataError> {
        let stored = self.indices.len() as u64 + self.sizes().0;
        let width = match self.data {
            NpyValues::Bytes(_) => 1,
            _ => 4,
        };
        let cells = self
            .rows
            .checked_mul(self.columns)
            .filter(|&cells| cells <= FEW.max(stored.saturating_mul(CELLS)))
            .filter(|&cells| cells.saturating_mul(width) <= IdxArray::MAX_BYTES)
            .and_then(|cells| usize::try_from(cells).ok());
        let size = |size: u64| usize::try_from(size).ok();
        let (Some(cells), Some(rows), Some(columns)) = (cells, size(self.rows), size(self.columns))
        else {
            let (rows, columns, stored) = (self.rows, self.columns, self.indices.len());
            return Err(DataError::TooLarge {
                file: file.to_owned(),
                declared: format!("{rows} x {columns} with {stored} stored numbers"),
                limit: IdxArray::MAX_BYTES,
            });
        };
        let whole = |number: u64| usize::try_from(number).expect("it is below a length");
        let lines = self.starts.windows(2).enumerate();
        let places = lines.flat_map(|(line, ends)| {
            let (indices, by_rows) = (&self.indices, self.by_rows);
            (whole(ends[0])..whole(ends[1])).map(move |at| {
                let index = whole(indices[at]);
                let place = if by_rows {
                    line * columns + index
                } else {
                    index * columns + line
                };
                (place, at)
            })
        });
        Ok(NpyArray {
            shape: vec![rows, columns],
            values: filled(&self.data, places, cells),
        })
    }
}

/// Zeros, and what is stored added at its places.
fn filled(
    data: &NpyValues,
    places: impl Iterator<Item = (usize, usize)> + Clone,
    cells: usize,
) -> NpyValues {
    let singles = match data {
        NpyValues::Bytes(data) => {
            let mut out = vec![0u8; cells];
            let sums = places.clone().try_for_each(|(place, at)| {
                out[place] = out[place].checked_add(data[at])?;
                Some(())
            });
            if sums.is_some() {
                return NpyValues::Bytes(out);
            }
            NpyValues::Bytes(data.clone()).to_singles()
        }
        other => other.to_singles(),
    };
    let mut out = vec![0f32; cells];
    for (place, at) in places {
        out[place] += singles[at];
    }
    if out.iter().all(|&x| x == 0.0 || x == 1.0) {
        return NpyValues::Bytes(out.into_iter().map(|x| u8::from(x == 1.0)).collect());
    }
    NpyValues::Singles(out)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::tests::file;
    use super::super::zip_stored;
    use super::*;

    fn longs(values: &[i64]) -> Vec<u8> {
        let content: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        file("<i8", false, &format!("({},)", values.len()), &content)
    }

    struct Matrix {
        format: Vec<u8>,
        shape: Vec<u8>,
        data: Vec<u8>,
        indices: Vec<u8>,
        indptr: Vec<u8>,
    }

    impl Matrix {
        /// 0 1 0 / 2 0 3, by rows.
        fn rows() -> Self {
            Self {
                format: file("|S3", false, "()", b"csr"),
                shape: longs(&[2, 3]),
                data: longs(&[1, 2, 3]),
                indices: longs(&[1, 0, 2]),
                indptr: longs(&[0, 1, 3]),
            }
        }

        fn read(self) -> Result<NpyArray, DataError> {
            let members = [
                ("indices.npy", self.indices),
                ("indptr.npy", self.indptr),
                ("format.npy", self.format),
                ("shape.npy", self.shape),
                ("data.npy", self.data),
            ];
            let members = members.map(|(name, bytes)| (name.to_owned(), bytes));
            read_sparse(Cursor::new(zip_stored(members)), "m.npz")
        }
    }

    #[test]
    fn rows_and_columns_make_the_same_array() {
        let expected = NpyValues::Singles(vec![0.0, 1.0, 0.0, 2.0, 0.0, 3.0]);
        let rows = Matrix::rows().read().unwrap();
        assert_eq!(
            (&rows.shape[..], rows.values),
            (&[2, 3][..], expected.clone())
        );
        let columns = Matrix {
            format: file("<U3", false, "()", &b"c\0\0\0s\0\0\0c\0\0\0"[..]),
            data: longs(&[2, 1, 3]),
            indices: file("<i4", false, "(3,)", &[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
            indptr: longs(&[0, 1, 2, 3]),
            ..Matrix::rows()
        };
        assert_eq!(columns.read().unwrap().values, expected);
    }

    #[test]
    fn zeros_and_ones_are_bytes_and_what_is_stored_twice_is_added() {
        let ones = Matrix {
            data: longs(&[1, 1, 1]),
            ..Matrix::rows()
        };
        let expected = NpyValues::Bytes(vec![0, 1, 0, 1, 0, 1]);
        assert_eq!(ones.read().unwrap().values, expected);
        let twice = |data: Vec<u8>| Matrix {
            data,
            indices: longs(&[1, 2, 2]),
            ..Matrix::rows()
        };
        let expected = NpyValues::Singles(vec![0.0, 1.0, 0.0, 0.0, 0.0, 5.0]);
        assert_eq!(twice(longs(&[1, 2, 3])).read().unwrap().values, expected);
        let bytes = |data: &[u8]| twice(file("|u1", false, "(3,)", data)).read().unwrap();
        let expected = NpyValues::Bytes(vec![0, 7, 0, 0, 0, 250]);
        assert_eq!(bytes(&[7, 200, 50]).values, expected);
        let expected = NpyValues::Singles(vec![0.0, 7.0, 0.0, 0.0, 0.0, 300.0]);
        assert_eq!(bytes(&[7, 200, 100]).values, expected);
    }

    #[test]
    fn members_that_contradict_each_other_are_named() {
        type Change = fn(&mut Matrix);
        let cases: [(Change, &str); 11] = [
            (
                |m| m.format = file("|S3", false, "()", b"bsr"),
                "matrix.tocsr()",
            ),
            (|m| m.format = longs(&[1]), "one word"),
            (|m| m.shape = longs(&[2, 2]), "indices below 2, found 2"),
            (|m| m.shape = longs(&[3, 3]), "4 places"),
            (|m| m.shape = longs(&[i64::MAX, 3]), "places, one more"),
            (|m| m.shape = longs(&[-1, 3]), "whole numbers from 0 on"),
            (|m| m.shape = longs(&[6]), "two sizes"),
            (|m| m.shape = longs(&[2, i64::MAX]), "too large"),
            (|m| m.indptr = longs(&[0, 5, 3]), "places that rise"),
            (|m| m.indptr = longs(&[0, 1, i64::MAX]), "places that rise"),
            (|m| m.data = longs(&[1, 2]), "3 numbers, one an index"),
        ];
        for (change, message) in cases {
            let mut matrix = Matrix::rows();
            change(&mut matrix);
            let error = matrix.read().unwrap_err().to_string();
            assert!(
                error.contains("m.npz") && error.contains(message),
                "{error}"
            );
        }
        let negative = Matrix {
            indices: longs(&[-1, 0, 2]),
            ..Matrix::rows()
        };
        assert!(
            negative
                .read()
                .unwrap_err()
                .to_string()
                .contains("from 0 on")
        );
    }

    /// Five numbers in 300,000 columns would be taken, and in a billion not.
    #[test]
    fn a_claimed_size_takes_no_memory() {
        let wide = |columns| Matrix {
            shape: longs(&[2, columns]),
            ..Matrix::rows()
        };
        assert_eq!(wide(150_000).read().unwrap().shape, [2, 150_000]);
        assert!(matches!(
            wide(1 << 30).read(),
            Err(DataError::TooLarge { .. })
        ));
    }
}
