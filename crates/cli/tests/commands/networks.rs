//! Deep belief networks.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use burnzmann::model::store::Archive;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{array, burnzmann, refused};

const NETWORK: [&str; 10] = [
    "dbn", "pretrain", "--data", "digits", "--layers", "40,30", "--batch", "50", "--quiet", "--out",
];

fn json(home: &Path, words: &[&str]) -> Value {
    let output = burnzmann(home).args(words).arg("--json").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.trim().lines().count(), 1, "one object: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The model of `train` as the first layer: it is in the network as it was, and what does not fit is
/// refused before anything is written.
#[test]
fn a_trained_model_is_the_first_layer() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let words = [
        "train", "--data", "digits", "--hidden", "40", "--epochs", "2",
    ];
    let words = [&words[..], &["--quiet", "--out", "rbm"]].concat();
    burnzmann(home).args(words).assert().success();
    let on_top = [&NETWORK[..], &["net", "--first", "rbm", "--mirror"]].concat();
    refused(home, &[(&on_top, "layer 2: mirror_start is true")]);
    let on_top = [&NETWORK[..], &["net", "--first", "rbm", "--epochs", "2"]].concat();
    burnzmann(home).args(&on_top).assert().success();
    // What a header says beside the model, its epoch say, is the run's own.
    let weights = |path: &str| {
        let mut archive = Archive::load(&home.join(path)).unwrap();
        let names = ["weight", "visible.bias", "hidden.bias"];
        names.map(|name| archive.remove(name).unwrap().as_bytes().to_vec())
    };
    let first = weights("net/layers/layer-1/model.safetensors");
    assert!(weights("rbm/model.safetensors") == first);
    let record = fs::read_to_string(home.join("net/run.json")).unwrap();
    assert!(record.contains("\"digest\": \"sha256:"), "{record}");
    let wide = ["--layers", "50,30", "--first", "rbm", "--out", "other"];
    let wide = [&["dbn", "pretrain", "--data", "digits"][..], &wide].concat();
    refused(home, &[(&wide, "expected 64 Bernoulli units below 50")]);
    assert!(!home.join("other").exists());
}

/// Each layer is that of its best epoch by the rows that are held out; without such rows, of its last one.
#[test]
fn layers_are_those_of_their_best_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    // Few rows, and a rate at which they are soon learned by heart.
    let bit = |row: u32, column: u32| (row * 37 + column * 101 + row * row * column) % 7 < 3;
    let line = |row: u32| {
        let cells: Vec<&str> = (0..12)
            .map(|column| if bit(row, column) { "1" } else { "0" })
            .collect();
        cells.join(",") + "\n"
    };
    fs::write(home.join("rows.csv"), (0..60).map(line).collect::<String>()).unwrap();
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let weights = |path: &str| {
        let rbm = burnzmann::model::store::load(&home.join(path), &device).unwrap();
        rbm.weight.val().into_data()
    };
    for (out, more) in [("net", None), ("all", Some("--all-rows"))] {
        burnzmann(home)
            .args(["dbn", "pretrain", "--data", "rows.csv", "--layers", "10,6"])
            .args([
                "--binarise",
                "threshold",
                "--lr",
                "1",
                "--batch",
                "10",
                "--epochs",
                "40",
            ])
            .args(["--quiet", "--out", out])
            .args(more)
            .assert()
            .success();
        for layer in ["layer-1", "layer-2"] {
            let layer = format!("{out}/layers/{layer}");
            let checkpoint = home.join(&layer).join("checkpoint.safetensors");
            let trainer = burnzmann::train::checkpoint::load(&checkpoint, &device).unwrap();
            let last = trainer.model().weight.val().into_data();
            let best = home.join(&layer).join("best.safetensors");
            if more.is_some() {
                assert!(!best.exists());
                assert_eq!(weights(&layer), last);
                continue;
            }
            let best = burnzmann::train::Best::read(&best).unwrap();
            let measured = trainer
                .history()
                .iter()
                .filter_map(|report| Some((report.get(&best.measure)?, report.epoch)));
            let highest = measured.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
            assert_eq!((best.value, best.epoch), highest);
            assert!(
                best.measure.starts_with("log_likelihood"),
                "{}",
                best.measure
            );
            assert_eq!(
                weights(&layer),
                weights(&format!("{layer}/best.safetensors"))
            );
        }
    }
    let record = home.join("net/run.json");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(
        &record,
        text.replacen("\"epochs\": 40", "\"epochs\": 41", 1),
    )
    .unwrap();
    refused(
        home,
        &[(
            &["dbn", "pretrain", "--resume", "net"],
            "network.layers[0].train.epochs is 41, and the run in the folder beside it was begun with 40",
        )],
    );
    // The first layer overfits: its best epoch is not the last one.
    let best = home.join("net/layers/layer-1/best.safetensors");
    assert!(burnzmann::train::Best::read(&best).unwrap().epoch < 40);
}

