//! `burnzmann inpaint`: what is missing from rows.

use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use burnzmann::internal::scale_of;
use burnzmann::model::sampling::{ClampedGibbs, Kernel, independent_visible};
use burnzmann::model::{Noise, numerics::to_f32, units::UnitLayer};
use burnzmann::plot::Tiles;
use clap::Args;

use super::mask::Mask;
use super::{Kind, Output};
use crate::{CliError, ModelArgs, RowsArgs, Subject};

/// The options of `burnzmann inpaint`.
#[derive(Args, Clone, Debug)]
pub struct InpaintArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    /// What is missing: top, bottom, left, right, or a file (.png, .npy, .csv) with 1 or white there
    #[arg(long, value_name = "MASK")]
    pub mask: Mask,
    /// Where to write: .png (rows, what is known of them, and filled) or .npy [rows, visible]
    #[arg(long, default_value = "inpainted.png", value_name = "FILE")]
    pub out: PathBuf,
    /// Rows to fill, at most: drawn by the seed for a picture, the first ones for an array
    #[arg(long, default_value_t = 16, value_name = "N")]
    pub count: usize,
    /// Gibbs sweeps with the known units held
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub sweeps: usize,
    /// Write the drawn states, and not their means given the last hidden states
    #[arg(long)]
    pub draws: bool,
    /// Random seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
}

impl InpaintArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann inpaint runs/mnist-1 --mask bottom                 the lower halves of 16 test images
  burnzmann inpaint runs/mnist-1 --mask hole.png --sweeps 5000
  burnzmann inpaint runs/mnist-1 --mask left --data rows.npy --count 1000 --out filled.npy";
}

/// Draws the missing units of each row given the known ones.
///
/// # Errors
///
/// [`CliError`].
pub fn inpaint(args: &InpaintArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png, Kind::Npy])?;
    for (name, number) in [("--count", args.count), ("--sweeps", args.sweeps)] {
        if number == 0 {
            return Err(CliError::BadInput(format!(
                "{name} is 0: expected 1 or more"
            )));
        }
    }
    let subject = Subject::open(&args.model)?;
    let rows = subject.rows(&args.rows, false)?.with_seed(args.seed);
    let rbm = &subject.rbm;
    let shape = subject.image_shape(Some(rows.dataset()));
    let missing = args.mask.missing(shape)?;
    let dtype = rbm.weight.val().dtype();
    let chosen = match out.kind {
        Kind::Png => rows.subset(args.count),
        // The rows of an array are found again by their places.
        _ => rows.indices[..args.count.min(rows.indices.len())].to_vec(),
    };
    let data = rows.tensor_of(&chosen, &subject.device)?.cast(dtype);
    let [count, visible] = data.dims();

    let known: Vec<f32> = missing.iter().map(|&x| f32::from(u8::from(!x))).collect();
    let known = TensorData::new(known, [1, visible]);
    let known = Tensor::<2>::from_data(known, (&subject.device, dtype));
    let unknown = known.clone().neg().add_scalar(1.0);
    let mut noise = Noise::new(args.seed);
    let anything = independent_visible(rbm, count, &mut noise);
    let held = data.clone() * known.clone();
    let kernel = ClampedGibbs::new(known, args.sweeps);
    let start = held.clone() + anything * unknown.clone();
    let state = kernel.init(rbm, start, &mut noise);
    let (state, info) = kernel.step(rbm, state, &mut noise);
    let filled = if args.draws {
        state.visible
    } else {
        held + rbm.visible.mean(info.visible_inputs) * unknown
    };
    let filled = to_f32(filled);
    match out.kind {
        Kind::Png => {
            let data = to_f32(data);
            let holes = missing.iter().cycle();
            // Not a number is drawn in a colour of its own.
            let shown: Vec<f32> = data
                .iter()
                .zip(holes)
                .map(|(&x, &missing)| if missing { f32::NAN } else { x })
                .collect();
            let sets = [("data", &data[..]), ("known", &shown), ("filled", &filled)];
            let tiles = Tiles::stacked(&sets, shape).map_err(CliError::bad_input)?;
            let tiles = tiles
                .scale(scale_of(rbm, &data))
                .title("What is missing, filled in")
                .caption(format!(
                    "after {} Gibbs sweeps, magenta is missing",
                    args.sweeps
                ));
            out.write_picture(tiles.render())?;
        }
        _ => out.write_array(filled, &[count, visible])?,
    }
    outln!(
        "{out}: {count} rows, {} of {visible} units filled in",
        missing.iter().filter(|&&x| x).count()
    );
    Ok(())
}
