//! A conversion from its first line to its last.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use burnzmann::Preparation;
use burnzmann::model::Rbm;
use burnzmann::model::store::{self, model_from_archive};
use clap::Args;
use serde_json::Value;

use super::contents::extension;
use super::formats;
use super::hdf5;
use super::hints::Hints;
use super::mapping::Mapping;
use super::notes;
use super::torch;
use crate::{
    CliError, RunConfig, RunFolder,
    subject::{best_of, last_of},
};

/// The options of `burnzmann convert`.
#[derive(Args, Clone, Debug)]
pub struct ConvertArgs {
    /// A run folder, .safetensors, .npz (scikit-learn's names, or any others), .pt, or an .h5 archive of
    /// the Python package rbms, of which the last update is taken
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// .safetensors, .npz (scikit-learn's layout), .pt (a state dict of PyTorch), .h5 (an archive of
    /// rbms, its update 1), or a folder to make
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Take a run's model of the last epoch instead of the one that it left, which is that of the best
    /// epoch where rows are held out
    #[arg(long, conflicts_with = "best")]
    pub last: bool,
    /// Take the model of a run's best epoch, by the held-out likelihood: what is taken anyway where rows are
    /// held out
    #[arg(long)]
    pub best: bool,
    /// Replace OUT where it exists
    #[arg(long)]
    pub force: bool,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub hints: Hints,
}

impl ConvertArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann convert sklearn.npz model.safetensors     numpy.savez of components_, intercept_hidden_
                                                      and intercept_visible_
  burnzmann convert runs/mnist-1 model.npz            a run, for scikit-learn
  burnzmann convert rbm.pt model.safetensors          a state dict of PyTorch
  burnzmann convert runs/mnist-1 rbm.pt               back again, for torch.load: weight [visible,
                                                      hidden], visible.bias, hidden.bias
  burnzmann convert RBM.h5 model.safetensors          the last update of a run of rbms
  burnzmann convert runs/mnist-1 RBM.h5               back again, for rbms.io.load_params
  burnzmann convert net.pt rbm.safetensors --weight fc.weight --hidden-bias fc.bias \\
      --visible-bias v_bias
  burnzmann convert grbm.pt rbm.safetensors --sigma log_var --weights-on v/sigma
                                                      Gaussian units whose energy has (v/sigma)Wh";
}

/// Reads a model and writes it in another format, every bit of every number kept.
///
/// # Errors
///
/// [`CliError::BadInput`] where a file cannot be read or written, or is no RBM.
pub fn convert(args: &ConvertArgs) -> Result<(), CliError> {
    let output = &args.output;
    let kind = extension(output);
    if !matches!(
        kind,
        "safetensors" | "npz" | "pt" | "pth" | "h5" | "hdf5" | ""
    ) {
        return Err(CliError::BadInput(format!(
            "{}: expected a name in .safetensors, .npz, .pt or .h5, or a folder",
            output.display()
        )));
    }
    if output.exists() && !args.force {
        return Err(CliError::BadInput(format!(
            "{} exists; choose another name, or add --force to replace it",
            output.display()
        )));
    }
    let device = exact_device()?;
    if let (true, Some(option)) = (args.last || args.best, args.hints.given()) {
        let epoch = if args.best { "--best" } else { "--last" };
        return Err(CliError::BadInput(format!(
            "{epoch} is for runs of burnzmann, and {option} for files of other programs"
        )));
    }
    let rbm = if args.last {
        last_of(&args.input, &device)?
    } else if args.best {
        let file = best_of(&args.input)?;
        store::load(&file, &device).map_err(CliError::bad_input)?
    } else if args.hints.given().is_none() && formats::is_ours(&args.input)? {
        store::load(&args.input, &device).map_err(CliError::bad_input)?
    } else {
        let (rbm, lines) = foreign(&args.input, &args.hints, &device)?;
        for line in &lines {
            outln!("{line}");
        }
        rbm
    };
    let preparation = if RunFolder::is_run(&args.input) {
        Some(RunFolder::read_config(&args.input)?.preparation())
    } else {
        preparation_of(&args.input, None)?
    };
    let notes = preparation.map_or(Value::Null, |preparation| preparation.notes());
    if let Some(Preparation { scale, binarise }) = preparation
        && !matches!(kind, "safetensors" | "")
    {
        let divisor = scale.map_or("what is usual for their type".into(), |scale| {
            scale.divisor().to_string()
        });
        errln!(
            "note: other programs do not read from a .{kind} file how the data were prepared: numbers divided by \
             {divisor}, --binarise {binarise}"
        );
    }
    match kind {
        "safetensors" => {
            store::save_file_with_notes(&rbm, notes, output).map_err(CliError::bad_input)?;
        }
        "npz" => formats::write_sklearn(&rbm, &notes, output)?,
        "pt" | "pth" => torch::write(&rbm, &notes, output)?,
        "h5" | "hdf5" => hdf5::write(&rbm, &notes, output)?,
        _ => store::save_with_notes(&rbm, notes, output).map_err(CliError::bad_input)?,
    }
    outln!(
        "{}: {} visible and {} hidden units, {:?}",
        output.display(),
        rbm.num_visible(),
        rbm.num_hidden(),
        rbm.weight.val().dtype(),
    );
    Ok(())
}

