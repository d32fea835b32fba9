//! A data set from a file or a folder of its own.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::{
    DataError, Dataset, ReadOptions, Values,
    columns::{pick, rounded, too_large},
    idx::{IdxImages, unpack},
    image_file::{JPEG_MAGIC, PNG_MAGIC},
    image_folder,
    npy::{NpyArray, NpyRows, NpyValues, Npz, columns, dense, is_sparse},
    roles::{forgotten_label, no_columns},
    table,
};

/// The first bytes of a `.npy` file.
const NPY_MAGIC: &[u8] = b"\x93NUMPY";
/// The first bytes of a zip archive.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// Names that promise text.
const TEXT: [&str; 4] = ["csv", "tsv", "txt", "dat"];

impl Dataset {
    /// Reads a data set from any of these:
    ///
    /// - IDX images, plain or gzip;
    /// - a `.npy` array `[rows, visible]` or `[rows, height, width]` of numbers;
    /// - an array of a `.npz` archive, as `file.npz:name`, or as `file.npz` where there is one; a sparse
    ///   matrix of `SciPy`'s (csr or csc) in such a file;
    /// - a table of numbers as text, plain or gzip, with or without a header;
    /// - a folder of PNG or JPEG images of one size, or one such image; a folder of folders of them, whose
    ///   names are the classes of the images. JPEG needs the feature `jpeg`.
    ///
    /// [`notes`](Self::notes) has what was decided on the way; [`open_with`](Self::open_with) is told more.
    ///
    /// Numbers are divided by the scale that [`Survey::auto`](crate::Survey::auto) finds for all rows,
    /// whatever their type: those in [0, 1] are as they are, whole numbers from 0 to 255 are levels, and
    /// all others are as they are, too. [`with_scale`](Self::with_scale) takes another one.
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
    /// [`DataError`] where the file cannot be read, is none of these, is damaged, or holds a number
    /// that is not finite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::open_with(path, &ReadOptions::default())
    }

    /// [`open`](Self::open), with what the file does not say.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open); [`DataError::Parameter`] where there is no such column, and
    /// [`DataError::Size`] where rows that are to be turned are no images.
    pub fn open_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, DataError> {
        let path = path.as_ref();
        let (file, member) = split_member(path);
        let content = content_of(&file)?;
        if let (Some(member), false) = (&member, content == Content::Npz) {
            return Err(DataError::Format {
                file,
                field: "archive",
                offset: 0,
                expected: format!("a .npz archive, of which `{member}` is a part"),
                found: "a file of another kind".into(),
            });
        }
        if matches!(content, Content::Folder | Content::Image | Content::Idx) {
            no_columns(options, &file)?;
        }
        let data = match content {
            Content::Npy => from_array(NpyArray::open(&file)?, &file, options),
            Content::Npz => from_array(member_of(&file, member.as_deref())?, path, options),
            Content::Folder => image_folder::open(&file).map(|data| data.with_kind("images")),
            Content::Image => image_folder::read(&file, std::slice::from_ref(&file))
                .map(|data| data.with_kind("images")),
            Content::Text => table::open(&file, options).map(|data| data.with_kind("text")),
            Content::Idx => images(&file).map(|data| data.with_kind("IDX")),
        }?;
        let data = if options.transpose {
            data.transposed()?
        } else {
            data
        };
        Ok(data.auto_scaled())
    }

    /// A data set whose rows stay in the `.npy` file at `path` and are read when they are asked for, for
    /// data that are larger than memory; else as [`open`](Self::open) reads it, bit for bit.
    ///
    /// Every value is looked at once, here. [`NpyRows`] says what happens where the file changes later.
    ///
    /// ```
    /// use rbm_data::npy::{NpyArray, NpyValues};
    /// use rbm_data::Dataset;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("rows.npy");
    /// let array = NpyArray { shape: vec![2, 2], values: NpyValues::Bytes(vec![0, 1, 1, 1]) };
    /// std::fs::write(&path, array.to_bytes())?;
    /// assert_eq!(Dataset::stream(&path)?.column_means(), [0.5, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError`] as [`NpyRows::open`]: an array in another than row-major order is one, too.
    pub fn stream(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let rows = NpyRows::open(path)?;
        let (columns, image_shape) = (rows.columns(), rows.image_shape());
        let note = rows.note().map(str::to_owned);
        let data = Self::new(name_of(path), columns, Values::File(rows))?.auto_scaled();
        let data = data.with_notes(note);
        match image_shape {
            Some([height, width]) => data.with_image_shape(height, width),
            None => Ok(data),
        }
    }

    /// Reads a table of numbers as text, as [`open`](Self::open) does, from `reader`; `file` is its
    /// name in messages.
    ///
    /// ```
    /// use rbm_data::Dataset;
    ///
    /// let data = Dataset::read_table(&b"a;b\n0;1\n1;1\n"[..], "two-rows")?;
    /// assert_eq!((data.rows(), data.num_visible()), (2, 2));
    /// # Ok::<(), rbm_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError::Line`], with the line and the column that are wrong.
    pub fn read_table(reader: impl Read, file: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::read_table_with(reader, file, &ReadOptions::default())
    }

    /// [`read_table`](Self::read_table), with what the text does not say.
    ///
    /// # Errors
    ///
    /// Those of [`read_table`](Self::read_table) and of [`open_with`](Self::open_with).
    pub fn read_table_with(
        reader: impl Read,
        file: impl AsRef<Path>,
        options: &ReadOptions,
    ) -> Result<Self, DataError> {
        let data = table::read(reader, file.as_ref(), options)?;
        let data = if options.transpose {
            data.transposed()?
        } else {
            data
        };
        Ok(data.auto_scaled())
    }

    /// Whether there is something at `path` that [`open`](Self::open) may try: a file, a folder, or
    /// `file.npz:name`.
    pub fn exists(path: impl AsRef<Path>) -> bool {
        split_member(path.as_ref()).0.exists()
    }
}

