//! The example `mnist` from outside, as a network.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

/// Cargo builds examples beside the folder of tests.
fn mnist() -> Command {
    let test = std::env::current_exe().expect("a test is a file");
    let folder = test.ancestors().nth(2).expect("tests lie in a folder");
    Command::new(folder.join("examples").join("mnist"))
}

#[test]
fn layers_make_a_network_and_a_classifier() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let out = folder.path().join("run");
    mnist()
        .args([
            "--data",
            "digits",
            "--layers",
            "30,20",
            "--epochs",
            "40",
            "--finetune",
            "--out",
        ])
        .arg(&out)
        .assert()
        .success()
        .stdout(contains("layer 2 epoch  40/40").and(contains("test error")));
    for name in [
        "dbn.safetensors",
        "filters-1.png",
        "filters-2.png",
        "generated.png",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
}

#[test]
fn options_of_a_single_model_are_refused_for_a_network() {
    mnist()
        .args(["--data", "digits", "--layers", "30,20", "--hidden", "10"])
        .assert()
        .code(2)
        .stderr(contains("--hidden is for a single RBM").and(contains("panicked").not()));
}
