//! Data that were moved or changed since a run was begun.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{burnzmann, refused};

/// Sixty rows of six bits, which depend on `salt`.
fn rows(salt: u32) -> String {
    let bit =
        |row: u32, column: u32| u8::from((row * 37 + column * 101 + row * row * salt) % 7 < 3);
    let line = |row: u32| {
        let cells: Vec<String> = (0..6).map(|column| bit(row, column).to_string()).collect();
        cells.join(",") + "\n"
    };
    (0..60).map(line).collect()
}

fn labels() -> String {
    (0..60)
        .map(|row| if row % 2 == 0 { "0\n" } else { "1\n" })
        .collect()
}

/// A run of two epochs on `data/rows.csv`, told of it by a relative path.
fn begun(home: &Path) {
    fs::create_dir(home.join("data")).unwrap();
    fs::write(home.join("data/rows.csv"), rows(3)).unwrap();
    fs::write(home.join("data/labels.txt"), labels()).unwrap();
    burnzmann(home)
        .args([
            "train",
            "--data",
            "data/rows.csv",
            "--labels",
            "data/labels.txt",
        ])
        .args(["--hidden", "3", "--epochs", "2", "--quiet", "--out", "run"])
        .assert()
        .success();
}

fn record(home: &Path, run: &str) -> serde_json::Value {
    let text = fs::read_to_string(home.join(run).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_run_finds_its_data_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    begun(home);
    let record = record(home, "run");
    let path = Path::new(record["data"]["file"].as_str().unwrap());
    assert!(path.is_absolute() && path.ends_with("data/rows.csv"));
    let digest = record["digests"]["data"].as_str().unwrap();
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
    let elsewhere = home.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for words in [
        &["resume", "../run", "--quiet"][..],
        &["evaluate", "../run"],
    ] {
        burnzmann(&elsewhere)
            .args(words)
            .assert()
            .success()
            .stderr(contains("note").not());
    }
}

#[test]
fn data_that_were_moved_are_named_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    begun(home);
    fs::rename(home.join("data"), home.join("moved")).unwrap();
    fs::rename(home.join("moved/rows.csv"), home.join("moved/other.csv")).unwrap();
    let path = record(home, "run")["data"]["file"].clone();
    let looked = format!("looked for {}", path.as_str().unwrap());
    let cases: [(&[&str], &str); 2] = [
        (&["resume", "run"], &looked),
        (&["evaluate", "run"], "`burnzmann resume run --data PLACE`"),
    ];
    refused(home, &cases);
    fs::write(home.join("wrong.csv"), rows(4)).unwrap();
    let labels = ["--labels", "moved/labels.txt"];
    let with =
        |data: &'static str| [&["resume", "run", "--quiet", "--data", data][..], &labels].concat();
    refused(
        home,
        &[
            (&with("wrong.csv"), "wrong.csv is not what it was"),
            (&with("digits"), "digits is something else"),
        ],
    );
    assert_eq!(record(home, "run")["data"]["file"], path);
    burnzmann(home)
        .args(with("moved/other.csv"))
        .assert()
        .success();
    // The run remembers where they are now.
    let now = record(home, "run")["data"]["file"].clone();
    assert!(now.as_str().unwrap().ends_with("moved/other.csv"));
    for words in [["evaluate", "run"], ["report", "run"]] {
        burnzmann(home).args(words).assert().success();
    }
    burnzmann(home)
        .args(["resume", "run", "--quiet"])
        .assert()
        .success();
}

