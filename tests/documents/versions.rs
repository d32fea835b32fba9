//! The versions of the formats on disk, in the guide and in the code.

use super::{library_sources, text};

/// The formats that a source file writes, and their version.
fn formats(source: &str) -> Option<(Vec<&str>, &str)> {
    let constants = |kind: &'static str| {
        source.lines().filter_map(move |line| {
            let (_, rest) = line.strip_prefix("const ")?.split_once(kind)?;
            Some(rest.trim_end_matches(';').trim_matches('"'))
        })
    };
    let version = source
        .lines()
        .find_map(|line| line.strip_prefix("const VERSION: u32 = "))?;
    let names = constants(": &str = ").filter(|name| name.starts_with("burnzmann-"));
    Some((names.collect(), version.trim_end_matches(';')))
}

#[test]
fn the_guide_has_the_version_of_every_format() {
    let guide = text("docs/guide/src/versions.md");
    let mut count = 0;
    for path in library_sources() {
        let source = text(&path);
        let (names, version) = formats(&source).unwrap_or_default();
        for name in names {
            count += 1;
            let row = format!("| `{name}` | {version} |");
            assert!(
                guide.contains(&row),
                "docs/guide/src/versions.md has no row {row} ({path})"
            );
        }
    }
    assert!(count >= 8, "{count} formats were found");
}

#[test]
fn a_format_is_found_with_its_version() {
    let source = "const FORMAT: &str = \"burnzmann-x\";\nconst OTHER: &str = \"y\";\nconst VERSION: u32 = 3;\n";
    assert_eq!(formats(source), Some((vec!["burnzmann-x"], "3")));
    assert_eq!(formats("const VERSION: u16 = 3;\n"), None);
}
