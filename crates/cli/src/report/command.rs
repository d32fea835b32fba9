//! A report from its first line to its last.

use std::path::PathBuf;

use burn::tensor::Tensor;
use burnzmann::data::{SUBSET_SEED, subset};
use burnzmann::eval::{Ais, AnnealingSchedule, Evaluation, EvaluationConfig, Method, evaluate};
use burnzmann::model::{numerics::to_f32, store::write_atomic};
use burnzmann::plot::PlotError;
use clap::Args;

use super::{figures, page::Page};
use crate::evaluate::{among_training, evaluation_data};
use crate::plot::by_use;
use crate::{CliError, ModelArgs, Part, ReadArgs, Rows, RowsArgs, RunConfig, RunFolder, Subject};

/// The options of `burnzmann report`.
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// The folder of a run
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Show the model of the last epoch instead of the one that the run left, which is that of the best
    /// epoch where rows are held out
    #[arg(long, conflicts_with = "best")]
    pub last: bool,
    /// Show the model of the best epoch, by the held-out likelihood: what is shown anyway where rows are
    /// held out
    #[arg(long)]
    pub best: bool,
    /// Where to write [default: report.html in the folder of the run]
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
    /// Chains of the evaluation; 0 leaves it out
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub chains: usize,
    /// Random seed of the evaluation and of the chains shown
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

impl ReportArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann report runs/mnist-1                      runs/mnist-1/report.html
  burnzmann report runs/mnist-1 --chains 1000 --out mnist.html
  burnzmann report runs/mnist-1 --chains 0           without an evaluation, at once";
}

/// Rows that are looked at.
const ROWS: usize = 2000;
/// Temperatures and burn-in of the evaluation.
const STEPS: usize = 2000;
const BURN_IN: usize = 200;

/// Writes a page about a run.
///
/// # Errors
///
/// [`CliError`].
pub fn report(args: &ReportArgs) -> Result<(), CliError> {
    let config = RunFolder::read_config(&args.run)?;
    let progress = RunFolder::progress(&args.run)?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| args.run.join("report.html"));
    let subject = Subject::open(&ModelArgs {
        model: args.run.clone(),
        last: args.last,
        best: args.best,
        device: args.device.clone(),
    })?;
    let held_out =
        rows(&subject, Part::Validation, false).or_else(|_| rows(&subject, Part::Test, false))?;
    let table = &held_out.table;
    let training = subset(&table.train_rows, ROWS, SUBSET_SEED);
    let training = held_out.as_shown(&table.train, &training, &subject.device)?;
    let training = tensor(&subject, training);
    let watched = held_out.tensor_of(&held_out.subset(ROWS), &subject.device)?;
    let watched = tensor(&subject, watched);

    let name = args.run.file_name().unwrap_or(args.run.as_os_str());
    let mut page = Page::new(&format!("Run {}", name.to_string_lossy()));
    let seconds: f64 = progress
        .history
        .iter()
        .filter_map(|r| r.get("seconds"))
        .sum();
    let last = |name: &str| {
        let value = progress.history.last().and_then(|report| report.get(name));
        value.map_or("–".to_owned(), |value| format!("{value:.4}"))
    };
    page.facts(&[
        ("Data", config.data.to_string()),
        ("Visible units", config.model.num_visible.to_string()),
        ("Hidden units", config.model.num_hidden.to_string()),
        (
            "Epochs",
            format!("{} of {}", progress.epoch, config.train.epochs),
        ),
        ("Updates", progress.step.to_string()),
        ("Time in updates", format!("{seconds:.1} s")),
        ("Reconstruction error", last("reconstruction_error")),
        ("Free-energy gap", last("free_energy_gap")),
    ]);
    if let Some(fall) = &config.ended {
        page.verdict(
            true,
            &format!(
                "The run stopped early, after epoch {}: its held-out {} was {:.2} at epoch {} and {:.2} \
                 at the end.",
                progress.epoch, fall.measure, fall.best, fall.best_epoch, fall.value
            ),
        );
    } else if progress.epoch < config.train.epochs {
        page.verdict(false, "The run is not finished.");
    }
    if args.chains > 0 {
        verdict(&mut page, &evaluation(args, &subject)?);
    }
    draw(
        &mut page,
        args,
        &subject,
        &held_out,
        &progress.history,
        &training,
        &watched,
    )
    .map_err(CliError::failed)??;
    repeat(&mut page, args, &config)?;
    write_atomic(&out, page.finish().as_bytes()).map_err(CliError::bad_input)?;
    outln!("{}", out.display());
    Ok(())
}

