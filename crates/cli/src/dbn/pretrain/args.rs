//! What to train, from the command line.

use std::path::PathBuf;

use burnzmann::data::ReadOptions;
use burnzmann::dbn::{DbnConfig, LayerConfig, Propagation};
use burnzmann::model::units::UnitsConfig;
use burnzmann::train::{
    Algorithm, LEAST_UPDATES, LearningRate, OptimizerConfig, TrainConfig, default_epochs,
};
use burnzmann::{Binarise, Table};
use clap::{Args, ValueEnum};

use super::{super::run::DbnRunConfig, First};
use crate::{CliError, DataArgs, Digests, Given, Source, train};

/// What of a layer is the data of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Handed {
    /// Draws, new ones in each epoch.
    DrawnEachEpoch,
    /// Draws, made once.
    DrawnOnce,
    /// Means.
    Means,
}

/// The options of `burnzmann dbn pretrain`.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("binarise", |option| option.help(
    "How gray levels become zeros and ones [default: stochastic, none for other units than those \
     of zeros and ones]"
)))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct PretrainArgs {
    #[expect(missing_docs, reason = "it is no option")]
    #[command(flatten)]
    pub given: Given,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub data: DataArgs,
    /// Hidden units of each layer, from the data up, as in 500,500,2000
    #[arg(long, value_delimiter = ',', default_values_t = [200, 200], value_name = "N,N,…")]
    pub layers: Vec<usize>,
    /// The units of the data, below layers of zeros and ones [default: bernoulli, else those of --first]
    #[arg(long, value_name = "KIND", value_parser = train::visible_units())]
    pub visible: Option<UnitsConfig>,
    /// Put label units beside the top layer's features: the network then classifies, and draws
    /// images of a class
    #[arg(long)]
    pub classes: bool,
    /// Where the negative phase comes from
    #[arg(long, value_name = "ALGORITHM", value_parser = train::algorithm(), default_value = "cd")]
    pub algorithm: Algorithm,
    #[expect(missing_docs, reason = "its help is made from the list of algorithms")]
    #[arg(long, value_name = "N", help = train::help_of_sweeps())]
    pub k: Option<usize>,
    /// Passes over the data for each layer: one number for all, or one for each [default: 10, more
    /// where the data are few]
    #[arg(long, value_delimiter = ',', value_name = "N,…")]
    pub epochs: Vec<u64>,
    /// Rows in a batch
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub batch: usize,
    /// Learning rate of the first update, one for all layers or one for each; it falls to zero on a straight
    /// line [default: 0.1, 0.01 for a layer of Gaussian units]
    #[arg(long, value_delimiter = ',', value_name = "RATE,…")]
    pub lr: Vec<f64>,
    /// Momentum [default: 0.9 for cd, 0 for the others]
    #[arg(long, value_name = "M")]
    pub momentum: Option<f64>,
    /// Weight of the L2 penalty on the weights
    #[arg(long, default_value_t = 0.0002, value_name = "X")]
    pub l2: f64,
    /// Do not centre the gradient
    #[arg(long)]
    pub no_centring: bool,
    /// What of a layer is the data of the next one
    #[arg(long, value_enum, default_value_t = Handed::DrawnEachEpoch)]
    pub propagate: Handed,
    /// Start a layer as the mirror of the one below, with random weights for what it is wider
    #[arg(long)]
    pub mirror: bool,
    /// Take the model of this run, or of a .safetensors file, as the first layer, and train the others on
    /// rows that are prepared as those of this model were
    #[arg(long, value_name = "RUN_OR_MODEL", conflicts_with = "resume")]
    pub first: Option<PathBuf>,
    /// With --first RUN, take its model of the last epoch instead of the one that it left, which is that of
    /// the best epoch where rows are held out
    #[arg(long, requires = "first")]
    pub last: bool,
    /// Train on the rows that are held out otherwise, too; each layer is then stacked as it was at its last
    /// epoch, and not as at the best one by the likelihood of these rows
    #[arg(long)]
    pub all_rows: bool,
    /// Random seed
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// The folder of the run [default: runs/DATA-NUMBER]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the run in this folder with its own configuration; besides this only --device and --quiet
    /// can be given
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    pub resume: Option<PathBuf>,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Print errors alone
    #[arg(long)]
    pub quiet: bool,
}

