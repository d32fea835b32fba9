//! Several arrays in a zip archive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::header::Header;
use super::layout::is_number;
use super::{NpyArray, read_text};
use crate::{DataError, idx::IdxArray};

/// Reads all arrays of a `.npz` file, compressed or not, by their names.
///
/// ```
/// use rbm_data::npy::{NpyArray, NpyValues, read_npz, write_npz};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("two.npz");
/// let x = NpyArray { shape: vec![3], values: NpyValues::Bytes(vec![1, 2, 3]) };
/// std::fs::write(&path, write_npz([("x", &x)]))?;
/// assert_eq!(read_npz(&path)?["x"], x);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DataError::Io`], [`DataError::Format`] where it is no archive or holds something else than
/// arrays of numbers, [`DataError::TooLarge`] where a member is larger than
/// [`IdxArray::MAX_BYTES`] unpacked.
pub fn read_npz(path: impl AsRef<Path>) -> Result<BTreeMap<String, NpyArray>, DataError> {
    let path = path.as_ref();
    let file = File::open(path).map_err(DataError::io("open", path))?;
    read(BufReader::new(file), path)
}

/// The shapes of the arrays of a `.npz` file by their names, whatever is in them; none of what is no array.
///
/// ```
/// use rbm_data::npy::{NpyArray, NpyValues, npz_shapes, write_npz};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("one.npz");
/// let x = NpyArray { shape: vec![1, 3], values: NpyValues::Bytes(vec![1, 2, 3]) };
/// std::fs::write(&path, write_npz([("x", &x)]))?;
/// assert_eq!(npz_shapes(&path)?["x"], Some(vec![1, 3]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DataError::Io`], and [`DataError::Format`] where it is no archive.
pub fn npz_shapes(path: impl AsRef<Path>) -> Result<BTreeMap<String, Option<Vec<u64>>>, DataError> {
    let mut archive = Npz::open(path.as_ref())?;
    let headers = archive.headers().into_iter();
    Ok(headers
        .map(|(name, header)| (name, header.map(|header| header.shape)))
        .collect())
}

/// The arrays of numbers of a `.npz` file by their names, and the names of all else that is in it.
///
/// ```
/// use rbm_data::npy::{NpyArray, NpyValues, npz_numbers, zip_stored};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("mixed.npz");
/// let x = NpyArray { shape: vec![2], values: NpyValues::Bytes(vec![1, 2]) };
/// let members = [("x.npy".to_owned(), x.to_bytes()), ("notes.txt".to_owned(), b"text".to_vec())];
/// std::fs::write(&path, zip_stored(members))?;
/// let (arrays, others) = npz_numbers(&path)?;
/// assert_eq!((&arrays["x"], arrays.len()), (&x, 1));
/// assert_eq!(others, ["notes.txt"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`read_npz`], but that other things than arrays of numbers are no error.
pub fn npz_numbers(
    path: impl AsRef<Path>,
) -> Result<(BTreeMap<String, NpyArray>, Vec<String>), DataError> {
    let mut archive = Npz::open(path.as_ref())?;
    let mut arrays = BTreeMap::new();
    let all = archive.archive.file_names().filter_map(Result::ok);
    let mut others: Vec<String> = all
        .filter(|name| !name.ends_with(".npy"))
        .map(Into::into)
        .collect();
    for (name, header) in archive.headers() {
        if header.is_some_and(|header| is_number(&header.descr)) {
            let array = archive.array(&name)?;
            arrays.insert(name, array);
        } else {
            others.push(name);
        }
    }
    Ok((arrays, others))
}

