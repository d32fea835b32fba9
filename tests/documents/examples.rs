//! "Every public type has an example that runs" (README, CONTRIBUTING).

use super::{library_sources, text};

/// The public types of a source file, and the documentation of each.
fn public_types(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut documentation = String::new();
    // Of a type that the documentation does not show.
    let mut hidden = false;
    for line in source.lines() {
        let kinds = ["pub struct ", "pub enum ", "pub trait ", "pub union "];
        let item = kinds.iter().find_map(|kind| line.strip_prefix(kind));
        if let Some(item) = item {
            let mut words = item.split(|c: char| !c.is_alphanumeric() && c != '_');
            let name = words.next().unwrap_or_default();
            let documentation = std::mem::take(&mut documentation);
            if !std::mem::take(&mut hidden) {
                found.push((name.to_owned(), documentation));
            }
        } else if line == "#[doc(hidden)]" {
            hidden = true;
        } else if let Some(words) = line.strip_prefix("///") {
            documentation.push_str(words);
            documentation.push('\n');
        } else if !line.starts_with(['#', ' ', ')']) {
            // Attributes, which may take several lines, stand between a type and its documentation.
            documentation.clear();
            hidden = false;
        }
    }
    found
}

/// Whether there is an example that is run, and that asserts something.
fn has_example(documentation: &str) -> bool {
    let mut fences = documentation.split("```");
    fences.next();
    // Between each pair of fences: the kind of the block on the rest of the line, and its lines.
    fences.step_by(2).any(|block| {
        let (kind, lines) = block.split_once('\n').unwrap_or_default();
        kind.is_empty() && lines.contains("assert")
    })
}

#[test]
fn every_public_type_has_an_example_that_asserts_something() {
    let mut without = Vec::new();
    let mut count = 0;
    for path in library_sources() {
        for (name, documentation) in public_types(&text(&path)) {
            count += 1;
            if !has_example(&documentation) {
                without.push(format!("{path}: {name}"));
            }
        }
    }
    assert!(count > 130, "{count} types were found");
    assert!(
        without.is_empty(),
        "public types without an example that asserts a value:\n{}",
        without.join("\n")
    );
}

#[test]
fn what_is_no_example_is_not_taken_for_one() {
    let source = "\
/// No example.
#[derive(Clone)]
pub struct A;

/// ```text
/// assert!
/// ```
pub enum B {}

/// Runs.
///
/// ```
/// assert_eq!(1, 1);
/// ```
#[error(
    \"a message\"
)]
pub struct C;

/// ```
/// let nothing = 1;
/// ```
pub trait D {}

pub(crate) struct E;
";
    let types = public_types(source);
    let found: Vec<(&str, bool)> = types
        .iter()
        .map(|(name, documentation)| (name.as_str(), has_example(documentation)))
        .collect();
    assert_eq!(
        found,
        [("A", false), ("B", false), ("C", true), ("D", false)]
    );
}
