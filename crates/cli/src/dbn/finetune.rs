//! Classification by backpropagation.

use std::path::PathBuf;
use std::time::Instant;

use burnzmann::data::{Dataset, Split};
use burnzmann::dbn::{
    DataRows, DbnClassifier, DbnError, Finetune, FinetuneConfig, Finetuned, Regularisation,
};
use burnzmann::model::Noise;
use burnzmann::train::{Ending, LearningRate, OptimizerConfig, default_epochs};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{
    run::{DbnRunConfig, Network, failure, judged, recognition},
    screen::Screen,
    tuning::{NAME, Place, Tuning},
};
use crate::{CliError, RunFolder, interrupt, source::binarise};
use burnzmann::Binarise;
use burnzmann::internal::Asked;

/// How weights descend the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Descent {
    /// Adam (D. P. Kingma, J. Ba, 2015).
    Adam,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

/// Updates that are made at least where labels are few: fewer than a distribution takes, because a loss
/// with labels falls faster.
const LEAST_UPDATES: u64 = 1000;

/// The options of `burnzmann dbn finetune`.
#[derive(Args, Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct FinetuneArgs {
    /// The folder of the network
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Which network of the folder
    #[arg(long, value_enum, default_value_t)]
    pub network: Network,
    /// Passes over the labelled rows [default: 30, more where these are few]
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// Rows in a batch
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub batch: usize,
    /// The optimiser
    #[arg(long, value_enum, default_value_t = Descent::Adam)]
    pub optimizer: Descent,
    /// Learning rate of the first update; it falls to zero on a straight line [default: 0.001 for
    /// adam, 0.005 with --frozen, 0.03 for sgd]
    #[arg(long, value_name = "RATE")]
    pub lr: Option<f64>,
    /// Momentum of sgd [default: 0.9]
    #[arg(long, value_name = "M")]
    pub momentum: Option<f64>,
    /// The share of hidden units that an update leaves out
    #[arg(long, default_value_t = 0.0, value_name = "P")]
    pub dropout: f64,
    /// The share of inputs that an update leaves out
    #[arg(long, default_value_t = 0.0, value_name = "P")]
    pub input_dropout: f64,
    /// The largest norm of the weights that enter a unit
    #[arg(long, value_name = "NORM")]
    pub max_norm: Option<f64>,
    /// Weight of the L2 penalty on the weights
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub l2: f64,
    /// Stop after so many epochs without a better validation error, and take the best one
    #[arg(long, value_name = "N")]
    pub patience: Option<u64>,
    /// Use so many labelled rows, drawn by the seed [default: all]
    #[arg(long, value_name = "N")]
    pub labelled: Option<usize>,
    /// Train on the rows that are held out otherwise, too
    #[arg(long, conflicts_with = "patience")]
    pub all_rows: bool,
    /// Start from random weights, for comparison
    #[arg(long)]
    pub random: bool,
    /// Leave the hidden layers as they are and train the softmax alone: a logistic regression on the
    /// features
    #[arg(long)]
    pub frozen: bool,
    /// How gray levels become inputs; after `stochastic`, errors are measured on the levels themselves
    /// [default: as the run did]
    #[arg(long, value_parser = binarise())]
    pub binarise: Option<Binarise>,
    /// Random seed
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// The folder below RUN that checkpoints go to
    #[arg(long, default_value = NAME, value_name = "NAME")]
    pub name: PathBuf,
    /// Continue a run that was stopped
    #[arg(long)]
    pub resume: bool,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Print errors and the result alone
    #[arg(long)]
    pub quiet: bool,
}