/// The content of a member of a zip archive; none where it has no member of this name.
///
/// ```
/// use rbm_data::npy::{zip_member, zip_stored};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("one.zip");
/// std::fs::write(&path, zip_stored([("greeting.txt".to_owned(), b"hello")]))?;
/// assert_eq!(zip_member(&path, "greeting.txt")?, Some(b"hello".to_vec()));
/// assert_eq!(zip_member(&path, "other.txt")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DataError::Io`], [`DataError::Format`] where it is no archive or is damaged, [`DataError::TooLarge`] where the
/// member is larger than [`IdxArray::MAX_BYTES`] unpacked.
pub fn zip_member(path: impl AsRef<Path>, name: &str) -> Result<Option<Vec<u8>>, DataError> {
    let path = path.as_ref();
    let mut archive = Npz::open(path)?.archive;
    match archive.by_name(name) {
        Err(ZipError::FileNotFound) => Ok(None),
        Err(error) => Err(damaged(path, &error)),
        Ok(member) => unpacked(member, name, path).map(Some),
    }
}

/// An archive whose members are read when they are asked for: the others may be anything.
pub(crate) struct Npz<R> {
    archive: ZipArchive<R>,
    path: PathBuf,
}

impl Npz<BufReader<File>> {
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(DataError::io("open", path))?;
        Self::read(BufReader::new(file), path)
    }
}

