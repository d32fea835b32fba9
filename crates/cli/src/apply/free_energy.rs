//! `burnzmann free-energy`: how strange each row is to a model.

use std::path::PathBuf;

use burnzmann::model::Noise;
use clap::Args;

use super::{Kind, Output, output::table};
use crate::{CliError, ModelArgs, NetworkArgs, RowsArgs, Subject, out};

/// The options of `burnzmann free-energy`.
#[derive(Args, Clone, Debug)]
pub struct FreeEnergyArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    /// Where to write: .npy, a number a row, or .csv with the number of each row [default: CSV on standard
    /// output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The N rows of highest free energy alone, the strangest first
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Of a deep belief network: draws of its hidden layers for each row [default: 20]
    #[arg(long, value_name = "N")]
    pub draws: Option<usize>,
    /// Random seed of --draws and of stochastic binarisation
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
}

/// Draws of the hidden layers of a network for each row.
const DRAWS: usize = 20;

impl FreeEnergyArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
A row of high free energy is unlike what the model learned: log p(v) = -F(v) - log Z. That of a deep belief
network is variational, a mean over draws from q(h | v): log p(v) is at least -F(v) - log Z of its top layer.

Examples:
  burnzmann free-energy runs/digits-1 --data new.csv --top 10    the ten strangest rows
  burnzmann free-energy runs/digits-1 --split test --out scores.npy";
}

/// Writes the free energy of each row, in nats; of a network the variational one.
///
/// # Errors
///
/// [`CliError`].
pub fn free_energy(args: &FreeEnergyArgs) -> Result<(), CliError> {
    let out = args.out.as_deref();
    let out = out
        .map(|path| Output::new(path, &[Kind::Npy, Kind::Csv]))
        .transpose()?;
    let subject = Subject::open_with(&args.model, NetworkArgs::default())?;
    check_draws(args.draws, &subject)?;
    let rows = subject.rows(&args.rows, false)?.with_seed(args.seed);
    let dtype = subject.rbm.weight.val().dtype();
    // One column, so that blocks are rows of it.
    let (draws, noise) = (args.draws.unwrap_or(DRAWS), Noise::new(args.seed));
    let mut block = 0;
    let scores = rows.map(&subject.device, |v| {
        let v = v.cast(dtype);
        block += 1;
        match &subject.network {
            Some(network) => network.free_energy(v, draws, &noise.derive(block)),
            None => subject.rbm.free_energy(v).unsqueeze_dim(1),
        }
    })?;
    let labels = rows.label_names();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    if let Some(top) = args.top {
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.truncate(top);
    }
    if let Some(out) = out.as_ref().filter(|out| out.kind == Kind::Npy) {
        let chosen: Vec<f32> = order.iter().map(|&place| scores[place]).collect();
        let count = chosen.len();
        out.write_array(chosen, &[count])?;
        outln!("{out}: {count} rows");
        return Ok(());
    }
    let mut names = vec!["row".to_owned(), "free_energy".to_owned()];
    names.extend(labels.is_some().then(|| "label".to_owned()));
    let records = order.iter().map(|&place| {
        let mut record = vec![rows.indices[place].to_string(), scores[place].to_string()];
        record.extend(labels.as_ref().map(|labels| labels[place].to_string()));
        record
    });
    match out {
        Some(out) => {
            out.write_table(&names, records)?;
            outln!("{out}: {} rows", order.len());
        }
        None => out::bytes(&table(&names, records)),
    }
    Ok(())
}

fn check_draws(draws: Option<usize>, subject: &Subject) -> Result<(), CliError> {
    if let Some(network) = &subject.network {
        network.expect_tied("a free energy")?;
    }
    match draws {
        Some(0) => Err(CliError::bad_input("--draws is 0: expected 1 or more")),
        Some(_) if subject.network.is_none() => Err(CliError::bad_input(
            "--draws is for a deep belief network: the free energy of an RBM is exact; leave it out",
        )),
        _ => Ok(()),
    }
}
