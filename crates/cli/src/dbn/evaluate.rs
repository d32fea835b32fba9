//! How good a network is.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor};
use burnzmann::data::{Batches, Dataset, SUBSET_SEED, Scaling, subset};
use burnzmann::dbn::{BoundConfig, Dbn, LikelihoodBound, log_likelihood_bound};
use burnzmann::eval::{Ais, AnnealingSchedule, EvaluationConfig, EvaluationData, Method};
use clap::Args;
use serde::Serialize;

use super::run::{DbnRunConfig, Network, generative, recognition};
use crate::{CliError, Part, evaluate::Bar, source::binarise};
use burnzmann::internal::{Asked, all_rows};
use burnzmann::{Binarise, Table};

/// The options of `burnzmann dbn evaluate`.
#[derive(Args, Clone, Debug)]
pub struct DbnEvaluateArgs {
    /// The folder of the network
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Which network of the folder; the bound is that of the one that greedy training left
    #[arg(long, value_enum, default_value_t)]
    pub network: Network,
    /// Which rows
    #[arg(long, value_enum, default_value_t = Part::Test)]
    pub split: Part,
    /// What numbers are divided by: MAX, none, or auto, from the values [default: as for training]
    #[arg(long, value_name = "MAX")]
    pub scale: Option<Scaling>,
    /// How gray levels become zeros and ones [default: as the run did]
    #[arg(long, value_parser = binarise())]
    pub binarise: Option<Binarise>,
    /// Draws from q(h | v) for each row
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub draws: usize,
    /// Chains of annealed importance sampling of the top layer
    #[arg(long, default_value_t = 300, value_name = "N")]
    pub chains: usize,
    /// The inverse temperatures: linear:STEPS, salakhutdinov-murray or adaptive:TARGET
    #[arg(long, default_value = "linear:3000", value_name = "SCHEDULE")]
    pub schedule: AnnealingSchedule,
    /// Gibbs sweeps of the reverse chains before they anneal
    #[arg(long, default_value_t = 500, value_name = "N")]
    pub burn_in: usize,
    /// Leave the bound out: only the share of wrong classes
    #[arg(long)]
    pub no_bound: bool,
    /// Random seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

impl DbnEvaluateArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann dbn evaluate runs/mnist-1                       a bound on the log-likelihood of the test rows
  burnzmann dbn evaluate runs/mnist-1 --no-bound --json     the share of wrong classes, for a program
  burnzmann dbn evaluate runs/mnist-1 --network up-down --no-bound";
}

/// What is printed with `--json`.
#[derive(Serialize)]
struct Report {
    rows: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<LikelihoodBound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classification_error: Option<f64>,
}

pub(super) fn evaluate(args: &DbnEvaluateArgs) -> Result<(), CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let config = DbnRunConfig::read(&args.run)?;
    let encoder = recognition(args.network, &args.run, &device)?;
    let up_down = args.network == Network::UpDown;
    if up_down && !args.no_bound {
        return Err(CliError::bad_input(
            "the bound is for the network of greedy training, whose weights serve both ways; add \
             --no-bound for the share of wrong classes of the one of the up-down algorithm",
        ));
    }
    let config = config.here(&args.run, false)?;
    let asked = Asked {
        scale: args.scale,
        binarise: args.binarise,
    };
    let table = config.table(asked, false)?;
    let (data, rows) = part(&config, &table, args.split)?;
    let rows = &rows[..];
    let binarisation = args.binarise.unwrap_or(config.binarise).into();
    let tensor = |data: &Dataset, rows: &[u32]| -> Result<Tensor<2>, CliError> {
        let batches =
            Batches::new(data, rows, 1000, binarisation, 0).map_err(CliError::bad_input)?;
        Ok(batches.rows_tensor(rows, 0, &device))
    };
    let bound = if args.no_bound {
        None
    } else {
        let data = EvaluationData::new(tensor(data, rows)?);
        let data = match args.split {
            Part::Train | Part::All => data.without_training(
                "rows that were trained on are not compared with others of these",
            ),
            Part::Validation | Part::Test => {
                let training = subset(&config.rows(&table), 5000, SUBSET_SEED);
                data.with_training(tensor(&table.train, &training)?)
            }
        };
        Some(bound(args, &data, &device)?)
    };
    let classification_error = match (encoder.classes(), data.labels()) {
        (Some(_), Some(labels)) => {
            let judged = config.judged(args.binarise).into();
            Some(wrong(&encoder, data, rows, labels, judged, &device)?)
        }
        _ => None,
    };
    if bound.is_none() && classification_error.is_none() {
        return Err(CliError::bad_input(
            "--no-bound leaves nothing to say of a network without label units (`--classes`)",
        ));
    }
    let report = Report {
        rows: rows.len(),
        bound,
        classification_error,
    };
    if args.json {
        outln!(
            "{}",
            serde_json::to_string(&report).map_err(CliError::failed)?
        );
    } else {
        print(&report);
    }
    Ok(())
}

