//! Our updates beside other libraries': builds the program that measures, and starts it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The options of `bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backend that ours run on, a feature of the root package: flex, vulkan, wgpu, cuda, …
    #[arg(long, value_name = "NAME", default_value = "flex")]
    backend: String,
    /// Build with the release profile: minutes longer
    #[arg(long)]
    release: bool,
    /// Only build: one stripped program that needs no toolchain, to carry to the machine that has the device
    #[arg(long)]
    carry: bool,
    /// Options of the program: --quick, --json, --peers PYTHON, --case TEXT, --rounds N; see `-- --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Builds and starts the benchmark. Unless it is a part of it or for a program to read, the table of
/// docs/performance.md is written.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    if args.carry {
        return carry(&args.backend);
    }
    // The profile that users run: its dependencies and kernels are optimised.
    let mut cargo = build(&args.backend, if args.release { "bench" } else { "dev" });
    cargo.args(["--quiet", "--", "--backend", &args.backend]);
    cargo.args(&args.options).stdin(Stdio::null());
    let partial = ["--quick", "--json", "--case", "--help", "--write"];
    let partial = args
        .options
        .iter()
        .any(|option| partial.contains(&option.as_str()));
    if !partial && args.backend == "flex" {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
        cargo.args(["--write", file]);
    }
    // Nothing but results on the standard output: a program may read it.
    let status = cargo
        .status()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the benchmark ended with {status}"))
    }
}

fn build(backend: &str, profile: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["bench", "--workspace", "--profile", profile]);
    cargo.args(["--bench", "updates"]);
    if backend != "flex" {
        cargo.args(["--features", backend]);
    }
    cargo
}

/// Builds the program, puts it beside the target folder's other programs, and says how to run it.
fn carry(backend: &str) -> Result<(), String> {
    if ["flex", "ndarray"].contains(&backend) {
        return Err(format!(
            "--carry builds a small program for a GPU, and {backend} is the CPU: name a backend such as \
             vulkan, or leave --carry out"
        ));
    }
    // Which strips symbols.
    let mut cargo = build(backend, "carry");
    cargo.env("RUSTFLAGS", link_flags());
    cargo.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    let output = cargo.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the build ended with {}", output.status));
    }
    let built = executable(&String::from_utf8_lossy(&output.stdout));
    let built = built.ok_or("cargo named no program for the bench target `updates`")?;
    let name = format!("burnzmann-bench-{backend}");
    // From target/carry/deps/updates-… to target/carry.
    let program = built
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .join(&name);
    let copied = std::fs::copy(&built, &program);
    let bytes = copied.map_err(|error| format!("{}: {error}", program.display()))?;
    println!("{} ({} MB)", program.display(), bytes.div_ceil(1_000_000));
    println!("copy it, and run there:");
    println!("  ./{name} --backend {backend} --quick    # one case");
    println!("  ./{name} --backend {backend} --peers python3    # all, beside torch-cuda");
    Ok(())
}

/// The user's flags, and with the linker of Linux those that fold equal functions, of which the types
/// of a kernel make many, and pack relocations.
fn link_flags() -> String {
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        flags += " -C link-arg=-Wl,--icf=all,-z,pack-relative-relocs";
    }
    flags
}

/// The program of the bench target, from the messages of a build.
fn executable(messages: &str) -> Option<PathBuf> {
    let mut messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let program = |message: serde_json::Value| {
        let ours = message["target"]["name"] == "updates";
        Some(PathBuf::from(
            message["executable"].as_str().filter(|_| ours)?,
        ))
    };
    messages.find_map(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_for_the_cpu_is_not_built_small() {
        assert!(carry("flex").unwrap_err().contains("flex is the CPU"));
    }

    #[test]
    fn the_program_is_found_among_the_messages_of_a_build() {
        let messages = [
            r#"{"reason":"compiler-artifact","target":{"name":"xtask"},"executable":"/t/release/xtask"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"updates"},"executable":"/t/release/deps/updates-1"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"mnist"},"executable":null}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "not a message",
        ];
        let found = executable(&messages.join("\n"));
        assert_eq!(found, Some(PathBuf::from("/t/release/deps/updates-1")));
        assert_eq!(executable(messages[0]), None);
    }
}