/// Rows of the run's data; what they are is said once, unless it is `quiet`.
fn rows(subject: &Subject, part: Part, quiet: bool) -> Result<Rows, CliError> {
    let args = RowsArgs {
        data: None,
        data_dir: None,
        labels: None,
        read: ReadArgs::default(),
        split: Some(part),
        scale: None,
        binarise: None,
    };
    subject.rows(&args, quiet)
}

fn tensor(subject: &Subject, rows: Tensor<2>) -> Tensor<2> {
    rows.cast(subject.rbm.weight.val().dtype())
}

fn evaluation(args: &ReportArgs, subject: &Subject) -> Result<Evaluation, CliError> {
    let data = evaluation_data(subject, &rows(subject, Part::Test, true)?)?;
    let config = EvaluationConfig {
        ais: Ais {
            schedule: AnnealingSchedule::Linear { steps: STEPS },
            chains: args.chains,
            seed: args.seed,
            ..Ais::default()
        },
        burn_in: BURN_IN,
        ..EvaluationConfig::default()
    };
    evaluate(&subject.rbm, &data, &config, &mut |_| ()).map_err(CliError::bad_input)
}

fn verdict(page: &mut Page, found: &Evaluation) {
    page.section("Log-likelihood");
    let nats = &found.log_likelihood;
    let how = match found.method {
        Method::Exact => "summed exactly".to_owned(),
        method => format!("by {method}, between {:.2} and {:.2}", nats.low, nats.high),
    };
    let mut facts = vec![
        ("Test rows, nats per row", format!("{:.3}", nats.value)),
        ("How", how),
    ];
    if let Some(baselines) = &found.baselines {
        let independent = format!("{:.3}", baselines.independent);
        facts.push(("Independent units", independent));
        facts.extend(
            baselines
                .table
                .map(|table| ("A table of rows", format!("{table:.3}"))),
        );
    }
    page.facts(&facts);
    let verdict = &found.verdict;
    let headline = if verdict.trustworthy {
        "This estimate is reliable."
    } else {
        "This estimate is unreliable."
    };
    page.verdict(verdict.trustworthy, headline);
    if verdict.is_poor() {
        page.verdict(
            false,
            "The model is poor: what needs no training does better.",
        );
    }
    for sentence in verdict.findings.iter().chain(&verdict.advice) {
        page.text(sentence);
    }
}

/// All pictures; the errors of drawing outside, those of the data inside.
fn draw(
    page: &mut Page,
    args: &ReportArgs,
    subject: &Subject,
    held_out: &Rows,
    history: &[burnzmann::train::EpochReport],
    training: &Tensor<2>,
    watched: &Tensor<2>,
) -> Result<Result<(), CliError>, PlotError> {
    let shape = subject.image_shape(Some(held_out.dataset()));
    let order = match by_use(subject, held_out) {
        Ok(order) => order,
        Err(error) => return Ok(Err(error)),
    };
    page.section("Learning curves");
    page.figures(&figures::curves(history)?);
    page.section("Filters");
    // Where none are held out, the rows shown are training rows.
    let held = among_training(held_out).is_none();
    let name = if held { "held-out" } else { "training" };
    page.figures(&[figures::filters(subject, &order, shape, name)?]);
    page.section("Fantasies along chains");
    page.figures(&[figures::chains(subject, shape, args.seed)?]);
    page.section("Reconstructions");
    page.figures(&[figures::pairs(subject, watched, shape, name)?]);
    page.section("Hidden activity");
    page.figures(&[figures::activity(subject, watched, &order, name)?]);
    page.section("Free energies");
    let free = |rows: &Tensor<2>| to_f32(subject.rbm.free_energy(rows.clone()));
    let watched = held.then(|| free(watched));
    page.figures(&[figures::free_energies(&free(training), watched.as_deref())?]);
    page.section("Parameters");
    page.figures(&figures::parameters(subject)?);
    Ok(Ok(()))
}

fn repeat(page: &mut Page, args: &ReportArgs, config: &RunConfig) -> Result<(), CliError> {
    page.section("To repeat it");
    let run = args.run.display();
    page.verbatim(&format!(
        "burnzmann train --config '{run}/run.json' --out '{run}-again'"
    ));
    page.text(&format!(
        "With burnzmann {}, and this configuration:",
        config.burnzmann
    ));
    let text = serde_json::to_string_pretty(config).map_err(CliError::failed)?;
    page.verbatim(&text);
    Ok(())
}
