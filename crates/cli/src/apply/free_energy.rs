//! `burnzmann free-energy`: how strange each row is to a model.
#![expect(clippy::print_stdout, reason = "this is the program's output")]

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Kind, Output, output::table};
use crate::{CliError, ModelArgs, RowsArgs, Subject};

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
}

impl FreeEnergyArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
A row of high free energy is unlike what the model learned: log p(v) = -F(v) - log Z.

Examples:
  burnzmann free-energy runs/digits-1 --data new.csv --top 10    the ten strangest rows
  burnzmann free-energy runs/digits-1 --split test --out scores.npy";
}

/// Writes the free energy of each row, in nats.
///
/// # Errors
///
/// [`CliError`].
pub fn free_energy(args: &FreeEnergyArgs) -> Result<(), CliError> {
    let out = args.out.as_deref();
    let out = out
        .map(|path| Output::new(path, &[Kind::Npy, Kind::Csv]))
        .transpose()?;
    let subject = Subject::open(&args.model)?;
    let rows = subject.rows(&args.rows, false)?;
    let dtype = subject.rbm.weight.val().dtype();
    // One column, so that blocks are rows of it.
    let scores = rows.map(&subject.device, |v| {
        subject.rbm.free_energy(v.cast(dtype)).unsqueeze_dim(1)
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
        println!("{out}: {count} rows");
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
            println!("{out}: {} rows", order.len());
        }
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout
                .write_all(&table(&names, records))
                .and_then(|()| stdout.flush())
                .map_err(CliError::failed)?;
        }
    }
    Ok(())
}
