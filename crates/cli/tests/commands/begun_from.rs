//! What is begun from another model is prepared as that one was.

use std::fs;
use std::path::Path;

use burn::tensor::TensorData;
use burnzmann::data::npy::{NpyArray, NpyValues};
use burnzmann::model::store;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{array, burnzmann, csv, refused};
use crate::reading::{as_doubles, levels};

/// A run on levels from 0 to 16, and rows of which none has the largest one: on their own they are taken for
/// levels from 0 to 15.
fn start(home: &Path, more: &[&str]) {
    let rows = levels(16);
    fs::write(home.join("rows.csv"), csv(&as_doubles(&rows))).unwrap();
    let some: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| row.iter().map(|&x| x.min(15)).collect())
        .collect();
    fs::write(home.join("some.csv"), csv(&as_doubles(&some))).unwrap();
    burnzmann(home)
        .args([
            "train", "--data", "rows.csv", "--out", "run", "--hidden", "8",
        ])
        .args(["--epochs", "3", "--quiet"])
        .args(more)
        .assert()
        .success();
}

fn begin(home: &Path, from: &[&str], out: &str, more: &[&str]) -> (Value, String) {
    let assert = burnzmann(home)
        .args(from)
        .args(["--data", "some.csv", "--epochs", "1", "--out", out])
        .args(more)
        .assert()
        .success();
    let text = fs::read_to_string(home.join(out).join("run.json")).unwrap();
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    (serde_json::from_str(&text).unwrap(), said)
}

fn weights(path: &Path) -> TensorData {
    let device = burnzmann::device::select(Some("flex")).unwrap();
    store::load(path, &device).unwrap().weight.val().into_data()
}

#[test]
fn the_preparation_is_that_of_the_model_that_a_run_begins_from() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    start(home, &["--binarise", "stochastic"]);
    burnzmann(home)
        .args(["convert", "run", "taken.safetensors"])
        .assert()
        .success();
    let (alone, _) = begin(home, &["train", "--hidden", "8"], "alone", &[]);
    assert_eq!(
        (&alone["scale"], &alone["binarise"]),
        (&15.0.into(), &"threshold".into())
    );
    let commands: [&[&str]; 2] = [
        &["train", "--start"],
        &["dbn", "pretrain", "--layers", "8,3", "--first"],
    ];
    for (number, command) in commands.into_iter().enumerate() {
        for (place, model) in ["run", "taken.safetensors", "run/best.safetensors"]
            .into_iter()
            .enumerate()
        {
            let (config, said) = begin(
                home,
                &[command, &[model]].concat(),
                &format!("on-{number}-{place}"),
                &[],
            );
            assert_eq!(
                (&config["scale"], &config["binarise"]),
                (&16.0.into(), &"stochastic".into()),
                "{command:?} {model}"
            );
            assert!(
                said.contains("divided by 16, drawn") && !said.contains("note: --"),
                "{said}"
            );
        }
        // What is asked for is done, and said to be another thing.
        let asked = ["--scale", "15", "--binarise", "threshold"];
        let (config, said) = begin(
            home,
            &[command, &["run"]].concat(),
            &format!("other-{number}"),
            &asked,
        );
        assert_eq!(
            (&config["scale"], &config["binarise"]),
            (&15.0.into(), &"threshold".into())
        );
        assert!(
            said.contains("note: --scale: numbers are divided by 15 here, and were divided by 16")
                && said.contains("note: --binarise is threshold here, and was stochastic"),
            "{said}"
        );
    }
    // A run of a version that kept no scale: bytes were out of 255.
    let mut config = alone;
    config.as_object_mut().unwrap().remove("scale");
    config["binarise"] = "none".into();
    fs::write(home.join("alone/run.json"), config.to_string()).unwrap();
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let rbm = store::load(&home.join("alone"), &device).unwrap();
    store::save(&rbm, &home.join("alone")).unwrap();
    let shape = vec![levels(16).len(), 64];
    let values = NpyValues::Bytes(levels(16).concat());
    let bytes = NpyArray { shape, values }.to_bytes();
    fs::write(home.join("rows.npy"), bytes).unwrap();
    burnzmann(home)
        .args(["train", "--start", "alone", "--data", "rows.npy"])
        .args(["--epochs", "1", "--out", "old"])
        .assert()
        .success()
        .stderr(contains("divided by 255, not binarised"));
    // Levels that the model's scale has no room for.
    let large: Vec<Vec<f64>> = as_doubles(&levels(255));
    fs::write(home.join("large.csv"), csv(&large)).unwrap();
    refused(
        home,
        &[(
            &[
                "train",
                "--start",
                "run",
                "--data",
                "large.csv",
                "--out",
                "no",
            ],
            "(after division by 16)",
        )],
    );
    assert!(!home.join("no").exists());
}

