//! Of which rows a verdict speaks, and what it says of a model.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{Plain, burnzmann, csv, trained};

/// Bits that look random: the high bits of a multiplicative congruential generator.
struct Bits(u64);

impl Bits {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Rows of zeros and ones, each unit on with this probability.
    fn rows(&mut self, count: usize, columns: usize, p: f64) -> Vec<Vec<f64>> {
        let mut bit = || f64::from(u8::from(self.uniform() < p));
        let mut row = || (0..columns).map(|_| bit()).collect();
        (0..count).map(|_| row()).collect()
    }
}

fn json(home: &Path, words: &[&str]) -> Value {
    let output = burnzmann(home).args(words).arg("--json").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The findings of a verdict as one text.
fn findings(evaluation: &Value) -> String {
    let all = evaluation["verdict"]["findings"].as_array().unwrap();
    let sentences = all.iter().map(|finding| finding.as_str().unwrap());
    sentences.collect::<Vec<_>>().join(" ")
}

/// Twelve hidden units know thirty random rows by heart. Whatever rows are shown, the comparison is
/// with the rows of the training, or there is none.
#[test]
fn overfitting_is_looked_for_with_the_rows_of_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let mut bits = Bits(1);
    fs::write(home.join("rows.csv"), csv(&bits.rows(30, 20, 0.5))).unwrap();
    fs::write(home.join("new.csv"), csv(&bits.rows(300, 20, 0.5))).unwrap();
    burnzmann(home)
        .args(["train", "--data", "rows.csv", "--hidden", "12", "--quiet"])
        .arg("--no-early-stop")
        .args([
            "--epochs",
            "2500",
            "--batch",
            "12",
            "--likelihood-every",
            "0",
        ])
        .args(["--out", "run"])
        .assert()
        .success();

    let new = json(home, &["evaluate", "run", "--last", "--data", "new.csv"]);
    assert_eq!(new["verdict"]["overfits"], true, "{new}");
    let text = findings(&new);
    assert!(text.contains("overfits") && text.contains("not of the data that the run held out"));

    fs::copy(home.join("rows.csv"), home.join("copy.csv")).unwrap();
    let not_compared: [(&[&str], &str); 5] = [
        (
            &["evaluate", "run", "--split", "train"],
            "these are rows that the model was trained on",
        ),
        (
            &["evaluate", "run", "--split", "all"],
            "24 of these 30 rows are rows that the model was trained on",
        ),
        (
            &["evaluate", "run", "--data", "./rows.csv", "--split", "all"],
            "24 of these 30 rows are rows that the model was trained on",
        ),
        (
            &["evaluate", "run", "--data", "copy.csv", "--split", "all"],
            "24 of these 30 rows are equal to rows that the model was trained on",
        ),
        (
            &["evaluate", "run/model.safetensors", "--data", "new.csv"],
            "a model alone does not say which rows it was trained on",
        ),
    ];
    let silent = |words: &[&str], why: &str| {
        let found = json(home, words);
        assert!(found["verdict"]["overfits"].is_null(), "{words:?}: {found}");
        let text = findings(&found);
        let expected = format!("Nothing is said of overfitting: {why}");
        assert!(text.contains(&expected), "{words:?}: {text}");
        assert!(!text.contains("No overfitting shows"), "{words:?}: {text}");
    };
    for (words, why) in not_compared {
        silent(words, why);
    }
    fs::remove_file(home.join("rows.csv")).unwrap();
    silent(
        &["evaluate", "run", "--last", "--data", "new.csv"],
        "the rows that the run was trained on cannot be read",
    );
}

/// All rows there are are training rows here.
#[test]
fn training_rows_are_not_compared_with_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home)
        .args([
            "train", "--data", "bas4", "--epochs", "2", "--hidden", "4", "--out", "run",
        ])
        .assert()
        .success()
        .stdout(contains("of 32 training rows"));
    let found = json(home, &["evaluate", "run"]);
    assert!(found["verdict"]["overfits"].is_null(), "{found}");
    burnzmann(home).args(["report", "run"]).assert().success();
    let page = fs::read_to_string(home.join("run/report.html")).unwrap();
    assert!(page.contains("no rows were held out") && page.contains("training rows, each above"));
    assert!(page.contains("Nothing is said of overfitting"));
}

