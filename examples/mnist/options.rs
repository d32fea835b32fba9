//! What is trained on, how, and where it goes.

use std::path::PathBuf;

use burnzmann::data::DataError;
use burnzmann::train::{Algorithm, LEAST_UPDATES, LearningRate, Schedule, default_epochs};
use burnzmann::{Error, device, prelude::*};
use clap::Parser;

use crate::say;

/// Trains an RBM on handwritten digits and leaves a folder with the model and pictures.
#[derive(Parser)]
pub(crate) struct Options {
    /// Which images; auto takes MNIST where it is found, else the embedded 8×8 digits
    #[arg(long, default_value = "auto", value_parser = ["auto", "mnist", "digits"])]
    data: String,
    /// The folder with MNIST's four files
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Hidden units [default: as many as pixels, 200 at most]
    #[arg(long, value_name = "N", conflicts_with = "layers")]
    pub(crate) hidden: Option<usize>,
    /// Contrastive divergence, or persistent contrastive divergence
    #[arg(long, default_value = "pcd", value_parser = ["cd", "pcd"])]
    algorithm: String,
    /// Gibbs steps in an update
    #[arg(long, default_value = "1", value_name = "N")]
    k: usize,
    /// Passes over the data [default: 10, more where these are fewer than 5,000 updates]
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,
    /// Rows in a batch
    #[arg(long, default_value = "100", value_name = "N")]
    batch: usize,
    /// Learning rate at the start; it falls to zero
    #[arg(long, default_value = "0.1", value_name = "RATE")]
    lr: f64,
    /// Random seed
    #[arg(long, default_value = "42", value_name = "N")]
    pub(crate) seed: u64,
    /// The folder to write [default: the next free one of runs/1, runs/2, …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// flex, ndarray, wgpu, … [default: the first that was compiled in]
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Train a deep belief network with hidden layers of these widths
    #[arg(long, value_delimiter = ',', value_name = "N,N,…")]
    pub(crate) layers: Vec<usize>,
    /// Turn the network into a classifier and train it on the labels (feature `finetune`)
    #[arg(long, requires = "layers")]
    pub(crate) finetune: bool,
}

/// What is trained on, how and on which device, and the folder to write.
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) table: Table,
    pub(crate) config: TrainConfig,
    pub(crate) device: Device,
    pub(crate) out: PathBuf,
}

impl Run {
    pub(crate) fn new(options: Options) -> Result<Self, Error> {
        if options.finetune && cfg!(not(feature = "finetune")) {
            let text = "--finetune needs a build with `--features finetune`";
            return Err(Error::Input(text.to_owned()));
        }
        let out = options.folder()?;
        let device = device::select(options.device.as_deref())?;
        let table = options.table()?;
        let (name, rows) = (table.train.name(), table.train_rows.len());
        let config = options.config(rows)?;
        say(format_args!(
            "{name}: {rows} training rows -> {}",
            out.display()
        ));
        Ok(Self {
            options,
            table,
            config,
            device,
            out,
        })
    }
}

impl Options {
    /// MNIST where it is asked for or found, else the digits.
    fn table(&self) -> Result<Table, Error> {
        if self.data == "digits" {
            return Ok(Table::digits());
        }
        match Table::mnist(self.data_dir.as_deref()) {
            // A folder that was named has to hold the images.
            Err(Error::Data(DataError::NotFound { .. } | DataError::Download { .. }))
                if self.data == "auto" =>
            {
                say("MNIST is not here; training on the embedded 8×8 digits");
                Ok(Table::digits())
            }
            found => found,
        }
    }

    /// How a model of so many training rows is trained.
    fn config(&self, rows: usize) -> Result<TrainConfig, Error> {
        let mut algorithm = Algorithm::named(&self.algorithm).expect("clap knows the names");
        if let Some(sweeps) = algorithm.sweeps() {
            *sweeps = Schedule::Constant(self.k);
        }
        let usual = default_epochs(10, LEAST_UPDATES, rows, self.batch);
        let config = TrainConfig {
            algorithm,
            learning_rate: LearningRate::Linear {
                from: self.lr,
                to: 0.0,
            },
            epochs: self.epochs.unwrap_or(usual),
            seed: self.seed,
            batch_size: self.batch,
            ..TrainConfig::default()
        };
        config.validate()?;
        Ok(config)
    }

    /// The folder to write, which has nothing in it.
    fn folder(&self) -> Result<PathBuf, Error> {
        let numbered = (1..).map(|n| PathBuf::from(format!("runs/{n}")));
        let mut free = numbered.filter(|path| !path.exists());
        let out = self.out.clone().or_else(|| free.next());
        let out = out.expect("there is always another number");
        if out.exists() && !out.is_dir() {
            let text = format!("{} is no folder; name another", out.display());
            return Err(Error::Input(text));
        }
        if out
            .read_dir()
            .is_ok_and(|mut inside| inside.next().is_some())
        {
            let text = format!("{} is not empty; name another folder", out.display());
            return Err(Error::Input(text));
        }
        Ok(out)
    }
}
