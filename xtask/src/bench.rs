//! Our updates beside other libraries': builds the program that measures, and starts it.

use std::process::{Command, Stdio};

/// The options of `bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The backend that ours run on, a feature of the root package: flex, vulkan, wgpu, cuda, …
    #[arg(long, value_name = "NAME", default_value = "flex")]
    backend: String,
    /// Build with the release profile: minutes longer, for a program to carry to another machine
    #[arg(long)]
    release: bool,
    /// Options of the program: --quick, --json, --peers PYTHON, --case TEXT, --rounds N; see `-- --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Builds and starts the benchmark. Unless it is a part of it or for a program to read, the table of
/// docs/performance.md is written.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let profile = if args.release { "bench" } else { "dev" };
    let mut cargo = Command::new(env!("CARGO"));
    // The profile that users run: its dependencies and kernels are optimised.
    cargo.args(["bench", "--quiet", "--workspace", "--profile", profile]);
    if args.backend != "flex" {
        cargo.args(["--features", &args.backend]);
    }
    cargo.args(["--bench", "updates", "--", "--backend", &args.backend]);
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