/// Half of the rows are nearly the same, the other half are noise. In a table that is sorted by that,
/// the first ten thousand training rows are of one kind.
#[test]
fn a_sorted_table_has_the_verdict_of_a_shuffled_one() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let mut bits = Bits(2);
    let mut rows = bits.rows(12_000, 8, 0.97);
    rows.extend(bits.rows(12_000, 8, 0.5));
    fs::write(home.join("sorted.csv"), csv(&rows)).unwrap();
    // A stride that has no factor in common with their number visits all of them.
    let shuffled: Vec<Vec<f64>> = (0..rows.len())
        .map(|i| rows[i * 7_919 % rows.len()].clone())
        .collect();
    fs::write(home.join("shuffled.csv"), csv(&shuffled)).unwrap();

    // The gaps of the verdict and of the table of epochs, the last likelihood, and a standard error.
    let found = ["sorted", "shuffled"].map(|name| {
        let data = format!("{name}.csv");
        burnzmann(home)
            .args(["train", "--data", &data, "--hidden", "6", "--epochs", "2"])
            .args(["--quiet", "--out", name])
            .assert()
            .success();
        let text = findings(&json(home, &["evaluate", name]));
        let sign = if text.contains("held-out data are likelier than training data by") {
            -1.0
        } else {
            1.0
        };
        let after = text.split(" data by ").nth(1).unwrap();
        let mut words = after.split(' ');
        let gap = sign * words.next().unwrap().parse::<f64>().unwrap();
        let error: f64 = words.nth(1).unwrap().parse().unwrap();
        let table = fs::read_to_string(home.join(name).join("metrics.csv")).unwrap();
        let cell = |column: &str| -> f64 {
            let mut lines = table.lines();
            let at = lines
                .next()
                .unwrap()
                .split(',')
                .position(|name| name == column);
            let last = lines.last().unwrap().split(',').nth(at.unwrap()).unwrap();
            last.parse().unwrap()
        };
        // One of the fewer rows that are watched: 1,000 of each, beside 10,000 and 2,400.
        let of_few = error * ((2.0 / 1e3) / (1.0 / 1e4 + 1.0 / 2400.0f64)).sqrt();
        (
            gap,
            error,
            cell("free_energy_gap"),
            cell("log_likelihood"),
            of_few,
        )
    });
    for (gap, error, watched, _, of_few) in found {
        assert!(gap.abs() < 4.5 * error + 0.01, "{found:?}");
        assert!(watched.abs() < 4.5 * of_few, "{found:?}");
    }
    let [sorted, shuffled] = found;
    assert!((sorted.3 - shuffled.3).abs() < 5.0 * sorted.4, "{found:?}");
}

/// Half of the rows all off, half all on. A model of one of the two has an exact likelihood, and is
/// worse than independent units; one that was hardly trained is as good as those, and worse than a
/// table of the rows.
#[test]
fn a_failed_training_is_seen_beside_a_right_number() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let rows: Vec<Vec<f64>> = (0..200).map(|row| vec![f64::from(row % 2); 10]).collect();
    fs::write(home.join("rows.csv"), csv(&rows)).unwrap();

    let mut plain = Plain::new(10, 3);
    plain.w.iter_mut().flatten().for_each(|w| *w = 0.0);
    plain.b = vec![-2.0; 10];
    plain.write_sklearn(&home.join("model.npz"));
    let words = ["evaluate", "model.npz", "--data", "rows.csv"];
    let found = json(home, &words);
    let p: f64 = 1.0 / (1.0 + 2f64.exp());
    let expected = 5.0 * (p.ln() + (1.0 - p).ln());
    let value = found["log_likelihood"]["value"].as_f64().unwrap();
    assert!((value - expected).abs() < 1e-4, "{found}");
    // Each row by the other 199: independent units, and a table that has it 99 times.
    let baseline = |name: &str| found["baselines"][name].as_f64().unwrap();
    let independent = 10.0 * (99.5f64 / 200.0).ln();
    assert!(
        (baseline("independent") - independent).abs() < 1e-9,
        "{found}"
    );
    let new: f64 = 0.5 / 200.0;
    let table = ((1.0 - new) * 99.0 / 199.0 + new * independent.exp()).ln();
    assert!((baseline("table") - table).abs() < 1e-9, "{found}");
    let verdict = &found["verdict"];
    assert_eq!(verdict["trustworthy"], true);
    assert_eq!(
        (&verdict["below_independent"], &verdict["below_table"]),
        (&true.into(), &true.into())
    );
    burnzmann(home).args(words).assert().success().stdout(
        contains("Reliable estimate. The model is poor.")
            .and(contains("without a model  independent units -6.98"))
            .and(contains("nats worse")),
    );

    burnzmann(home)
        .args([
            "train", "--data", "rows.csv", "--hidden", "4", "--epochs", "1",
        ])
        .args(["--lr", "0.0001", "--out", "run"])
        .assert()
        .success()
        .stdout(
            contains("log-likelihood of 20 held-out rows after epoch 1: -6.")
                .and(contains("independent units: -6."))
                .and(contains("a table of the training rows: -0.")),
        )
        .stdout(contains("warning: the model is poor"));
    let found = json(home, &["evaluate", "run"]);
    assert_eq!(found["verdict"]["below_table"], true, "{found}");
    burnzmann(home).args(["report", "run"]).assert().success();
    let page = fs::read_to_string(home.join("run/report.html")).unwrap();
    assert!(page.contains("The model is poor") && page.contains("Independent units"));
}

/// The free energy of grey levels is a number, and no probability follows from it.
#[test]
fn grey_rows_have_no_likelihood_under_binary_units() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    let words = ["evaluate", run.to_str().unwrap(), "--binarise", "none"];
    let found = json(home, &words);
    assert_eq!(found["verdict"]["trustworthy"], false, "{found}");
    assert_eq!(found["verdict"]["rows_are_states"], false);
    assert!(found["baselines"].is_null());
    burnzmann(home)
        .args(words)
        .assert()
        .success()
        .stdout(contains("Unreliable estimate").and(contains("no log-probability")));
}
