//! Our update beside others, interleaved in one run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The options of `bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A Python that has numpy, scikit-learn and torch, to time them too
    #[arg(long, value_name = "PYTHON", requires = "script")]
    peers: Option<PathBuf>,
    /// The script that times them (`peer_bench.py`)
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// The folder with MNIST's files for the script
    #[arg(long, value_name = "DIR", default_value = "mnist")]
    data: PathBuf,
    /// Rounds, in each of which every contestant runs once
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs every contestant once a round and prints the median of its rounds' medians.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let build = [
        "bench",
        "--workspace",
        "--profile",
        "dev",
        "--bench",
        "step",
        "--no-run",
    ];
    crate::run(
        Command::new(env!("CARGO"))
            .args(build)
            .stdout(Stdio::null()),
    )?;
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..args.rounds {
        let mut ours = Command::new(env!("CARGO"));
        // The profile that users run: its dependencies and kernels are optimised.
        ours.args(["bench", "--quiet", "--workspace", "--profile", "dev"]);
        ours.args(["--bench", "step", "--", "--json"]);
        collect(&mut ours, &mut times)?;
        if let (Some(python), Some(script)) = (&args.peers, &args.script) {
            let mut peers = Command::new(python);
            peers.arg(script).arg("--data").arg(&args.data);
            collect(&mut peers, &mut times)?;
        }
    }
    let mut medians: Vec<(String, f64)> = times
        .into_iter()
        .map(|(peer, mut rounds)| {
            rounds.sort_by(f64::total_cmp);
            let median = rounds[rounds.len() / 2];
            (peer, median)
        })
        .collect();
    medians.sort_by(|a, b| a.1.total_cmp(&b.1));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if !args.json {
        println!(
            "CD-1, 784 x 500, batch 128, {threads} threads, median of {} rounds",
            args.rounds
        );
    }
    for (peer, ms) in medians {
        if args.json {
            let object = json!({"peer": peer, "visible": 784, "hidden": 500, "batch": 128, "k": 1,
                "device": "cpu", "ms_per_step": ms});
            println!("{object}");
        } else {
            println!("{ms:9.3} ms  {peer}");
        }
    }
    Ok(())
}

/// Reads `{"peer": .., "ms_per_step": ..}` off the lines that a contestant prints.
fn collect(command: &mut Command, times: &mut BTreeMap<String, Vec<f64>>) -> Result<(), String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{} does not start: {error}", crate::line(command)))?;
    if !output.status.success() {
        return Err(format!(
            "{} ended with {}",
            crate::line(command),
            output.status
        ));
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(object) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let (Some(peer), Some(ms)) = (object["peer"].as_str(), object["ms_per_step"].as_f64()) {
            times.entry(peer.to_owned()).or_default().push(ms);
        }
    }
    Ok(())
}
