//! The options of a training run.

use std::io::IsTerminal;
use std::path::PathBuf;

use burnzmann::Residence;
use burnzmann::model::units::UnitsConfig;
use burnzmann::train::Algorithm;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::units::{HiddenUnits, help_of_hidden, visible_units};
use crate::{CliError, DataArgs, Given, MovedArgs};

/// Takes an algorithm by its name, with its usual settings.
pub(crate) fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    let value = |one: &Algorithm| PossibleValue::new(one.name()).help(one.summary());
    let values: Vec<_> = Algorithm::all().iter().map(value).collect();
    PossibleValuesParser::new(values)
        .map(|name| Algorithm::named(&name).expect("one of the possible values"))
}

/// The help of the sweeps of an update, with the usual numbers of those algorithms that have any.
pub(crate) fn help_of_sweeps() -> String {
    let mut usual: Vec<(usize, Vec<&str>)> = Vec::new();
    for mut algorithm in Algorithm::all() {
        let name = algorithm.name();
        let Some(k) = algorithm.sweeps().map(|k| k.at(0)) else {
            continue;
        };
        match usual.iter_mut().find(|(number, _)| *number == k) {
            Some((_, names)) => names.push(name),
            None => usual.push((k, vec![name])),
        }
    }
    let usual = usual
        .iter()
        .map(|(k, names)| format!("{k} for {}", names.join(" and ")));
    let usual: Vec<_> = usual.collect();
    format!("Gibbs sweeps per update [default: {}]", usual.join(", "))
}

/// The algorithms that have a number of chains.
pub(super) fn with_chains() -> Vec<&'static str> {
    let all = Algorithm::all().into_iter();
    all.filter_map(|mut one| one.chains().is_some().then_some(one.name()))
        .collect()
}

fn help_of_chains() -> String {
    let names = with_chains().join(" and ");
    format!("Chains of {names} [default: as many as a batch has rows]")
}

/// What the numbers of a run are written as, beside metrics.csv.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// metrics.jsonl, one JSON object an epoch.
    Jsonl,
}

/// The options of `burnzmann train`.
///
/// What is not given comes from the file of `--config`, and what that does not say from the
/// defaults named in the help.
#[derive(Args, Clone, Debug)]
pub struct TrainArgs {
    #[expect(missing_docs, reason = "it is no option")]
    #[command(flatten)]
    pub given: Given,
    /// A file with the configuration, .toml or the run.json of another run; options given besides
    /// override it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    // No text here: clap would take it for that of the whole command.
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub data: DataArgs,
    /// The units of the data [default: bernoulli]
    #[arg(long, value_name = "KIND", value_parser = visible_units())]
    pub visible: Option<UnitsConfig>,
    #[expect(missing_docs, reason = "its help is made from the list of kinds")]
    #[arg(long, value_name = "[KIND:]N", help = help_of_hidden())]
    pub hidden: Option<HiddenUnits>,
    /// Where the negative phase comes from [default: pcd]
    #[arg(long, value_name = "ALGORITHM", value_parser = algorithm())]
    pub algorithm: Option<Algorithm>,
    #[expect(missing_docs, reason = "its help is made from the list of algorithms")]
    #[arg(long, value_name = "N", help = help_of_sweeps())]
    pub k: Option<usize>,
    #[expect(missing_docs, reason = "its help is made from the list of algorithms")]
    #[arg(long, value_name = "N", help = help_of_chains())]
    pub chains: Option<usize>,
    /// Passes over the data [default: 10, more where the data are few]
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// Rows in a batch [default: 100]
    #[arg(long, value_name = "N")]
    pub batch: Option<usize>,
    /// Learning rate of the first update; it falls to zero on a straight line [default: 0.1]
    #[arg(long, value_name = "RATE")]
    pub lr: Option<f64>,
    /// Keep the learning rate where it is
    #[arg(long)]
    pub constant_lr: bool,
    /// Momentum [default: 0]
    #[arg(long, value_name = "M")]
    pub momentum: Option<f64>,
    /// Weight of the L1 penalty on the weights [default: 0]
    #[arg(long, value_name = "X")]
    pub l1: Option<f64>,
    /// Weight of the L2 penalty on the weights [default: 0]
    #[arg(long, value_name = "X")]
    pub l2: Option<f64>,
    /// Do not centre the gradient
    #[arg(long)]
    pub no_centring: bool,
    /// Random seed [default: 42]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Begin from the parameters of this model, a run folder or a file that `burnzmann convert` reads;
    /// its sizes and units are those of the run
    #[arg(long, value_name = "RUN_OR_MODEL")]
    pub start: Option<PathBuf>,
    /// The folder of the run [default: runs/DATA-NUMBER]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the run in this folder, with the options of `burnzmann resume`; its own configuration
    /// holds for everything else
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "config"])]
    pub resume: Option<PathBuf>,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub watch: WatchArgs,
}

