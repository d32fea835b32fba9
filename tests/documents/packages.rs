//! The packages of the workspace in its own manifest.

use super::{files, text};

/// The profile says what holds for dependencies, and names each package of ours: one that nobody named would be
/// built without its checks.
#[test]
fn the_profile_names_every_package() {
    let workspace = text("Cargo.toml");
    let mut manifests = files("crates", "Cargo.toml");
    manifests.extend(["Cargo.toml".into(), "xtask/Cargo.toml".into()]);
    assert!(manifests.len() > 9, "{manifests:?}");
    let profile = workspace.split("[profile.dev.package]").nth(1);
    let profile = profile.and_then(|rest| rest.split("\n[").next());
    let profile = profile.expect("the profile has a table of packages");
    for manifest in manifests {
        let text = text(&manifest);
        let package = text.split("[package]").nth(1).expect("a package");
        let name = package.split('"').nth(1).expect("its name");
        let named = |line: &str| line.starts_with(&format!("{name} = "));
        assert!(
            profile.lines().any(named),
            "[profile.dev.package] lacks {name}"
        );
    }
}