/// A model of any format, by the names of its tensors.
pub(crate) fn load(path: &Path, device: &Device) -> Result<Rbm, CliError> {
    if formats::is_ours(path)? {
        return store::load(path, device).map_err(CliError::bad_input);
    }
    let (rbm, lines) = foreign(path, &Hints::default(), device)?;
    // Standard output is the command's own; what is left of a model is said all the same.
    let notes = lines.iter().filter(|line| line.starts_with(NOTE));
    notes.for_each(|line| errln!("{}: {line}", path.display()));
    Ok(rbm)
}

/// How a line begins that says more than which tensor is which parameter.
const NOTE: &str = "note: ";

/// How the data were prepared that a model was trained on: as its run says, or the notes of its file.
pub(crate) fn preparation_of(
    path: &Path,
    run: Option<&RunConfig>,
) -> Result<Option<Preparation>, CliError> {
    if let Some(run) = run {
        return Ok(Some(run.preparation()));
    }
    let notes = if formats::is_ours(path)? {
        store::notes_of(path).map_err(CliError::bad_input)?
    } else {
        notes::read(path)?
    };
    Preparation::from_notes(&notes).map_err(|error| {
        CliError::BadInput(format!(
            "{}: not the preparation of data that a model file has: {error}",
            path.display()
        ))
    })
}

/// A device that keeps doubles as they are, where there is one.
fn exact_device() -> Result<Device, CliError> {
    burnzmann::device::select(Some("flex"))
        .or_else(|_| burnzmann::device::select(None))
        .map_err(CliError::bad_input)
}

/// A model of another program, and lines that say what was taken for what.
fn foreign(path: &Path, hints: &Hints, device: &Device) -> Result<(Rbm, Vec<String>), CliError> {
    let refused = |reason: String| CliError::BadInput(format!("{}: {reason}", path.display()));
    if let (Some(option), true) = (hints.given(), formats::has_our_header(path)?) {
        return Err(refused(format!(
            "a file of burnzmann says itself which tensor is which; {option} is for files of other programs"
        )));
    }
    let (tensors, others) = formats::read(path)?;
    let mapping = Mapping::find(&tensors, hints).map_err(refused)?;
    let mut lines = mapping.lines(&tensors);
    let (mut archive, config, mut unused) = mapping.apply(tensors);
    unused.extend(others);
    if !unused.is_empty() {
        lines.push(format!(
            "{NOTE}not used: {}; a model that needs them is another one than was read",
            unused.join(", ")
        ));
    }
    let rbm = model_from_archive(&mut archive, "", Some(&config), device, path);
    Ok((rbm.map_err(CliError::bad_input)?, lines))
}
