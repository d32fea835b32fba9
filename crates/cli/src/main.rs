//! The command `burnzmann`.

use std::process::ExitCode;

use burnzmann_cli::{EvaluateArgs, TrainArgs, evaluate, finish, train};
use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// glibc's allocator costs a step on the CPU up to 40 % of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Restricted Boltzmann machines: train, evaluate, look at them.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train an RBM and leave a folder with the model, its metrics and pictures
    #[command(after_help = TrainArgs::EXAMPLES)]
    Train(TrainArgs),
    /// Say how likely data are under a model, and whether to believe it
    #[command(after_help = EvaluateArgs::EXAMPLES)]
    Evaluate(EvaluateArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Train(args) => finish(train(&args)),
        Command::Evaluate(args) => finish(evaluate(&args)),
    }
}
