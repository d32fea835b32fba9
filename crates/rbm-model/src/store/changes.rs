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