/// Training on all rows leaves none that it watched, and the parts say so.
#[test]
fn the_parts_of_the_data_are_those_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for words in [&["part"][..], &["whole", "--all-rows"]] {
        let words = [&NETWORK[..], words, &["--epochs", "1,1", "--classes"]].concat();
        burnzmann(home).args(words).assert().success();
    }
    let evaluate = |run| ["dbn", "evaluate", run, "--no-bound", "--split"];
    let rows = |run, split| {
        let words = [&evaluate(run)[..], &[split]].concat();
        json(home, &words)["rows"].as_u64().unwrap()
    };
    let [train, watched, test] = ["train", "validation", "test"].map(|split| rows("part", split));
    // The digits are one set, of which the test rows are a part.
    assert_eq!((train + watched + test, rows("part", "all")), (1797, 1797));
    assert_eq!(rows("whole", "train"), train + watched);
    assert_eq!(rows("whole", "test"), test);
    assert_eq!(rows("whole", "all"), 1797);
    let words = [&evaluate("whole")[..], &["validation"]].concat();
    refused(home, &[(&words, "no rows in that part")]);
}

/// From training to draws, each command on what the one before left.
#[test]
fn a_network_is_trained_tuned_drawn_from_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home)
        .args(NETWORK)
        .args(["run", "--epochs", "40,80", "--classes"])
        .assert()
        .success();
    for name in [
        "dbn.safetensors",
        "metrics.csv",
        "filters-1.png",
        "filters-2.png",
        "generated.png",
    ] {
        assert!(home.join("run").join(name).is_file(), "{name}");
    }
    let metrics = fs::read_to_string(home.join("run/metrics.csv")).unwrap();
    assert_eq!(metrics.lines().count(), 1 + 40 + 80);
    refused(
        home,
        &[(&[&NETWORK[..], &["run"]].concat(), "already holds a run")],
    );

    let quick = [
        "--chains",
        "50",
        "--schedule",
        "linear:300",
        "--burn-in",
        "50",
        "--draws",
        "5",
    ];
    let words = [&["dbn", "evaluate", "run"], &quick[..]].concat();
    let report = json(home, &words);
    // Ten classes: by chance 90 % are wrong. Each pixel by itself has -27 nats.
    let error = report["classification_error"].as_f64().unwrap();
    assert!(error < 0.25, "{report}");
    let bound = report["bound"]["value"].as_f64().unwrap();
    assert!((-27.0..-10.0).contains(&bound), "{report}");

    burnzmann(home)
        .args(["dbn", "up-down", "run", "--epochs", "3", "--quiet"])
        .assert()
        .success();
    let words = [
        "dbn",
        "evaluate",
        "run",
        "--network",
        "up-down",
        "--no-bound",
    ];
    let error = json(home, &words)["classification_error"].as_f64().unwrap();
    assert!(error < 0.25, "{error}");
    let up_down = ["dbn", "up-down", "run", "--quiet"];
    let with = |more: &[&'static str]| [&up_down[..], more].concat();
    let before = fs::read(home.join("run/up-down.safetensors")).unwrap();
    refused(
        home,
        &[
            (
                &with(&[]),
                "run already holds a run of the up-down algorithm",
            ),
            (&with(&["--resume", "--epochs", "5"]), "cannot be used with"),
        ],
    );
    burnzmann(home).args(with(&["--resume"])).assert().success();
    assert!(fs::read(home.join("run/up-down.safetensors")).unwrap() == before);

    // A class by itself is drawn differently from another one.
    let drawn = |class: &str| {
        let file = format!("{class}.npy");
        let words = [
            "dbn", "generate", "run", "--count", "60", "--sweeps", "100", "--out",
        ];
        burnzmann(home)
            .args(words)
            .args([&file, "--class", class])
            .assert()
            .success();
        let (shape, values) = array(&home.join(file));
        assert_eq!(shape, [60, 64]);
        let mean = |pixel: usize| values.iter().skip(pixel).step_by(64).sum::<f64>() / 60.0;
        (0..64).map(mean).collect::<Vec<_>>()
    };
    // A nought is dark in its middle, a one is not.
    let (nought, one) = (drawn("0"), drawn("1"));
    let middle =
        |image: &[f64]| image[8 * 3 + 3] + image[8 * 3 + 4] + image[8 * 4 + 3] + image[8 * 4 + 4];
    assert!(
        middle(&nought) + 0.8 < middle(&one),
        "{} {}",
        middle(&nought),
        middle(&one)
    );
}

