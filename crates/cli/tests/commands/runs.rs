//! Training and evaluating.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{SHORT, burnzmann, refused};

#[test]
fn a_run_leaves_its_folder_and_is_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home)
        .args(SHORT)
        .arg("run")
        .assert()
        .success()
        .stdout(contains("epoch").and(contains("2/2")));
    for name in [
        "run.json",
        "config.json",
        "model.safetensors",
        "checkpoint.safetensors",
        "metrics.csv",
        "filters.png",
        "reconstructions.png",
        "fantasies.png",
        "curves.png",
    ] {
        assert!(home.join("run").join(name).is_file(), "{name}");
    }
    let metrics = fs::read_to_string(home.join("run/metrics.csv")).unwrap();
    assert_eq!(metrics.lines().count(), 3);
    for name in [
        "reconstruction_error",
        "free_energy_gap",
        "pseudo_log_likelihood",
        "log_likelihood",
    ] {
        assert!(metrics.lines().next().unwrap().contains(name), "{name}");
    }

    // Twelve hidden units are enumerated; annealing has to agree.
    let json = |method: &str| -> serde_json::Value {
        let output = burnzmann(home)
            .args([
                "evaluate",
                "run",
                "--json",
                "--chains",
                "200",
                "--schedule",
                "linear:500",
            ])
            .args(["--burn-in", "50", "--method", method])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            text.trim().lines().count(),
            1,
            "one object and nothing else: {text}"
        );
        serde_json::from_str(&text).unwrap()
    };
    let (exact, ais) = (json("auto"), json("ais"));
    assert_eq!(
        (&exact["method"], &ais["method"]),
        (&"exact".into(), &"ais".into())
    );
    let value = |object: &serde_json::Value| object["log_likelihood"]["value"].as_f64().unwrap();
    let error = ais["log_partition"]["standard_error"].as_f64().unwrap();
    assert!(
        (value(&exact) - value(&ais)).abs() < 5.0 * error + 1e-3,
        "{exact} {ais}"
    );
    for key in [
        "ess",
        "chains",
        "betas",
        "log_weight_variance",
        "verdict",
        "seconds",
    ] {
        assert!(!ais[key].is_null(), "{key}");
    }
}

#[test]
fn a_run_without_a_checkpoint_yet_starts_over_to_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home).args(SHORT).arg("whole").assert().success();
    // What a run leaves that was killed before its first checkpoint; resuming in the middle is
    // tested at every kind of update in rbm-train.
    burnzmann(home).args(SHORT).arg("part").assert().success();
    for name in ["checkpoint.safetensors", "checkpoint-1.safetensors"] {
        // Of a run of a second there may be one alone.
        let _ = fs::remove_file(home.join("part").join(name));
    }
    fs::remove_file(home.join("part/model.safetensors")).unwrap();
    burnzmann(home)
        .args(["train", "--resume", "part"])
        .assert()
        .success();
    let model = |run: &str| fs::read(home.join(run).join("model.safetensors")).unwrap();
    assert!(
        model("whole") == model("part"),
        "the same parameters, bit for bit"
    );
}