#[test]
fn the_last_state_of_a_run_is_the_first_layer_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    start(
        home,
        &["--lr", "1", "--constant-lr", "--likelihood-every", "2"],
    );
    burnzmann(home)
        .args(["convert", "run", "last.safetensors", "--last"])
        .assert()
        .success();
    let last = weights(&home.join("last.safetensors"));
    assert!(
        weights(&home.join("run")) != last,
        "the best epoch is another one"
    );
    let pretrain = ["dbn", "pretrain", "--layers", "8,3", "--first", "run"];
    let (config, _) = begin(home, &pretrain, "best", &[]);
    assert_eq!(config["first"].get("last"), None);
    assert!(weights(&home.join("best/layers/layer-1")) == weights(&home.join("run")));
    let (config, _) = begin(home, &pretrain, "net", &["--last"]);
    assert_eq!(
        (&config["first"]["last"], &config["scale"]),
        (&true.into(), &16.0.into())
    );
    assert!(weights(&home.join("net/layers/layer-1")) == last);
    let digest = burnzmann::data::content_digest(home.join("run/checkpoint.safetensors"));
    assert_eq!(config["first"]["digest"], digest.unwrap());
    // Killed before the layer was written, the network takes it again.
    fs::remove_dir_all(home.join("net/layers")).unwrap();
    let resume = ["dbn", "pretrain", "--resume", "net", "--quiet"];
    burnzmann(home).args(resume).assert().success();
    assert!(weights(&home.join("net/layers/layer-1")) == last);
    let words = |more: &[&'static str]| {
        [
            &[
                "dbn", "pretrain", "--data", "some.csv", "--out", "no", "--layers", "8,3",
            ][..],
            more,
        ]
        .concat()
    };
    refused(
        home,
        &[
            (&words(&["--last"]), "--first"),
            (
                &words(&["--first", "last.safetensors", "--last"]),
                "--last expects the folder of a run",
            ),
        ],
    );
    assert!(!home.join("no").exists());
}

/// The model at the bottom of a network is shown rows as the network is.
#[test]
fn the_first_layer_of_a_network_says_how_its_rows_are_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    start(home, &[]);
    let pretrain = [
        "dbn",
        "pretrain",
        "--binarise",
        "threshold",
        "--scale",
        "16",
        "--layers",
    ];
    begin(home, &[&pretrain[..], &["8,3"]].concat(), "net", &[]);
    begin(
        home,
        &[&pretrain[..], &["8,3", "--first", "run"]].concat(),
        "on-run",
        &[],
    );
    let encode = |model: &str, more: &[&str]| {
        burnzmann(home)
            .args(["encode", model, "--data", "some.csv", "--out", "hidden.npy"])
            .args(more)
            .assert()
            .success();
        array(&home.join("hidden.npy")).1
    };
    for net in ["net", "on-run"] {
        let expected = encode(net, &["--layer", "1"]);
        let layer = format!("{net}/layers/layer-1");
        assert!(encode(&layer, &[]) == expected, "{net}");
        assert!(encode(&layer, &["--scale", "auto"]) != expected, "{net}");
    }
    let of_best = "net/layers/layer-1/best.safetensors";
    assert!(encode(of_best, &[]) == encode("net", &["--layer", "1"]));
    // The layers above do not see the data.
    let notes = store::notes_of(&home.join("net/layers/layer-2")).unwrap();
    assert_eq!(notes.get("preparation"), None);
}

/// A rate is refused by the configuration, wherever it is given, before anything is written.
#[test]
fn a_learning_rate_that_no_run_survives_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    start(home, &[]);
    let pretrain = ["dbn", "pretrain", "--data", "digits", "--epochs", "1"];
    burnzmann(home)
        .args(pretrain)
        .args(["--layers", "8,3", "--out", "net", "--quiet"])
        .assert()
        .success();
    let files = |folder: &str| {
        let entries = fs::read_dir(home.join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let before = [files("run"), files("net")];
    let record = fs::read(home.join("run/run.json")).unwrap();
    for rate in ["1e12", "1.5", "0", "-1", "inf", "NaN"] {
        let lr = format!("--lr={rate}");
        let cases: [&[&str]; 5] = [
            &["train", "--data", "some.csv", "--out", "no"],
            &["resume", "run", "--epochs", "5"],
            &[&pretrain[..], &["--layers", "8,3", "--out", "no"]].concat(),
            &["dbn", "up-down", "net", "--epochs", "1"],
            &["dbn", "finetune", "net", "--epochs", "1"],
        ];
        for words in cases {
            refused(
                home,
                &[(&[words, &[&lr[..]]].concat(), "a number in (0, 1]")],
            );
        }
    }
    assert!(!home.join("no").exists());
    assert_eq!([files("run"), files("net")], before);
    assert_eq!(fs::read(home.join("run/run.json")).unwrap(), record);
}
