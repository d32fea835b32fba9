//! What the program says about itself and about files.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{burnzmann, refused, trained};

const COMMANDS: [&str; 16] = [
    "train",
    "resume",
    "evaluate",
    "sample",
    "encode",
    "reconstruct",
    "free-energy",
    "inpaint",
    "plot",
    "report",
    "convert",
    "info",
    "devices",
    "completions",
    "man",
    "plot filters",
];

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS {
        burnzmann(folder.path())
            .args(command.split(' '))
            .arg("--help")
            .assert()
            .success()
            .stdout(contains(format!("Examples:\n  burnzmann {command}")));
    }
}

/// The commands that the guide says to take `--last`; the others that there are have none.
#[test]
fn the_guide_names_the_commands_with_the_last_model() {
    let guide = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/guide/src/first-rbm.md"
    );
    let guide = fs::read_to_string(guide).unwrap();
    let (_, rest) = guide
        .split_once("Commands that compute with the model of an RBM's run")
        .unwrap();
    let (_, rest) = rest.split_once('(').unwrap();
    let (list, _) = rest.split_once(')').unwrap();
    let named: Vec<&str> = list
        .split(',')
        .map(|name| name.trim().trim_matches('`'))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS.into_iter().filter(|&command| command != "plot") {
        let words = command.split(' ');
        let assert = burnzmann(folder.path()).args(words).arg("--help").assert();
        let help = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        let name = command.split(' ').next().unwrap();
        let takes = help.contains("--last");
        assert_eq!(takes, named.contains(&name), "{command}");
    }
}

#[test]
fn the_dashboard_needs_a_build_with_it_and_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    // Whichever it is, nothing was begun.
    refused(
        folder.path(),
        &[(&["train", "--data", "digits", "--tui"], "--tui")],
    );
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn completions_and_pages_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let assert = burnzmann(home)
            .args(["completions", shell])
            .assert()
            .success();
        let script = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        for command in ["free-energy", "inpaint", "--checkpoint-every"] {
            assert!(
                script.contains(command.trim_start_matches('-')),
                "{shell}: {command}"
            );
        }
    }
    burnzmann(home)
        .arg("man")
        .assert()
        .success()
        .stdout(contains(".TH burnzmann 1").and(contains("burnzmann\\-inpaint(1)")));
    burnzmann(home)
        .args(["man", "--dir", "pages"])
        .assert()
        .success();
    for command in COMMANDS {
        let page = home
            .join("pages")
            .join(format!("burnzmann-{}.1", command.replace(' ', "-")));
        let text = fs::read_to_string(&page).unwrap_or_else(|_| panic!("{}", page.display()));
        assert!(text.contains("Examples:"), "{command}");
    }
    fs::write(home.join("file"), "").unwrap();
    refused(
        home,
        &[
            (&["completions", "tcsh"], "tcsh"),
            (&["man", "--dir", "file/pages"], "file/pages: cannot write"),
        ],
    );
}

#[test]
fn devices_that_are_not_there_are_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let output = burnzmann(folder.path())
        .args(["devices", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |name: &str| {
        let list = list.as_array().unwrap();
        list.iter()
            .find(|device| device["name"] == name)
            .unwrap()
            .clone()
    };
    let available = burnzmann::device::available();
    for name in ["cuda", "metal", "rocm", "vulkan", "wgpu", "flex", "ndarray"] {
        let compiled = available.contains(&name);
        assert_eq!(of(name)["compiled_in"], compiled, "{name}");
        assert!(
            compiled || of(name)["reason"].as_str().unwrap().contains("--features"),
            "{name}"
        );
    }
    let defaults = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|device| device["default"] == true);
    let names: Vec<_> = defaults.map(|device| device["name"].clone()).collect();
    assert_eq!(names, [available[0]]);
    burnzmann(folder.path())
        .arg("devices")
        .assert()
        .success()
        .stdout(contains("the default"));
}

#[test]
fn info_tells_runs_models_checkpoints_and_data_apart() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    fs::write(home.join("rows.csv"), "a,b\n0,1\n1,1\n0,0.5\n").unwrap();
    let info = |path: &str| -> serde_json::Value {
        let output = burnzmann(home)
            .args(["info", path, "--json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let shown = |name: &str| info(run.join(name).to_str().unwrap());
    let found = info(run.to_str().unwrap());
    assert_eq!(
        (&found["kind"], &found["epochs_done"]),
        (&"run".into(), &2.into())
    );
    assert_eq!(found["config"]["model"]["num_hidden"], 12);
    assert!(found["metrics"]["reconstruction_error"].as_f64().unwrap() > 0.0);
    assert_eq!(found["checkpoints"][0]["file"], "checkpoint.safetensors");
    let model = shown("model.safetensors");
    assert_eq!(
        (&model["kind"], &model["parameters"]),
        (&"model".into(), &(64 * 12 + 76).into())
    );
    assert_eq!(
        model["tensors"]["weight"]["shape"],
        serde_json::json!([64, 12])
    );
    let checkpoint = shown("checkpoint.safetensors");
    assert_eq!(checkpoint["kind"], "checkpoint");
    assert_eq!(checkpoint["parameters"], model["parameters"]);
    let data = info("rows.csv");
    assert_eq!((&data["rows"], &data["columns"]), (&3.into(), &2.into()));
    assert_eq!(
        (&data["only_zeros_and_ones"], &data["largest"]),
        (&false.into(), &1.0.into())
    );
    assert!((data["mean"].as_f64().unwrap() - 3.5 / 6.0).abs() < 1e-9);
    burnzmann(home)
        .args(["info", "rows.csv"])
        .assert()
        .success()
        .stdout(contains("rows: 3").and(contains("kind: data")));
    fs::write(home.join("x.safetensors"), "no tensors").unwrap();
    refused(
        home,
        &[
            (&["info", "nothing"], "nothing: expected a file or a folder"),
            (
                &["info", "x.safetensors"],
                "not a readable safetensors file",
            ),
            (&["info", "."], "cannot find a .png or .jpg file in"),
        ],
    );
}