/// What a file seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Npy,
    Npz,
    Folder,
    Image,
    Text,
    Idx,
}

/// By its first bytes, and by its name where they say nothing.
pub(crate) fn content_of(path: &Path) -> Result<Content, DataError> {
    if path.is_dir() {
        return Ok(Content::Folder);
    }
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let io = |error| DataError::io("read", path)(error);
    let mut first = Vec::new();
    let unpacked = unpack(file).map_err(io)?;
    let is_gzip = unpacked.is_gzip();
    let looked_at = unpacked.take(LOOKED_AT).read_to_end(&mut first);
    // Damage in a wrapper is found again, and named, by the reader of what is in it.
    if !is_gzip {
        looked_at.map_err(io)?;
    }
    let promised = path.extension().and_then(|extension| extension.to_str());
    Ok(if is_gzip {
        let is_text = !first.starts_with(&[0, 0]) && is_text(&first);
        if is_text { Content::Text } else { Content::Idx }
    } else if first.starts_with(NPY_MAGIC) {
        Content::Npy
    } else if first.starts_with(ZIP_MAGIC) {
        Content::Npz
    } else if first.starts_with(PNG_MAGIC) || first.starts_with(JPEG_MAGIC) {
        Content::Image
    } else if is_text(&first)
        || promised.is_some_and(|name| TEXT.iter().any(|known| name.eq_ignore_ascii_case(known)))
    {
        Content::Text
    } else {
        Content::Idx
    })
}

/// Bytes at the beginning of a file that say what it is.
const LOOKED_AT: u64 = 256;

/// Whether bytes may begin a text: letters, or what Windows writes before them.
fn is_text(first: &[u8]) -> bool {
    let letter = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    !first.is_empty()
        && (first.iter().all(letter)
            || first.starts_with(b"\xff\xfe")
            || first.starts_with(b"\xfe\xff"))
}

/// `file.npz:name` in its two parts.
pub(crate) fn split_member(path: &Path) -> (PathBuf, Option<String>) {
    if !path.exists()
        && let Some((file, member)) = at_last_colon(path)
        && file.is_file()
    {
        return (file, Some(member));
    }
    (path.to_owned(), None)
}

/// What stands before and after the last colon; the name of a member is text, that of a file need not be.
#[cfg(unix)]
fn at_last_colon(path: &Path) -> Option<(PathBuf, String)> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let bytes = path.as_os_str().as_bytes();
    let colon = bytes.iter().rposition(|&byte| byte == b':')?;
    let member = std::str::from_utf8(&bytes[colon + 1..]).ok()?;
    Some((OsStr::from_bytes(&bytes[..colon]).into(), member.to_owned()))
}

