//! Files that are whole or not there.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::{StoreError, changes};

/// How the names of files begin that are not finished yet. One that is left by a killed process is
/// known by it, and nothing else is.
pub const TEMPORARY: &str = ".burnzmann-tmp-";

/// Writes `bytes` to `path` so that at every moment the file is the old one or the new one: to a
/// file beside it, synced, then renamed over it. It is as readable as any other new file: the umask
/// decides.
///
/// # Errors
///
/// [`StoreError::Io`]; the old file is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_with(path, bytes, &mut sync_all)
}

/// What [`write_atomic`] does, where `sync` returns once what it is given, a file or a folder, is on the disk.
fn write_with(path: &Path, bytes: &[u8], sync: OnDisk<'_>) -> Result<(), StoreError> {
    let folder = folder_of(path);
    changes::count();
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // A temporary file is private by default, and this one is to stay.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder
        .tempfile_in(folder)
        .map_err(StoreError::io("create a file in", folder))?;
    write_and_sync(file.as_file_mut(), bytes, sync).map_err(StoreError::io("write", path))?;
    changes::count();
    file.persist(path)
        .map_err(|error| StoreError::io("rename into", path)(error.error))?;
    changes::count();
    sync_folder(folder, sync).map_err(StoreError::io("sync", folder))
}

/// [`sync_all`], or what a test has instead of it.
pub(super) type OnDisk<'a> = &'a mut dyn FnMut(&File) -> std::io::Result<()>;

pub(super) fn sync_all(file: &File) -> std::io::Result<()> {
    file.sync_all()
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// In two halves, so that a test can end between them.
pub(super) fn write_and_sync(
    file: &mut File,
    bytes: &[u8],
    sync: OnDisk<'_>,
) -> std::io::Result<()> {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for half in [first, second] {
        changes::count();
        file.write_all(half)?;
    }
    changes::count();
    sync(file)
}

/// A new file, or a renamed one, is on disk only once its folder is.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path, sync: OnDisk<'_>) -> std::io::Result<()> {
    sync(&File::open(folder)?)
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path, _sync: OnDisk<'_>) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomic(&path, b"old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        // A folder in the file's place cannot be renamed over.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("x"), b"x").unwrap();
        let error = write_atomic(&taken, b"new").unwrap_err().to_string();
        assert!(
            error.contains("taken") && error.contains("rename"),
            "{error}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let missing = folder.path().join("no/such/file");
        let error = write_atomic(&missing, b"x").unwrap_err().to_string();
        assert!(error.contains("cannot create a file in"), "{error}");
    }

    /// A file that any program makes has the mode that these are compared with; the test of the program
    /// sets the umask.
    #[cfg(unix)]
    #[test]
    fn a_file_is_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let metadata = fs::metadata(folder.path().join(name)).unwrap();
            metadata.permissions().mode()
        };
        fs::write(folder.path().join("any"), "").unwrap();
        write_atomic(&folder.path().join("ours"), b"x").unwrap();
        super::super::GrowingFile::new(folder.path().join("grown"))
            .append(b"x")
            .unwrap();
        assert_eq!([mode("ours"), mode("grown")], [mode("any"); 2]);
    }

    /// The content is on the disk before the file has its name, and the name before the write is done: a
    /// machine that loses its power in between has the old file or the new one.
    #[cfg(unix)]
    #[test]
    fn the_file_is_synced_before_it_is_renamed_and_the_folder_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_atomic(&path, b"old").unwrap();
        let mut synced = Vec::new();
        write_with(&path, b"newer", &mut |file| {
            let metadata = file.metadata()?;
            let what = if metadata.is_dir() { 0 } else { metadata.len() };
            synced.push((what, fs::read(&path)?));
            Ok(())
        })
        .unwrap();
        assert_eq!(synced, [(5, b"old".to_vec()), (0, b"newer".to_vec())]);

        // What the disk does not take is an error; before the rename the old file is left.
        for (fails_at, left) in [(1, "newer"), (2, "newest")] {
            let mut calls = 0;
            let mut sync = |_: &File| {
                calls += 1;
                let full = std::io::ErrorKind::StorageFull;
                if calls == fails_at {
                    Err(full.into())
                } else {
                    Ok(())
                }
            };
            let error = write_with(&path, b"newest", &mut sync).unwrap_err();
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), left);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    /// The system is asked, and not only told to have been: this device has nothing to sync, and says so.
    #[cfg(target_os = "linux")]
    #[test]
    fn to_sync_is_to_ask_the_system() {
        let null = fs::OpenOptions::new()
            .write(true)
            .open("/dev/null")
            .unwrap();
        let error = sync_all(&null).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
    }
}
