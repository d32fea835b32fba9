//! What shells do to a program: signals, pipes that are closed, and names that are no text.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use burnzmann::data::npy::{NpyArray, NpyValues, write_npz};
use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{array, burnzmann, trained};

fn command(home: &Path, words: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::cargo_bin("burnzmann").unwrap();
    command
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home)
        .env_remove("MNIST_DIR")
        .env_remove("BURN_DEVICE")
        .args(words);
    command
}

/// Runs until a file is there, sends the signal, and returns the exit code and the message.
fn stopped(home: &Path, words: &[&str], file: &str, signal: &str) -> (Option<i32>, String) {
    let mut command = command(home, words);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child: Child = command.spawn().unwrap();
    let clock = Instant::now();
    while !home.join(file).exists() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before {file}"
        );
        assert!(clock.elapsed() < Duration::from_mins(1), "no {file}");
        sleep(Duration::from_millis(2));
    }
    let id = child.id().to_string();
    let kill = std::process::Command::new("kill")
        .args([signal, &id])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), message)
}

/// SIGTERM is what batch systems send before they kill: the run saves itself, and the exit code tells it
/// from Ctrl-C.
#[test]
fn asked_to_terminate_a_run_saves_itself_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let words = |out| {
        [
            "train",
            "--data",
            "digits",
            "--hidden",
            "16",
            "--epochs",
            "30",
            "--batch",
            "50",
            "--likelihood-every",
            "0",
            "--checkpoint-every",
            "0",
            "--quiet",
            "--out",
            out,
        ]
    };
    burnzmann(home).args(words("whole")).assert().success();
    let file = "part/checkpoint.safetensors";
    let (code, message) = stopped(home, &words("part"), file, "-TERM");
    assert_eq!(code, Some(143), "{message}");
    assert!(
        message.contains("interrupted: saved after update") && message.contains("resume part"),
        "{message}"
    );
    burnzmann(home)
        .args(["resume", "part", "--likelihood-every", "0", "--quiet"])
        .assert()
        .success();
    let model = |out: &str| fs::read(home.join(out).join("model.safetensors")).unwrap();
    assert!(model("part") == model("whole"));
}

/// Every training of a network, by either signal; patience does not make an interrupted tuning a finished
/// one.
#[test]
fn trainings_of_networks_are_stopped_alike() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let net = [
        "dbn", "pretrain", "--data", "digits", "--layers", "12", "--quiet", "--out", "net",
    ];
    let words = [&net[..], &["--epochs", "100000"]].concat();
    let file = "net/layers/layer-1/checkpoint.safetensors";
    let (code, message) = stopped(home, &words, file, "-TERM");
    assert_eq!(code, Some(143), "{message}");
    assert!(message.contains("--resume net"), "{message}");

    fs::remove_dir_all(home.join("net")).unwrap();
    let words = [&net[..], &["--epochs", "1"]].concat();
    burnzmann(home).args(words).assert().success();
    let words = ["dbn", "up-down", "net", "--epochs", "100000", "--quiet"];
    let (code, message) = stopped(home, &words, "net/up-down-checkpoint.safetensors", "-TERM");
    assert_eq!(code, Some(143), "{message}");
    for (signal, expected, name) in [("-INT", 130, "a"), ("-TERM", 143, "b")] {
        let words = [
            "dbn",
            "finetune",
            "net",
            "--epochs",
            "100000",
            "--patience",
            "100000",
            "--quiet",
            "--name",
            name,
        ];
        let file = format!("net/{name}/history-1.json");
        let (code, message) = stopped(home, &words, &file, signal);
        assert_eq!(code, Some(expected), "{message}");
        assert!(
            message.contains("of 100000 epochs") && message.contains("--resume"),
            "{message}"
        );
        assert!(
            !home
                .join("net")
                .join(name)
                .join("classifier.safetensors")
                .exists()
        );
    }
}

/// With nobody to read it, no command panics: what is only shown is over, and what leaves files does all
/// of its work.
#[test]
fn output_into_a_closed_pipe_ends_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    let run = run.to_str().unwrap();
    let train = [
        "train", "--data", "digits", "--hidden", "8", "--epochs", "2", "--out", "run",
    ];
    let net = [
        "dbn",
        "pretrain",
        "--data",
        "digits",
        "--layers",
        "8",
        "--epochs",
        "1",
        "--classes",
    ];
    let net = [&net[..], &["--out", "net"]].concat();
    let cases: [&[&str]; 17] = [
        &train,
        &["resume", "run"],
        &net,
        &["dbn", "evaluate", "net", "--no-bound", "--json"],
        &["dbn", "classify", "net"],
        &[
            "dbn", "finetune", "net", "--random", "--epochs", "1", "--json",
        ],
        &[
            "dbn", "generate", "net", "--sweeps", "1", "--out", "net.npy",
        ],
        &["info", run],
        &["info", run, "--json"],
        &["free-energy", run],
        &["encode", run],
        &["reconstruct", run],
        &["evaluate", run, "--method", "exact"],
        &["plot", "curves", run, "--out", "curves.png"],
        &["convert", run, "model.npz"],
        &["devices"],
        &["completions", "bash"],
    ];
    for words in cases {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (errors, to_errors) = std::io::pipe().unwrap();
        let mut command = command(home, words);
        let child = command.stdout(writer).stderr(to_errors).spawn();
        drop(command);
        let message = std::io::read_to_string(errors).unwrap();
        let status = child.unwrap().wait().unwrap();
        assert_eq!(status.code(), Some(0), "{words:?}: {message}");
        assert!(
            !message.contains("panicked") && !message.contains("roken pipe"),
            "{words:?}: {message}"
        );
    }
    for left in [
        "run/model.safetensors",
        "net/dbn.safetensors",
        "hidden.npy",
        "model.npz",
    ] {
        assert!(home.join(left).exists(), "{left}");
    }
    // Both streams at once, as with `2>&1 | head`.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let both = writer.try_clone().unwrap();
    let mut refused = command(home, &["info", "nothing"]);
    let status = refused.stdout(both).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

