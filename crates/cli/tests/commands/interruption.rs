//! Runs that are killed, stopped, run out of disk, and are damaged, and are not lost.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use burn::tensor::TensorData;
use burnzmann::data::npy::{NpyArray, NpyValues};
use burnzmann::train::checkpoint;
use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{burnzmann, refused};

/// A run of a second or so that saves itself at each of many epochs.
const RUN: [&str; 13] = [
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
];
/// The epochs of that run.
const EPOCHS: u64 = 30;
const RESUME: [&str; 5] = [
    "--likelihood-every",
    "0",
    "--checkpoint-every",
    "0",
    "--quiet",
];

fn start(home: &Path, words: &[&str]) -> Child {
    let mut command = std::process::Command::cargo_bin("burnzmann").unwrap();
    command
        .current_dir(home)
        .env("HOME", home)
        .env_remove("BURN_DEVICE")
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

fn run(out: &str) -> Vec<&str> {
    [&RUN[..], &["--quiet", "--out", out]].concat()
}

fn resume(out: &str) -> Vec<&str> {
    [&["resume", out], &RESUME[..]].concat()
}

/// The model of the run and the best one, and the parameters of the last epoch.
fn model(home: &Path, out: &str) -> ([Vec<u8>; 2], TensorData) {
    let files = ["model.safetensors", "best.safetensors"]
        .map(|name| fs::read(home.join(out).join(name)).unwrap());
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let newest = home.join(out).join("checkpoint.safetensors");
    let last = checkpoint::load(&newest, &device).unwrap().model();
    (files, last.weight.val().into_data())
}

/// Waits for a file of a process that goes on.
fn wait_for(path: &Path, child: &mut Child) {
    let clock = Instant::now();
    while !path.exists() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before {}",
            path.display()
        );
        assert!(
            clock.elapsed() < Duration::from_mins(1),
            "no {}",
            path.display()
        );
        sleep(Duration::from_millis(2));
    }
}

/// Fractions that look random and are the same each time.
fn fraction(index: u32) -> f64 {
    (f64::from(index) * 0.618_033_988_749_895).fract()
}

/// Killed at any moment, again and again, a run ends with the parameters of one that was left alone.
/// `BURNZMANN_KILLS` says how often (10 unless it is set).
#[test]
fn killed_at_any_moment_it_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let clock = Instant::now();
    burnzmann(home).args(run("whole")).assert().success();
    let whole = clock.elapsed().as_secs_f64();
    let expected = model(home, "whole");
    let kills = std::env::var("BURNZMANN_KILLS").ok();
    let kills: u32 = kills.map_or(10, |kills| {
        kills.parse().expect("BURNZMANN_KILLS is a number")
    });
    let (mut done, mut run_number, mut midway) = (0, 0, 0);
    while done < kills {
        run_number += 1;
        let out = format!("run-{run_number}");
        // Two to four times in the life of a run, which gets a little further each time.
        for _ in 0..2 + run_number % 3 {
            let begun = home.join(&out).join("run.json").exists();
            let words = if begun { resume(&out) } else { run(&out) };
            let mut child = start(home, &words);
            sleep(Duration::from_secs_f64(fraction(done) * whole));
            // SIGKILL, which no process sees coming; nothing where it was done already.
            child.kill().unwrap();
            child.wait().unwrap();
            done += 1;
            let newest = home.join(&out).join("checkpoint.safetensors");
            let progress = checkpoint::progress(&newest);
            midway += usize::from(progress.is_ok_and(|progress| progress.epoch < EPOCHS));
        }
        let begun = home.join(&out).join("run.json").exists();
        let words = if begun { resume(&out) } else { run(&out) };
        burnzmann(home).args(&words).assert().success();
        assert!(model(home, &out) == expected, "after kill {done}");
        // What was being written when it was killed does not pile up.
        for entry in fs::read_dir(home.join(&out)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.starts_with('.'), "{name}");
        }
        fs::remove_dir_all(home.join(&out)).unwrap();
    }
    // Starting over would end the same: some of them have to have been in the middle.
    assert!(midway > 0);
}

#[cfg(unix)]
#[test]
fn asked_to_stop_it_saves_itself_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home).args(run("whole")).assert().success();
    let mut child = start(home, &run("part"));
    wait_for(&home.join("part/checkpoint.safetensors"), &mut child);
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    burnzmann(home).args(resume("part")).assert().success();
    assert!(model(home, "part") == model(home, "whole"));
}

/// However a run was interrupted, each epoch is one line, with the numbers that an uninterrupted run has.
#[test]
fn lines_of_json_go_on_where_they_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let logged = |out| [&run(out)[..], &["--log", "jsonl"]].concat();
    burnzmann(home).args(logged("whole")).assert().success();
    let mut child = start(home, &logged("part"));
    wait_for(&home.join("part/metrics.jsonl"), &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    // It goes on with the file that is there.
    burnzmann(home).args(resume("part")).assert().success();
    let lines = |out: &str| -> Vec<serde_json::Value> {
        let text = fs::read_to_string(home.join(out).join("metrics.jsonl")).unwrap();
        let objects = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        // What depends on the clock.
        let timeless = objects.map(|mut object| {
            for name in ["seconds", "rows_per_second"] {
                assert!(object[name].as_f64().unwrap() > 0.0);
                object[name] = 0.into();
            }
            object
        });
        timeless.collect()
    };
    let whole = lines("whole");
    assert_eq!(whole.len() as u64, EPOCHS);
    // To the bit: numbers of epochs before the kill went through a file.
    assert_eq!(lines("part"), whole);
    burnzmann(home)
        .args(["train", "--data", "digits", "--log", "tensorboard"])
        .assert()
        .code(2)
        .stderr(contains("tensorboard").and(contains("possible values: jsonl")));
}

