//! A network is a model like any other: described, encoded by, scored with, classified by.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::{array, assert_close, burnzmann, refused};

/// A network of two layers on thresholded digits, made once, to be read only; with label units, and one
/// without, that was tuned.
fn networks() -> &'static Path {
    static NETWORKS: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        for (name, layers, more) in [
            ("plain", "20,12", &[][..]),
            ("labelled", "20,12", &["--classes"]),
            ("single", "12", &[]),
        ] {
            let words = [
                "dbn", "pretrain", "--data", "digits", "--layers", layers, "--out", name,
            ];
            let settings = [
                "--binarise",
                "threshold",
                "--batch",
                "50",
                "--epochs",
                "30",
                "--quiet",
            ];
            burnzmann(home)
                .args(words)
                .args(settings)
                .args(more)
                .assert()
                .success();
        }
        burnzmann(home)
            .args(["dbn", "finetune", "plain", "--epochs", "3", "--quiet"])
            .assert()
            .success();
        folder
    });
    NETWORKS.path()
}

/// The path of one of them, for a command in another folder.
fn network(name: &str) -> String {
    networks().join(name).to_str().unwrap().to_owned()
}

fn json(home: &Path, words: &[&str]) -> Value {
    let output = burnzmann(home).args(words).arg("--json").output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn numbers(home: &Path, words: &[&str]) -> (Vec<usize>, Vec<f64>) {
    let out = home.join("numbers.npy");
    let out = out.to_str().unwrap();
    burnzmann(home)
        .args(words)
        .args(["--out", out])
        .assert()
        .success();
    array(Path::new(out))
}

/// The lines of a table, cell by cell, without its head.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect());
    (lines.next().unwrap(), lines.collect())
}

#[test]
fn info_says_what_a_network_and_its_run_hold() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = json(home, &["info", &network("labelled")]);
    assert_eq!(run["kind"], "run of a deep belief network");
    assert_eq!(
        (&run["finished"], &run["classes"]),
        (&true.into(), &10.into())
    );
    let sides = |layer: usize| {
        let layer = &run["layers"][layer];
        ["visible", "hidden", "epochs", "epochs_done"].map(|name| layer[name].as_u64().unwrap())
    };
    // Ten label units stand beside the twenty features.
    assert_eq!([sides(0), sides(1)], [[64, 20, 30, 30], [30, 12, 30, 30]]);
    assert_eq!(run["classifiers"], serde_json::json!([]));
    assert_eq!(run["config"]["binarise"], "threshold");
    let plain = json(home, &["info", &network("plain")]);
    let expected = serde_json::json!([{"name": "classifier", "finished": true}]);
    assert_eq!(plain["classifiers"], expected);

    let file = json(home, &["info", &(network("plain") + "/dbn.safetensors")]);
    assert_eq!(file["kind"], "deep belief network");
    assert_eq!(file["parameters"], 64 * 20 + 64 + 20 + 20 * 12 + 20 + 12);
    assert_eq!(file["layers"][1]["num_visible"], 20);
    let tuned = network("plain") + "/classifier/classifier.safetensors";
    assert_eq!(json(home, &["info", &tuned])["kind"], "classifier");
}

/// Layer by layer, a network does what its RBMs do.
#[test]
fn a_network_encodes_and_reconstructs_as_its_layers_do() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = network("plain");
    let layer = |n| format!("{run}/layers/layer-{n}");
    let first = home.join("first.npy");
    let first = first.to_str().unwrap();
    let words = [
        "encode", &run, "--split", "test", "--layer", "1", "--out", first,
    ];
    burnzmann(home).args(words).assert().success();
    // Given to the RBMs as what the network sees, by threshold.
    let of_rbm = [
        "--data",
        "digits",
        "--split",
        "test",
        "--binarise",
        "threshold",
    ];
    let (shape, expected) = numbers(home, &[&["encode", &layer(1)], &of_rbm[..]].concat());
    let (_, found) = array(Path::new(first));
    assert_eq!(shape, [180, 20]);
    assert_close(&found, &expected, 1e-6);
    let words = ["encode", &layer(2), "--data", first, "--binarise", "none"];
    let (shape, expected) = numbers(home, &words);
    assert_eq!(shape, [180, 12]);
    let (_, top) = numbers(home, &["encode", &run]);
    assert_close(&top, &expected, 1e-6);
    // The file of the network needs to be told the data, and gives the same.
    let file = format!("{run}/dbn.safetensors");
    let (_, of_file) = numbers(home, &[&["encode", &file], &of_rbm[..]].concat());
    assert_eq!(of_file, top);

    let first_layer = layer(1);
    let words = [&["reconstruct", &first_layer], &of_rbm[..]].concat();
    let (shape, expected) = numbers(home, &words);
    let (_, found) = numbers(home, &["reconstruct", &run, "--layer", "1"]);
    assert_eq!(shape, [180, 64]);
    assert_close(&found, &expected, 1e-6);
    let (shape, of_top) = numbers(home, &["reconstruct", &run]);
    assert_eq!(shape, [180, 64]);
    let far = of_top
        .iter()
        .zip(&found)
        .filter(|(a, b)| (*a - *b).abs() > 0.01);
    assert!(far.count() > 1000, "the second layer does something");
    burnzmann(home)
        .args(["reconstruct", &run, "--count", "3"])
        .assert()
        .success()
        .stdout(contains("3 rows"));
    let draws = ["encode", &run, "--draws", "--seed", "5"];
    let (_, states) = numbers(home, &draws);
    assert!(states.iter().all(|&x| x == 0.0 || x == 1.0));
}