/// A disk that is full is an error, and no panic.
#[cfg(target_os = "linux")]
#[test]
fn output_onto_a_full_disk_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = command(folder.path(), &["devices"]);
    let output = command
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.starts_with("error: cannot write to standard output"),
        "{message}"
    );
}

/// Paths are bytes on Unix: where they are not UTF-8 every command takes them, and a run remembers them.
#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text_are_taken_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let odd = OsStr::from_bytes(b"caf\xe9");
    let root = home.join(odd);
    fs::create_dir(&root).unwrap();
    let rows = "1,0,1,0\n0,1,1,0\n1,1,0,1\n0,0,1,1\n".repeat(25);
    fs::write(root.join("rows.csv"), rows).unwrap();
    fs::write(root.join("labels.csv"), "0\n1\n2\n1\n".repeat(25)).unwrap();
    let path = |name: &str| Path::new(odd).join(name).into_os_string();
    let run = |words: &[&str], paths: &[(&str, &OsString)]| {
        let mut command = burnzmann(home);
        command.args(words);
        for (option, path) in paths {
            // An argument of its own where there is no option.
            if !option.is_empty() {
                command.arg(option);
            }
            command.arg(path);
        }
        let panicked = contains("panicked").not();
        command.assert().success().stderr(panicked);
    };
    let (data, labels, net, rbm) = (
        path("rows.csv"),
        path("labels.csv"),
        path("net"),
        path("rbm"),
    );
    let small = ["train", "--hidden", "3", "--epochs", "2", "--quiet"];
    run(
        &small,
        &[("--data", &data), ("--labels", &labels), ("--out", &rbm)],
    );
    let small = [
        "dbn", "pretrain", "--layers", "3,2", "--epochs", "1", "--quiet",
    ];
    run(
        &small,
        &[("--data", &data), ("--labels", &labels), ("--out", &net)],
    );
    // By what the runs remember.
    run(&["resume"], &[("", &rbm)]);
    run(
        &["dbn", "finetune", "--epochs", "1"],
        &[("", &net), ("--name", &odd.to_owned())],
    );
    run(
        &["dbn", "classify"],
        &[("", &net), ("--name", &odd.to_owned())],
    );
    for command in ["evaluate", "free-energy", "info", "report"] {
        run(&[command], &[("", &rbm)]);
    }
    // By what is given.
    let hidden = path("hidden.npy");
    run(
        &["encode"],
        &[("", &rbm), ("--data", &data), ("--out", &hidden)],
    );
    assert_eq!(array(&home.join(&hidden)).0, [100, 3]);
    run(
        &["encode"],
        &[("", &net), ("--data", &data), ("--out", &hidden)],
    );
    assert_eq!(array(&home.join(&hidden)).0, [100, 2]);
    let again = path("again.npy");
    run(
        &["reconstruct"],
        &[("", &rbm), ("--data", &data), ("--out", &again)],
    );
    fs::write(root.join("mask.csv"), "1,0,0,0\n").unwrap();
    let mask = path("mask.csv");
    run(
        &["inpaint"],
        &[("", &rbm), ("--data", &data), ("--mask", &mask)],
    );
    let npz = path("model.npz");
    run(&["convert"], &[("", &rbm), ("", &npz)]);
    run(&["free-energy"], &[("", &npz), ("--data", &data)]);
    run(&["info"], &[("", &npz)]);
    let bits = NpyArray {
        shape: vec![3, 4],
        values: NpyValues::Bytes(vec![1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0]),
    };
    fs::write(root.join("rows.npz"), write_npz([("rows", &bits)])).unwrap();
    let member = path("rows.npz:rows");
    let given = [("", &npz), ("--data", &member), ("--out", &hidden)];
    run(&["encode"], &given);
    assert_eq!(array(&home.join(&hidden)).0, [3, 3]);
    run(&["dbn", "generate"], &[("", &net), ("--out", &again)]);
}
