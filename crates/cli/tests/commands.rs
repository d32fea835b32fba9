//! The program from outside: what it prints, leaves and returns.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

fn burnzmann(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("burnzmann").expect("the binary is built");
    // Nothing of the user's may be found or touched.
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_CACHE_HOME", folder)
        .env_remove("MNIST_DIR")
        .env_remove("BURN_DEVICE");
    command
}

const SHORT: [&str; 8] = [
    "train", "--data", "digits", "--hidden", "12", "--epochs", "2", "--out",
];

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
    fs::remove_file(home.join("part/checkpoint.safetensors")).unwrap();
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

fn refused(home: &Path, cases: &[(&[&str], &str)]) {
    for (words, message) in cases {
        burnzmann(home)
            .args(*words)
            .assert()
            .code(2)
            .stderr(contains(*message).and(contains("panicked").not()));
    }
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

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["train", "evaluate"] {
        burnzmann(folder.path())
            .args([command, "--help"])
            .assert()
            .success()
            .stdout(contains(format!("Examples:\n  burnzmann {command}")));
    }
}
