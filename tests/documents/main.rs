//! What the documents say, against the code and against each other.

mod algorithms;
mod examples;
mod markdown;
mod numbers;
mod packages;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository, by its path from the root.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder whose names end so, by their paths from the root, sorted.
fn files(folder: &str, ending: &str) -> Vec<String> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of the repository") {
            let path = entry.expect("an entry of it").path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    let name = |path: &PathBuf| {
        let path = path.strip_prefix(root()).expect("a path below the root");
        path.to_string_lossy().replace('\\', "/")
    };
    let mut names: Vec<String> = found.iter().map(name).collect();
    names.sort();
    names
}

/// The sources of the library: the command line's crate has no public interface but its commands.
fn library_sources() -> Vec<String> {
    let mut sources = files("src", ".rs");
    sources.extend(files("crates", ".rs"));
    sources.retain(|path| {
        path.starts_with("src/") || path.contains("/src/") && !path.starts_with("crates/cli/")
    });
    sources
}
