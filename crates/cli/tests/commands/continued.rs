//! Runs that go on: with more epochs, from given weights, and with what they were told at the beginning.

use std::fs;
use std::path::Path;

use burn::tensor::TensorData;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{burnzmann, refused};

/// A short run that saves itself at each epoch.
const RUN: [&str; 10] = [
    "train",
    "--data",
    "digits",
    "--hidden",
    "12",
    "--checkpoint-every",
    "0",
    "--quiet",
    "--likelihood-every",
    "0",
];

fn train(home: &Path, out: &str, epochs: &str) {
    burnzmann(home)
        .args(RUN)
        .args(["--out", out, "--epochs", epochs])
        .assert()
        .success();
}

fn config(home: &Path, run: &str) -> Value {
    let text = fs::read_to_string(home.join(run).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A number of each epoch.
fn column(home: &Path, run: &str, name: &str) -> Vec<String> {
    let text = fs::read_to_string(home.join(run).join("metrics.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(','));
    let place = lines.next().unwrap().position(|cell| cell == name).unwrap();
    lines
        .map(|mut line| line.nth(place).unwrap().to_owned())
        .collect()
}

fn weights(path: &Path) -> TensorData {
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let rbm = burnzmann::model::store::load(path, &device).unwrap();
    rbm.weight.val().into_data()
}

/// The state of the last epoch, whatever the best one is.
fn last(home: &Path, run: &str) -> TensorData {
    let out = format!("{run}-last.safetensors");
    burnzmann(home)
        .args(["convert", run, &out, "--last", "--force"])
        .assert()
        .success();
    weights(&home.join(out))
}

#[test]
fn more_epochs_go_on_with_the_rate_of_a_run_that_was_planned_so() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    train(home, "run", "6");
    let six = last(home, "run");
    // As often as is asked for, by either command.
    burnzmann(home)
        .args(["resume", "run", "--epochs", "9"])
        .assert()
        .success()
        .stdout(contains("9/9"))
        .stderr(contains(
            "going on from epoch 6 to 9: the learning rate goes on as in a run of so many epochs, from \
             0.0333",
        ));
    burnzmann(home)
        .args(["train", "--resume", "run", "--epochs", "12", "--quiet"])
        .assert()
        .success();
    train(home, "planned", "12");
    let (found, planned) = (
        column(home, "run", "learning_rate"),
        column(home, "planned", "learning_rate"),
    );
    assert_eq!(found.len(), 12);
    assert_eq!(found[9..], planned[9..]);
    assert_ne!(found[8], planned[8]);
    let found = config(home, "run");
    assert_eq!(found["train"]["epochs"], 12);
    let earlier = found["earlier"].as_array().unwrap();
    let epochs: Vec<&Value> = earlier.iter().map(|train| &train["epochs"]).collect();
    assert_eq!(epochs, [6, 9]);
    assert_ne!(last(home, "run"), six);
    // With nothing to do it says so, and how there would be.
    burnzmann(home)
        .args(["resume", "run"])
        .assert()
        .success()
        .stdout(
            contains("run is finished: all its 12 epochs are done").and(contains("--epochs N")),
        );

    // Another rate starts the way again.
    burnzmann(home)
        .args(["train", "--resume", "run", "--epochs", "14", "--lr", ".5"])
        .assert()
        .success()
        .stderr(contains("the learning rate starts again, from 0.5000"));
    let rates = column(home, "run", "learning_rate");
    let rates: Vec<f64> = rates.iter().map(|rate| rate.parse().unwrap()).collect();
    // 15 updates an epoch, of which the report has the last one.
    assert!((rates[12] - 0.5 * 16.0 / 30.0).abs() < 1e-9, "{rates:?}");
    assert!((rates[13] - 0.5 / 30.0).abs() < 1e-9, "{rates:?}");
    burnzmann(home)
        .args([
            "resume",
            "run",
            "--epochs",
            "15",
            "--constant-lr",
            "--lr",
            "0.02",
            "--quiet",
        ])
        .assert()
        .success();
    assert_eq!(column(home, "run", "learning_rate")[14], "0.02");
}

#[test]
fn what_a_run_cannot_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    train(home, "run", "6");
    let before = fs::read(home.join("run/run.json")).unwrap();
    refused(
        home,
        &[
            (
                &["train", "--resume", "run", "--hidden", "20"],
                "--hidden is not for a run that goes on; leave it out (what can be given is --resume, \
                 --epochs, --lr",
            ),
            (
                &["train", "--resume", "run", "--binarise", "none"],
                "--binarise is not for",
            ),
            (
                &["train", "--resume", "run", "--no-centring"],
                "--no-centring is not for",
            ),
            (
                &["resume", "run", "--epochs", "5"],
                "epochs is 5: expected as many as the run has begun",
            ),
            (
                &["resume", "run", "--epochs", "9", "--lr", "2"],
                "learning_rate.from is 2",
            ),
            (&["resume", "run", "--lr", "0.2"], "add --epochs N"),
            (&["resume", "run", "--hidden", "3"], "--hidden"),
            (
                &["dbn", "pretrain", "--resume", "run", "--k", "5"],
                "--k is not for a run that goes on",
            ),
        ],
    );
    assert!(fs::read(home.join("run/run.json")).unwrap() == before);
    // Nor by hand.
    let text = String::from_utf8(before).unwrap();
    for (from, to, message) in [
        (
            "\"from\": 0.1",
            "\"from\": 0.2",
            "train.learning_rate.from is 0.2, and the checkpoint that the run goes on from was trained \
             with 0.1",
        ),
        ("\"epochs\": 6", "\"epochs\": 60", "train.epochs is 60, and"),
        (
            "\"num_hidden\": 12",
            "\"num_hidden\": 13",
            "model.num_hidden is 13, and",
        ),
        (
            "\"centring\": 0.01",
            "\"centring\": null",
            "train.centring is null, and",
        ),
    ] {
        assert!(text.contains(from), "{text}");
        fs::write(home.join("run/run.json"), text.replace(from, to)).unwrap();
        refused(home, &[(&["resume", "run"], message)]);
    }
}

/// A process that ends between the new plan and the checkpoint that has it: the run has the plan.
#[cfg(debug_assertions)]
#[test]
fn a_plan_that_was_just_written_is_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    train(home, "run", "6");
    let copy = |name: &str| {
        fs::create_dir(home.join(name)).unwrap();
        for entry in fs::read_dir(home.join("run")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), home.join(name).join(entry.file_name())).unwrap();
        }
    };
    let more = ["--epochs", "9", "--lr", "0.05", "--quiet"];
    copy("whole");
    burnzmann(home)
        .args(["resume", "whole"])
        .args(more)
        .assert()
        .success();
    let expected = last(home, "whole");
    let mut planned = 0;
    for change in [1, 4, 7, 8, 9, 11, 13, 16, 20, 30] {
        let name = format!("part-{change}");
        copy(&name);
        let status = burnzmann(home)
            .args(["resume", &name])
            .args(more)
            .env("BURNZMANN_ABORT_AT", change.to_string())
            .output()
            .unwrap();
        assert!(!status.status.success());
        let has_plan = config(home, &name)["train"]["epochs"] == 9;
        planned += usize::from(has_plan);
        let words: &[&str] = if has_plan { &["--quiet"] } else { &more };
        burnzmann(home)
            .args(["resume", &name])
            .args(words)
            .assert()
            .success();
        assert_eq!(last(home, &name), expected, "{change}");
        let (found, whole) = (config(home, &name), config(home, "whole"));
        assert_eq!(found["train"], whole["train"], "{change}");
        assert_eq!(found["earlier"], whole["earlier"], "{change}");
    }
    assert!(planned > 3, "{planned}");
}

