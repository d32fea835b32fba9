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

/// Few rows, and a rate at which they are soon learned by heart.
#[test]
fn a_run_that_gets_worse_keeps_the_model_from_before_that() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let bit = |row: u32, column: u32| (row * 37 + column * 101 + row * row * column) % 7 < 3;
    let line = |row: u32| {
        let cells: Vec<&str> = (0..12)
            .map(|column| if bit(row, column) { "1" } else { "0" })
            .collect();
        cells.join(",") + "\n"
    };
    fs::write(home.join("rows.csv"), (0..60).map(line).collect::<String>()).unwrap();
    let train = |epochs: &str, out: &str, more: &[&str]| {
        burnzmann(home)
            .args(["train", "--data", "rows.csv", "--hidden", "10", "--lr", "1"])
            .args(["--constant-lr", "--batch", "10", "--likelihood-every", "3"])
            .args(["--epochs", epochs, "--out", out, "--no-early-stop"])
            .args(more)
            .assert()
            .success()
    };
    train("60", "run", &[]).stdout(contains("model.safetensors is that of epoch "));
    let json = |words: &[&str]| -> serde_json::Value {
        let output = burnzmann(home).args(words).arg("--json").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // By the table of all epochs, in which most have a pseudo-likelihood alone.
    let table = fs::read_to_string(home.join("run/metrics.csv")).unwrap();
    let names: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let column = names.iter().position(|&name| name == "log_likelihood_low");
    let mut values = Vec::new();
    for (epoch, line) in table.lines().skip(1).enumerate() {
        let cell = line.split(',').nth(column.unwrap()).unwrap();
        if let Ok(value) = cell.parse::<f64>() {
            values.push((value, epoch + 1));
        }
    }
    assert_eq!(values.len(), 20);
    let (value, epoch) = values
        .into_iter()
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap();
    assert!(epoch < 60);
    let best = json(&["info", "run"])["best"].clone();
    assert_eq!(best["epoch"], epoch);
    assert_eq!(best["measure"], "log_likelihood_low");
    // Its parameters are those of a run that ends there, and they are evaluated as they were then.
    train(&epoch.to_string(), "short", &["--quiet"]);
    let weights = |file: &str| {
        let device = burnzmann::device::select(Some("flex")).unwrap();
        let rbm = burnzmann::model::store::load(&home.join(file), &device).unwrap();
        rbm.weight.val().into_data()
    };
    assert_eq!(weights("run/best.safetensors"), weights("short"));
    // It is what the run hands out; the last one is asked for.
    assert_eq!(weights("run/best.safetensors"), weights("run"));
    burnzmann(home)
        .args(["convert", "run", "last", "--last"])
        .assert()
        .success();
    assert_ne!(weights("run"), weights("last"));
    let likelihood = |words: &[&str]| {
        let found = json(&[&["evaluate", "run", "--split", "validation"], words].concat());
        found["log_likelihood"]["value"].as_f64().unwrap()
    };
    assert!((likelihood(&["--best"]) - value).abs() < 1e-4);
    assert!((likelihood(&[]) - value).abs() < 1e-4);
    assert!(likelihood(&["--last"]) < value);
    refused(
        home,
        &[(
            &["evaluate", "run/model.safetensors", "--best"],
            "--best expects the folder of a run",
        )],
    );
    fs::remove_file(home.join("run/best.safetensors")).unwrap();
    refused(
        home,
        &[(&["sample", "run", "--best"], "no best.safetensors in it")],
    );
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