#[test]
fn free_energies_of_a_network_are_those_of_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    // Of one layer it is that of the RBM.
    let single = network("single");
    let (_, found) = numbers(home, &["free-energy", &single]);
    let layer = single.clone() + "/layers/layer-1";
    let words = [
        "free-energy",
        &layer,
        "--data",
        "digits",
        "--split",
        "test",
        "--binarise",
        "threshold",
    ];
    let (_, expected) = numbers(home, &words);
    assert_close(&found, &expected, 1e-4);

    // Of two layers, with log Z of the top, its mean is the bound.
    let run = network("plain");
    let (_, found) = numbers(home, &["free-energy", &run, "--draws", "50", "--seed", "3"]);
    let report = json(home, &["dbn", "evaluate", &run, "--draws", "50"]);
    let number = |value: &Value| value.as_f64().unwrap();
    let bound = &report["bound"];
    let log_z = number(&bound["log_partition"]["value"]);
    let mean = -found.iter().sum::<f64>() / found.len() as f64 - log_z;
    // Both by fifty draws, and single precision in the file.
    let tolerance = 4.5 * 2f64.sqrt() * number(&bound["standard_error"]) + 1e-4;
    let value = number(&bound["value"]);
    assert!(
        (mean - value).abs() < tolerance,
        "{mean} {value} {tolerance}"
    );
    assert!(tolerance < 0.5, "{tolerance}");
    // A gap is named by what it is of, and rows that were trained on are not compared with others of these.
    let findings = bound["verdict"]["findings"].to_string();
    assert!(
        findings.contains("nats a row, by the bound on the likelihood of the data"),
        "{findings}"
    );
    let words = ["dbn", "evaluate", &run, "--draws", "2", "--split", "train"];
    let verdict = &json(home, &words)["bound"]["verdict"];
    assert_eq!(verdict["overfits"], Value::Null);
    assert!(
        !verdict["findings"].to_string().contains("overfit"),
        "{verdict}"
    );
}

/// The classes that are written are the ones that the errors of the other commands count, by rows that
/// are binarised as the run's.
#[test]
fn classes_and_probabilities_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (name, by) in [("labelled", "the label units of"), ("plain", "/classifier")] {
        let run = network(name);
        let output = burnzmann(home)
            .args(["dbn", "classify", &run])
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && message.contains(by), "{message}");
        let (head, rows) = table(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(head.len(), 13);
        assert_eq!(
            (&head[..3], &head[12]),
            (
                &["row", "class", "p_0"].map(str::to_owned)[..],
                &"label".to_owned()
            )
        );
        assert_eq!(rows.len(), 180);
        let mut wrong = 0;
        for row in &rows {
            let p: Vec<f64> = row[2..12].iter().map(|p| p.parse().unwrap()).collect();
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-5);
            let class: usize = row[1].parse().unwrap();
            assert!(p.iter().all(|other| *other <= p[class]));
            wrong += usize::from(row[1] != row[12]);
        }
        let error = wrong as f64 / 180.0;
        assert!(
            message.contains(&format!("{:.2} % of 180 rows", 100.0 * error)),
            "{message}"
        );
        let expected = if name == "labelled" {
            let words = ["dbn", "evaluate", &run, "--no-bound"];
            let expected = json(home, &words)["classification_error"].as_f64();
            // As the run did, by threshold; the levels themselves err elsewhere.
            let with = |how| [&words[..], &["--binarise", how]].concat();
            let by = |how| json(home, &with(how))["classification_error"].as_f64();
            assert_eq!(by("threshold"), expected);
            assert_ne!(by("none"), expected);
            expected
        } else {
            let words = ["dbn", "finetune", &run, "--epochs", "3", "--resume"];
            json(home, &words)["test_error"].as_f64()
        };
        assert!(
            (expected.unwrap() - error).abs() < 1e-9,
            "{name}: {error} {expected:?}"
        );
    }
    // Rows of a file, which have no label.
    fs::write(home.join("rows.csv"), "0,1,".repeat(31) + "1,0\n").unwrap();
    let words = [
        "dbn",
        "classify",
        &network("plain"),
        "--data",
        "rows.csv",
        "--out",
        "classes.csv",
    ];
    burnzmann(home)
        .args(words)
        .assert()
        .success()
        .stdout(contains("1 rows, 10 classes"));
    let (head, rows) = table(&fs::read_to_string(home.join("classes.csv")).unwrap());
    assert_eq!((head.len(), rows.len()), (12, 1));
    let words = ["dbn", "classify", &network("labelled")];
    let (shape, values) = numbers(home, &words);
    assert_eq!(shape, [180, 10]);
    assert!((values.iter().sum::<f64>() - 180.0).abs() < 1e-3);
}