#[cfg(not(unix))]
fn at_last_colon(path: &Path) -> Option<(PathBuf, String)> {
    let (file, member) = path.to_str()?.rsplit_once(':')?;
    Some((file.into(), member.to_owned()))
}

/// The array that is asked for, or the only one, or the sparse matrix that they are together. The others are
/// not looked at.
fn member_of(path: &Path, member: Option<&str>) -> Result<NpyArray, DataError> {
    let mut archive = Npz::open(path)?;
    if member.is_none() && is_sparse(&archive.names()) {
        return dense(&mut archive);
    }
    let name = archive.choose(member)?;
    archive.array(&name)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The largest byte.
const LEVELS: u8 = u8::MAX;

fn images(path: &Path) -> Result<Dataset, DataError> {
    let images = IdxImages::open(path)?;
    let values = Values::Bytes {
        data: images.pixels,
        levels: LEVELS,
    };
    Dataset::new(name_of(path), images.height * images.width, values)?
        .with_image_shape(images.height, images.width)
}

fn from_array(array: NpyArray, path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    let (array, labels, labels_note) = pick(array, options, path)?;
    let (columns, image_shape) = columns(&array.shape, path)?;
    if let Some((place, found)) = too_large(&array.values) {
        return Err(DataError::Value {
            dataset: path.display().to_string(),
            row: place / columns,
            column: place % columns,
            expected: "a number in the range of single precision, up to 3.4e38",
            found,
            advice: "rescale the data",
        });
    }
    let rounded = rounded(&array.values, columns.max(1), path);
    let forgotten = match (&labels, image_shape) {
        (None, None) => forgotten_label(columns, None),
        _ => None,
    };
    let forgotten = forgotten.map(|note| format!("{}: {note}", path.display()));
    let kind = match array.values {
        NpyValues::Bytes(_) => "uint8",
        NpyValues::Singles(_) => "float32",
        NpyValues::Doubles(_) => "float64",
        NpyValues::Integers(_) => "integers",
    };
    let values = match array.values {
        NpyValues::Bytes(data) => Values::Bytes {
            data,
            levels: LEVELS,
        },
        NpyValues::Singles(data) => Values::Floats(data),
        other => Values::Floats(other.to_singles()),
    };
    let mut data = Dataset::new(name_of(path), columns, values)?.with_kind(kind);
    data = data.with_notes(labels_note.into_iter().chain(rounded).chain(forgotten));
    if let Some(labels) = labels {
        data = data.with_labels(labels)?;
    }
    match image_shape {
        Some([height, width]) => data.with_image_shape(height, width),
        None => Ok(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scale;
    use crate::image_file::tests::encoded;
    use crate::npy::tests::file as npy_file;
    use crate::npy::write_npz;

    fn open(bytes: &[u8]) -> Result<Dataset, DataError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Dataset::open(file.path())
    }

    /// The numbers as the file has them.
    fn rows(data: &Dataset) -> Vec<Vec<f32>> {
        let data = data.clone().with_scale(Scale::NONE);
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
        assert_eq!(rows(&gray), [[0.0, 51.0]]);
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
            (npy_file("<c8", false, "(1, 1)", &[0; 8]), "<f4 or <f8"),
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

    #[test]
    fn integers_are_numbers_and_three_dimensions_are_images() {
        let ones: Vec<u8> = [1i64, 0, 3].iter().flat_map(|x| x.to_le_bytes()).collect();
        let data = open(&npy_file("<i8", false, "(1, 3)", &ones)).unwrap();
        assert_eq!(rows(&data), [[1.0, 0.0, 3.0]]);
        let images = open(&npy_file("|u1", false, "(1, 1, 2)", &[0, 255])).unwrap();
        assert_eq!(
            (images.image_shape(), rows(&images)),
            (Some([1, 2]), vec![vec![0.0, 255.0]])
        );
    }

    /// 0 to 16 as bytes, as integers, as doubles, as text, as IDX and as an image: 16 stands for 1.
    #[test]
    fn the_same_numbers_have_the_same_scale_in_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: [u8; 6] = [0, 16, 4, 8, 12, 1];
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, content: Vec<u8>| std::fs::write(path(name), content).unwrap();
        write("bytes.npy", npy_file("|u1", false, "(2, 3)", &bytes));
        let of = |to: &dyn Fn(u8) -> Vec<u8>| bytes.iter().flat_map(|&x| to(x)).collect::<Vec<_>>();
        let integers = of(&|x| i64::from(x).to_le_bytes().to_vec());
        write("integers.npy", npy_file("<i8", false, "(2, 3)", &integers));
        let doubles = of(&|x| f64::from(x).to_le_bytes().to_vec());
        write("doubles.npy", npy_file("<f8", false, "(2, 3)", &doubles));
        write("text.csv", b"0,16,4\n8,12.0,1\n".to_vec());
        write(
            "rows.idx",
            [
                &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3][..],
                &bytes,
            ]
            .concat(),
        );
        std::fs::create_dir(path("images")).unwrap();
        for (name, row) in ["a.png", "b.png"].into_iter().zip(bytes.chunks(3)) {
            let (grey, eight) = (png::ColorType::Grayscale, png::BitDepth::Eight);
            let image = encoded([3, 1], grey, eight, row);
            std::fs::write(path("images").join(name), image).unwrap();
        }
        for (name, kind) in [
            ("bytes.npy", "uint8"),
            ("integers.npy", "integers"),
            ("doubles.npy", "float64"),
            ("text.csv", "text"),
            ("rows.idx", "IDX"),
            ("images", "images"),
        ] {
            let data = Dataset::open(path(name)).unwrap();
            assert_eq!(
                (data.kind(), data.scale().divisor()),
                (kind, 16.0),
                "{name}"
            );
            let mut row = [0.0; 3];
            data.copy_row(0, &mut row);
            assert_eq!(row, [0.0, 1.0, 0.25], "{name}");
            data.copy_row(1, &mut row);
            assert_eq!(row, [0.5, 0.75, 1.0 / 16.0], "{name}");
            if name.ends_with("npy") {
                let streamed = Dataset::stream(path(name)).unwrap();
                assert_eq!(streamed.survey(), data.survey(), "{name}");
            }
        }
    }

    /// In the second block that is looked at, too.
    #[test]
    fn numbers_that_are_rounded_are_said_of_rows_that_stay_in_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.npy");
        let mut values = vec![0; 2 * ((1 << 20) + 3)];
        values[(1 << 20) + 1] = (1 << 24) + 1;
        values[(1 << 20) + 5] = -(1 << 24) - 3;
        let shape = vec![values.len() / 2, 2];
        let write = |values| {
            let shape = shape.clone();
            let bytes = NpyArray { shape, values }.to_bytes();
            std::fs::write(&path, bytes).unwrap();
            let notes = |data: Dataset| data.notes().to_vec();
            let streamed = notes(Dataset::stream(&path).unwrap());
            assert_eq!(streamed, notes(Dataset::open(&path).unwrap()));
            streamed
        };
        let notes = write(NpyValues::Integers(values.clone()));
        assert!(
            notes[0].contains("2 numbers are rounded")
                && notes[0].contains("the first one is 16777217, in row 524288, column 1"),
            "{notes:?}"
        );
        let doubles = values.iter().map(|&x| x as f64).collect();
        assert_eq!(write(NpyValues::Doubles(doubles)), notes);
        let exact = values.iter().map(|&x| x / 3).collect();
        assert!(write(NpyValues::Integers(exact)).is_empty());
    }

    #[test]
    fn an_array_of_an_archive_is_named_where_there_are_several() {
        let array = |value: f32| NpyArray {
            shape: vec![1, 1],
            values: NpyValues::Singles(vec![value]),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.npz");
        std::fs::write(&path, write_npz([("x", &array(1.0)), ("y", &array(2.0))])).unwrap();
        let named = folder.path().join("data.npz:y");
        assert!(Dataset::exists(&named));
        assert_eq!(rows(&Dataset::open(named).unwrap()), [[2.0]]);
        for wrong in ["data.npz", "data.npz:z"] {
            let error = Dataset::open(folder.path().join(wrong))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("data.npz:NAME") && error.contains("x (<f4 [1, 1]), y (<f4 [1, 1])"),
                "{error}"
            );
        }
        std::fs::write(&path, write_npz([("x", &array(1.0))])).unwrap();
        assert_eq!(rows(&Dataset::open(&path).unwrap()), [[1.0]]);
    }
}
