//! Networks whose backpropagation diverges.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{burnzmann, refused};

/// Each update adds the penalty's share of the weights with the other sign: `1 - rate * penalty` is below -1, and
/// the weights grow until they are no numbers.
fn tuning<'a>(penalty: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "dbn",
        "finetune",
        "run",
        "--epochs",
        "40",
        "--optimizer",
        "sgd",
        "--momentum",
        "0",
        "--lr",
        "1",
        "--l2",
        penalty,
        "--quiet",
    ];
    [&words[..], more].concat()
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_tuning_that_diverges_says_what_did_and_leaves_no_classifier() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home)
        .args(["dbn", "pretrain", "--data", "digits", "--layers", "6,4"])
        .args(["--epochs", "1", "--quiet", "--out", "run"])
        .assert()
        .success();
    let before = files(&home.join("run"));
    let network = fs::read(home.join("run/dbn.safetensors")).unwrap();
    let diverges = |words: &[&str], what: &str| {
        let output = burnzmann(home).args(words).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty(), "{:?}", output.stdout);
        let expected = contains("training diverged in epoch ")
            .and(contains(what))
            .and(contains("lower the learning rate"));
        assert!(expected.eval(&said), "{said}");
        said
    };
    // In its first epoch: there is nothing to go on from, and the name is free again.
    diverges(
        &tuning("1e30", &[]),
        "in epoch 1: `hidden.0.linear.weight` between input 0 and unit 0 is NaN",
    );
    assert_eq!(files(&home.join("run")), before);

    // Later, while its parameters are numbers still: its checkpoints are whole, and from the last of them it
    // comes to the same end.
    let largest =
        "though every parameter is one: the largest is `hidden.0.linear.weight` between input";
    let said = diverges(&tuning("4", &[]), largest);
    let left = files(&home.join("run/classifier"));
    assert!(left.contains(&"finetune.json".to_owned()), "{left:?}");
    assert!(
        !left.contains(&"classifier.safetensors".to_owned()),
        "{left:?}"
    );
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    let last = |said: &str| said.lines().last().unwrap().to_owned();
    assert_eq!(
        last(&diverges(&tuning("4", &["--resume"]), "")),
        last(&said)
    );
    assert_eq!(files(&home.join("run/classifier")), left);
    refused(
        home,
        &[
            (&tuning("4", &[]), "already holds a classifier"),
            (
                &["dbn", "classify", "run", "--data", "digits"],
                "no finished classifier in it",
            ),
        ],
    );
    assert!(fs::read(home.join("run/dbn.safetensors")).unwrap() == network);
    assert_eq!(files(&home.join("run")).len(), before.len() + 1);
}
