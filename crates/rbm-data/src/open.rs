//! A data set from a file of its own: IDX images or a NumPy array.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use npyz::{DType, NpyFile, Order};

use crate::{DataError, Dataset, Values, idx::IdxImages};

/// The first bytes of a `.npy` file.
const NPY_MAGIC: &[u8] = b"\x93NUMPY";

impl Dataset {
    /// Reads IDX images (plain or gzip) or a `.npy` array of shape `[rows, visible]`, of bytes or
    /// floats. Bytes that are zeros and ones stay that, others are levels out of 255.
    ///
    /// ```
    /// use rbm_data::Dataset;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("one.idx");
    /// std::fs::write(&path, [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 64, 128, 255])?;
    /// assert_eq!(Dataset::open(&path)?.num_visible(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError`] where the file cannot be read, is neither, is damaged, or holds a number that
    /// is not finite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let io = |action: &'static str| {
            move |source| DataError::Io {
                action,
                path: path.to_owned(),
                source,
            }
        };
        let mut first = Vec::new();
        let file = File::open(path).map_err(io("open"))?;
        let bytes = file.metadata().map_err(io("read"))?.len();
        let mut head = file.take(NPY_MAGIC.len() as u64);
        head.read_to_end(&mut first).map_err(io("read"))?;
        if first == NPY_MAGIC {
            return npy(path, bytes);
        }
        let images = IdxImages::open(path)?;
        let levels = levels_of(&images.pixels);
        let values = Values::Bytes {
            data: images.pixels,
            levels,
        };
        Self::new(name_of(path), images.height * images.width, values)?
            .with_image_shape(images.height, images.width)
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Zeros and ones are themselves; anything more is a gray level.
fn levels_of(data: &[u8]) -> u8 {
    if data.iter().all(|&x| x <= 1) { 1 } else { 255 }
}

fn npy(path: &Path, bytes: u64) -> Result<Dataset, DataError> {
    let format = |field, expected: &str, found: String| DataError::Format {
        file: path.to_owned(),
        field,
        offset: 6,
        expected: expected.to_owned(),
        found,
    };
    let file = File::open(path).map_err(|source| DataError::Io {
        action: "open",
        path: path.to_owned(),
        source,
    })?;
    let array = NpyFile::new(BufReader::new(file))
        .map_err(|error| format("header", "one of NumPy's format", error.to_string()))?;
    let &[rows, columns] = array.shape() else {
        let found = format!("{:?}", array.shape());
        return Err(format("shape", "[rows, visible]", found));
    };
    let DType::Plain(kind) = array.dtype() else {
        let found = array.dtype().descr();
        return Err(format("type", "|u1, <f4 or <f8", found));
    };
    // The header is not believed before the file is as long as it says.
    let expected = rows
        .checked_mul(columns)
        .and_then(|cells| cells.checked_mul(kind.size_field()))
        .unwrap_or(u64::MAX);
    let truncated = || DataError::Truncated {
        file: path.to_owned(),
        expected,
        found: bytes,
    };
    if expected > bytes {
        return Err(truncated());
    }
    let size = |n: u64| usize::try_from(n).expect("a file in memory has a size in memory");
    let [rows, columns] = [size(rows), size(columns)];
    let order = array.order();
    let read = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => truncated(),
        _ => format("content", "numbers", error.to_string()),
    };
    let values = match kind.to_string().trim_matches('\'') {
        "|u1" => {
            let data = row_major(array.into_vec::<u8>().map_err(read)?, rows, columns, order);
            let levels = levels_of(&data);
            Values::Bytes { data, levels }
        }
        "<f4" | ">f4" => {
            let data = array.into_vec::<f32>().map_err(read)?;
            Values::Floats(row_major(data, rows, columns, order))
        }
        "<f8" | ">f8" => {
            #[expect(clippy::cast_possible_truncation, reason = "data are kept as f32")]
            let data = array
                .into_vec::<f64>()
                .map_err(read)?
                .into_iter()
                .map(|x| x as f32);
            Values::Floats(row_major(data.collect(), rows, columns, order))
        }
        other => return Err(format("type", "|u1, <f4 or <f8", other.to_owned())),
    };
    Dataset::new(name_of(path), columns, values)
}

fn row_major<T: Copy>(data: Vec<T>, rows: usize, columns: usize, order: Order) -> Vec<T> {
    match order {
        Order::C => data,
        Order::Fortran => (0..rows * columns)
            .map(|i| data[i % columns * rows + i / columns])
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A version 1.0 file, written out as the format's description has it.
    fn npy_file(descr: &str, fortran: bool, shape: &str, content: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [NPY_MAGIC, &[1, 0], &length, header.as_bytes(), content].concat()
    }

    fn open(bytes: &[u8]) -> Result<Dataset, DataError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Dataset::open(file.path())
    }

    fn rows(data: &Dataset) -> Vec<Vec<f32>> {
        (0..data.rows())
            .map(|row| {
                let mut out = vec![0.0; data.num_visible()];
                data.copy_row(row, &mut out);
                out
            })
            .collect()
    }

    #[test]
    fn arrays_of_bytes_and_floats_in_both_orders() {
        let bits = open(&npy_file("|u1", false, "(2, 3)", &[1, 0, 1, 0, 0, 1])).unwrap();
        assert_eq!(rows(&bits), [[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]);
        let gray = open(&npy_file("|u1", false, "(1, 2)", &[0, 51])).unwrap();
        assert_eq!(rows(&gray), [[0.0, 0.2]]);
        let floats: Vec<u8> = [1f32, 2.0, 3.0, 4.0, 5.0, 6.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let fortran = open(&npy_file("<f4", true, "(2, 3)", &floats)).unwrap();
        assert_eq!(rows(&fortran), [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]);
        let doubles: Vec<u8> = [0.5f64, -1.5]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let doubles = open(&npy_file("<f8", false, "(2, 1)", &doubles)).unwrap();
        assert_eq!(rows(&doubles), [[0.5], [-1.5]]);
    }

    #[test]
    fn files_that_are_no_table_are_refused() {
        let nan = f32::NAN.to_le_bytes();
        let cases = [
            (npy_file("|u1", false, "(2, 3)", &[1, 0, 1]), "truncated"),
            (
                npy_file("|u1", false, "(1000000000000, 1000000000000)", &[1]),
                "truncated",
            ),
            (npy_file("|u1", false, "(6,)", &[0; 6]), "[rows, visible]"),
            (npy_file("<i8", false, "(1, 1)", &[0; 8]), "|u1, <f4 or <f8"),
            (npy_file("<f4", false, "(1, 1)", &nan), "finite"),
            (npy_file("|u1", false, "(0, 3)", &[]), "expected"),
            (NPY_MAGIC.to_vec(), "header"),
            (b"hello, world, I am a text".to_vec(), "expected"),
            (Vec::new(), "expected"),
        ];
        for (bytes, message) in cases {
            let error = open(&bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
