//! The project's chores, run as `cargo xtask NAME`.
#![expect(clippy::print_stdout, reason = "this is the program's output")]

mod bench;
mod sanitize;
mod validate;

use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

/// The project's chores.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that a change has to pass, the cheapest checks first
    Validate(validate::Args),
    /// The kernels under the address sanitizer
    Sanitize,
    /// Times an update beside the same update written by hand, its bare matrix products, and rivals
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Validate(args) => validate::run(&args),
        Task::Sanitize => sanitize::run(),
        Task::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command to its end; an error names it.
fn run(command: &mut Command) -> Result<(), String> {
    println!("$ {}", line(command));
    let status = command
        .status()
        .map_err(|error| format!("{} does not start: {error}", line(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{} ended with {status}", line(command)))
}

/// The command as it would be typed.
fn line(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy());
    let program = command.get_program().to_string_lossy();
    std::iter::once(program)
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
