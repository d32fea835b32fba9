//! Trains an RBM on handwritten digits and leaves a folder of pictures.
//!
//! ```text
//! cargo run --example mnist                                 # CPU
//! cargo run --example mnist --features wgpu                 # GPU, with no change of code
//! cargo run --example mnist -- --data digits --hidden 100   # offline, embedded digits
//! ```
//!
//! Without MNIST at hand and without a network it says so and trains on the 8×8 digits inside the
//! program. The parts it is made of are those of the command `burnzmann train`.

use std::process::ExitCode;

use burnzmann_cli::{TrainArgs, finish, train};
use clap::Parser;
use mimalloc::MiMalloc;

/// glibc's allocator costs a step on the CPU up to 40 % of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Trains an RBM on handwritten digits and leaves a folder with the model, its metrics and pictures.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    train: TrainArgs,
}

fn main() -> ExitCode {
    finish(train(&Cli::parse().train))
}