/// Rows that stay in their file make the same run; a file that is cut meanwhile ends it with a sentence,
/// and with the file as it was it goes on.
#[test]
fn rows_in_a_file_that_is_cut_end_a_run_that_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let bits = (0..900 * 64usize).map(|cell| u8::from(cell * cell % 37 + cell / 64 % 5 > 17));
    let array = NpyArray {
        shape: vec![900, 8, 8],
        values: NpyValues::Bytes(bits.collect()),
    };
    let bytes = array.to_bytes();
    let path = home.join("rows.npy");
    fs::write(&path, &bytes).unwrap();
    let words = |out| {
        let mut words = run(out);
        words[2] = "rows.npy";
        words
    };
    burnzmann(home).args(words("whole")).assert().success();
    let streamed = [&words("part")[..], &["--stream"]].concat();
    let child = std::process::Command::cargo_bin("burnzmann")
        .unwrap()
        .current_dir(home)
        .env_remove("BURN_DEVICE")
        .args(&streamed)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    wait_for(&home.join("part/checkpoint.safetensors"), &mut child);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(5000).unwrap();
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.starts_with("error: rows.npy: truncated: expected 57728 bytes")
            && message.contains("go on with `burnzmann resume part`"),
        "{message}"
    );
    fs::write(&path, &bytes).unwrap();
    let words = [&resume("part")[..], &["--stream"]].concat();
    burnzmann(home).args(words).assert().success();
    assert!(model(home, "part") == model(home, "whole"));
    fs::write(home.join("rows.csv"), "0,1\n1,0\n").unwrap();
    refused(
        home,
        &[
            (
                &["train", "--data", "rows.csv", "--stream"],
                "rows.csv, header at byte 6: expected one of NumPy's format",
            ),
            (
                &["train", "--data", "digits", "--stream"],
                "--stream is for a .npy file",
            ),
        ],
    );
}

#[test]
fn a_second_process_in_one_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let long = [
        "train", "--data", "digits", "--epochs", "100000", "--quiet", "--out", "run",
    ];
    let mut child = start(home, &long);
    wait_for(&home.join("run/run.json"), &mut child);
    burnzmann(home)
        .args(["resume", "run"])
        .assert()
        .code(2)
        .stderr(contains("another process is working on this run"));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A bit that flipped on the disk: the checkpoint before it is taken, and the end is the same.
#[test]
fn a_damaged_checkpoint_falls_back_to_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home).args(run("run")).assert().success();
    let expected = model(home, "run");
    let newest = home.join("run/checkpoint.safetensors");
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    burnzmann(home)
        .args(resume("run"))
        .assert()
        .success()
        .stderr(
            contains("checkpoint.safetensors: not a readable safetensors file").and(contains(
                "going on from checkpoint-1.safetensors, at update",
            )),
        );
    assert!(model(home, "run") == expected);
    assert!(home.join("run/checkpoint.safetensors.damaged").exists());
    for name in ["checkpoint.safetensors", "checkpoint-1.safetensors"] {
        fs::write(home.join("run").join(name), "not one").unwrap();
    }
    burnzmann(home)
        .args(resume("run"))
        .assert()
        .code(2)
        .stderr(contains("no other checkpoint of this run is whole"));
}

/// A limit on the size of files stands for a disk that is full: what is written first fails, and the
/// run is where it was.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_it_with_the_last_checkpoint_whole() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home).args(run("whole")).assert().success();
    let mut child = start(home, &run("part"));
    wait_for(&home.join("part/checkpoint.safetensors"), &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = fs::read(home.join("part/checkpoint.safetensors")).unwrap();
    let binary = assert_cmd::cargo::cargo_bin("burnzmann");
    // Blocks of 512 or of 1024 bytes, whichever the shell has: a checkpoint is larger.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let output = std::process::Command::new("sh")
        .current_dir(home)
        .env_remove("BURN_DEVICE")
        .args(["-c", script])
        .arg(binary)
        .args(resume("part"))
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("checkpoint-new.safetensors: cannot write"),
        "{message}"
    );
    assert!(before.len() > 8 * 1024);
    assert!(fs::read(home.join("part/checkpoint.safetensors")).unwrap() == before);
    // With room again, it goes on.
    burnzmann(home).args(resume("part")).assert().success();
    assert!(model(home, "part") == model(home, "whole"));
}

/// What cannot be written to is said before any work; to the superuser every folder is open, so
/// there a file in the folder's place has to do.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    burnzmann(home).args(run("run")).assert().success();
    let before = fs::read(home.join("run/checkpoint.safetensors")).unwrap();
    fs::set_permissions(home.join("run"), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(home.join("run/lock"), fs::Permissions::from_mode(0o444)).unwrap();
    if fs::write(home.join("run/probe"), "").is_err() {
        burnzmann(home)
            .args(resume("run"))
            .assert()
            .code(2)
            .stderr(contains("cannot write"));
    }
    fs::set_permissions(home.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(fs::read(home.join("run/checkpoint.safetensors")).unwrap() == before);
    fs::write(home.join("file"), "").unwrap();
    burnzmann(home)
        .args(run("file/run"))
        .assert()
        .code(2)
        .stderr(contains("cannot make the folder"));
}
