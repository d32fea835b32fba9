//! The options of an evaluation.

use std::path::PathBuf;

use burnzmann::eval::{Ais, EvaluationConfig, Method, Schedule};
use clap::{Args, ValueEnum};

use crate::{Binarise, Source};

/// A part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The rows that were trained on.
    Train,
    /// The rows that training watched.
    Validation,
    /// The rows that training never saw.
    Test,
    /// All rows of the training data.
    All,
}

/// The options of `burnzmann evaluate`.
#[derive(Args, Clone, Debug)]
pub struct EvaluateArgs {
    /// A run folder, or a .safetensors file with `weight`, `visible.bias` and `hidden.bias`
    #[arg(value_name = "RUN_OR_MODEL")]
    pub model: PathBuf,
    /// mnist, digits, bas4 or a file, IDX or .npy [default: the data of the run]
    #[arg(long, value_name = "DATA")]
    pub data: Option<Source>,
    /// The folder with MNIST's files
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Which rows
    #[arg(long, value_enum, default_value_t = Part::Test)]
    pub split: Part,
    /// How gray levels become zeros and ones [default: as the run did, else threshold]
    #[arg(long, value_enum)]
    pub binarise: Option<Binarise>,
    /// auto, exact (25 units at most on one side), ais or pseudo
    #[arg(long, default_value_t = Method::Auto, value_name = "METHOD")]
    pub method: Method,
    /// Chains of annealed importance sampling
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub chains: usize,
    /// The inverse temperatures: linear:STEPS, salakhutdinov-murray or adaptive:TARGET
    #[arg(long, default_value = "linear:5000", value_name = "SCHEDULE")]
    pub schedule: Schedule,
    /// Anneal back from data as well, so that log Z is bounded on both sides (`--reverse=false`
    /// halves the time and the trust)
    #[arg(long, num_args = 0..=1, default_value_t = true, default_missing_value = "true",
          require_equals = true, value_name = "BOOL")]
    pub reverse: bool,
    /// Gibbs sweeps of the reverse chains before they anneal
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub burn_in: usize,
    /// Names all the random numbers
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

impl EvaluateArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann evaluate runs/digits-1                     the run's own data, test rows
  burnzmann evaluate runs/mnist-1 --chains 100 --json  quick, for a program to read
  burnzmann evaluate model.safetensors --data rows.npy --split all --method exact";

    pub(super) fn config(&self) -> EvaluationConfig {
        EvaluationConfig {
            method: self.method,
            ais: Ais {
                schedule: self.schedule.clone(),
                chains: self.chains,
                seed: self.seed,
                ..Ais::default()
            },
            reverse: self.reverse,
            burn_in: self.burn_in,
        }
    }
}
