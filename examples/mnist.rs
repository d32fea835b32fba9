//! Trains an RBM on handwritten digits and leaves a folder of pictures.
//!
//! ```text
//! cargo run --example mnist                                 # CPU
//! cargo run --example mnist --features wgpu                 # GPU, with no change of code
//! cargo run --example mnist -- --data digits --hidden 100   # offline, embedded digits
//! cargo run --example mnist -- --layers 500,500,2000        # a deep belief network
//! cargo run --example mnist -- --layers 500,500,2000 --finetune   # … and a classifier made of it
//! ```
//!
//! Without MNIST at hand and without a network it says so and trains on the 8×8 digits inside the
//! program. The parts it is made of are those of the commands `burnzmann train` and
//! `burnzmann dbn`.

use std::process::ExitCode;

use burnzmann_cli::{TrainArgs, finish, train, train_network};
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
    /// Train a deep belief network with hidden layers of these widths, greedily
    #[arg(long, value_delimiter = ',', value_name = "N,N,…")]
    layers: Vec<usize>,
    /// Unroll the network into a classifier and tune it on the labels
    #[arg(long, requires = "layers")]
    finetune: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    finish(if cli.layers.is_empty() {
        train(&cli.train)
    } else {
        train_network(&cli.train, &cli.layers, cli.finetune)
    })
}
