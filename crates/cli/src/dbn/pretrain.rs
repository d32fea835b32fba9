//! Greedy training.

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use burn::tensor::{Device, Tensor};
use burnzmann::data::{Batches, Dataset};
use burnzmann::dbn::{Dbn, DbnConfig, LayerConfig, PretrainObserver, Pretrainer, Propagation};
use burnzmann::model::{Noise, Rbm, store::write_atomic};
use burnzmann::plot::{ImageShape, PlotError, fantasies, filters};
use burnzmann::train::{
    Algorithm, Ending, EpochReport, LearningRate, OptimizerConfig, StepInfo, TrainConfig, Trainer,
    metrics,
};
use clap::{Args, ValueEnum};

use super::{
    run::{DbnRunConfig, failure, save},
    screen::Screen,
};
use crate::{
    AlgorithmName, Binarise, CliError, DataArgs, Residence, RunFolder, Sets, Source, convert, train,
};

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
    "How gray levels become zeros and ones [default: stochastic]"
)))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct PretrainArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub data: DataArgs,
    /// Hidden units of each layer, from the data up, as in 500,500,2000
    #[arg(long, value_delimiter = ',', default_values_t = [200, 200], value_name = "N,N,…")]
    pub layers: Vec<usize>,
    /// Put label units beside the top layer's features: the network then classifies, and draws
    /// images of a class
    #[arg(long)]
    pub classes: bool,
    /// Where the negative phase comes from
    #[arg(long, value_enum, default_value_t = AlgorithmName::Cd)]
    pub algorithm: AlgorithmName,
    /// Gibbs sweeps per update
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub k: usize,
    /// Passes over the data for each layer: one number for all, or one for each [default: 10, more
    /// where the data are few]
    #[arg(long, value_delimiter = ',', value_name = "N,…")]
    pub epochs: Vec<u64>,
    /// Rows in a batch
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub batch: usize,
    /// Learning rate of the first update; it falls to zero on a straight line
    #[arg(long, default_value_t = 0.1, value_name = "RATE")]
    pub lr: f64,
    /// Momentum [default: 0.9 for cd, 0 for pcd and exact]
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
    /// Take the model of this run, or of a .safetensors file, as the first layer, and train the others
    #[arg(long, value_name = "RUN_OR_MODEL", conflicts_with = "resume")]
    pub first: Option<PathBuf>,
    /// Train on the rows that are held out otherwise, too
    #[arg(long)]
    pub all_rows: bool,
    /// Names all the random numbers of the run
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// The folder of the run [default: runs/DATA-NUMBER]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the run in this folder; its own configuration holds
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
  burnzmann dbn pretrain --resume runs/mnist-1";

    /// The configuration that the options make.
    fn config(&self, sets: &Sets) -> Result<DbnRunConfig, CliError> {
        let (layers, given) = (self.layers.len(), self.epochs.len());
        if given > 1 && given != layers {
            return Err(CliError::BadInput(format!(
                "--epochs has {given} numbers for {layers} layers: give one for all or one for each"
            )));
        }
        let rows = sets.train_rows.len();
        let default = train::default_epochs(10, train::LEAST_UPDATES, rows, self.batch);
        let mut network = DbnConfig::new(sets.train.num_visible(), &self.layers);
        for (i, layer) in network.layers.iter_mut().enumerate() {
            let below = if i == 0 { None } else { Some(i - 1) };
            let epochs = self.epochs.get(i).or(self.epochs.first()).copied();
            let epochs = epochs.unwrap_or(default);
            *layer = LayerConfig {
                train: self.train(epochs),
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
            let labels = sets.train.labels().ok_or_else(|| {
                CliError::BadInput(format!(
                    "--classes needs labels, and {} has none; give --labels FILE",
                    sets.train.name()
                ))
            })?;
            network.classes = labels.iter().max().map(|&most| usize::from(most) + 1);
        }
        network.validate().map_err(CliError::bad_input)?;
        Ok(DbnRunConfig {
            burnzmann: env!("CARGO_PKG_VERSION").to_owned(),
            data: sets.source.clone(),
            data_dir: self.data.data_dir.clone(),
            labels: self.data.labels.clone(),
            binarise: self.data.binarise.unwrap_or(Binarise::Stochastic),
            all_rows: self.all_rows,
            network,
        })
    }

    fn train(&self, epochs: u64) -> TrainConfig {
        let k = self.k.into();
        // Features of digits that CD-1 learns with 0.9 classify better than those of 0.5; chains that
        // persist do not follow such steps.
        let momentum = self.momentum.unwrap_or(match self.algorithm {
            AlgorithmName::Cd => 0.9,
            AlgorithmName::Pcd | AlgorithmName::Exact => 0.0,
        });
        TrainConfig {
            algorithm: match self.algorithm {
                AlgorithmName::Cd => Algorithm::Cd { k },
                AlgorithmName::Pcd => Algorithm::Pcd { k, chains: None },
                AlgorithmName::Exact => Algorithm::Exact,
            },
            optimizer: OptimizerConfig::Sgd {
                momentum: momentum.into(),
            },
            learning_rate: LearningRate::Linear {
                from: self.lr,
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

/// The folder that the network is in.
pub(super) fn pretrain(args: &PretrainArgs) -> Result<PathBuf, CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let mut trained = Vec::new();
    let (folder, config, sets) = match &args.resume {
        Some(root) => {
            let config = DbnRunConfig::read(root)?;
            let sets = config.sets(args.quiet)?;
            (RunFolder::open(root)?, config, sets)
        }
        None => {
            let data = &args.data;
            let source = data.data.clone().unwrap_or(Source::Auto);
            let dir = data.data_dir.as_deref();
            let sets = Sets::load(
                &source,
                dir,
                data.labels.as_deref(),
                Residence::Memory,
                args.quiet,
            )?;
            let config = args.config(&sets)?;
            if let Some(path) = &args.first {
                let rbm = convert::load(path, &device)?;
                config.network.accepts(1, &rbm).map_err(failure)?;
                trained.push(rbm);
            }
            let out = args.out.clone();
            let out = out.unwrap_or_else(|| RunFolder::next_free(&sets.source.name()));
            let folder = RunFolder::create(&out)?;
            config.write(&folder)?;
            (folder, config, sets)
        }
    };
    let rows = config.rows(&sets);
    let mut run = trainer(
        args.resume.is_some(),
        trained,
        &folder,
        &config,
        &sets.train,
        &rows,
        &device,
    )?;
    let mut watch = Watch::new(&config, args.quiet);
    let root = folder.root().display();
    watch.screen.line(&format!(
        "{}: {} rows of {} values, layers {:?} -> {root}",
        config.data,
        rows.len(),
        sets.train.num_visible(),
        args_layers(&config),
    ));
    let stop = train::interrupted()?;
    let ending = run.run(&mut [&mut watch], &|| stop.load(Ordering::Relaxed));
    watch.screen.close();
    if ending.map_err(failure)? == Ending::Interrupted {
        return Err(CliError::Interrupted(format!(
            "saved in layer {}; go on with `burnzmann dbn pretrain --resume {root}`",
            run.history().len() + 1
        )));
    }
    let dbn = run.dbn().map_err(CliError::failed)?;
    save(&dbn, &folder)?;
    let csv = csv_of_layers(run.history());
    write_atomic(&folder.path("metrics.csv"), csv.as_bytes()).map_err(CliError::failed)?;
    draw(&dbn, &sets.train, &folder, &config).map_err(CliError::failed)?;
    watch.screen.line(&format!(
        "In {root}: dbn.safetensors, metrics.csv, filters-1.png and so on, generated.png"
    ));
    Ok(folder.root().to_owned())
}

/// A run at its beginning, or as its folder holds it.
fn trainer<'a>(
    resume: bool,
    trained: Vec<Rbm>,
    folder: &RunFolder,
    config: &DbnRunConfig,
    data: &'a Dataset,
    rows: &'a [u32],
    device: &Device,
) -> Result<Pretrainer<'a>, CliError> {
    let (layers, binarisation) = (folder.path("layers"), config.binarise.into());
    let run = if resume && layers.join("pretrain.json").is_file() {
        Pretrainer::resume(&layers, data, rows, binarisation, device)
    } else {
        Pretrainer::new(config.network.clone(), data, rows, binarisation, device)
            .and_then(|run| run.with_trained(trained))
            .and_then(|run| run.in_folder(&layers))
    };
    run.map_err(failure)
}

fn args_layers(config: &DbnRunConfig) -> Vec<usize> {
    config
        .network
        .layers
        .iter()
        .map(|layer| layer.num_hidden)
        .collect()
}

/// Shows and measures each epoch.
struct Watch {
    screen: Screen,
    layers: usize,
    epochs: u64,
}

impl Watch {
    fn new(config: &DbnRunConfig, quiet: bool) -> Self {
        let layers = config.network.layers.len();
        Self {
            screen: Screen::new("updates", quiet),
            layers,
            epochs: 0,
        }
    }
}

impl PretrainObserver for Watch {
    fn on_layer(&mut self, layer: usize, below: &[Rbm], batches: &Batches) {
        let inputs = batches.dataset().num_visible();
        let made = if below.is_empty() {
            ""
        } else {
            " (features of the layers below)"
        };
        self.screen.line(&format!(
            "layer {layer} of {}: {inputs} inputs{made}",
            self.layers
        ));
        self.screen.bar.reset();
    }

    fn on_step(&mut self, layer: usize, info: &StepInfo) {
        let bar = &self.screen.bar;
        if info.batch == 1 {
            bar.set_message(format!(
                "layer {layer}/{} epoch {}",
                self.layers,
                info.epoch + 1
            ));
        }
        bar.set_position(info.step);
    }

    fn on_epoch(
        &mut self,
        layer: usize,
        batches: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.epochs = trainer.config().epochs;
        self.screen
            .bar
            .set_length(self.epochs * batches.len() as u64);
        let few = &batches.rows()[..batches.rows().len().min(500)];
        let rows = batches.rows_tensor(few, report.epoch, &trainer.device());
        let error = metrics::reconstruction_error(&trainer.model(), rows);
        report.insert("reconstruction_error", error);
        let of = format!("layer {layer} ");
        let names = ["reconstruction_error", "seconds"];
        self.screen.row(&of, report, self.epochs, &names);
        Ok(())
    }
}

fn csv_of_layers(history: &[Vec<EpochReport>]) -> String {
    let reports = history.iter().zip(1u32..).flat_map(|(layer, number)| {
        layer.iter().map(move |report| {
            let mut report = report.clone();
            report.insert("layer", f64::from(number));
            report
        })
    });
    train::metrics_csv(&reports.collect::<Vec<_>>())
}

/// Tiles in a picture.
const TILES: usize = 100;
/// Sweeps of the top layer before the network's own digits.
const SWEEPS: usize = 500;

/// The filters of each layer as the data see them, and draws of the network.
fn draw(
    dbn: &Dbn,
    data: &Dataset,
    folder: &RunFolder,
    config: &DbnRunConfig,
) -> Result<(), PlotError> {
    let shape = shape_of(data);
    for layer in 1..=dbn.num_layers() {
        let projected = dbn.projected_filters(layer);
        let units = projected.dims()[1];
        let shown = units.min(TILES);
        filters(&values(projected.narrow(1, 0, shown)), shape)?
            .title(format!("Layer {layer}: {shown} of {units} hidden units"))
            .caption("weights multiplied down to the pixels")
            .save(folder.path(&format!("filters-{layer}.png")))?;
    }
    let seed = config.network.layers[0].train.seed;
    let mut noise = Noise::new(seed).derive(PICTURES);
    let chains = dbn.random_chains(TILES, &mut noise);
    let drawn = dbn.generate(chains, SWEEPS, &mut noise);
    fantasies(&values(drawn.mean), shape)?
        .title("Draws of the network")
        .caption(format!(
            "means after {SWEEPS} Gibbs sweeps of the top layer and one pass down"
        ))
        .save(folder.path("generated.png"))
}

/// The stream of random numbers for pictures.
const PICTURES: u64 = 3;

pub(super) fn shape_of(data: &Dataset) -> ImageShape {
    match data.image_shape() {
        Some([height, width]) => ImageShape::new(height, width),
        None => ImageShape::near_square(data.num_visible()),
    }
}

pub(super) fn values(x: Tensor<2>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}