#[test]
fn what_does_not_go_with_a_network_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let [plain, single] = ["plain", "single"].map(network);
    let rbm = single.clone() + "/layers/layer-1";
    let file = plain.clone() + "/dbn.safetensors";
    let cases: [(&[&str], &str); 14] = [
        (
            &["encode", &plain, "--layer", "3"],
            "--layer is 3: expected 1 to 2",
        ),
        (
            &["encode", &rbm, "--data", "digits", "--layer", "1"],
            "--layer is for a deep belief network",
        ),
        (
            &["encode", &plain, "--network", "up-down"],
            "no network of the up-down algorithm",
        ),
        (&["encode", &file], "does not say what data it is for"),
        (
            &["encode", &file, "--network", "pretrained"],
            "is one network",
        ),
        (
            &["encode", &plain, "--best"],
            "--best expects the run of an RBM",
        ),
        (
            &["free-energy", &rbm, "--data", "digits", "--draws", "3"],
            "--draws is for a deep belief network",
        ),
        (&["free-energy", &plain, "--draws", "0"], "--draws is 0"),
        (
            &["sample", &plain],
            "expected an RBM, found a deep belief network",
        ),
        (
            &["evaluate", &plain],
            "expected an RBM, found a deep belief network",
        ),
        (
            &["resume", &plain],
            "expected the run of an RBM, found that of a deep belief network",
        ),
        (
            &["dbn", "classify", &single],
            "this network knows no classes",
        ),
        (
            &["dbn", "classify", &plain, "--name", "other"],
            "burnzmann dbn finetune",
        ),
        (
            &["dbn", "classify", &rbm, "--data", "digits"],
            "found an RBM, which knows no classes",
        ),
    ];
    refused(home, &cases);
}

/// The file of a classifier does not say how its rows are prepared: the run of its network does.
#[test]
fn a_classifier_without_its_network_is_refused_with_the_command_for_both() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let pretrain = [
        "dbn", "pretrain", "--data", "digits", "--layers", "4", "--epochs", "1", "--quiet",
        "--out", "run",
    ];
    burnzmann(home).args(pretrain).assert().success();
    burnzmann(home)
        .args(["dbn", "finetune", "run", "--epochs", "1", "--name", "mine"])
        .assert()
        .success();
    let file = "run/mine/classifier.safetensors";
    let message =
        "give the folder of that network's run, as in `burnzmann dbn classify RUN --name mine`";
    let cases: [(&[&str], &str); 5] = [
        (&["dbn", "classify", file, "--data", "digits"], message),
        (
            &["dbn", "classify", "run/mine", "--data", "digits"],
            message,
        ),
        (&["encode", file, "--data", "digits"], message),
        (
            &["convert", file, "no.npz"],
            "a burnzmann-rbm file, the model of one machine, found a burnzmann-classifier file",
        ),
        (
            &["train", "--data", "digits", "--start", file, "--out", "no"],
            "found a burnzmann-classifier file",
        ),
    ];
    refused(home, &cases);
    assert!(!home.join("no").exists() && !home.join("no.npz").exists());
    let classify = ["dbn", "classify", "run", "--name", "mine"];
    burnzmann(home).args(classify).assert().success();
}

/// With patience the network is that of the best epoch, and so is the error beside it.
#[test]
fn the_validation_error_is_of_the_epoch_that_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let words = [
        "dbn", "pretrain", "--data", "digits", "--layers", "10", "--epochs", "1", "--quiet",
        "--out", "run",
    ];
    burnzmann(home).args(words).assert().success();
    let words = [
        "dbn",
        "finetune",
        "run",
        "--patience",
        "3",
        "--epochs",
        "60",
        "--batch",
        "10",
        "--lr",
        "0.05",
        "--labelled",
        "200",
    ];
    let report = json(home, &words);
    let lines = fs::read_to_string(home.join("run/classifier/history.jsonl")).unwrap();
    let history: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let error = |place: usize| {
        history[place]["metrics"]["validation_error"]
            .as_f64()
            .unwrap()
    };
    let epoch = report["epoch"].as_u64().unwrap();
    let place = usize::try_from(epoch).unwrap() - 1;
    assert_eq!(report["validation_error"].as_f64(), Some(error(place)));
    // They differ here, so the pairing can be seen.
    let last = history.len() - 1;
    assert!(place < last && error(last) != error(place), "{history:?}");
}

/// The share of wrong classes of another program's reader, for a person.
#[test]
fn the_table_is_one_for_pipes() {
    let folder = tempfile::tempdir().unwrap();
    burnzmann(folder.path())
        .args([
            "dbn",
            "classify",
            &network("labelled"),
            "--split",
            "validation",
        ])
        .assert()
        .success()
        .stdout(contains("row,class,p_0").and(contains("wrong").not()));
}