#[test]
fn bad_input_is_one_sentence_and_exit_code_two() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("text.npy"), "no array").unwrap();
    fs::create_dir(home.join("empty")).unwrap();
    fs::create_dir(home.join("mnist")).unwrap();
    fs::write(
        home.join("mnist/train-images-idx3-ubyte.gz"),
        [0x1f, 0x8b, 8],
    )
    .unwrap();
    fs::write(
        home.join("mnist/t10k-images-idx3-ubyte.gz"),
        [0x1f, 0x8b, 8],
    )
    .unwrap();
    burnzmann(home).args(SHORT).arg("taken").assert().success();
    let train: [(&[&str], &str); 14] = [
        (
            &["train", "--data", "digit"],
            "expected auto, mnist, digits, bas4 or a file",
        ),
        (
            &["train", "--data", "digits", "--hidden", "0"],
            "num_hidden is 0",
        ),
        (&["train", "--data", "digits", "--hidden", "-3"], "-3"),
        (
            &["train", "--data", "digits", "--lr", "nan"],
            "learning_rate.from is NaN",
        ),
        (
            &["train", "--data", "digits", "--epochs", "0"],
            "epochs is 0",
        ),
        (
            &["train", "--data", "digits", "--batch", "0"],
            "batch_size is 0",
        ),
        (
            &[
                "train",
                "--data",
                "digits",
                "--algorithm",
                "cd",
                "--chains",
                "5",
            ],
            "--chains goes with",
        ),
        (
            &["train", "--data", "digits", "--algorithm", "exact"],
            "at most 25",
        ),
        (
            &["train", "--data", "digits", "--device", "abacus"],
            "`abacus` is not in this build",
        ),
        (
            &["train", "--data", "digits", "--out", "taken"],
            "already holds a run",
        ),
        (&["train", "--resume", "empty"], "found no run.json"),
        (
            &["train", "--data", "mnist", "--data-dir", "empty"],
            "train-images-idx3-ubyte",
        ),
        (
            &["train", "--data", "mnist", "--data-dir", "mnist"],
            "train-images-idx3-ubyte.gz",
        ),
        (&["train", "--data", "text.npy"], "text.npy"),
    ];
    refused(home, &train);
    let evaluate: [(&[&str], &str); 6] = [
        (&["evaluate", "nowhere"], "nowhere: expected a run folder"),
        (
            &["evaluate", "text.npy", "--data", "digits"],
            "not a readable safetensors file",
        ),
        (&["evaluate", "taken/model.safetensors"], "give --data"),
        (&["evaluate", "taken", "--data", "bas4"], "64"),
        (&["evaluate", "taken", "--method", "guess"], "guess"),
        (
            &["evaluate", "taken", "--method", "ais", "--chains", "0"],
            "chains",
        ),
    ];
    refused(home, &evaluate);
}

/// A file of options, options over it, and the record that repeats the run.
#[test]
fn a_configuration_file_is_a_run_and_a_record_repeats_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let toml = "data = \"bas4\"\n[model]\nnum_hidden = 5\n[train]\nepochs = 30\nbatch_size = 8\n\
                algorithm = { kind = \"cd\", k = 2 }\n";
    fs::write(home.join("run.toml"), toml).unwrap();
    let run = |words: &[&str]| {
        let mut command = burnzmann(home);
        command
            .args(["train", "--quiet"])
            .args(words)
            .assert()
            .success();
    };
    run(&["--config", "run.toml", "--out", "file"]);
    run(&[
        "--data",
        "bas4",
        "--hidden",
        "5",
        "--epochs",
        "30",
        "--batch",
        "8",
        "--algorithm",
        "cd",
        "--k",
        "2",
        "--out",
        "flags",
    ]);
    run(&["--config", "file/run.json", "--out", "again"]);
    run(&["--config", "file/run.json", "--seed", "7", "--out", "other"]);
    let model = |run: &str| fs::read(home.join(run).join("model.safetensors")).unwrap();
    assert!(model("file") == model("flags") && model("file") == model("again"));
    assert!(model("file") != model("other"));
    let config = |run: &str| fs::read_to_string(home.join(run).join("run.json")).unwrap();
    assert_eq!(config("file"), config("again"));
    assert!(config("other").contains("\"seed\": 7"));
    fs::write(
        home.join("bad.toml"),
        "[train]\nepochs = 3\nbatch_sise = 4\n",
    )
    .unwrap();
    refused(
        home,
        &[
            (
                &["train", "--config", "bad.toml"],
                "bad.toml: line 3: unknown field `batch_sise`",
            ),
            (
                &["train", "--config", "none.toml"],
                "none.toml: cannot read",
            ),
            (
                &["train", "--config", "run.toml", "--resume", "file"],
                "--resume",
            ),
        ],
    );
}