/// A network without labels is unrolled: it classifies far better than by chance, and the start and
/// the dropout matter.
#[test]
fn a_network_is_unrolled_and_tuned() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home)
        .args(NETWORK)
        .args(["run", "--epochs", "20"])
        .assert()
        .success();
    // Each in a folder of its own: none is overwritten.
    let report = |name: &str, more: &[&str]| {
        let words = ["dbn", "finetune", "run", "--epochs", "20", "--batch", "20"];
        let descent = ["--optimizer", "sgd", "--lr", "0.1", "--name", name];
        let report = json(home, &[&words[..], &descent, more].concat());
        let error = |of: &str| report[of].as_f64().unwrap();
        [error("test_error"), error("validation_error")]
    };
    let tuned = [
        report("classifier", &[]),
        report("random", &["--random"]),
        report("thin", &["--dropout", "0.5"]),
        report("small", &["--l2", "0.01"]),
        report("frozen", &["--frozen"]),
        report("levels", &["--binarise", "none"]),
    ];
    for (i, error) in tuned.iter().enumerate() {
        assert!(error[0] < 0.2, "{tuned:?}");
        assert!(!tuned[..i].contains(error), "no effect: {tuned:?}");
    }
    // A run that is done is not done again; another run is not taken for it.
    let again = ["--binarise", "none", "--resume"];
    assert_eq!(report("levels", &again), tuned[5]);
    let words = ["dbn", "finetune", "run", "--epochs", "20"];
    let with = |more: &[&'static str]| [&words[..], more].concat();
    let cases = [
        (
            with(&["--resume"]),
            "config.batch_size is 100: the run in run/classifier was begun with 20",
        ),
        (with(&[]), "run/classifier already holds a classifier"),
        (
            with(&["--resume", "--binarise", "none"]),
            "binarise is none: the run in run/classifier was begun with stochastic",
        ),
        (
            with(&["--resume", "--random"]),
            "random is true: the run in run/classifier was begun with false",
        ),
        (with(&["--name", "layers"]), "another than `layers`"),
        (with(&["--name", "a/b"]), "the name of a folder below run"),
        (
            with(&["--name", "new", "--patience", "3", "--labelled", "0"]),
            "--labelled is 0",
        ),
    ];
    for (words, message) in &cases {
        refused(home, &[(words, message)]);
    }
    assert!(
        !home.join("run/new").exists(),
        "everything is checked first"
    );
}

