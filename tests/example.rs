//! The examples from outside: they print what their headers state.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

/// Cargo builds examples beside the folder of tests.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a test is a file");
    let folder = test.ancestors().nth(2).expect("tests lie in a folder");
    Command::new(folder.join("examples").join(name))
}

/// Runs an example, whose last fractions have to be the expected ones up to the tolerance beside
/// each. It is as `source` has it that they are stated in the first lines.
///
/// A number that no random number has a part in may differ in its last digit. Of the others the tolerance is
/// about five standard deviations over seeds, since on another processor the sums of a training round
/// otherwise, which is another seed.
fn prints(name: &str, source: &str, expected: &[(&str, f64)]) {
    let output = example(name).env_remove("BURN_DEVICE").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let header: String = source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let fraction = |word: &str| {
        let word = word.trim_end_matches([',', ':']);
        word.contains('.').then(|| word.parse::<f64>().ok())?
    };
    let found: Vec<f64> = text.split_whitespace().filter_map(fraction).collect();
    let last = &found[found.len() - expected.len()..];
    for (found, (stated, tolerance)) in last.iter().zip(expected) {
        assert!(
            header.contains(stated),
            "the header does not state {stated}"
        );
        let difference = (found - stated.parse::<f64>().unwrap()).abs();
        assert!(difference < *tolerance, "{name}: {found}, and not {stated}");
    }
}

#[test]
fn anomaly() {
    let source = include_str!("../examples/anomaly.rs");
    prints("anomaly", source, &[(".76", 0.02), ("1.00", 0.01)]);
}

#[test]
fn digits_dbn() {
    let source = include_str!("../examples/digits_dbn.rs");
    prints("digits_dbn", source, &[("91.3", 1.5), ("87.3", 1.5)]);
}

#[test]
fn features() {
    let source = include_str!("../examples/features/main.rs");
    prints("features", source, &[(".950", 0.005), (".781", 0.001)]);
}

#[test]
fn gaussian() {
    let source = include_str!("../examples/gaussian.rs");
    prints(
        "gaussian",
        source,
        &[("-4.74", 0.006), ("-4.20", 0.03), ("-4.17", 0.006)],
    );
}

#[test]
fn inpainting() {
    let source = include_str!("../examples/inpainting.rs");
    prints(
        "inpainting",
        source,
        &[(".279", 0.001), (".230", 0.001), (".217", 0.008)],
    );
}

#[test]
fn own_loop() {
    let source = include_str!("../examples/own_loop.rs");
    prints("own_loop", source, &[("-3.52", 0.1)]);
}

#[test]
fn layers_make_a_network_and_a_classifier() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let out = folder.path().join("run");
    example("mnist")
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
    example("mnist")
        .args(["--data", "digits", "--layers", "30,20", "--hidden", "10"])
        .assert()
        .code(2)
        .stderr(contains("--hidden is for a single RBM").and(contains("panicked").not()));
}
