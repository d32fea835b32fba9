//! Runs that end before each change that they make to the disk, one after the other.
//!
//! Builds without debug assertions have no such end: `rbm_model::store::changes` says how it comes.
#![cfg(debug_assertions)]

use std::fs;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::cargo::CommandCargoExt;
use burnzmann_cli::RunFolder;

use crate::fixture::burnzmann;

/// Whether the program was ended before the change of this number; otherwise it succeeded.
fn aborted(home: &Path, words: &[&str], change: u64) -> bool {
    let status = std::process::Command::cargo_bin("burnzmann")
        .unwrap()
        .current_dir(home)
        .env("HOME", home)
        .env_remove("BURN_DEVICE")
        .env("BURNZMANN_ABORT_AT", change.to_string())
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    // A process that aborts has no exit code, an error of the program has one.
    assert!(
        status.success() || status.code().is_none(),
        "change {change}: {status}"
    );
    !status.success()
}

/// What is done on and on, and what has to come of it.
struct Work<'a> {
    begin: &'a [&'a str],
    go_on: &'a [&'a str],
    /// Once this file is there, the run is gone on with.
    begun: &'a str,
    /// A file that is the same after any end as without one.
    result: &'a str,
}

impl Work<'_> {
    /// Ends the work before its first change, before its second, and so on to the last; each time it
    /// is taken up again, ended once more a little later, taken up again, and has to come to the result
    /// of the work that was left alone. Gives `look` the folder after each first end, and returns how
    /// many there were.
    fn end_at_each_change(&self, prepare: impl Fn(&Path), mut look: impl FnMut(&Path)) -> u64 {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        burnzmann(folder.path()).args(self.begin).assert().success();
        let expected = fs::read(folder.path().join(self.result)).unwrap();
        for change in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let home = folder.path();
            prepare(home);
            if !aborted(home, self.begin, change) {
                return change - 1;
            }
            look(home);
            let words = || {
                let begun = home.join(self.begun).exists();
                if begun { self.go_on } else { self.begin }
            };
            aborted(home, words(), 1 + 5 * change % 13);
            burnzmann(home).args(words()).assert().success();
            let found = fs::read(home.join(self.result)).unwrap();
            assert!(found == expected, "ended before change {change}");
        }
        unreachable!("every work has a last change")
    }
}

#[test]
fn a_training_ends_the_same_and_loses_no_checkpoint() {
    const EPOCHS: u64 = 3;
    const QUICK: [&str; 5] = [
        "--likelihood-every",
        "0",
        "--checkpoint-every",
        "0",
        "--quiet",
    ];
    let options = [
        "train", "--data", "bas4", "--hidden", "4", "--epochs", "3", "--batch", "8", "--out", "run",
    ];
    let work = Work {
        begin: &[&options[..], &QUICK].concat(),
        go_on: &[&["resume", "run"], &QUICK[..]].concat(),
        begun: "run/run.json",
        result: "run/model.safetensors",
    };
    let mut reached = 0;
    let changes = work.end_at_each_change(
        |_| (),
        |home| {
            let progress = RunFolder::progress(&home.join("run"));
            let epoch = progress.map_or(0, |progress| progress.epoch);
            assert!(
                (reached..=reached + 1).contains(&epoch),
                "{epoch} after {reached}"
            );
            reached = epoch;
        },
    );
    assert_eq!(reached, EPOCHS);
    // Each whole file takes six changes: the configuration, and in each epoch the checkpoint and two of
    // the model; then the checkpoint takes its place, which the one before leaves. The history and the
    // metrics take three where they are appended to. At first the one is made in its folder, and the other
    // is a whole file.
    let (whole, appended) = (6, 3);
    let first = (appended + 2) + whole;
    let always = whole + EPOCHS * (3 * whole + 1) + (EPOCHS - 1) * (2 * appended + 1) + first;
    // The file of the best epoch takes six more each time that one is better than those before.
    let best = changes - always;
    assert!(best.is_multiple_of(whole), "{best}");
    assert!((1..=EPOCHS).contains(&(best / whole)), "{best}");
}

/// The learner writes its files on several threads, so the order is another one each time; the history
/// has each loss to its last bit, and the losses follow from the parameters. What is compared has a digest
/// of the history.
#[test]
fn a_tuning_ends_the_same() {
    const EPOCHS: u64 = 4;
    let network = tempfile::tempdir().unwrap();
    burnzmann(network.path())
        .args(["dbn", "pretrain", "--data", "digits", "--layers", "6"])
        .args(["--epochs", "1", "--quiet", "--out", "run"])
        .assert()
        .success();
    let options = [
        "dbn",
        "finetune",
        "run",
        "--epochs",
        "4",
        "--labelled",
        "50",
        "--batch",
        "25",
        "--lr",
        "0.01",
        "--quiet",
    ];
    let work = Work {
        begin: &options,
        go_on: &[&options[..], &["--resume"]].concat(),
        begun: "run/classifier",
        result: "run/classifier/history-4.json",
    };
    let prepare = |home: &Path| {
        fs::create_dir(home.join("run")).unwrap();
        for name in ["run.json", "dbn.safetensors"] {
            fs::copy(
                network.path().join("run").join(name),
                home.join("run").join(name),
            )
            .unwrap();
        }
    };
    let changes = work.end_at_each_change(prepare, |_| ());
    // The header, the files of each epoch, the history, and most epochs are deleted after a while.
    assert!(changes >= 6 + EPOCHS * (4 * 6 + 3) + 2 + 4, "{changes}");
}
