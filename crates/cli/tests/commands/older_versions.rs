//! Runs, models and checkpoints of earlier versions are read, and mean what they meant.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::burnzmann;

/// The files of version 0.1.0, in a folder that may be written to. Data are named in them relative to
/// that folder.
fn files() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v0.1.0");
    copy(&source, folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn json(folder: &Path, words: &[&str]) -> Value {
    let output = burnzmann(folder).args(words).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().unwrap();
    assert!(
        (found - expected).abs() < tolerance,
        "{found}, and not {expected}"
    );
}

/// The last column of a table that a command writes.
fn last_column(folder: &Path, words: &[&str]) -> Vec<f64> {
    let out: PathBuf = folder.join("out.csv");
    burnzmann(folder)
        .args(words)
        .args(["--split", "all", "--out", "out.csv"])
        .assert()
        .success();
    let text = fs::read_to_string(out).unwrap();
    let cell = |line: &str| line.rsplit(',').next().unwrap().parse().unwrap();
    text.lines().skip(1).map(cell).collect()
}

/// A finished run's last state has the likelihood on the run's own test rows that 0.1.0 printed.
#[test]
fn likelihoods_of_finished_runs() {
    let folder = files();
    for (run, nats, log_partition) in [
        ("rbm", -4.238_586_102_720_163, 6.573_648_169_434_131),
        ("gaussian", -8.165_032_542_718_855, 5.757_970_846_666_304),
        ("stopped", -4.247_836_566_567_845, 7.968_330_598_473_973),
    ] {
        let found = json(
            folder.path(),
            &["evaluate", run, "--method", "exact", "--json"],
        );
        close(&found["log_likelihood"]["value"], nats, 1e-5);
        close(&found["log_partition"]["value"], log_partition, 1e-5);
    }
}

#[test]
fn free_energies_and_features() {
    let folder = files();
    for (run, data, expected) in [
        (
            "rbm",
            "rows.csv",
            [-2.157_942_3, -2.911_665_7, -1.814_217_8],
        ),
        (
            "gaussian",
            "real.csv",
            [3.173_158_2, 0.622_245_55, -0.862_123_7],
        ),
    ] {
        let words = ["free-energy", run, "--data", data];
        let found = last_column(folder.path(), &words);
        assert_eq!(found.len(), 60);
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{found}, and not {expected}"
            );
        }
    }
    let features = last_column(folder.path(), &["encode", "rbm"]);
    assert!((features[0] - 0.496_588_66).abs() < 1e-6, "{}", features[0]);
}

/// The run was interrupted after 14 of 120 epochs. Sums may be rounded otherwise on another processor.
#[test]
fn an_interrupted_run_goes_on_to_its_end() {
    let folder = files();
    burnzmann(folder.path())
        .args(["resume", "stopped", "--quiet"])
        .assert()
        .success();
    let metrics = fs::read_to_string(folder.path().join("stopped/metrics.csv")).unwrap();
    let epochs = metrics
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap());
    assert!(
        epochs.eq((1..=120).map(|epoch: u32| epoch.to_string())),
        "{metrics}"
    );
    // The state at its end, which was the model of a run then; now that is the best epoch's.
    let found = json(
        folder.path(),
        &[
            "evaluate", "stopped", "--last", "--method", "exact", "--json",
        ],
    );
    close(
        &found["log_likelihood"]["value"],
        -4.231_727_497_813_544,
        1e-3,
    );
}

/// The bound is estimated from draws: its tolerance is five standard errors.
#[test]
fn networks() {
    let folder = files();
    for (network, log_partition) in [("dbn", 4.886_298_379_879), ("classes", 4.881_620_594_917)] {
        let found = json(folder.path(), &["dbn", "evaluate", network, "--json"]);
        close(&found["bound"]["value"], -4.226_054, 0.013);
        close(
            &found["bound"]["log_partition"]["value"],
            log_partition,
            1e-5,
        );
    }
    // The networks of fine-tuning and of the up-down algorithm are there, and finished.
    for words in [
        &[
            "dbn", "finetune", "dbn", "--resume", "--epochs", "3", "--quiet",
        ][..],
        &[
            "dbn",
            "generate",
            "classes",
            "--network",
            "up-down",
            "--out",
            "drawn.png",
        ],
    ] {
        burnzmann(folder.path()).args(words).assert().success();
    }
}

/// The file of a model, and of a run's best epoch, by themselves.
#[test]
fn models_without_their_run() {
    let folder = files();
    for (model, data) in [
        ("rbm/model.safetensors", "rows.csv"),
        ("rbm/best.safetensors", "rows.csv"),
        ("gaussian/model.safetensors", "real.csv"),
    ] {
        burnzmann(folder.path())
            .args(["convert", model, "alone"])
            .assert()
            .success();
        let run = model.split('/').next().unwrap();
        let mut words = vec!["free-energy", run, "--data", data];
        if model.contains("best") {
            words.push("--best");
        }
        let binarise = [
            "--binarise",
            if run == "gaussian" {
                "none"
            } else {
                "threshold"
            },
        ];
        let of_the_run = last_column(folder.path(), &words);
        let alone = [&["free-energy", "alone", "--data", data][..], &binarise].concat();
        assert_eq!(last_column(folder.path(), &alone), of_the_run);
        fs::remove_dir_all(folder.path().join("alone")).unwrap();
    }
}
