//! The changes that checkpoints make to a disk, counted: a test ends the process before each of them
//! in turn, and looks whether the run is still there.
//!
//! In builds with debug assertions, which are those of tests, a process that finds a number in
//! `BURNZMANN_ABORT_AT` aborts before that change, counted from 1. Nothing is unwound or flushed, as
//! with SIGKILL. Other builds have no such thing.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// To be called before each change.
pub(super) fn count() {
    static ABORT_AT: LazyLock<Option<u64>> = LazyLock::new(|| {
        let number = std::env::var("BURNZMANN_ABORT_AT").ok()?;
        number.parse().ok()
    });
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    if cfg!(debug_assertions)
        && let Some(last) = *ABORT_AT
        && BEGUN.fetch_add(1, Ordering::Relaxed) + 1 == last
    {
        std::process::abort();
    }
}

/// As [`fs::rename`].
///
/// # Errors
///
/// Its errors.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    count();
    fs::rename(from, to)
}

/// As [`fs::remove_file`].
///
/// # Errors
///
/// Its errors.
pub fn remove_file(path: &Path) -> io::Result<()> {
    count();
    fs::remove_file(path)
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    const FOLDER: &str = "BURNZMANN_TEST_CHANGES";

    /// Three changes in a process of its own: the test below starts it, and tells it where to end.
    #[test]
    fn three_changes() {
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
            return;
        };
        let [a, b, c] = ["a", "b", "c"].map(|name| folder.join(name));
        rename(&a, &b).unwrap();
        rename(&b, &c).unwrap();
        remove_file(&c).unwrap();
    }

    /// A process ends before the change of its number, with the ones before that made and none after.
    #[test]
    fn a_process_ends_before_the_change_it_is_told() {
        for (number, left) in [(1, Some("a")), (2, Some("b")), (3, Some("c")), (4, None)] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a"), "a").unwrap();
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "store::changes::tests::three_changes"])
                .env(FOLDER, folder.path())
                .env("BURNZMANN_ABORT_AT", number.to_string())
                .output()
                .unwrap()
                .status;
            assert_eq!(
                status.success(),
                left.is_none(),
                "change {number}: {status}"
            );
            let names = fs::read_dir(folder.path()).unwrap();
            let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
            let expected: Vec<_> = left.into_iter().map(std::ffi::OsString::from).collect();
            assert_eq!(names, expected, "change {number}");
        }
    }
}
