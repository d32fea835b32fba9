//! `burnzmann sample`: what a model draws by itself.

use std::path::PathBuf;

use burn::tensor::Tensor;
use burnzmann::internal::scale_of;
use burnzmann::model::sampling::{Gibbs, Kernel, independent_visible};
use burnzmann::model::{Noise, numerics::to_f32, units::UnitLayer};
use burnzmann::plot::fantasies;
use clap::{Args, ValueEnum};

use super::{Kind, Output};
use crate::{CliError, ModelArgs, RowsArgs, Subject};

/// Where chains start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Start {
    /// At draws of the visible units alone.
    Random,
    /// At rows of data, drawn by the seed.
    Data,
}

/// The options of `burnzmann sample`.
#[derive(Args, Clone, Debug)]
pub struct SampleArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    /// Where to write: .png (a grid of images) or .npy [chains, visible]
    #[arg(long, default_value = "samples.png", value_name = "FILE")]
    pub out: PathBuf,
    /// How many chains, a draw each
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub chains: usize,
    /// Gibbs sweeps of each chain
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub sweeps: usize,
    /// Where the chains start
    #[arg(long, value_enum, default_value_t = Start::Random)]
    pub from: Start,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    /// Write the drawn states, and not their means given the last hidden states
    #[arg(long)]
    pub draws: bool,
    /// Random seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
}

impl SampleArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann sample runs/mnist-1                                     100 images in samples.png
  burnzmann sample runs/mnist-1 --from data --sweeps 10             a short way from the data
  burnzmann sample model.safetensors --chains 10000 --draws --out draws.npy";
}

/// Runs Gibbs chains and writes where they end.
///
/// # Errors
///
/// [`CliError`].
pub fn sample(args: &SampleArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png, Kind::Npy])?;
    for (name, number) in [("--chains", args.chains), ("--sweeps", args.sweeps)] {
        if number == 0 {
            return Err(CliError::BadInput(format!(
                "{name} is 0: expected 1 or more"
            )));
        }
    }
    let subject = Subject::open(&args.model)?;
    let rbm = &subject.rbm;
    let mut noise = Noise::new(args.seed);
    let mut shape = subject.image_shape(None);
    let start = match args.from {
        Start::Random => independent_visible(rbm, args.chains, &mut noise),
        Start::Data => {
            let rows = subject.rows(&args.rows, false)?.with_seed(args.seed);
            shape = subject.image_shape(Some(rows.dataset()));
            rows.tensor_of(&rows.subset(args.chains), &subject.device)?
        }
    };
    let start: Tensor<2> = start.cast(rbm.weight.val().dtype());
    let [chains, visible] = start.dims();
    let kernel = Gibbs::new(args.sweeps);
    let state = kernel.init(rbm, start, &mut noise);
    let (state, info) = kernel.step(rbm, state, &mut noise);
    let found = if args.draws {
        to_f32(state.visible)
    } else {
        to_f32(rbm.visible.mean(info.visible_inputs))
    };
    match out.kind {
        Kind::Png => {
            let scale = scale_of(rbm, &found);
            let tiles = fantasies(&found, shape).map_err(CliError::bad_input)?;
            let what = if args.draws { "draws" } else { "means" };
            let tiles = tiles
                .scale(scale)
                .caption(format!("{what} after {} Gibbs sweeps", args.sweeps));
            out.write_picture(tiles.render())?;
        }
        _ => out.write_array(found, &[chains, visible])?,
    }
    outln!("{out}: {chains} chains after {} sweeps", args.sweeps);
    Ok(())
}
