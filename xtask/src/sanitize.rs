//! The kernels, which alone have unsafe code, under the address sanitizer.

use std::path::PathBuf;
use std::process::Command;

/// Runs the unit tests of rbm-kernels, without Burn, in a build that checks every access to memory.
///
/// The flag is one of the nightly compiler; `RUSTC_BOOTSTRAP` lets the stable one take it.
pub(crate) fn run() -> Result<(), String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "test",
        "--package",
        "burnzmann-kernels",
        "--no-default-features",
        "--lib",
    ]);
    // With a target named, build scripts and macros are left as they are.
    command
        .args(["--target", &host()?])
        .arg("--target-dir")
        .arg(target.join("sanitize"));
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zsanitizer=address");
    crate::run(&mut command)
}

fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| format!("rustc does not start: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "rustc -vV names no host".into())
}
