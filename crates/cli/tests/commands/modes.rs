//! Files of the program beside those of the user: what they may be read by, and what is left alone.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::fixture::{SHORT, burnzmann, refused};

/// Runs the program with a umask.
fn with_umask(home: &Path, umask: &str, words: &[&str]) {
    let script = format!("umask {umask}; exec \"$0\" \"$@\"");
    let status = std::process::Command::new("sh")
        .current_dir(home)
        .env("HOME", home)
        .env_remove("BURN_DEVICE")
        .args(["-c", &script])
        .arg(assert_cmd::cargo::cargo_bin("burnzmann"))
        .args(words)
        .status();
    assert!(status.unwrap().success(), "{words:?}");
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_umask_decides_who_may_read_what_is_written() {
    for (umask, expected) in [("027", 0o640), ("000", 0o666)] {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        with_umask(home, umask, &[&SHORT[..], &["run", "--quiet"]].concat());
        let words: [&[&str]; 7] = [
            &["encode", "run", "--out", "codes.npy"],
            &["sample", "run", "--out", "samples.png"],
            &["plot", "curves", "run", "--out", "plot.png"],
            &["report", "run", "--out", "report.html"],
            &["convert", "run", "model.npz"],
            &["convert", "run", "model.h5"],
            &[
                "dbn", "pretrain", "--data", "digits", "--layers", "6,4", "--epochs", "1",
                "--quiet", "--out", "net",
            ],
        ];
        for words in words {
            with_umask(home, umask, words);
        }
        let files = files(home);
        assert!(files.len() > 25, "{files:?}");
        for path in files {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, expected, "{} has mode {mode:o}", path.display());
        }
    }
}

/// A folder of the user's that becomes the folder of a run.
#[test]
fn files_of_the_user_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let names = [".tmp", ".tmpfile", ".tmp-notes.txt", ".rbm-plot-notes"];
    for name in names {
        fs::write(home.join(name), "mine").unwrap();
    }
    // What a run would write over is said before anything is written.
    for name in ["history.jsonl", "model.safetensors", "metrics.csv"] {
        fs::write(home.join(name), "mine").unwrap();
        let words = [&SHORT[..], &["."]].concat();
        let message = format!("holds no run, and a file {name} that a run would overwrite");
        refused(home, &[(&words, &message)]);
        assert_eq!(fs::read_to_string(home.join(name)).unwrap(), "mine");
        assert!(!home.join("run.json").exists() && !home.join("lock").exists());
        fs::remove_file(home.join(name)).unwrap();
    }
    burnzmann(home).args(SHORT).arg(".").assert().success();
    burnzmann(home)
        .args(["resume", ".", "--quiet"])
        .assert()
        .success();
    for name in names {
        assert_eq!(fs::read_to_string(home.join(name)).unwrap(), "mine");
    }
}
