//! Random numbers of a seed: the same ones again, and others of another.

use std::{fs, path::Path};

use crate::fixture::{Plain, array, burnzmann, csv, states};

const ROWS: usize = 4000;

fn write(home: &Path) -> Plain {
    let plain = Plain::new(3, 2);
    plain.write_sklearn(&home.join("model.npz"));
    let rows = vec![vec![0.2, 0.5, 0.9]; ROWS];
    fs::write(home.join("rows.csv"), csv(&rows)).unwrap();
    plain
}

fn numbers(home: &Path, words: &[&str], seed: &str) -> Vec<f64> {
    let stochastic = ["--data", "rows.csv", "--binarise", "stochastic"];
    burnzmann(home)
        .args(words)
        .args(stochastic)
        .args(["--seed", seed, "--out", "out.npy"])
        .assert()
        .success();
    array(&home.join("out.npy")).1
}

/// Features of drawn rows have the mean that they have over all states.
#[test]
fn rows_are_drawn_anew_for_features() {
    let folder = tempfile::tempdir().unwrap();
    let plain = write(folder.path());
    let encoded = |seed| numbers(folder.path(), &["encode", "model.npz"], seed);
    let first = encoded("1");
    assert_eq!(first, encoded("1"));
    assert_ne!(first, encoded("2"));
    for unit in 0..2 {
        let (mut mean, mut square) = (0.0, 0.0);
        for v in states(3) {
            let on = [0.2, 0.5, 0.9].iter().zip(&v);
            let p: f64 = on.map(|(p, v)| p * v + (1.0 - p) * (1.0 - v)).product();
            let h = plain.hidden_mean(&v)[unit];
            mean += p * h;
            square += p * h * h;
        }
        let found = first.iter().skip(unit).step_by(2).sum::<f64>() / ROWS as f64;
        let error = ((square - mean * mean) / ROWS as f64).sqrt();
        assert!((found - mean).abs() < 4.5 * error, "{found} {mean} {error}");
    }
}

/// What is known of a row is what was drawn of it.
#[test]
fn rows_are_drawn_anew_for_inpainting() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    write(home);
    fs::write(home.join("mask.csv"), "1,1,0\n").unwrap();
    let words = [
        "inpaint",
        "model.npz",
        "--mask",
        "mask.csv",
        "--sweeps",
        "1",
    ];
    let known = |seed| {
        let filled = numbers(home, &[&words[..], &["--count", "4000"]].concat(), seed);
        let known: Vec<f64> = filled.into_iter().skip(2).step_by(3).collect();
        assert!(known.iter().all(|&x| x == 0.0 || x == 1.0));
        known
    };
    let first = known("1");
    assert_eq!(first, known("1"));
    assert_ne!(first, known("2"));
    let mean = first.iter().sum::<f64>() / ROWS as f64;
    let error = (0.9 * 0.1 / ROWS as f64).sqrt();
    assert!((mean - 0.9).abs() < 4.5 * error, "{mean}");
}