impl<R: Read + Seek> Npz<R> {
    pub(crate) fn read(reader: R, path: &Path) -> Result<Self, DataError> {
        let archive = ZipArchive::new(reader).map_err(|error| damaged(path, &error))?;
        Ok(Self {
            archive,
            path: path.to_owned(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the arrays.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names();
        names
            .filter_map(|name| Some(name.ok()?.strip_suffix(".npy")?.to_owned()))
            .collect()
    }

    /// The arrays, and what their headers say.
    fn headers(&mut self) -> Vec<(String, Option<Header>)> {
        let names = self.names();
        let header = |name: String| {
            let member = self.archive.by_name(&format!("{name}.npy"));
            let header = member
                .ok()
                .and_then(|mut member| Header::read(&mut member).ok()?.ok());
            (name, header)
        };
        names.into_iter().map(header).collect()
    }

    /// The arrays with type and shape, as far as they say so.
    pub(crate) fn list(&mut self) -> String {
        let described = self
            .headers()
            .into_iter()
            .map(|(name, header)| match header {
                Some(Header { descr, shape, .. }) => format!("{name} ({descr} {shape:?})"),
                None => name,
            });
        described.collect::<Vec<_>>().join(", ")
    }

    /// The name that is asked for, or that of the only array.
    pub(crate) fn choose(&mut self, asked: Option<&str>) -> Result<String, DataError> {
        let names = self.names();
        match (asked, &names[..]) {
            (Some(name), _) if names.iter().any(|known| known == name) => Ok(name.to_owned()),
            (None, [only]) => Ok(only.clone()),
            _ => Err(DataError::Format {
                file: self.path.clone(),
                field: "archive",
                offset: 0,
                expected: format!("one of its arrays, as in {}:NAME", self.path.display()),
                found: match asked {
                    Some(name) => format!("`{name}` asked for, of {}", self.list()),
                    None => format!("no name, and the arrays {}", self.list()),
                },
            }),
        }
    }

    /// The bytes of the `.npy` file of an array.
    pub(crate) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, DataError> {
        let member = self.archive.by_name(&format!("{name}.npy"));
        let member = member.map_err(|error| damaged(&self.path, &error))?;
        unpacked(member, name, &self.path)
    }

    /// An array of numbers.
    pub(crate) fn array(&mut self, name: &str) -> Result<NpyArray, DataError> {
        let bytes = self.bytes(name)?;
        NpyArray::read(&bytes[..], bytes.len() as u64, self.inside(name))
    }

    /// The elements of an array of words, where it is one.
    pub(crate) fn words(&mut self, name: &str) -> Result<Option<Vec<String>>, DataError> {
        let bytes = self.bytes(name)?;
        Ok(read_text(&bytes, &self.inside(name))?.map(|(_, words)| words))
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.npy"))
    }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> DataError {
    DataError::Format {
        file: path.to_owned(),
        field: "archive",
        offset: 0,
        expected: "a zip archive of .npy files".into(),
        found: error.to_string(),
    }
}

/// The content of a member. Its size is taken from what comes, and not from what the archive says.
fn unpacked(member: impl Read, name: &str, path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    member
        .take(IdxArray::MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(path, &error))?;
    if bytes.len() as u64 > IdxArray::MAX_BYTES {
        return Err(DataError::TooLarge {
            file: path.to_owned(),
            declared: format!("{name} of more than that"),
            limit: IdxArray::MAX_BYTES,
        });
    }
    Ok(bytes)
}

pub(crate) fn read(
    reader: impl Read + Seek,
    path: &Path,
) -> Result<BTreeMap<String, NpyArray>, DataError> {
    let damaged = |error: &dyn std::fmt::Display| damaged(path, error);
    let mut archive = ZipArchive::new(reader).map_err(|error| damaged(&error))?;
    let mut arrays = BTreeMap::new();
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = member.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(array) = name.strip_suffix(".npy") else {
            return Err(damaged(&format!("a member `{name}`")));
        };
        let bytes = unpacked(member, &name, path)?;
        let inside = path.join(&name);
        let value = NpyArray::read(&bytes[..], bytes.len() as u64, &inside)?;
        arrays.insert(array.to_owned(), value);
    }
    Ok(arrays)
}

/// The bytes of a `.npz` file, its members stored as they are.
///
/// # Panics
///
/// Where the shape of an array is not that of its values, or two arrays have one name.
pub fn write_npz<'a>(arrays: impl IntoIterator<Item = (&'a str, &'a NpyArray)>) -> Vec<u8> {
    let members = arrays.into_iter();
    zip_stored(members.map(|(name, array)| (format!("{name}.npy"), array.to_bytes())))
}

/// The bytes of a zip archive whose members, names and contents, are stored as they are: what `.npz`
/// files are, and those of `torch.save`.
///
/// ```
/// let bytes = rbm_data::npy::zip_stored([("greeting.txt".to_owned(), b"hello")]);
/// assert!(bytes.windows(5).any(|part| part == b"hello"));
/// ```
///
/// # Panics
///
/// Where two members have one name.
pub fn zip_stored<C: AsRef<[u8]>>(members: impl IntoIterator<Item = (String, C)>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(true);
    for (name, content) in members {
        archive
            .start_file(name, options)
            .and_then(|()| Ok(archive.write_all(content.as_ref())?))
            .expect("names differ, and writing to memory succeeds");
    }
    let bytes = archive.finish().expect("writing to memory succeeds");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::NpyValues;
    use super::*;

    fn archive() -> Vec<u8> {
        let x = NpyArray {
            shape: vec![2, 2],
            values: NpyValues::Singles(vec![0.5, -1.0, 2.0, 3.25]),
        };
        let y = NpyArray {
            shape: vec![3],
            values: NpyValues::Integers(vec![-1, 0, i64::MAX]),
        };
        write_npz([("x", &x), ("y_", &y)])
    }

    fn parse(bytes: &[u8]) -> Result<BTreeMap<String, NpyArray>, DataError> {
        read(Cursor::new(bytes), Path::new("a.npz"))
    }

    #[test]
    fn members_are_found_by_name_and_damage_is_reported() {
        let bytes = archive();
        let arrays = parse(&bytes).unwrap();
        assert_eq!(arrays.keys().collect::<Vec<_>>(), ["x", "y_"]);
        assert_eq!(
            arrays["y_"].values,
            NpyValues::Integers(vec![-1, 0, i64::MAX])
        );
        for length in [0, 10, bytes.len() / 2] {
            let error = parse(&bytes[..length]).unwrap_err().to_string();
            assert!(error.contains("a.npz, archive"), "{error}");
        }
        // A flipped bit in the content is found by the archive's own checksum.
        let content = bytes
            .windows(4)
            .position(|w| w == 3.25f32.to_le_bytes())
            .unwrap();
        let mut flipped = bytes.clone();
        flipped[content] ^= 1;
        let error = parse(&flipped).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("checksum"), "{error}");
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_an_error_or_an_archive(at in 0usize..2000, byte: u8) {
            let mut bytes = archive();
            let length = bytes.len();
            bytes[at % length] = byte;
            let _ = parse(&bytes);
        }
    }
}
