//! Updates of RBMs beside the same work of other libraries, in one run.
//!
//! `cargo xtask bench` builds and starts this program; it also stands alone, on a machine without a
//! toolchain. Each case is measured in rounds, every contestant once a round, in a process of its
//! own where it needs other settings; the numbers are medians over the rounds of medians over
//! updates.
#![expect(clippy::print_stdout, reason = "this is the program's output")]

mod case;
mod contestants;
mod measure;
mod rivals;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use case::{Case, cases, quick};
use table::Results;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times updates of RBMs beside the same updates of numpy, torch and scikit-learn
#[derive(Parser)]
struct Args {
    /// A Python that has numpy, scikit-learn and torch, to time them in the same run
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// Only CD-1 at 784 × 500, batch 128
    #[arg(long)]
    quick: bool,
    /// Only the cases whose name contains this, as in `pcd-1 784x200`
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Rounds, in each of which every contestant runs once
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The backend that ours run on
    #[arg(long, value_name = "NAME", default_value = "flex")]
    backend: String,
    /// Print one JSON object a line and no table
    #[arg(long)]
    json: bool,
    /// Replace the table in this Markdown file, between the marks `bench:begin` and `bench:end`
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Measure ours in this process, one case, and print it: what the rounds are made of
    #[arg(long, hide = true, value_name = "JSON")]
    worker: Option<String>,
    /// Passed by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    if let Some(case) = &args.worker {
        let case = serde_json::from_str(case).map_err(|error| error.to_string())?;
        return contestants::work(&case, &args.backend);
    }
    let wanted = |case: &Case| {
        args.case
            .as_ref()
            .is_none_or(|text| case.name().contains(text))
    };
    let list = if args.quick { quick() } else { cases() };
    let list: Vec<Case> = list.into_iter().filter(wanted).collect();
    if list.is_empty() {
        return Err("no case has such a name; without --case all are run".into());
    }
    let mut results = Results::default();
    for case in &list {
        for _ in 0..args.rounds.max(1) {
            results.extend(case, rivals::ours(case, &args.backend)?);
            if let Some(python) = &args.peers {
                results.extend(case, rivals::peers(case, python)?);
            }
        }
        if args.json {
            results.print_json(case);
        } else {
            println!("{}", results.paragraph(case));
        }
    }
    if let Some(file) = &args.write {
        results.write(&list, file)?;
    }
    Ok(())
}
