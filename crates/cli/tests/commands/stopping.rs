//! Runs that end where their held-out rows have clearly become less likely.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{burnzmann, refused};

/// Few rows without any structure, and a rate at which they are soon learned by heart.
fn rows(home: &Path) {
    let bit = |row: u32, column: u32| (row * 37 + column * 101 + row * row * column) % 7 < 3;
    let line = |row: u32| {
        let cells: Vec<&str> = (0..12)
            .map(|column| if bit(row, column) { "1" } else { "0" })
            .collect();
        cells.join(",") + "\n"
    };
    fs::write(home.join("rows.csv"), (0..60).map(line).collect::<String>()).unwrap();
}

const OPTIONS: [&str; 16] = [
    "train",
    "--data",
    "rows.csv",
    "--hidden",
    "10",
    "--lr",
    "1",
    "--constant-lr",
    "--batch",
    "10",
    "--epochs",
    "200",
    "--checkpoint-every",
    "0",
    "--likelihood-every",
    "4",
];

fn config(home: &Path, run: &str) -> Value {
    let text = fs::read_to_string(home.join(run).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn epochs(home: &Path, run: &str) -> u64 {
    let progress = burnzmann_cli::RunFolder::progress(&home.join(run)).unwrap();
    progress.epoch
}

/// The parameters of a model file, and of the last state.
fn parameters(home: &Path, words: &[&str]) -> Vec<u8> {
    burnzmann(home)
        .args(["convert", words[0], "out.npz", "--force"])
        .args(&words[1..])
        .assert()
        .success();
    fs::read(home.join("out.npz")).unwrap()
}

#[test]
fn a_run_that_overfits_ends_early_and_leaves_its_best_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    rows(home);
    burnzmann(home)
        .args(OPTIONS)
        .args(["--out", "run"])
        .assert()
        .success()
        .stdout(
            contains("stopped early, after epoch ")
                .and(contains("patience: 60 epochs"))
                .and(contains("burnzmann resume run --epochs 200"))
                .and(contains("--last takes it")),
        );
    let ended = config(home, "run")["ended"].clone();
    let (end, best) = (
        ended["epoch"].as_u64().unwrap(),
        ended["best_epoch"].as_u64().unwrap(),
    );
    assert!(best + 60 <= end && end < 200, "{ended}");
    assert!(ended["measurements"].as_u64().unwrap() >= 3);
    assert!(ended["value"].as_f64().unwrap() < ended["best"].as_f64().unwrap() - 0.1);
    assert_eq!(epochs(home, "run"), end);
    // What is handed out is the best epoch; --last is the state at the end.
    let (model, last) = (
        parameters(home, &["run"]),
        parameters(home, &["run", "--last"]),
    );
    assert!(model == parameters(home, &["run/best.safetensors"]));
    assert!(model == parameters(home, &["run", "--best"]));
    assert!(model != last);
    let notes = burnzmann::model::store::notes_of(&home.join("run/model.safetensors")).unwrap();
    assert_eq!(notes["epoch"], best);
    let value = |words: &[&str]| {
        let output = burnzmann(home)
            .args(["evaluate", "run", "--split", "validation", "--json"])
            .args(words)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found["log_likelihood"]["value"].as_f64().unwrap()
    };
    assert!((value(&[]) - ended["best"].as_f64().unwrap()).abs() < 1e-4);
    assert!((value(&["--best"]) - value(&[])).abs() < 1e-12);
    assert!((value(&["--last"]) - ended["value"].as_f64().unwrap()).abs() < 1e-4);
    refused(
        home,
        &[
            (
                &["evaluate", "run", "--last", "--best"],
                "cannot be used with",
            ),
            (
                &["report", "run", "--last", "--best"],
                "cannot be used with",
            ),
            (
                &["convert", "run", "no.npz", "--last", "--best"],
                "cannot be used with",
            ),
            (
                &["convert", "run/model.safetensors", "no.npz", "--best"],
                "--best expects the folder of a run",
            ),
            (
                &["convert", "run", "no.npz", "--best", "--weight", "w"],
                "--best is for runs of burnzmann",
            ),
            (
                &["sample", "run/model.safetensors", "--last"],
                "--last expects the folder of a run",
            ),
        ],
    );

    // The page is of the state that is asked for.
    let page = |words: &[&str]| {
        burnzmann(home)
            .args(["report", "run", "--chains", "0", "--out", "page.html"])
            .args(words)
            .assert()
            .success();
        fs::read(home.join("page.html")).unwrap()
    };
    assert!(page(&["--best"]) == page(&[]));
    assert!(page(&["--last"]) != page(&[]));

    // Killed on its way, it ends at the same epoch with the same parameters.
    #[cfg(debug_assertions)]
    for change in [300, 700, 1000] {
        let out = format!("part-{change}");
        let part = burnzmann(home)
            .args(OPTIONS)
            .args(["--out", &out])
            .env("BURNZMANN_ABORT_AT", change.to_string())
            .output()
            .unwrap();
        assert!(!part.status.success());
        assert!(epochs(home, &out) < end);
        burnzmann(home).args(["resume", &out]).assert().success();
        assert_eq!(config(home, &out)["ended"], ended);
        assert!(parameters(home, &[&out]) == model);
        assert!(parameters(home, &[&out, "--last"]) == last);
    }

    // It says that it is finished, and goes on where it is asked to: to the end of a run that never stopped.
    burnzmann(home)
        .args(["resume", "run"])
        .assert()
        .success()
        .stdout(contains(format!("stopped early, after epoch {end} of 200")));
    assert_eq!(epochs(home, "run"), end);
    burnzmann(home)
        .args(["resume", "run", "--epochs", "200"])
        .assert()
        .success()
        .stderr(contains("it does not stop early any more"));
    burnzmann(home)
        .args(OPTIONS)
        .args(["--no-early-stop", "--out", "whole", "--quiet"])
        .assert()
        .success();
    assert_eq!((epochs(home, "run"), epochs(home, "whole")), (200, 200));
    assert!(parameters(home, &["run", "--last"]) == parameters(home, &["whole", "--last"]));
    assert!(parameters(home, &["run"]) == parameters(home, &["whole"]));
    assert!(config(home, "run")["ended"].is_null());
}

/// The last checkpoint is damaged or gone: the run goes on from the one before to the same end.
#[test]
fn a_run_that_stopped_early_and_lost_its_last_checkpoint_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    rows(home);
    let options = ["--out", "run", "--patience", "8", "--quiet"];
    burnzmann(home)
        .args(OPTIONS)
        .args(options)
        .assert()
        .success();
    let run = home.join("run");
    let read = |name: &str| fs::read(run.join(name)).unwrap();
    let (ended, model, last) = (
        config(home, "run")["ended"].clone(),
        read("model.safetensors"),
        parameters(home, &["run", "--last"]),
    );
    assert!(ended["epoch"].is_u64(), "{ended}");
    fs::remove_file(run.join("checkpoint.safetensors")).unwrap();
    burnzmann(home)
        .args(["resume", "run", "--quiet"])
        .assert()
        .success();
    assert_eq!(Some(epochs(home, "run")), ended["epoch"].as_u64());
    assert_eq!(config(home, "run")["ended"], ended);
    assert!(
        read("model.safetensors") == model,
        "every bit of the best epoch's file"
    );
    assert!(parameters(home, &["run", "--last"]) == last);
}

/// Rows that have a structure are learned for longer, and the patience can be another one.
#[test]
fn the_patience_is_what_it_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    rows(home);
    let end = |patience: &str, out: &str| {
        burnzmann(home)
            .args(OPTIONS)
            .args(["--patience", patience, "--out", out, "--quiet"])
            .assert()
            .success();
        assert_eq!(config(home, out)["watch"]["patience"].to_string(), patience);
        epochs(home, out)
    };
    let (short, long) = (end("1", "short"), end("40", "long"));
    assert!(short < long && long < 200, "{short} {long}");
    refused(
        home,
        &[
            (&["train", "--patience", "0"], "--patience"),
            (
                &["train", "--patience", "5", "--no-early-stop"],
                "cannot be used with",
            ),
        ],
    );
}
