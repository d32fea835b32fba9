//! An evaluation from its first line to its last.
#![expect(clippy::print_stdout, reason = "this is the program's output")]

use burn::tensor::{Device, Tensor};
use burnzmann::data::{Batches, Binarisation, Dataset};
use burnzmann::eval::{self, Evaluation, EvaluationData, Method, Progress, Stage};
use burnzmann::model::{Rbm, exact::Enumeration, store};
use indicatif::{ProgressBar, ProgressStyle};

use super::{EvaluateArgs, Part};
use crate::{Binarise, CliError, RunFolder, Sets};

/// Rows of the training data that the base of annealing is fitted to, and that overfitting is
/// looked for with.
const TRAINING_ROWS: usize = 10_000;

/// Says how likely data are under a model, and whether to believe it.
///
/// # Errors
///
/// [`CliError`].
pub fn evaluate(args: &EvaluateArgs) -> Result<(), CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    if !args.model.exists() {
        return Err(CliError::BadInput(format!(
            "{}: expected a run folder or a .safetensors file, found nothing",
            args.model.display()
        )));
    }
    let run = if args.model.join("run.json").is_file() {
        Some(RunFolder::read_config(&args.model)?)
    } else {
        None
    };
    let rbm = store::load(&args.model, &device).map_err(CliError::bad_input)?;
    let source = match (&args.data, &run) {
        (Some(source), _) => source.clone(),
        (None, Some(run)) => run.data.clone(),
        (None, None) => {
            return Err(CliError::bad_input(
                "a model alone does not say what data it is for: give --data mnist, digits, bas4 \
                 or a file",
            ));
        }
    };
    let dir = args
        .data_dir
        .as_deref()
        .or(run.as_ref().and_then(|run| run.data_dir.as_deref()));
    let sets = Sets::load(&source, dir, args.json)?;
    let binarise = args
        .binarise
        .or(run.map(|run| run.binarise))
        .unwrap_or(Binarise::Threshold);
    let data = data(args.split, &sets, binarise.into(), &device)?;
    let rows = data.rows.dims()[0];

    let method = announce(args.method, &rbm);
    let bar = Bar::default();
    let evaluation = eval::evaluate(&rbm, &data, &args.config(), &mut |progress| {
        bar.show(progress);
    });
    bar.0.finish_and_clear();
    let evaluation = evaluation.map_err(CliError::bad_input)?;
    debug_assert!(method.is_none_or(|method| method == evaluation.method));
    if args.json {
        let text = serde_json::to_string(&evaluation).map_err(CliError::failed)?;
        println!("{text}");
    } else {
        print(&evaluation, rows);
    }
    Ok(())
}

/// Says beforehand what an enumeration will cost.
fn announce(method: Method, rbm: &Rbm) -> Option<Method> {
    if method == Method::Exact {
        let states = Enumeration::new(rbm).ok()?;
        eprintln!(
            "summing over {} states of {} units each way",
            states.num_states(),
            rbm.num_visible().max(rbm.num_hidden())
        );
        return Some(Method::Exact);
    }
    None
}

fn data(
    part: Part,
    sets: &Sets,
    binarisation: Binarisation,
    device: &Device,
) -> Result<EvaluationData, CliError> {
    let all: Vec<u32>;
    let (set, rows): (&Dataset, &[u32]) = match (part, &sets.test) {
        (Part::Train, _) => (&sets.train, &sets.train_rows),
        (Part::Validation, _) => (&sets.train, &sets.validation_rows),
        (Part::Test, Some(test)) => (test, &sets.test_rows),
        (Part::Test, None) => (&sets.train, &sets.test_rows),
        (Part::All, _) => {
            all = (0..u32::try_from(sets.train.rows()).unwrap_or(u32::MAX)).collect();
            (&sets.train, &all)
        }
    };
    if rows.is_empty() {
        return Err(CliError::bad_input(
            "these data have no rows in that part; choose another --split",
        ));
    }
    let tensor = |set: &Dataset, rows: &[u32]| -> Result<Tensor<2>, CliError> {
        let batches =
            Batches::new(set, rows, 1000, binarisation, 0).map_err(CliError::bad_input)?;
        Ok(batches.rows_tensor(rows, 0, device))
    };
    let train = &sets.train_rows[..sets.train_rows.len().min(TRAINING_ROWS)];
    Ok(EvaluationData {
        rows: tensor(set, rows)?,
        training: Some(tensor(&sets.train, train)?),
    })
}

/// A bar that starts over with each stage.
struct Bar(ProgressBar);

impl Default for Bar {
    fn default() -> Self {
        let style =
            ProgressStyle::with_template("{msg} {bar:28} {pos}/{len} {per_sec} {eta} to go")
                .expect("the template is well formed");
        Self(ProgressBar::no_length().with_style(style))
    }
}

impl Bar {
    fn show(&self, Progress { stage, done, total }: Progress) {
        let message = Stage::to_string(&stage);
        if self.0.message() != message {
            self.0.set_message(message);
            self.0.reset();
        }
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

fn print(evaluation: &Evaluation, rows: usize) {
    let nats = &evaluation.log_likelihood;
    let what = match evaluation.method {
        Method::Pseudo => "pseudo-log-likelihood",
        _ => "log-likelihood",
    };
    println!(
        "{what}  {:.3} nats per row  [{:.3}, {:.3}]  of {rows} rows, by {}",
        nats.value, nats.low, nats.high, evaluation.method
    );
    if let Some(z) = &evaluation.log_partition {
        println!(
            "log Z  {:.3}  [{:.3}, {:.3}]  standard error {:.3}",
            z.value, z.low, z.high, z.standard_error
        );
    }
    if let (Some(chains), Some(betas), Some(ess), Some(variance)) = (
        evaluation.chains,
        evaluation.betas,
        evaluation.ess,
        evaluation.log_weight_variance,
    ) {
        println!(
            "{chains} chains, {betas} temperatures, effective sample size {ess:.1}, variance of \
             log w {variance:.3}"
        );
    }
    println!("{}", evaluation.verdict);
    println!("took {:.1} s", evaluation.seconds);
}