/// What a run was told at its beginning holds when it goes on, until it is told otherwise.
#[cfg(debug_assertions)]
#[test]
fn what_is_measured_and_kept_is_part_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let options = [
        "train",
        "--data",
        "digits",
        "--hidden",
        "12",
        "--epochs",
        "12",
        "--checkpoint-every",
        "0",
        "--likelihood-every",
        "5",
        "--keep",
        "4",
        "--log",
        "jsonl",
        "--quiet",
        "--out",
    ];
    burnzmann(home)
        .args(options)
        .arg("whole")
        .assert()
        .success();
    let part = burnzmann(home)
        .args(options)
        .arg("part")
        .env("BURNZMANN_ABORT_AT", "290")
        .output()
        .unwrap();
    assert!(!part.status.success());
    fs::remove_file(home.join("part/metrics.jsonl")).unwrap();
    let done = column(home, "part", "step").len();
    assert!((3..12).contains(&done), "{done}");
    burnzmann(home)
        .args(["resume", "part", "--quiet"])
        .assert()
        .success();
    for name in ["best.safetensors", "model.safetensors"] {
        let of = |run: &str| fs::read(home.join(run).join(name)).unwrap();
        assert!(of("part") == of("whole"), "{name}");
    }
    let measured = |run: &str| column(home, run, "log_likelihood");
    assert_eq!(measured("part"), measured("whole"));
    let epochs: Vec<usize> = (1..)
        .zip(measured("part"))
        .filter(|(_, value)| !value.is_empty())
        .map(|(epoch, _)| epoch)
        .collect();
    assert_eq!(epochs, [5, 10, 12]);
    assert!(home.join("part/checkpoint-3.safetensors").exists());
    assert!(home.join("part/metrics.jsonl").exists());
    // Told otherwise, it remembers that.
    burnzmann(home)
        .args(["resume", "part", "--epochs", "13", "--keep", "2", "--quiet"])
        .assert()
        .success();
    assert_eq!(config(home, "part")["watch"]["keep"], 2);
    assert_eq!(config(home, "part")["watch"]["likelihood_every"], 5);
    assert!(!home.join("part/checkpoint-3.safetensors").exists());
}

