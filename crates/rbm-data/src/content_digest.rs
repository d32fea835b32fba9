//! What data are known by again, wherever they are.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::{DataError, idx::unpack, open::split_member};

/// Of a larger file a sample is taken.
const WHOLE: u64 = 1 << 30;
/// How many blocks of a large file are read, and their bytes.
const SAMPLE: (u64, u64) = (1024, 1 << 16);
/// What the names of images end with.
const IMAGES: [&str; 3] = ["png", "jpg", "jpeg"];

/// A digest of the content of data or labels: of all that [`Dataset::open`](crate::Dataset::open) and
/// [`read_labels`](crate::read_labels) take. It does not depend on the file's name, place or time.
///
/// It begins with what it is:
///
/// - `sha256:` is SHA-256 of the whole file, for files of up to 1 GiB. What a gzip file or an array of a
///   `.npz` archive has packed in it counts, and not how it is packed. Of a folder, the images in it and
///   below it count, with their names.
/// - `sha256-sample:` is SHA-256 of the length (8 bytes, little-endian) and of 1,024 blocks of 64 KiB, from
///   the beginning of the file to its end with equal distances, for larger files. A change between the
///   blocks is not seen, but one that moves the rest is.
///
/// ```
/// use rbm_data::content_digest;
///
/// let folder = tempfile::tempdir()?;
/// let (one, two) = (folder.path().join("one.csv"), folder.path().join("two.csv"));
/// std::fs::write(&one, "0,1\n")?;
/// std::fs::copy(&one, &two)?;
/// assert_eq!(content_digest(&one)?, content_digest(&two)?);
/// std::fs::write(&two, "1,1\n")?;
/// assert_ne!(content_digest(&one)?, content_digest(&two)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`DataError`] where something cannot be read.
pub fn content_digest(path: impl AsRef<Path>) -> Result<String, DataError> {
    let path = path.as_ref();
    let (file, member) = split_member(path);
    if file.is_dir() {
        return of_folder(&file);
    }
    let mut first = [0; 2];
    let mut opened = File::open(&file).map_err(DataError::io("open", &file))?;
    let length = opened
        .metadata()
        .map_err(DataError::io("read", &file))?
        .len();
    let read = opened
        .read(&mut first)
        .map_err(DataError::io("read", &file))?;
    opened.rewind().map_err(DataError::io("read", &file))?;
    if first[..read] == *b"PK" {
        return of_archive(opened, member.as_deref(), &file);
    }
    let content = unpack(BufReader::new(&opened)).map_err(DataError::io("read", &file))?;
    if !content.is_gzip() && length > WHOLE {
        return sample(opened, length, SAMPLE).map_err(DataError::io("read", &file));
    }
    let mut hasher = Sha256::new();
    pump(content, |bytes| hasher.update(bytes)).map_err(DataError::io("read", &file))?;
    Ok(whole(hasher))
}

fn whole(hasher: Sha256) -> String {
    format!("sha256:{}", hexadecimal(hasher))
}

fn hexadecimal(hasher: Sha256) -> String {
    let digits = hasher.finalize();
    digits
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The length, and blocks with equal distances from the first to the last.
fn sample(
    mut file: impl Read + Seek,
    length: u64,
    (blocks, size): (u64, u64),
) -> io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(length.to_le_bytes());
    for block in 0..blocks {
        let last = u128::from(length - size);
        let start = u128::from(block) * last / u128::from(blocks - 1);
        let start = u64::try_from(start).expect("no block begins behind the last");
        file.seek(SeekFrom::Start(start))?;
        pump(file.by_ref().take(size), |bytes| hasher.update(bytes))?;
    }
    Ok(format!("sha256-sample:{}", hexadecimal(hasher)))
}

/// One member of a zip archive, or all of them in the order of their names.
fn of_archive(file: File, member: Option<&str>, path: &Path) -> Result<String, DataError> {
    let damaged = |error: &dyn std::fmt::Display| DataError::Format {
        file: path.to_owned(),
        field: "archive",
        offset: 0,
        expected: "a zip archive".into(),
        found: error.to_string(),
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let names: Result<Vec<String>, _> = archive
        .file_names()
        .map(|name| Ok(name?.into_owned()))
        .collect();
    let mut names = names.map_err(|error: zip::result::ZipError| damaged(&error))?;
    if let Some(member) = member {
        names.retain(|name| name.strip_suffix(".npy").unwrap_or(name) == member);
    }
    names.sort_unstable();
    let mut hasher = Sha256::new();
    for name in &names {
        let content = archive.by_name(name).map_err(|error| damaged(&error))?;
        // With one array alone its name does not matter.
        if member.is_none() && names.len() > 1 {
            named(&mut hasher, name, content.size());
        }
        pump(content, |bytes| hasher.update(bytes)).map_err(|error| damaged(&error))?;
    }
    Ok(whole(hasher))
}

/// Several contents are told apart by their names and lengths.
fn named(hasher: &mut Sha256, name: &str, length: u64) {
    hasher.update((name.len() as u64).to_le_bytes());
    hasher.update(name);
    hasher.update(length.to_le_bytes());
}

fn of_folder(root: &Path) -> Result<String, DataError> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    let mut hasher = Sha256::new();
    let name = |path: &Path| {
        let inside = path.strip_prefix(root).expect("it was found there");
        let parts = inside.components().map(Component::as_os_str);
        parts
            .map(|part| part.to_string_lossy())
            .collect::<Vec<_>>()
            .join("/")
    };
    let mut named_files: Vec<(String, PathBuf)> =
        files.into_iter().map(|path| (name(&path), path)).collect();
    named_files.sort_unstable();
    for (name, path) in named_files {
        let bytes = fs::read(&path).map_err(DataError::io("read", &path))?;
        named(&mut hasher, &name, bytes.len() as u64);
        hasher.update(bytes);
    }
    Ok(whole(hasher))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), DataError> {
    for entry in fs::read_dir(folder).map_err(DataError::io("read", folder))? {
        let path = entry.map_err(DataError::io("read", folder))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_image = |name: &str| IMAGES.iter().any(|known| name.eq_ignore_ascii_case(known));
        if path.is_dir() {
            collect(&path, files)?;
        } else if extension.is_some_and(is_image) {
            files.push(path);
        }
    }
    Ok(())
}

