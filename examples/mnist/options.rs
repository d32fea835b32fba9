//! What is trained on, how, and where it goes.

use std::path::PathBuf;
use std::sync::Arc;

use burnzmann::data::{Binarisation, DataError, Dataset, Mnist, MnistFiles, Split, digits};
use burnzmann::train::{Cd, LEAST_UPDATES, LearningRate, Pcd, TrainConfig, default_epochs};
use burnzmann::{device, plot::ImageShape, prelude::Device};
use clap::Parser;

use crate::{Outcome, say};

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

/// The data, the device and the folder of a run.
pub(crate) struct Run<'a> {
    pub(crate) options: &'a Options,
    pub(crate) train: Arc<Dataset>,
    pub(crate) train_rows: Vec<u32>,
    pub(crate) test: Arc<Dataset>,
    pub(crate) test_rows: Vec<u32>,
    pub(crate) binarisation: Binarisation,
    pub(crate) device: Device,
    pub(crate) out: PathBuf,
}

impl<'a> Run<'a> {
    pub(crate) fn new(options: &'a Options) -> Outcome<Self> {
        if options.finetune && cfg!(not(feature = "finetune")) {
            return Err("--finetune needs a build with `--features finetune`".into());
        }
        let device = device::select(options.device.as_deref())?;
        let (train, train_rows, test, test_rows) = match options.mnist()? {
            Some(Mnist { train, test }) => {
                let all = |data: &Dataset| (0..).take(data.rows()).collect();
                let (train_rows, test_rows) = (all(&train), all(&test));
                (Arc::new(train), train_rows, Arc::new(test), test_rows)
            }
            None => {
                let data = Arc::new(digits());
                let split = Split::by_fractions(data.rows(), 0.0, 0.1, options.seed)?;
                (Arc::clone(&data), split.train, data, split.test)
            }
        };
        let run = Self {
            options,
            train,
            train_rows,
            test,
            test_rows,
            binarisation: Binarisation::Threshold(0.5),
            device,
            out: options.folder(),
        };
        run.config().validate()?;
        if run
            .out
            .read_dir()
            .is_ok_and(|mut inside| inside.next().is_some())
        {
            let out = run.out.display();
            return Err(format!("{out} is not empty; name another folder").into());
        }
        let (rows, name) = (run.train_rows.len(), run.train.name());
        say(format_args!(
            "{name}: {rows} rows of {} pixels -> {}",
            run.train.num_visible(),
            run.out.display()
        ));
        Ok(run)
    }

    /// How an RBM is trained.
    pub(crate) fn config(&self) -> TrainConfig {
        let options = self.options;
        let (k, batch_size) = (options.k.into(), options.batch);
        let usual = default_epochs(10, LEAST_UPDATES, self.train_rows.len(), batch_size);
        TrainConfig {
            algorithm: match &options.algorithm[..] {
                "cd" => Cd { k }.into(),
                _ => Pcd { k, chains: None }.into(),
            },
            learning_rate: LearningRate::Linear {
                from: options.lr,
                to: 0.0,
            },
            epochs: options.epochs.unwrap_or(usual),
            seed: options.seed,
            batch_size,
            ..TrainConfig::default()
        }
    }

    pub(crate) fn shape(&self) -> ImageShape {
        let [height, width] = self.train.image_shape().expect("digits are images");
        ImageShape::new(height, width)
    }
}

impl Options {
    /// MNIST, where it is asked for or found.
    fn mnist(&self) -> Outcome<Option<Mnist>> {
        if self.data == "digits" {
            return Ok(None);
        }
        match self.files() {
            Ok(files) => Ok(Some(Mnist::load(&files)?)),
            // A folder that was named has to hold the images.
            Err(DataError::NotFound { .. } | DataError::Download { .. }) if self.data == "auto" => {
                say(format_args!(
                    "MNIST is not here; training on the embedded 8×8 digits"
                ));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(feature = "download"))]
    fn files(&self) -> Result<MnistFiles, DataError> {
        MnistFiles::find(self.data_dir.as_deref())
    }

    #[cfg(feature = "download")]
    fn files(&self) -> Result<MnistFiles, DataError> {
        let mut shown = String::new();
        MnistFiles::find_or_download(self.data_dir.as_deref(), |file, _, _| {
            if shown != file {
                say(format_args!("downloading {file}"));
                file.clone_into(&mut shown);
            }
        })
    }

    fn folder(&self) -> PathBuf {
        let numbered = (1..).map(|n| PathBuf::from(format!("runs/{n}")));
        let mut free = numbered.filter(|path| !path.exists());
        let out = self.out.clone().or_else(|| free.next());
        out.expect("there is always another number")
    }
}