#[test]
fn a_run_begins_from_given_weights() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    train(home, "first", "6");
    let given = weights(&home.join("first"));
    // As it is, and in the file of another program.
    burnzmann(home)
        .args(["convert", "first", "first.npz"])
        .assert()
        .success();
    for (start, out) in [("first", "a"), ("first.npz", "b")] {
        burnzmann(home)
            .args([
                "train", "--data", "digits", "--start", start, "--out", out, "--quiet",
            ])
            .args(["--epochs", "1", "--lr", "1e-9"])
            .assert()
            .success();
        let found = weights(&home.join(out));
        let pairs = found.iter::<f32>().zip(given.iter::<f32>());
        let furthest = pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
        assert!(furthest < 1e-5, "{start}: {furthest}");
        let found = config(home, out);
        let model = Path::new(found["start"]["model"].as_str().unwrap()).to_owned();
        assert!(
            model.is_absolute() && model.starts_with(home.canonicalize().unwrap())
                || model.starts_with(home)
        );
        let digest = found["start"]["digest"].as_str().unwrap();
        assert!(digest.starts_with("sha256:"), "{digest}");
        assert_eq!(found["model"]["num_hidden"], 12);
    }
    assert!(weights(&home.join("a")) == weights(&home.join("b")));
    // The record repeats it; of another file it does not.
    burnzmann(home)
        .args([
            "train",
            "--config",
            "b/run.json",
            "--out",
            "again",
            "--quiet",
        ])
        .assert()
        .success();
    assert!(weights(&home.join("again")) == weights(&home.join("b")));
    let bytes = fs::read(home.join("first.npz")).unwrap();
    burnzmann(home)
        .args(["convert", "a", "first.npz", "--force"])
        .assert()
        .success();
    refused(
        home,
        &[
            (
                &["train", "--config", "b/run.json", "--out", "other"],
                "the model to start from had the digest",
            ),
            (
                &[
                    "train", "--data", "digits", "--start", "first", "--hidden", "13", "--out",
                    "other",
                ],
                "the model to start from has 12 hidden units, and the run has 13",
            ),
            (
                &[
                    "train", "--data", "bas4", "--start", "first", "--out", "other",
                ],
                "the model to start from has 64 visible units, and the run has 16; give the data that the model \
                 is for, and leave out --visible, --hidden",
            ),
            (
                &[
                    "train", "--data", "digits", "--start", "nothing", "--out", "other",
                ],
                ": the model to start from",
            ),
        ],
    );
    assert!(!home.join("other").exists());
    // Killed before its first checkpoint, a run begins from them again.
    for name in ["checkpoint.safetensors", "checkpoint-1.safetensors"] {
        let _ = fs::remove_file(home.join("b").join(name));
    }
    refused(home, &[(&["resume", "b"], "had the digest")]);
    fs::write(home.join("first.npz"), bytes).unwrap();
    burnzmann(home)
        .args(["resume", "b", "--quiet"])
        .assert()
        .success();
    assert!(weights(&home.join("again")) == weights(&home.join("b")));
}

/// What is wrong with the options leaves nothing behind, and with the right ones the same folder does.
#[test]
fn a_start_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let exact = [
        "train",
        "--data",
        "digits",
        "--algorithm",
        "exact",
        "--epochs",
        "1",
        "--quiet",
    ];
    refused(
        home,
        &[
            (
                &[&exact[..], &["--hidden", "30", "--out", "runs/deep/run"]].concat(),
                "at most 25",
            ),
            (
                &[
                    "train",
                    "--data",
                    "bas4",
                    "--patience",
                    "3",
                    "--out",
                    "runs/deep/run",
                ],
                "--patience is for runs that hold rows out",
            ),
        ],
    );
    assert!(!home.join("runs").exists());
    // It diverges before there is a checkpoint.
    fs::create_dir(home.join("mine")).unwrap();
    fs::write(home.join("mine/notes.txt"), "mine").unwrap();
    burnzmann(home)
        .args([
            "train", "--data", "digits", "--lr", "1", "--l2", "1e30", "--epochs", "1",
        ])
        .args(["--out", "mine"])
        .assert()
        .code(1)
        .stderr(contains("lower the learning rate"));
    let left: Vec<_> = fs::read_dir(home.join("mine")).unwrap().collect();
    assert_eq!(left.len(), 1);
    burnzmann(home)
        .args(exact)
        .args(["--hidden", "4", "--out", "mine"])
        .assert()
        .success();
}
