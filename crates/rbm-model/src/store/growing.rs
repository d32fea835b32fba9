//! Files that grow at their end.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    StoreError,
    atomic::{OnDisk, folder_of, sync_all, sync_folder, write_and_sync},
    changes,
    digest::hexadecimal,
};

/// How much of a growing file was written, and a digest of that: what another file states, to say
/// which part of the growing one belongs to it.
///
/// ```
/// use rbm_model::store::GrowingFile;
///
/// let folder = tempfile::tempdir()?;
/// let mut file = GrowingFile::new(folder.path().join("lines"));
/// file.append(b"abc")?;
/// let extent = file.extent();
/// assert_eq!(extent.bytes, 3);
/// assert!(extent.sha256.starts_with("ba7816bf")); // the digest of FIPS 180's example
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    /// The number of bytes from the beginning of the file.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A file that grows at its end, whose digest is kept up to date while it grows: an [`append`](Self::append)
/// costs what it appends.
///
/// The file may hold more than was appended, if a process was killed before it could say so
/// elsewhere. The next append cuts that off first.
///
/// ```
/// use rbm_model::store::GrowingFile;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("lines");
/// let mut file = GrowingFile::new(&path);
/// file.append(b"one\n")?;
/// let one = file.extent();
/// file.append(b"two\n")?;
///
/// // Back to where it had one line, and on from there.
/// let (mut again, content) = GrowingFile::open(&path, &one)?;
/// assert_eq!(content, b"one\n");
/// again.append(b"2\n")?;
/// assert_eq!(std::fs::read(&path)?, b"one\n2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct GrowingFile {
    path: PathBuf,
    bytes: u64,
    hasher: Sha256,
}

impl fmt::Debug for GrowingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrowingFile")
            .field("path", &self.path)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl GrowingFile {
    /// A file that begins empty: what there is at `path` goes with the first append.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            bytes: 0,
            hasher: Sha256::new(),
        }
    }

    /// The file at `path` that is known to begin with `content`, and goes on from there.
    pub fn of(path: impl Into<PathBuf>, content: &[u8]) -> Self {
        let mut file = Self::new(path);
        file.written(content);
        file
    }

    /// The file at `path` up to a stated extent, and the bytes until there.
    ///
    /// Nothing is changed on the disk: what follows is cut off by the next append.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read, is shorter, or has another digest.
    pub fn open(path: impl Into<PathBuf>, extent: &Extent) -> Result<(Self, Vec<u8>), StoreError> {
        let mut file = Self::new(path);
        let mut content = Vec::new();
        File::open(&file.path)
            .and_then(|opened| opened.take(extent.bytes).read_to_end(&mut content))
            .map_err(StoreError::io("read", &file.path))?;
        file.written(&content);
        let found = file.extent();
        if found == *extent {
            return Ok((file, content));
        }
        let say = |extent: &Extent| format!("{} bytes of digest {}", extent.bytes, extent.sha256);
        Err(StoreError::content(file.path, say(extent), say(&found)))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was appended until now.
    pub fn extent(&self) -> Extent {
        Extent {
            bytes: self.bytes,
            sha256: hexadecimal(&self.hasher.clone().finalize()),
        }
    }

    /// Appends bytes and syncs the file; before that, whatever follows what was appended before is
    /// cut off.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. What was appended before is there then, and the next append goes on behind it.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.append_with(bytes, &mut sync_all)
    }

    fn append_with(&mut self, bytes: &[u8], sync: OnDisk<'_>) -> Result<(), StoreError> {
        let is_new = !self.path.exists();
        if is_new && self.bytes == 0 && bytes.is_empty() {
            return Ok(());
        }
        if is_new {
            changes::count();
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(self.bytes == 0)
            .truncate(false)
            .open(&self.path)
            .map_err(StoreError::io("open", &self.path))?;
        let failed = |error| StoreError::io("write", &self.path)(error);
        let length = file.metadata().map_err(failed)?.len();
        if length < self.bytes {
            let expected = format!("{} bytes at least, which were written", self.bytes);
            let found = length.to_string();
            return Err(StoreError::content(&self.path, expected, found));
        }
        if length == self.bytes && bytes.is_empty() {
            return Ok(());
        }
        if length > self.bytes {
            changes::count();
            file.set_len(self.bytes).map_err(failed)?;
        }
        file.seek(SeekFrom::Start(self.bytes)).map_err(failed)?;
        write_and_sync(&mut file, bytes, sync).map_err(failed)?;
        if is_new {
            changes::count();
            let folder = folder_of(&self.path);
            sync_folder(folder, sync).map_err(StoreError::io("sync", folder))?;
        }
        self.written(bytes);
        Ok(())
    }

    fn written(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hasher.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_digest_is_that_of_the_whole_however_it_was_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = GrowingFile::new(&path);
        for part in [&b"a"[..], b"", b"bc"] {
            file.append(part).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        // FIPS 180-2, appendix B.1.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let expected = Extent {
            bytes: 3,
            sha256: sha256.into(),
        };
        assert_eq!(file.extent(), expected);
        let (again, content) = GrowingFile::open(&path, &expected).unwrap();
        assert_eq!((again.extent(), &content[..]), (expected, &b"abc"[..]));
    }

    /// What a killed process left behind the last append, or a disk that was full in one.
    #[test]
    fn what_nobody_knows_of_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = GrowingFile::new(&path);
        file.append(b"known,").unwrap();
        fs::write(&path, "known,unkno").unwrap();
        file.append(b"next").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"known,next");
        fs::write(&path, "known,next and more").unwrap();
        file.append(b"").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"known,next");
        // Another file in its place, from the beginning.
        GrowingFile::new(&path).append(b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn a_file_that_lost_something_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = GrowingFile::new(&path);
        file.append(b"").unwrap();
        assert!(!path.exists());
        file.append(b"0123456789").unwrap();
        let extent = file.extent();
        fs::write(&path, "01234").unwrap();
        let error = GrowingFile::open(&path, &extent).unwrap_err().to_string();
        assert!(
            error.contains("expected 10 bytes of digest") && error.contains("found 5 bytes"),
            "{error}"
        );
        let error = file.append(b"x").unwrap_err().to_string();
        assert!(error.contains("10 bytes at least"), "{error}");
        fs::write(&path, "01234x6789 and more").unwrap();
        let error = GrowingFile::open(&path, &extent).unwrap_err().to_string();
        assert!(error.contains(&extent.sha256), "{error}");
        fs::remove_file(&path).unwrap();
        for error in [
            GrowingFile::open(&path, &extent).map(drop).unwrap_err(),
            file.append(b"x").unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
        }
    }

    /// What is appended is on the disk when that is done, and so is the name of a file that is new; where the
    /// disk does not take it, it counts as not appended.
    #[cfg(unix)]
    #[test]
    fn each_append_is_synced_and_a_new_file_with_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = GrowingFile::new(folder.path().join("file"));
        for (part, expected) in [("one", vec![Some(3), None]), ("two", vec![Some(6)])] {
            let mut synced = Vec::new();
            file.append_with(part.as_bytes(), &mut |file| {
                let metadata = file.metadata()?;
                synced.push((!metadata.is_dir()).then_some(metadata.len()));
                Ok(())
            })
            .unwrap();
            assert_eq!(synced, expected, "{part}");
        }
        let before = file.extent();
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = file
            .append_with(b"three", &mut |_| Err(full()))
            .unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
        assert_eq!(file.extent(), before);
    }
}
