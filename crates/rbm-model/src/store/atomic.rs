//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use super::{StoreError, changes};

/// Writes `bytes` to `path` so that at every moment the file is the old one or the new one: to a
/// file beside it, synced, then renamed over it.
///
/// # Errors
///
/// [`StoreError::Io`]; the old file is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    changes::count();
    let mut file =
        NamedTempFile::new_in(folder).map_err(StoreError::io("create a file in", folder))?;
    write_and_sync(file.as_file_mut(), bytes).map_err(StoreError::io("write", path))?;
    changes::count();
    make_readable(file.as_file()).map_err(StoreError::io("set the permissions of", path))?;
    changes::count();
    file.persist(path)
        .map_err(|error| StoreError::io("rename into", path)(error.error))?;
    changes::count();
    sync_folder(folder).map_err(StoreError::io("sync", folder))
}

/// In two halves, so that a test can end between them.
fn write_and_sync(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for half in [first, second] {
        changes::count();
        file.write_all(half)?;
    }
    changes::count();
    file.sync_all()
}

/// Temporary files are private to their owner; finished ones are as readable as any other.
#[cfg(unix)]
fn make_readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> std::io::Result<()> {
    Ok(())
}

/// The rename itself is on disk only once the folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
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
}