/// Hands all of `reader` to `sink`, piece by piece.
fn pump(mut reader: impl Read, mut sink: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => sink(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::idx::tests::gzip;
    use crate::npy::{NpyArray, NpyValues, write_npz};

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn digest(&self, name: &str) -> String {
            content_digest(self.0.path().join(name)).unwrap()
        }

        fn of(&self, name: &str, bytes: &[u8]) -> String {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            self.digest(name)
        }
    }

    /// FIPS 180-2, appendix B.1.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_content_counts_and_not_what_is_around_it() {
        let folder = Folder::new();
        assert_eq!(folder.of("plain", b"abc"), ABC);
        assert_eq!(folder.of("packed.gz", &gzip(b"abc")), ABC);
        assert_ne!(folder.of("other", b"abd"), ABC);
        let error = content_digest(folder.0.path().join("none")).unwrap_err();
        assert!(error.to_string().contains("none"), "{error}");
    }

    #[test]
    fn an_archive_is_what_is_asked_for_in_it() {
        let folder = Folder::new();
        let array = |value| NpyArray {
            shape: vec![2],
            values: NpyValues::Bytes(vec![value; 2]),
        };
        let (x, y, z) = (array(1), array(2), array(3));
        let both = folder.of("both.npz", &write_npz([("x", &x), ("y", &y)]));
        let other = folder.of("other.npz", &write_npz([("y", &z), ("x", &x)]));
        assert_ne!(both, other);
        assert_eq!(
            both,
            folder.of("turned.npz", &write_npz([("y", &y), ("x", &x)]))
        );
        assert_eq!(folder.digest("both.npz:x"), folder.digest("other.npz:x"));
        assert_ne!(folder.digest("both.npz:y"), folder.digest("other.npz:y"));
        // An array is itself, in an archive or not.
        assert_eq!(
            folder.digest("both.npz:x"),
            folder.of("x.npy", &x.to_bytes())
        );
        assert_eq!(
            folder.of("only.npz", &write_npz([("a", &x)])),
            folder.of("only.npz", &write_npz([("b", &x)]))
        );
    }

    #[test]
    fn a_folder_is_its_images_and_their_names() {
        let folder = Folder::new();
        let write = |name: &str, bytes: &[u8]| drop(folder.of(name, bytes));
        write("set/1.png", b"one");
        write("set/three/3.PNG", b"three");
        let before = folder.digest("set");
        write("set/notes.txt", b"no image");
        assert_eq!(folder.digest("set"), before);
        write("set/three/3.PNG", b"other");
        assert_ne!(folder.digest("set"), before);
        write("set/three/3.PNG", b"three");
        assert_eq!(folder.digest("set"), before);
        fs::rename(
            folder.0.path().join("set/1.png"),
            folder.0.path().join("set/2.png"),
        )
        .unwrap();
        assert_ne!(folder.digest("set"), before);
    }

    /// Ten bytes in blocks of two: at 0, 4 and 8.
    #[test]
    fn of_a_large_file_the_length_and_blocks_from_end_to_end_count() {
        let sample = |bytes: &[u8]| {
            let length = bytes.len() as u64;
            sample(Cursor::new(bytes), length, (3, 2)).unwrap()
        };
        let before = sample(b"0123456789");
        assert!(before.starts_with("sha256-sample:"));
        for seen in [
            "x123456789",
            "01234x6789",
            "012345678x",
            "0123456789x",
            "0x23456789",
        ] {
            assert_ne!(sample(seen.as_bytes()), before, "{seen}");
        }
        for unseen in ["01x3456789", "012345x789"] {
            assert_eq!(sample(unseen.as_bytes()), before, "{unseen}");
        }
    }

    /// A file of mostly nothing takes no room on most disks.
    #[test]
    fn a_file_of_several_gibibytes_is_looked_at_in_samples() {
        let folder = Folder::new();
        let path = folder.0.path().join("large.npy");
        let file = File::create(&path).unwrap();
        if file.set_len(3 << 30).is_err() {
            eprintln!("skipped: no room for a large file");
            return;
        }
        let before = folder.digest("large.npy");
        assert!(before.starts_with("sha256-sample:"), "{before}");
        file.set_len((3 << 30) + 1).unwrap();
        assert_ne!(folder.digest("large.npy"), before);
    }
}
