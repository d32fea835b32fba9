//! Everything that a change has to pass.

use std::process::Command;

use crate::run as call;

/// The options of `validate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests (where they were run already)
    #[arg(long)]
    no_tests: bool,
}

fn cargo(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(words.split_whitespace());
    command
}

/// The cheapest checks first.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    call(&mut cargo("fmt --all --check"))?;
    for (tool, words) in [("typos", ""), ("cargo-deny", "check bans licenses sources")] {
        optional(tool, words)?;
    }
    call(&mut cargo(
        "clippy --workspace --all-targets -- -D warnings",
    ))?;
    let mut doc = cargo("doc --workspace --no-deps");
    call(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    if !args.no_tests {
        call(&mut cargo(
            "test --workspace --lib --bins --tests --examples",
        ))?;
    }
    call(&mut cargo("test --workspace --doc"))?;
    smoke()
}

/// A tool that is used where it is installed, and said to be missing where it is not.
fn optional(tool: &str, words: &str) -> Result<(), String> {
    let mut command = Command::new(tool);
    let present = Command::new(tool).arg("--version").output().is_ok();
    if !present {
        println!("skipped: {tool} is not installed (`cargo install {tool}`)");
        return Ok(());
    }
    call(command.args(words.split_whitespace()))
}

/// The main job, short, on embedded data; the pictures have to be there. The other examples are tests.
fn smoke() -> Result<(), String> {
    let out = std::env::temp_dir().join(format!("burnzmann-smoke-{}", std::process::id()));
    let mut example = cargo("run --example mnist -- --data digits --epochs 5 --out");
    call(example.arg(&out))?;
    for name in [
        "model.safetensors",
        "filters.png",
        "reconstructions.png",
        "fantasies.png",
        "curves.png",
    ] {
        let size = std::fs::metadata(out.join(name)).map_or(0, |file| file.len());
        if size == 0 {
            return Err(format!("the smoke run left no {name} in {}", out.display()));
        }
    }
    std::fs::remove_dir_all(&out).map_err(|error| error.to_string())
}