/// Killed in the middle of the second layer and gone on with, a network is the one of a run that was
/// left alone.
#[test]
fn a_killed_network_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let epochs = ["--epochs", "20,400"];
    let words = |out: &'static str| [&NETWORK[..], &[out], &epochs].concat();
    burnzmann(home).args(words("whole")).assert().success();
    let mut child = std::process::Command::cargo_bin("burnzmann").unwrap();
    let child = child
        .current_dir(home)
        .args(words("killed"))
        .stdout(Stdio::null());
    let mut child = child.spawn().unwrap();
    let (checkpoint, clock) = (
        home.join("killed/layers/layer-2/checkpoint.safetensors"),
        Instant::now(),
    );
    while !checkpoint.exists() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before the second layer was saved"
        );
        assert!(
            clock.elapsed() < Duration::from_mins(2),
            "no {}",
            checkpoint.display()
        );
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!home.join("killed/dbn.safetensors").exists());
    burnzmann(home)
        .args(["dbn", "evaluate", "killed"])
        .assert()
        .code(2)
        .stderr(contains("not all trained").and(contains("--resume killed")));
    burnzmann(home)
        .args(["dbn", "pretrain", "--resume", "killed", "--quiet"])
        .assert()
        .success();
    let bytes = |run: &str| fs::read(home.join(run).join("dbn.safetensors")).unwrap();
    assert!(bytes("whole") == bytes("killed"), "the parameters differ");
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("rows.csv"), "1,0,1\n0,1,1\n1,1,0\n".repeat(20)).unwrap();
    let pretrain = ["dbn", "pretrain", "--quiet", "--out", "run"];
    let with = |more: &[&'static str]| [&pretrain[..], more].concat();
    let cases: [(Vec<&str>, &str); 8] = [
        (
            with(&["--data", "digits", "--layers", "5,4,3", "--epochs", "1,2"]),
            "2 numbers for 3 layers",
        ),
        (with(&["--data", "digits", "--layers", "5,0"]), "0"),
        (
            with(&["--data", "rows.csv", "--layers", "2", "--classes"]),
            "--classes needs labels",
        ),
        (
            with(&["--data", "digits", "--layers", "5,4", "--mirror"]),
            "mirror",
        ),
        (
            vec!["dbn", "evaluate", "nowhere"],
            "expected the folder of a deep belief network",
        ),
        (
            vec!["dbn", "generate", "nowhere", "--out", "x.gif"],
            ".png or .npy",
        ),
        (
            vec!["dbn", "pretrain", "--resume", "nowhere"],
            "expected the folder of a deep belief network",
        ),
        (
            vec![
                "dbn", "generate", "nowhere", "--out", "x.png", "--count", "0",
            ],
            "--count is 0",
        ),
    ];
    let cases: Vec<(&[&str], &str)> = cases
        .iter()
        .map(|(words, text)| (&words[..], *text))
        .collect();
    refused(home, &cases);
    assert!(
        !home.join("run").exists(),
        "nothing is made before everything is checked"
    );

    burnzmann(home)
        .args([
            "dbn", "pretrain", "--data", "rows.csv", "--layers", "2,2", "--epochs", "1",
        ])
        .args(["--quiet", "--out", "plain"])
        .assert()
        .success();
    let cases: [(&[&str], &str); 4] = [
        (
            &["dbn", "generate", "plain", "--out", "x.png", "--class", "1"],
            "label",
        ),
        (
            &["dbn", "evaluate", "plain", "--no-bound"],
            "leaves nothing to say",
        ),
        (&["dbn", "finetune", "plain"], "no labels"),
        (
            &[
                "dbn",
                "evaluate",
                "plain",
                "--network",
                "up-down",
                "--no-bound",
            ],
            "burnzmann dbn up-down plain",
        ),
    ];
    refused(home, &cases);
}
