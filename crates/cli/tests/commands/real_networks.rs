//! Networks whose first layer is of real numbers, and exact training that would not fit.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{array, burnzmann, refused};

/// Numbers that look drawn and are the same each time: a sum of three uniform ones is near enough to normal.
fn noise(index: usize) -> f64 {
    let uniform = |salt: u64| {
        // The generator splitmix64 of S. Vigna.
        let seed = (3 * index as u64 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as f64 / u64::MAX as f64
    };
    // A variance of 3/12, scaled to one.
    2.0 * ((0..3).map(uniform).sum::<f64>() - 1.5)
}

/// Two clusters in four columns, at +1.5 and -1.5 in each, of spread one.
fn clusters(rows: usize, scale: f64) -> (String, Vec<f64>) {
    let (mut text, mut values) = (String::new(), Vec::new());
    for row in 0..rows {
        let centre = if noise(row * 5 + 90_001) > 0.0 {
            1.5
        } else {
            -1.5
        };
        let cells: Vec<f64> = (0..4)
            .map(|column| scale * (centre + noise(row * 4 + column)))
            .collect();
        let line: Vec<String> = cells.iter().map(|x| format!("{x:.5}")).collect();
        writeln!(text, "{}", line.join(",")).unwrap();
        values.extend(cells);
    }
    (text, values)
}

fn json(home: &Path, words: &[&str]) -> Value {
    let output = burnzmann(home).args(words).arg("--json").output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Nats of each row under independent normal columns of these rows' own means and spreads: no such model
/// has more.
fn independent(values: &[f64], columns: usize) -> f64 {
    let rows = (values.len() / columns) as f64;
    let of_column = |column: usize| {
        let cells = || values.iter().skip(column).step_by(columns);
        let mean = cells().sum::<f64>() / rows;
        let variance = cells().map(|x| (x - mean).powi(2)).sum::<f64>() / rows;
        -0.5 * ((std::f64::consts::TAU * variance).ln() + 1.0)
    };
    (0..columns).map(of_column).sum()
}

/// In one command, with the levels as they are: the network is far likelier than independent columns, and
/// gives rows back with their sign.
#[test]
fn a_network_of_real_numbers_learns_in_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (text, values) = clusters(1000, 1.0);
    fs::write(home.join("rows.csv"), text).unwrap();
    burnzmann(home)
        .args([
            "dbn",
            "pretrain",
            "--data",
            "rows.csv",
            "--visible",
            "gaussian",
            "--layers",
            "6,3",
        ])
        .args(["--quiet", "--out", "run"])
        .assert()
        .success()
        .stderr(contains("standardised").not());
    let config: Value =
        serde_json::from_slice(&fs::read(home.join("run/run.json")).unwrap()).unwrap();
    assert_eq!(config["binarise"], "none");
    let report = json(home, &["dbn", "evaluate", "run"]);
    let bound = report["bound"]["low"].as_f64().unwrap();
    let alone = independent(&values, 4);
    // The truth is about 1.6 nats above independent columns.
    assert!(bound > alone + 1.0, "{bound} against {alone}");
    burnzmann(home)
        .args([
            "reconstruct",
            "run",
            "--data",
            "rows.csv",
            "--out",
            "again.npy",
        ])
        .assert()
        .success();
    let (shape, again) = array(&home.join("again.npy"));
    assert_eq!(shape, [1000, 4]);
    let error = |f: &dyn Fn(usize) -> f64| {
        let squares = values.iter().enumerate().map(|(i, x)| (x - f(i)).powi(2));
        squares.sum::<f64>() / values.len() as f64
    };
    let (of_network, of_mean) = (error(&|i| again[i]), error(&|_| 0.0));
    // The spread about the centre is one, that about zero 3.25.
    assert!(of_network < 1.5 && of_mean > 3.0, "{of_network} {of_mean}");
    burnzmann(home)
        .args(["dbn", "generate", "run", "--out", "draws.png"])
        .assert()
        .success();
}

#[test]
fn columns_far_from_standard_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("rows.csv"), clusters(60, 40.0).0).unwrap();
    let words = [
        "dbn", "pretrain", "--data", "rows.csv", "--layers", "3", "--epochs", "1", "--quiet",
        "--out",
    ];
    let with = |more: &[&'static str]| [&words[..], more].concat();
    burnzmann(home)
        .args(with(&["unit", "--visible", "gaussian", "--lr", "0.00001"]))
        .assert()
        .success()
        .stderr(contains("standardised columns: column 0").and(contains("3 others")));
    burnzmann(home)
        .args(with(&[
            "learned",
            "--visible",
            "gaussian-learned",
            "--lr",
            "0.00001",
        ]))
        .assert()
        .success()
        .stderr(contains("standardised").not());
    // Zeros and ones they are not: refused, with nothing left behind.
    refused(home, &[(&with(&["binary"]), "rows.csv")]);
    assert!(!home.join("binary").exists());
}

/// The rate of a real first layer is its own, and a divergence names a column or a unit.
#[test]
fn a_network_that_diverges_names_what_did() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("rows.csv"), clusters(60, 1e23).0).unwrap();
    let words = [
        "dbn",
        "pretrain",
        "--data",
        "rows.csv",
        "--visible",
        "gaussian",
        "--layers",
        "3,2",
        "--lr",
        "1,0.1",
        "--quiet",
        "--out",
        "run",
    ];
    burnzmann(home)
        .args(words)
        .assert()
        .code(1)
        .stderr(contains("layer 1").and(contains("visible column").or(contains("hidden unit"))));
}

/// What would take terabytes is refused with how much it needs, before anything is made.
#[test]
fn exact_training_that_does_not_fit_says_how_much_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let row = |bit: &str| vec![bit; 4000].join(",") + "\n";
    fs::write(
        home.join("wide.csv"),
        row("0") + &row("1").repeat(3) + &row("0"),
    )
    .unwrap();
    let cases: [(&[&str], &str); 2] = [
        (
            &[
                "train",
                "--data",
                "wide.csv",
                "--algorithm",
                "exact",
                "--hidden",
                "25",
                "--out",
                "run",
            ],
            "holds all 33554432 states at once",
        ),
        (
            &[
                "dbn",
                "pretrain",
                "--data",
                "wide.csv",
                "--algorithm",
                "exact",
                "--layers",
                "25",
                "--out",
                "run",
            ],
            "layer 1: exact training holds all 33554432 states at once",
        ),
    ];
    refused(home, &cases);
    assert!(!home.join("run").exists());
}
