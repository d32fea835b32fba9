//! `burnzmann plot`: pictures of a model and of a run.

mod compare;
mod filters;

use std::path::PathBuf;

use burnzmann::eval::PrincipalComponents;
use burnzmann::internal;
use burnzmann::plot::Scatter;
use clap::{Args, Subcommand};

pub use compare::Abscissa;
pub(crate) use filters::{by_use, filters_of};

use crate::apply::{Kind, Output, SampleArgs, sample};
use crate::{CliError, ModelArgs, RowsArgs, RunFolder, Subject};

/// The options of `burnzmann plot`.
#[derive(Args, Clone, Debug)]
pub struct PlotArgs {
    /// Of what
    #[command(subcommand)]
    pub what: Plot,
}

/// A kind of picture.
#[derive(Subcommand, Clone, Debug)]
pub enum Plot {
    /// The weights of each hidden unit
    #[command(after_help = FILTERS)]
    Filters(FiltersArgs),
    /// What the model draws by itself, as `burnzmann sample` does
    #[command(after_help = SAMPLES)]
    Samples(SampleArgs),
    /// The learning curves of a run, or one number of several runs beside each other
    #[command(after_help = CURVES)]
    Curves(CurvesArgs),
    /// Rows in the plane of the two directions in which their hidden means vary most
    #[command(after_help = EMBEDDING)]
    Embedding(EmbeddingArgs),
}

const FILTERS: &str = "\
Examples:
  burnzmann plot filters runs/mnist-1                   100 units in their order
  burnzmann plot filters runs/mnist-1 --by-use --count 25 --out best.png";
const SAMPLES: &str = "\
Examples:
  burnzmann plot samples runs/mnist-1 --chains 64 --out samples.png";
const CURVES: &str = "\
Examples:
  burnzmann plot curves runs/mnist-1 --out curves.png   also while the run goes on
  burnzmann plot curves runs/cd-1 runs/pcd-1 --by seconds
  burnzmann plot curves runs/mnist-* --quantity reconstruction_error";
const EMBEDDING: &str = "\
Examples:
  burnzmann plot embedding runs/digits-1                test rows as the numbers of their classes
  burnzmann plot embedding runs/digits-1 --split train --count 1000
  burnzmann plot embedding model.npz --data rows.npy --labels labels.npy";

/// The options of `burnzmann plot filters`.
#[derive(Args, Clone, Debug)]
pub struct FiltersArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    /// Where to write
    #[arg(long, default_value = "filters.png", value_name = "FILE.png")]
    pub out: PathBuf,
    /// Filters, at most
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub count: usize,
    /// Those first that are on most, by their mean over rows of data
    #[arg(long)]
    pub by_use: bool,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
}

/// The options of `burnzmann plot curves`.
#[derive(Args, Clone, Debug)]
pub struct CurvesArgs {
    /// The folders of runs
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// One number of metrics.csv, for all runs in one panel [default: everything of a single run,
    /// the log-likelihood of several]
    #[arg(long, value_name = "NAME")]
    pub quantity: Option<String>,
    /// What the curves are drawn over
    #[arg(long, value_enum, default_value_t)]
    pub by: Abscissa,
    /// Where to write
    #[arg(long, default_value = "curves.png", value_name = "FILE.png")]
    pub out: PathBuf,
}

/// The options of `burnzmann plot embedding`.
#[derive(Args, Clone, Debug)]
pub struct EmbeddingArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    /// Where to write
    #[arg(long, default_value = "embedding.png", value_name = "FILE.png")]
    pub out: PathBuf,
    /// Rows, at most, drawn at random
    #[arg(long, default_value_t = 500, value_name = "N")]
    pub count: usize,
}

impl PlotArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann plot filters runs/mnist-1
  burnzmann plot curves runs/mnist-1 --out curves.png
  burnzmann plot embedding runs/digits-1 --split train";
}

/// Draws a picture.
///
/// # Errors
///
/// [`CliError`].
pub fn plot(args: &PlotArgs) -> Result<(), CliError> {
    match &args.what {
        Plot::Filters(args) => filters(args),
        Plot::Samples(args) => {
            Output::new(&args.out, &[Kind::Png])?;
            sample(args)
        }
        Plot::Curves(args) => curves(args),
        Plot::Embedding(args) => embedding(args),
    }
}