impl FinetuneArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann dbn finetune runs/mnist-1                              all labels, test error at the end
  burnzmann dbn finetune runs/mnist-1 --labelled 1000 --json       few labels
  burnzmann dbn finetune runs/mnist-1 --labelled 1000 --random     the same from random weights
  burnzmann dbn finetune runs/mnist-1 --frozen --batch 250         how good the features are
  burnzmann dbn finetune runs/mnist-1 --dropout 0.5 --input-dropout 0.2 --epochs 100";

    fn config(&self, epochs: u64) -> Result<FinetuneConfig, CliError> {
        let (optimizer, rate) = match (self.optimizer, self.momentum) {
            (Descent::Adam, Some(_)) => {
                let message = "--momentum goes with --optimizer sgd alone";
                return Err(CliError::bad_input(message));
            }
            // The loss of one layer is convex, and larger steps do no harm.
            (Descent::Adam, None) => {
                let rate = if self.frozen { 0.005 } else { 0.001 };
                (FinetuneConfig::default().optimizer, rate)
            }
            (Descent::Sgd, momentum) => {
                let momentum = momentum.unwrap_or(0.9).into();
                (OptimizerConfig::Sgd { momentum }, 0.03)
            }
        };
        Ok(FinetuneConfig {
            epochs,
            batch_size: self.batch,
            optimizer,
            learning_rate: LearningRate::Linear {
                from: self.lr.unwrap_or(rate),
                to: 0.0,
            },
            regularisation: Regularisation {
                input_dropout: self.input_dropout,
                hidden_dropout: self.dropout,
                max_norm: self.max_norm,
                l2: self.l2,
            },
            frozen: self.frozen,
            patience: self.patience,
            seed: self.seed,
        })
    }
}

/// The stream of random numbers for the weights of the output, or of all layers.
const START: u64 = 4;

pub(super) fn finetune(args: &FinetuneArgs) -> Result<(), CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let config = DbnRunConfig::read(&args.run)?;
    let folder = RunFolder::open(&args.run)?;
    let dbn = recognition(args.network, &args.run, &device)?;
    let config = config.here(&args.run, args.resume)?;
    let binarise = args.binarise.unwrap_or(config.binarise);
    let tuning = Tuning {
        burnzmann: env!("CARGO_PKG_VERSION").to_owned(),
        network: args.network,
        random: args.random,
        binarise,
        labelled: args.labelled,
        all_rows: args.all_rows,
    };
    let place = Place::new(folder.root(), &args.name)?;
    place.check(&tuning, args.resume)?;
    let asked = Asked {
        scale: None,
        binarise: Some(binarise),
    };
    let table = config.table(asked, args.quiet || args.json)?;
    let names = table.train.class_names().ok_or_else(|| {
        CliError::BadInput(format!(
            "{} has no labels to learn; give --labels FILE to pretrain",
            table.train.name()
        ))
    })?;
    let classes = names.len();
    let mut chosen = table.train_rows.clone();
    if args.all_rows {
        chosen.extend(&table.validation_rows);
    }
    let chosen = match args.labelled {
        Some(count) => some_of(&chosen, count, args.seed)?,
        None => chosen,
    };
    let held_out = table.validation_rows.clone();
    let watched = (!args.all_rows && !held_out.is_empty()).then_some(held_out);
    let test = table.judged().clone();
    let data = table.train;
    let rows = |data: &Dataset, rows: Vec<u32>, binarise: Binarise| {
        DataRows::new(data.clone(), rows, binarise.into()).map_err(CliError::bad_input)
    };
    let judged = judged(binarise);
    let labelled = rows(&data, chosen, binarise)?;
    let default = || default_epochs(30, LEAST_UPDATES, labelled.len(), args.batch);
    let epochs = args.epochs.unwrap_or_else(default);
    let network = if args.random {
        let mut widths = dbn.widths();
        // The visible units of the data, not label units beside features.
        widths[0] = data.num_visible();
        let mut noise = Noise::new(args.seed).derive(START);
        DbnClassifier::random(&widths, classes, &mut noise, &device)
    } else {
        DbnClassifier::from_dbn(&dbn, classes)
    };
    let network = network.map_err(CliError::bad_input)?;

    let screen = Screen::new("epochs", args.quiet || args.json);
    screen.bar.set_length(epochs);
    screen
        .bar
        .enable_steady_tick(std::time::Duration::from_millis(500));
    let mut run = Finetune::new(args.config(epochs)?).map_err(CliError::bad_input)?;
    let watched = watched.map(|watched| rows(&data, watched, judged));
    let watched = watched.transpose()?;
    if args.patience.is_some() && watched.is_none() {
        return Err(CliError::bad_input(DbnError::NoValidation));
    }
    // Looked at here as well, so that bad input leaves nothing behind.
    labelled
        .check_classes(classes)
        .map_err(CliError::bad_input)?;
    if let Some(watched) = watched {
        watched.check_labels(classes).map_err(CliError::bad_input)?;
        run = run.validation(watched);
    }
    let test = rows(&test, table.test_rows, judged)?;
    if !place.is_begun() {
        place.begin(&tuning)?;
    }
    run = if args.resume {
        run.resume(place.path())
    } else {
        run.folder(place.path())
    };
    let shown = screen.clone();
    run = run.on_epoch(move |report| {
        shown.bar.set_position(report.epoch);
        let names = [
            "train_loss",
            "train_error",
            "validation_loss",
            "validation_error",
        ];
        shown.row("", report, epochs, &names);
    });
    let interrupter = run.interrupter();
    interrupt::on_interrupt(move || interrupter.stop(Some("interrupted")))?;
    let clock = Instant::now();
    let tuned = run.classifier(network, &labelled).map_err(|error| {
        if let DbnError::Diverged { .. } = error {
            place.discard();
        }
        failure(error)
    })?;
    screen.close();
    let seconds = clock.elapsed().as_secs_f64();
    // The epoch of the network is the best one where there is patience.
    let done = tuned.history.len() as u64;
    let waited = |patience| done.saturating_sub(tuned.epoch) >= patience;
    let over = done >= epochs || args.patience.is_some_and(waited);
    if tuned.ending == Ending::Interrupted && !over {
        return Err(CliError::Interrupted(format!(
            "saved after {done} of {epochs} epochs; go on with the same command and --resume"
        )));
    }
    place.finish(&tuned.model)?;
    report(args, &tuned, labelled.len(), &test, seconds).map_err(CliError::failed)
}