/// The options about what is measured, kept and shown, for new and for resumed runs. The first ones are
/// part of the run: a resumed one does the same, unless they are given again.
#[derive(Args, Clone, Debug)]
pub struct WatchArgs {
    /// Estimate the held-out log-likelihood every N epochs; 0 for never [default: ten times a run, and at
    /// epochs 1, 2, 3, 4, 6, 8, 12 and so on before the first of them]
    #[arg(long, value_name = "N")]
    pub likelihood_every: Option<u64>,
    /// Stop where the held-out log-likelihood has clearly fallen for so many epochs: below its best by
    /// more than its errors, in each of three measurements or more [default: three tenths of the epochs]
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "no_early_stop")]
    pub patience: Option<u64>,
    /// Train all the epochs, however the held-out log-likelihood falls; the model that is kept is that of
    /// the best epoch anyway
    #[arg(long)]
    pub no_early_stop: bool,
    /// Seconds between checkpoints, at least; 0 for one after each epoch [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub checkpoint_every: Option<f64>,
    /// Checkpoints to keep, the newest ones [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    pub keep: Option<u8>,
    /// Leave the rows in their .npy file and read them when they are needed, for data larger than
    /// memory; files of more than 1 GiB are read like that anyway, with the same result
    #[arg(long)]
    pub stream: bool,
    /// Write the numbers of each epoch as this, too, beside metrics.csv
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log: Option<LogFormat>,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in [default: $BURN_DEVICE,
    /// else the fastest]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Show Burn's dashboard instead of the table; `q` stops there. In programs that are built
    /// with the feature `dashboard`
    #[arg(long, conflicts_with = "quiet")]
    pub tui: bool,
    /// Print errors alone
    #[arg(long)]
    pub quiet: bool,
}

impl WatchArgs {
    /// Refuses the dashboard where there is none, or nothing to show it on.
    pub(super) fn check_screen(&self) -> Result<(), CliError> {
        if !self.tui {
            return Ok(());
        }
        if cfg!(not(feature = "dashboard")) {
            return Err(CliError::bad_input(
                "--tui: this program is without the dashboard; build it with `cargo install --path \
                 crates/cli --features dashboard`",
            ));
        }
        if !std::io::stdout().is_terminal() {
            return Err(CliError::bad_input(
                "--tui expects a terminal, and the output goes elsewhere; leave it out",
            ));
        }
        Ok(())
    }

    /// Where the rows of a file are kept.
    pub(super) fn residence(&self) -> Residence {
        if self.stream {
            Residence::File
        } else {
            Residence::BySize
        }
    }
}

/// A duration that can be waited for.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=1e9).contains(&seconds) => Ok(seconds),
        _ => Err("expected a number of seconds, zero or larger".to_owned()),
    }
}

/// The options of `burnzmann resume`.
#[derive(Args, Clone, Debug)]
pub struct ResumeArgs {
    /// The folder of the run
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Train on to so many epochs in all, those that are done included, also where the run has finished
    /// or stopped early. The learning rate goes on as in a run planned for so many epochs: where it falls
    /// from 0.1 to 0, ten epochs of ten become ten of twenty, at 0.05
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// Start the learning rate again, from this value now to its last value at the end of the run
    #[arg(long, value_name = "RATE")]
    pub lr: Option<f64>,
    /// Keep the learning rate constant from now on: at the value of --lr, else at the first one of the run
    #[arg(long)]
    pub constant_lr: bool,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub moved: MovedArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub watch: WatchArgs,
}

impl TrainArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann train                              MNIST, or the embedded digits without a network
  burnzmann train --data digits --hidden 100   the embedded digits
  burnzmann train --algorithm cd --k 25 --hidden 500 --data mnist --data-dir ~/mnist
  burnzmann train --data rows.csv --epochs 50  a table of zeros and ones
  burnzmann train --data x.npy --visible gaussian --hidden 20
  burnzmann train --config run.toml --seed 7   what the file says, but for the seed
  burnzmann train --start runs/digits-1        from the weights of a model
  burnzmann train --data huge.npy --stream     rows that stay in their file
  burnzmann train --log jsonl                  numbers in metrics.jsonl, for `tail -F` and jq

A configuration file has the fields of run.json, each of them optional:
  data = \"digits\"
  binarise = \"stochastic\"
  [model]
  num_hidden = 100
  [watch]
  early_stop = false
  [train]
  epochs = 30
  algorithm = { kind = \"cd\", k = 5 }
  learning_rate = { kind = \"cosine\", from = 0.1, to = 0.001 }";
}

impl ResumeArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann resume runs/mnist-1                 go on where a run was stopped or killed
  burnzmann resume runs/mnist-1 --epochs 30     train on, as often as is asked for
  burnzmann resume runs/mnist-1 --epochs 30 --lr 0.02
                                                the learning rate starts again at 0.02
  burnzmann resume runs/mnist-1 --device flex   the same on another device
  burnzmann resume runs/rows-1 --data ~/data/rows.csv   the file of its data was moved there";
}
