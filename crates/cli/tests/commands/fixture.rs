//! The program, and what it works on.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use assert_cmd::Command;
use burnzmann::data::npy::{NpyArray, NpyValues, write_npz};
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

/// The program in a folder, where nothing of the user's is found or touched.
pub(crate) fn burnzmann(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("burnzmann").expect("the binary is built");
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_CACHE_HOME", folder)
        .env_remove("MNIST_DIR")
        .env_remove("BURN_DEVICE");
    command
}

pub(crate) const SHORT: [&str; 8] = [
    "train", "--data", "digits", "--hidden", "12", "--epochs", "2", "--out",
];

/// Each command ends with exit code 2 and a sentence that contains the words.
pub(crate) fn refused(home: &Path, cases: &[(&[&str], &str)]) {
    for (words, message) in cases {
        burnzmann(home)
            .args(*words)
            .assert()
            .code(2)
            .stderr(contains(*message).and(contains("panicked").not()));
    }
}

/// A short run on the digits, made once, to be read only.
pub(crate) fn trained() -> PathBuf {
    static RUN: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = burnzmann(folder.path());
        command.args(SHORT).arg("run").assert().success();
        folder
    });
    RUN.path().join("run")
}

/// The page about that run, as `report` writes it into a folder.
pub(crate) fn report(home: &Path) -> String {
    burnzmann(home)
        .args([
            "report",
            trained().to_str().unwrap(),
            "--out",
            "report.html",
        ])
        .assert()
        .success()
        .stdout(contains("report.html"));
    std::fs::read_to_string(home.join("report.html")).unwrap()
}

/// A model with known parameters, and what follows from them in plain loops.
pub(crate) struct Plain {
    /// `[visible][hidden]`.
    pub(crate) w: Vec<Vec<f64>>,
    pub(crate) b: Vec<f64>,
    pub(crate) c: Vec<f64>,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Plain {
    pub(crate) fn new(visible: usize, hidden: usize) -> Self {
        let number = |i: usize, j: usize| 1.5 * (1.3 + 2.1 * i as f64 + 3.7 * j as f64).sin();
        Self {
            w: (0..visible)
                .map(|i| (0..hidden).map(|j| number(i, j)).collect())
                .collect(),
            b: (0..visible).map(|i| 0.4 * number(i, hidden)).collect(),
            c: (0..hidden).map(|j| 0.4 * number(visible, j)).collect(),
        }
    }

    pub(crate) fn hidden_inputs(&self, v: &[f64]) -> Vec<f64> {
        (0..self.c.len())
            .map(|j| self.c[j] + v.iter().zip(&self.w).map(|(v, w)| v * w[j]).sum::<f64>())
            .collect()
    }

    pub(crate) fn hidden_mean(&self, v: &[f64]) -> Vec<f64> {
        self.hidden_inputs(v).into_iter().map(logistic).collect()
    }

    pub(crate) fn visible_mean(&self, h: &[f64]) -> Vec<f64> {
        let input = |(b, w): (&f64, &Vec<f64>)| {
            logistic(b + w.iter().zip(h).map(|(w, h)| w * h).sum::<f64>())
        };
        self.b.iter().zip(&self.w).map(input).collect()
    }

    pub(crate) fn free_energy(&self, v: &[f64]) -> f64 {
        let visible: f64 = v.iter().zip(&self.b).map(|(v, b)| v * b).sum();
        let hidden = self
            .hidden_inputs(v)
            .into_iter()
            .map(|x| (1.0 + x.exp()).ln());
        -visible - hidden.sum::<f64>()
    }

    /// A file as scikit-learn's users write it, in double precision.
    pub(crate) fn write_sklearn(&self, path: &Path) {
        let (visible, hidden) = (self.b.len(), self.c.len());
        let doubles = |values: Vec<f64>, shape: Vec<usize>| NpyArray {
            shape,
            values: NpyValues::Doubles(values),
        };
        let transposed = (0..hidden).flat_map(|j| self.w.iter().map(move |row| row[j]));
        let components = doubles(transposed.collect(), vec![hidden, visible]);
        let of_visible = doubles(self.b.clone(), vec![visible]);
        let of_hidden = doubles(self.c.clone(), vec![hidden]);
        let bytes = write_npz([
            ("components_", &components),
            ("intercept_hidden_", &of_hidden),
            ("intercept_visible_", &of_visible),
        ]);
        std::fs::write(path, bytes).unwrap();
    }
}

/// All states of `n` units as rows.
pub(crate) fn states(n: usize) -> Vec<Vec<f64>> {
    let bit = |state: usize, unit: usize| f64::from(u8::from(state >> unit & 1 == 1));
    (0..1 << n)
        .map(|state| (0..n).map(|unit| bit(state, unit)).collect())
        .collect()
}

/// Rows as a table of zeros and ones.
pub(crate) fn csv(rows: &[Vec<f64>]) -> String {
    let line = |row: &Vec<f64>| {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        cells.join(",") + "\n"
    };
    rows.iter().map(line).collect()
}

/// The numbers of a file that the program wrote, as doubles.
pub(crate) fn array(path: &Path) -> (Vec<usize>, Vec<f64>) {
    let NpyArray { shape, values } = NpyArray::open(path).unwrap();
    let values = values.to_singles().into_iter().map(f64::from).collect();
    (shape, values)
}

pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} against {expected}"
        );
    }
}