fn filters(args: &FiltersArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png])?;
    at_least_one(args.count)?;
    let subject = Subject::open(&args.model)?;
    let hidden = subject.rbm.num_hidden();
    let (order, shape) = if args.by_use {
        let rows = subject.rows(&args.rows, false)?;
        let shape = subject.image_shape(Some(rows.dataset()));
        (by_use(&subject, &rows)?, shape)
    } else {
        ((0..hidden).collect(), subject.image_shape(None))
    };
    let shown = &order[..order.len().min(args.count)];
    let how = if args.by_use { ", most used first" } else { "" };
    let tiles = filters_of(&subject.rbm, shown, shape).map_err(CliError::bad_input)?;
    let title = format!("Weights of {} of {hidden} hidden units{how}", shown.len());
    out.write_picture(tiles.title(title).render())?;
    outln!("{out}: {} filters", shown.len());
    Ok(())
}

fn curves(args: &CurvesArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png])?;
    let runs = args.runs.iter();
    let runs = runs.map(|run| Ok((run.as_path(), RunFolder::progress(run)?.history)));
    let runs = runs.collect::<Result<Vec<_>, CliError>>()?;
    let drawn = match (&runs[..], &args.quantity) {
        ([(_, history)], None) if args.by == Abscissa::Epochs => internal::curves(history),
        (_, quantity) => compare::curves(
            &runs,
            quantity.as_deref().unwrap_or("log_likelihood"),
            args.by,
        )?,
    };
    out.write_picture(drawn.render())?;
    let epochs: usize = runs.iter().map(|(_, history)| history.len()).sum();
    outln!("{out}: {epochs} epochs");
    Ok(())
}

fn embedding(args: &EmbeddingArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png])?;
    at_least_one(args.count)?;
    let subject = Subject::open(&args.model)?;
    if subject.rbm.num_hidden() < 2 {
        return Err(CliError::bad_input(
            "this model has one hidden unit: a plane needs two directions",
        ));
    }
    let rows = subject.rows(&args.rows, false)?;
    let dtype = subject.rbm.weight.val().dtype();
    let chosen = rows.subset(args.count);
    let shown = rows.tensor_of(&chosen, &subject.device)?.cast(dtype);
    let count = shown.dims()[0];
    let hidden = subject.rbm.hidden_mean(shown);
    let components = PrincipalComponents::new(hidden.clone(), 2);
    let points = components.project(hidden);
    let points = points.iter().map(|along| (along[0], along[1]));
    let share = |index: usize| {
        100.0 * components.variances[index] / components.total_variance.max(f64::MIN_POSITIVE)
    };
    let axis =
        |name: &str, index| format!("{name} component, {:.1} % of the variance", share(index));
    let mut scatter = Scatter::new(points.collect())
        .title(format!("Hidden means of {count} rows"))
        .axes(axis("first", 0), axis("second", 1));
    if let Some(labels) = rows.labels_of(&chosen) {
        let names = rows.dataset().class_names().unwrap_or_default();
        let numbered = names
            .iter()
            .enumerate()
            .map(|(class, name)| format!("{class} {name}"));
        let (names, caption) = if names
            .iter()
            .all(|name| name.chars().count() <= LONGEST_MARK)
        {
            (names.to_vec(), "each row as its class".to_owned())
        } else {
            let list: Vec<String> = numbered.collect();
            (
                Vec::new(),
                format!("each row as the number of its class: {}", list.join(", ")),
            )
        };
        scatter = scatter.labels(labels).names(names).caption(caption);
    }
    out.write_picture(scatter.render())?;
    outln!("{out}: {count} rows");
    Ok(())
}

/// The letters of a name that is drawn for each row; longer ones are in the caption.
const LONGEST_MARK: usize = 3;

fn at_least_one(count: usize) -> Result<(), CliError> {
    if count == 0 {
        return Err(CliError::bad_input("--count is 0: expected 1 or more"));
    }
    Ok(())
}
