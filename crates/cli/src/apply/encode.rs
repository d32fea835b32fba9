//! `burnzmann encode`: rows as features.

use std::path::PathBuf;

use burnzmann::model::Noise;
use clap::Args;

use super::{Kind, Output};
use crate::{CliError, ModelArgs, NetworkArgs, RowsArgs, Subject};

/// The options of `burnzmann encode`.
#[derive(Args, Clone, Debug)]
pub struct EncodeArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Where to write: .npy [rows, hidden], or .csv with the labels where the data have them
    #[arg(long, default_value = "hidden.npy", value_name = "FILE")]
    pub out: PathBuf,
    /// Draw the hidden states, and do not write their means
    #[arg(long)]
    pub draws: bool,
    /// Random seed of --draws and of stochastic binarisation
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
}

impl EncodeArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann encode runs/digits-1 --split train --out train.npy    features for a classifier
  burnzmann encode runs/digits-1 --data rows.csv --out features.csv
  burnzmann encode runs/digits-1 --draws --seed 3                 zeros and ones
  burnzmann encode runs/net-1 --layer 2 --data rows.csv           layer 2 of a deep belief network";
}

/// Writes `E[h | v]`, or a draw of `h`, for each row; of a layer of a network, by way of those below.
///
/// # Errors
///
/// [`CliError`].
pub fn encode(args: &EncodeArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Npy, Kind::Csv])?;
    let subject = Subject::open_with(&args.model, args.network)?;
    let rows = subject.rows(&args.rows, false)?.with_seed(args.seed);
    let rbm = &subject.rbm;
    let mut noise = Noise::new(args.seed);
    let dtype = rbm.weight.val().dtype();
    let network = subject.network.as_ref().map(|network| &network.up);
    let layer = args.network.layer;
    let layer = network.map_or(1, |network| layer.unwrap_or(network.num_layers()));
    let hidden = rows.map(&subject.device, |v| {
        let v = v.cast(dtype);
        match (network, args.draws) {
            (Some(network), false) => network.encode(v, layer),
            (Some(network), true) => network.sample_encoding(v, layer, &mut noise),
            (None, false) => rbm.hidden_mean(v),
            (None, true) => rbm.sample_hidden(v, &mut noise),
        }
    })?;
    let width = network.map_or(rbm.num_hidden(), |network| network.widths()[layer]);
    let count = rows.indices.len();
    if out.kind == Kind::Npy {
        out.write_array(hidden, &[count, width])?;
    } else {
        let labels = rows.label_names();
        let mut names: Vec<String> = (0..width).map(|unit| format!("h{unit}")).collect();
        names.extend(labels.is_some().then(|| "label".to_owned()));
        let records = hidden.chunks_exact(width).enumerate().map(|(index, row)| {
            let mut record: Vec<String> = row.iter().map(f32::to_string).collect();
            record.extend(labels.as_ref().map(|labels| labels[index].to_string()));
            record
        });
        out.write_table(&names, records)?;
    }
    outln!("{out}: {count} rows of {width} hidden units");
    Ok(())
}
