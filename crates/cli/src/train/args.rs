//! The options of a training run, and the configuration that they make.

use std::path::PathBuf;

use burnzmann::model::RbmConfig;
use burnzmann::train::{Algorithm, LearningRate, OptimizerConfig, Schedule, TrainConfig};
use clap::{Args, ValueEnum};

use crate::{CliError, DataArgs, RunConfig, Source};

/// Where the negative phase comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AlgorithmName {
    /// Chains restarted at the data for each update.
    Cd,
    /// Chains kept from update to update.
    Pcd,
    /// Enumeration, for models with a side of at most 25 units.
    Exact,
}

/// The options of `burnzmann train` and of the example `mnist`.
#[derive(Args, Clone, Debug)]
pub struct TrainArgs {
    // No text here: clap would take it for that of the whole command.
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub data: DataArgs,
    /// Hidden units [default: as many as visible ones, at most 200]
    #[arg(long, value_name = "N")]
    pub hidden: Option<usize>,
    /// Where the negative phase comes from
    #[arg(long, value_enum, default_value_t = AlgorithmName::Pcd)]
    pub algorithm: AlgorithmName,
    /// Gibbs sweeps per update
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub k: usize,
    /// Persistent chains [default: as many as a batch has rows]
    #[arg(long, value_name = "N")]
    pub chains: Option<usize>,
    /// Passes over the data [default: 10, more where the data are few]
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// Rows in a batch
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub batch: usize,
    /// Learning rate of the first update; it falls to zero on a straight line
    #[arg(long, default_value_t = DEFAULT_RATE, value_name = "RATE")]
    pub lr: f64,
    /// Keep the learning rate where it is
    #[arg(long)]
    pub constant_lr: bool,
    /// Momentum
    #[arg(long, default_value_t = 0.0, value_name = "M")]
    pub momentum: f64,
    /// Weight of the L1 penalty on the weights
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub l1: f64,
    /// Weight of the L2 penalty on the weights
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub l2: f64,
    /// Do not centre the gradient
    #[arg(long)]
    pub no_centring: bool,
    /// Estimate the held-out log-likelihood every N epochs; 0 for never [default: ten times a run]
    #[arg(long, value_name = "N")]
    pub likelihood_every: Option<u64>,
    /// Names all the random numbers of the run
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// The folder of the run [default: runs/DATA-NUMBER]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the run in this folder; its own configuration holds
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    pub resume: Option<PathBuf>,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in [default: $BURN_DEVICE,
    /// else the fastest]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Print errors alone
    #[arg(long)]
    pub quiet: bool,
}

const DEFAULT_RATE: f64 = 0.1;
/// Few data mean few updates in a pass over them: this many updates are made at least.
const LEAST_UPDATES: u64 = 5000;

impl TrainArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann train                              MNIST, or the embedded digits without a network
  burnzmann train --data digits --hidden 100   the embedded digits
  burnzmann train --algorithm cd --k 25 --hidden 500 --data mnist --data-dir ~/mnist
  burnzmann train --resume runs/mnist-1        go on where a run was stopped";

    /// The configuration that the options make for data of this size.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`], with the option that is wrong.
    pub fn config(
        &self,
        source: &Source,
        visible: usize,
        rows: usize,
    ) -> Result<RunConfig, CliError> {
        let k = Schedule::Constant(self.k);
        if self.chains.is_some() && self.algorithm != AlgorithmName::Pcd {
            return Err(CliError::bad_input(
                "--chains goes with --algorithm pcd alone",
            ));
        }
        let batches = rows.div_ceil(self.batch.max(1)) as u64;
        let train = TrainConfig {
            algorithm: match self.algorithm {
                AlgorithmName::Cd => Algorithm::Cd { k },
                AlgorithmName::Pcd => Algorithm::Pcd {
                    k,
                    chains: self.chains,
                },
                AlgorithmName::Exact => Algorithm::Exact,
            },
            optimizer: OptimizerConfig::Sgd {
                momentum: Schedule::Constant(self.momentum),
            },
            learning_rate: if self.constant_lr {
                LearningRate::Constant { rate: self.lr }
            } else {
                LearningRate::Linear {
                    from: self.lr,
                    to: 0.0,
                }
            },
            l1: self.l1,
            l2: self.l2,
            centring: TrainConfig::default()
                .centring
                .filter(|_| !self.no_centring),
            batch_size: self.batch,
            epochs: self
                .epochs
                .unwrap_or_else(|| LEAST_UPDATES.div_ceil(batches.max(1)).max(10)),
            seed: self.seed,
            ..TrainConfig::default()
        };
        train.validate().map_err(CliError::bad_input)?;
        let model = RbmConfig::new(visible, self.hidden.unwrap_or(visible.min(200)));
        model.validate().map_err(CliError::bad_input)?;
        Ok(RunConfig {
            burnzmann: env!("CARGO_PKG_VERSION").to_owned(),
            data: source.clone(),
            data_dir: self.data.data_dir.clone(),
            binarise: self.data.binarise,
            model,
            train,
        })
    }
}