#[test]
fn data_that_changed_end_a_run_and_are_noted_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    begun(home);
    fs::write(home.join("data/rows.csv"), rows(4)).unwrap();
    refused(
        home,
        &[
            (
                &["resume", "run"],
                "rows.csv is not what it was when the run in run was begun",
            ),
            (&["train", "--resume", "run"], "rows.csv is not what it was"),
        ],
    );
    burnzmann(home)
        .args(["evaluate", "run"])
        .assert()
        .success()
        .stderr(contains("note: ").and(contains("not the rows that it was trained on")));
    // Data that are named are not those of the run.
    burnzmann(home)
        .args(["evaluate", "run", "--data", "data/rows.csv"])
        .assert()
        .success()
        .stderr(contains("is not what it was").not());
    fs::write(home.join("data/rows.csv"), rows(3)).unwrap();
    fs::write(home.join("data/labels.txt"), labels().replacen('0', "1", 1)).unwrap();
    refused(
        home,
        &[(&["resume", "run"], "labels.txt is not what it was")],
    );
    // Nor are labels.
    burnzmann(home)
        .args(["evaluate", "run", "--labels", "data/labels.txt"])
        .assert()
        .success()
        .stderr(contains("is not what it was").not());
}

/// Records of earlier versions have a relative path and no digest.
#[test]
fn a_relative_path_is_that_from_here_or_from_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    begun(home);
    let mut old = record(home, "run");
    old["data"] = serde_json::json!({"file": "rows.csv"});
    old["labels"] = serde_json::Value::Null;
    old.as_object_mut().unwrap().remove("digests");
    // A run that goes on remembers where it found them.
    let forget = || fs::write(home.join("run/run.json"), old.to_string()).unwrap();
    forget();
    refused(home, &[(&["resume", "run"], "run/rows.csv")]);
    refused(home, &[(&["evaluate", "run"], "looked for ")]);
    for place in [home.join("rows.csv"), home.join("run/rows.csv")] {
        forget();
        fs::write(&place, rows(3)).unwrap();
        for words in [&["evaluate", "run"][..], &["resume", "run", "--quiet"]] {
            burnzmann(home).args(words).assert().success();
        }
        let found = record(home, "run")["data"]["file"].clone();
        let found = fs::canonicalize(found.as_str().unwrap()).unwrap();
        assert_eq!(found, fs::canonicalize(&place).unwrap());
        fs::remove_file(place).unwrap();
    }
}

/// The same of a deep belief network, whose layers know the name of the data.
#[test]
fn a_network_finds_its_data_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("rows.csv"), rows(3)).unwrap();
    fs::write(home.join("labels.txt"), labels()).unwrap();
    burnzmann(home)
        .args([
            "dbn",
            "pretrain",
            "--data",
            "rows.csv",
            "--labels",
            "labels.txt",
        ])
        .args([
            "--layers", "4,3", "--epochs", "1", "--quiet", "--out", "net",
        ])
        .assert()
        .success();
    fs::rename(home.join("rows.csv"), home.join("other.csv")).unwrap();
    refused(
        home,
        &[
            (
                &["dbn", "evaluate", "net"],
                "`burnzmann dbn pretrain --resume net --data PLACE`",
            ),
            (&["dbn", "up-down", "net", "--epochs", "1"], "rows.csv"),
        ],
    );
    fs::write(home.join("wrong.csv"), rows(4)).unwrap();
    let resume = |data| {
        [
            "dbn", "pretrain", "--quiet", "--resume", "net", "--data", data,
        ]
    };
    refused(
        home,
        &[(&resume("wrong.csv"), "wrong.csv is not what it was")],
    );
    burnzmann(home).args(resume("other.csv")).assert().success();
    // From the new place, of another name, it can be gone on with by itself.
    burnzmann(home)
        .args(["dbn", "pretrain", "--quiet", "--resume", "net"])
        .assert()
        .success();
    burnzmann(home)
        .args(["dbn", "evaluate", "net"])
        .assert()
        .success();
    fs::write(home.join("other.csv"), rows(4)).unwrap();
    burnzmann(home)
        .args(["dbn", "evaluate", "net"])
        .assert()
        .success()
        .stderr(contains("other.csv is not what it was"));
    refused(
        home,
        &[(&resume("other.csv"), "other.csv is not what it was")],
    );
}
