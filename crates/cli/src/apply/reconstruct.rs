//! `burnzmann reconstruct`: rows as the model gives them back.

use std::path::PathBuf;

use burn::tensor::Tensor;
use burnzmann::internal::scale_of;
use burnzmann::model::numerics::to_f32;
use burnzmann::plot::reconstructions;
use clap::Args;

use super::{Kind, Output};
use crate::{CliError, ModelArgs, NetworkArgs, RowsArgs, Subject};

/// The options of `burnzmann reconstruct`.
#[derive(Args, Clone, Debug)]
pub struct ReconstructArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Where to write: .png (rows above their reconstructions) or .npy [rows, visible]
    #[arg(long, default_value = "reconstructions.png", value_name = "FILE")]
    pub out: PathBuf,
    /// Rows in a picture, at most, drawn at random
    #[arg(long, default_value_t = 32, value_name = "N")]
    pub count: usize,
}

impl ReconstructArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann reconstruct runs/mnist-1                      32 test images above what is made of them
  burnzmann reconstruct runs/mnist-1 --out again.npy      E[v | E[h | v]] of all test images
  burnzmann reconstruct runs/mnist-1 --data other.npy     rows that the model never saw
  burnzmann reconstruct runs/net-1 --layer 1              through the first layer of a deep belief network";
}

/// Writes `E[v | E[h | v]]` for each row; of a network, the means after the way up and down.
///
/// # Errors
///
/// [`CliError`].
pub fn reconstruct(args: &ReconstructArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png, Kind::Npy])?;
    let subject = Subject::open_with(&args.model, args.network)?;
    let rows = subject.rows(&args.rows, false)?;
    let rbm = &subject.rbm;
    let dtype = rbm.weight.val().dtype();
    let reconstruct = |v: Tensor<2>| match &subject.network {
        Some(network) => {
            let layers = network.up.num_layers();
            network.reconstruct(v, args.network.layer.unwrap_or(layers))
        }
        None => rbm.visible_mean(rbm.hidden_mean(v)),
    };
    let count = match out.kind {
        Kind::Png => {
            let chosen = rows.subset(args.count.max(1));
            let originals = rows.tensor_of(&chosen, &subject.device)?.cast(dtype);
            let count = originals.dims()[0];
            let again = to_f32(reconstruct(originals.clone()));
            let originals = to_f32(originals);
            let shape = subject.image_shape(Some(rows.dataset()));
            let scale = scale_of(rbm, &originals);
            let tiles = reconstructions(&originals, &again, shape).map_err(CliError::bad_input)?;
            out.write_picture(tiles.scale(scale).render())?;
            count
        }
        _ => {
            let again = rows.map(&subject.device, |v| reconstruct(v.cast(dtype)))?;
            let count = rows.indices.len();
            out.write_array(again, &[count, subject.num_columns()])?;
            count
        }
    };
    outln!("{out}: {count} rows");
    Ok(())
}