/// The rows of a part of a run's data: where it was trained on all of them, none was held out.
fn part<'a>(
    config: &DbnRunConfig,
    table: &'a Table,
    part: Part,
) -> Result<(&'a Dataset, Vec<u32>), CliError> {
    let test = table.test.as_ref().unwrap_or(&table.train);
    let (data, rows) = match part {
        Part::Train => (&table.train, config.rows(table)),
        Part::All => (&table.train, all_rows(&table.train)),
        Part::Validation if config.all_rows => (&table.train, Vec::new()),
        Part::Validation => (&table.train, table.validation_rows.clone()),
        Part::Test => (test, table.test_rows.clone()),
    };
    if rows.is_empty() {
        return Err(CliError::bad_input(
            "this run has no rows in that part; choose another --split",
        ));
    }
    Ok((data, rows))
}

fn bound(
    args: &DbnEvaluateArgs,
    data: &EvaluationData,
    device: &Device,
) -> Result<LikelihoodBound, CliError> {
    let dbn = generative(args.network, &args.run, device)?;
    let config = BoundConfig {
        draws: args.draws,
        seed: args.seed,
        evaluation: EvaluationConfig {
            method: Method::Auto,
            ais: Ais {
                schedule: args.schedule.clone(),
                chains: args.chains,
                seed: args.seed,
                ..Ais::default()
            },
            reverse: true,
            burn_in: args.burn_in,
        },
    };
    let bar = Bar::default();
    let bound = log_likelihood_bound(&dbn, data, &config, &mut |progress| bar.show(progress));
    bar.clear();
    bound.map_err(CliError::bad_input)
}

/// The share of rows whose likeliest class is not their own.
fn wrong(
    dbn: &Dbn,
    data: &Dataset,
    rows: &[u32],
    labels: &[u8],
    binarisation: burnzmann::data::Binarisation,
    device: &Device,
) -> Result<f64, CliError> {
    let batches = Batches::new(data, rows, 1000, binarisation, 0).map_err(CliError::bad_input)?;
    let mut count = 0;
    for block in rows.chunks(1000) {
        let log_p = dbn
            .classify(batches.rows_tensor(block, 0, device))
            .map_err(CliError::bad_input)?;
        let classes = log_p.argmax(1).into_data();
        let found = classes.iter::<i64>();
        let pairs = found.zip(block);
        count += pairs
            .filter(|(class, row)| *class != i64::from(labels[**row as usize]))
            .count();
    }
    Ok(count as f64 / rows.len() as f64)
}

fn print(report: &Report) {
    if let Some(bound) = &report.bound {
        let LikelihoodBound {
            value,
            low,
            high,
            standard_error,
            log_partition: z,
            ..
        } = bound;
        outln!(
            "log-likelihood at least {value:.3} nats per row  [{low:.3}, {high:.3}]  of {} rows, \
             standard error of the draws {standard_error:.3}",
            report.rows
        );
        outln!(
            "log Z of the top layer  {:.3}  [{:.3}, {:.3}]",
            z.value,
            z.low,
            z.high
        );
        outln!("{}", bound.verdict);
    }
    if let Some(error) = report.classification_error {
        outln!(
            "wrong classes  {:.2} % of {} rows",
            100.0 * error,
            report.rows
        );
    }
}