impl PretrainArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann dbn pretrain --data digits --layers 200,100
  burnzmann dbn pretrain --data mnist --layers 500,500,2000 --binarise stochastic
  burnzmann dbn pretrain --data mnist --layers 500,500,2000 --classes     labels in the top layer
  burnzmann dbn pretrain --data mnist --layers 500,2000 --first runs/mnist-1 --mirror
  burnzmann dbn pretrain --data spectra.npy --visible gaussian --layers 100,50   standardised real numbers
  burnzmann dbn pretrain --resume runs/mnist-1";

    /// The configuration that the options make.
    pub(super) fn config(
        &self,
        source: &Source,
        table: &Table,
        first: Option<&First>,
    ) -> Result<DbnRunConfig, CliError> {
        let layers = self.layers.len();
        for (name, given) in [("--epochs", self.epochs.len()), ("--lr", self.lr.len())] {
            if given > 1 && given != layers {
                return Err(CliError::BadInput(format!(
                    "{name} has {given} numbers for {layers} layers: give one for all or one for each"
                )));
            }
        }
        let rows = table.train_rows.len();
        let default = default_epochs(10, LEAST_UPDATES, rows, self.batch);
        let mut network = DbnConfig::new(table.train.num_visible(), &self.layers);
        let of_first = first.map(|first| first.rbm.visible.config());
        network.visible = self.visible.or(of_first).unwrap_or_default();
        let gaussian = !network.visible.support().is_discrete();
        for (i, layer) in network.layers.iter_mut().enumerate() {
            let below = if i == 0 { None } else { Some(i - 1) };
            let epochs = self.epochs.get(i).or(self.epochs.first()).copied();
            let epochs = epochs.unwrap_or(default);
            let rate = self.lr.get(i).or(self.lr.first()).copied();
            let rate = rate.unwrap_or(if gaussian && i == 0 { 0.01 } else { 0.1 });
            *layer = LayerConfig {
                train: self.train(epochs, rate),
                propagate: match self.propagate {
                    Handed::DrawnEachEpoch => Propagation::DrawnEachEpoch,
                    Handed::DrawnOnce => Propagation::DrawnOnce,
                    Handed::Means => Propagation::Means,
                },
                mirror_start: self.mirror && below.is_some(),
                ..LayerConfig::new(self.layers[i])
            };
        }
        if self.classes {
            let names = table.train.class_names().ok_or_else(|| {
                CliError::BadInput(format!(
                    "--classes needs labels, and {} has none; give --labels FILE",
                    table.train.name()
                ))
            })?;
            network.classes = Some(names.len());
        }
        network.validate().map_err(CliError::bad_input)?;
        for layer in 1..=layers {
            let possible = self.algorithm.check_model(&network.rbm(layer));
            possible.map_err(|error| CliError::BadInput(format!("layer {layer}: {error}")))?;
        }
        Ok(DbnRunConfig {
            burnzmann: env!("CARGO_PKG_VERSION").to_owned(),
            data: source.clone(),
            data_dir: self.data.data_dir.clone(),
            labels: self.data.labels.clone(),
            digests: Digests::default(),
            read: self.data.read.over(&ReadOptions::default()),
            class_names: table.train.class_names().unwrap_or_default().to_vec(),
            // Known once the data are looked at.
            scale: None,
            binarise: Binarise::Stochastic,
            all_rows: self.all_rows,
            first: None,
            best_epochs: !self.all_rows && !table.validation_rows.is_empty(),
            network,
        })
    }

    fn train(&self, epochs: u64, rate: f64) -> TrainConfig {
        let mut algorithm = self.algorithm.clone();
        if let (Some(k), Some(sweeps)) = (self.k, algorithm.sweeps()) {
            *sweeps = k.into();
        }
        let usual = algorithm.usual_momentum();
        let momentum = self.momentum.unwrap_or(usual);
        TrainConfig {
            algorithm,
            optimizer: OptimizerConfig::Sgd {
                momentum: momentum.into(),
            },
            learning_rate: LearningRate::Linear {
                from: rate,
                to: 0.0,
            },
            l2: self.l2,
            centring: TrainConfig::default()
                .centring
                .filter(|_| !self.no_centring),
            batch_size: self.batch,
            epochs,
            seed: self.seed,
            ..TrainConfig::default()
        }
    }
}