fn report(
    args: &FinetuneArgs,
    tuned: &Finetuned<DbnClassifier>,
    labelled: usize,
    test: &DataRows,
    seconds: f64,
) -> Result<(), DbnError> {
    let error = tuned.model.error_rate(test)?;
    // That of the epoch that the network is from, which need not be the last one.
    let of_epoch = tuned
        .history
        .iter()
        .find(|report| report.epoch == tuned.epoch);
    let validation_error = of_epoch.and_then(|report| report.get("validation_error"));
    if args.json {
        let object = json!({"test_error": error, "test_rows": test.len(), "labelled_rows": labelled,
            "epoch": tuned.epoch, "seed": args.seed, "frozen": args.frozen,
            "start": if args.random { "random" } else { "network" },
            "validation_error": validation_error,
            "seconds": seconds});
        outln!("{object}");
    } else {
        outln!(
            "test error {:.2} % of {} rows, {labelled} labelled rows, epoch {}, {seconds:.0} s",
            100.0 * error,
            test.len(),
            tuned.epoch
        );
    }
    Ok(())
}

/// So many of the rows, drawn by the seed.
fn some_of(rows: &[u32], count: usize, seed: u64) -> Result<Vec<u32>, CliError> {
    if count == 0 || count > rows.len() {
        return Err(CliError::BadInput(format!(
            "--labelled is {count}: expected 1 to {}, the rows that there are",
            rows.len()
        )));
    }
    let split = Split::by_counts(rows.len(), rows.len() - count, 0, seed);
    let split = split.map_err(CliError::bad_input)?;
    Ok(split.train.iter().map(|&i| rows[i as usize]).collect())
}
