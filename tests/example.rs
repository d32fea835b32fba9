//! The examples from outside: they print what their headers state.

use std::path::Path;
use std::process::{Command, Stdio};

/// Cargo builds examples beside the folder of tests.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a test is a file");
    let folder = test.ancestors().nth(2).expect("tests lie in a folder");
    Command::new(folder.join("examples").join(name))
}

/// Runs an example, whose last fractions have to be the expected ones up to the tolerance beside
/// each. It is as `source` has it that they are stated in the first lines.
///
/// A number that no random number has a part in may differ in its last digit. Of the others the tolerance is
/// about five standard deviations over seeds, since on another processor the sums of a training round
/// otherwise, which is another seed.
fn prints(name: &str, source: &str, expected: &[(&str, f64)]) {
    let output = example(name).env_remove("BURN_DEVICE").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let header: String = source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let fraction = |word: &str| {
        let word = word.trim_end_matches([',', ':']);
        word.contains('.').then(|| word.parse::<f64>().ok())?
    };
    let found: Vec<f64> = text.split_whitespace().filter_map(fraction).collect();
    let last = &found[found.len() - expected.len()..];
    for (found, (stated, tolerance)) in last.iter().zip(expected) {
        assert!(
            header.contains(stated),
            "the header does not state {stated}"
        );
        let difference = (found - stated.parse::<f64>().unwrap()).abs();
        assert!(difference < *tolerance, "{name}: {found}, and not {stated}");
    }
}

#[test]
fn anomaly() {
    let source = include_str!("../examples/anomaly.rs");
    prints("anomaly", source, &[(".76", 0.02), ("1.00", 0.01)]);
}

#[test]
fn digits_dbn() {
    let source = include_str!("../examples/digits_dbn.rs");
    prints("digits_dbn", source, &[("91.3", 1.5), ("87.3", 1.5)]);
}

#[test]
fn features() {
    let source = include_str!("../examples/features/main.rs");
    prints("features", source, &[(".950", 0.005), (".781", 0.001)]);
}

#[test]
fn gaussian() {
    let source = include_str!("../examples/gaussian.rs");
    prints(
        "gaussian",
        source,
        &[("-4.74", 0.006), ("-4.20", 0.03), ("-4.17", 0.006)],
    );
}

#[test]
fn inpainting() {
    let source = include_str!("../examples/inpainting.rs");
    prints(
        "inpainting",
        source,
        &[(".279", 0.001), (".230", 0.001), (".217", 0.008)],
    );
}

#[test]
fn own_loop() {
    let source = include_str!("../examples/own_loop.rs");
    prints("own_loop", source, &[("-3.52", 0.1)]);
}

fn output(name: &str, words: &[&str], out: &Path) -> (Option<i32>, String, String) {
    let mut command = example(name);
    let output = command.args(words).arg("--out").arg(out).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_main_job_leaves_a_model_that_is_better_than_independent_pixels() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let out = folder.path().join("run");
    let words = ["--data", "digits", "--epochs", "40"];
    let (code, text, error) = output("mnist", &words, &out);
    assert_eq!(code, Some(0), "{error}");
    assert!(
        text.contains("40/40") && text.contains("test rows: "),
        "{text}"
    );
    assert!(text.contains("nats better"), "{text}");
    let device = burnzmann::prelude::Device::default();
    let rbm = burnzmann::model::store::load(&out, &device).unwrap();
    assert_eq!((rbm.num_visible(), rbm.num_hidden()), (64, 64));
    for name in ["filters", "reconstructions", "fantasies", "curves"] {
        assert!(out.join(format!("{name}.png")).is_file(), "{name}");
    }
}

#[test]
fn own_algorithm() {
    let source = include_str!("../examples/own_algorithm.rs");
    let expected = [("0.008", 0.01), ("0.99", 0.02), ("-3.57", 0.15)];
    prints("own_algorithm", source, &expected);
}

#[test]
fn layers_make_a_network_and_a_classifier() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let out = folder.path().join("run");
    let words = [
        "--data",
        "digits",
        "--layers",
        "60,40",
        "--epochs",
        "100",
        "--finetune",
    ];
    let (code, text, error) = output("mnist", &words, &out);
    if cfg!(not(feature = "finetune")) {
        assert_eq!(code, Some(2));
        assert_eq!(
            error,
            "error: --finetune needs a build with `--features finetune`\n"
        );
        assert!(!out.exists());
        return;
    }
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("2: 100/100"), "{text}");
    let wrong = text
        .split("test error ")
        .nth(1)
        .expect("the error is stated");
    let percent: f64 = wrong.split(' ').next().unwrap().parse().unwrap();
    // 12 of three seeds, and five standard deviations of 180 rows.
    assert!(percent < 25.0, "of ten classes: {percent}");
    for name in [
        "dbn.safetensors",
        "classifier.safetensors",
        "filters-1.png",
        "filters-2.png",
        "generated.png",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
}

#[test]
fn bad_options_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let out = folder.path().join("run");
    let cases: [(&[&str], &str); 6] = [
        (&["--data", "digits", "--hidden", "0"], "num_hidden is 0"),
        (
            &["--layers", "30,20", "--hidden", "10"],
            "cannot be used with",
        ),
        (&["--batch", "0"], "batch_size is 0"),
        (&["--k", "0"], "k is 0"),
        (&["--device", "abacus"], "`abacus` is not in this build"),
        (&["--data", "mnist", "--data-dir", "nowhere"], "nowhere"),
    ];
    for (words, message) in cases {
        let (code, _, error) = output("mnist", words, &out);
        assert_eq!(code, Some(2), "{words:?}: {error}");
        assert!(
            error.contains(message) && !error.contains("panicked"),
            "{words:?}: {error}"
        );
        assert!(!out.exists(), "{words:?}");
    }
}

/// A folder that was named has to hold the images: nothing else is trained on instead.
#[test]
fn a_named_folder_without_mnist_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let (empty, out) = (folder.path().join("empty"), folder.path().join("run"));
    std::fs::create_dir(&empty).unwrap();
    let mut command = example("mnist");
    command.env("MNIST_DIR", &empty).arg("--out").arg(&out);
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(empty.to_str().unwrap()), "{error}");
    assert!(!out.exists());
}

#[test]
fn a_folder_with_something_in_it_is_not_written_to() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    std::fs::write(folder.path().join("model.safetensors"), "mine").unwrap();
    let (code, _, error) = output("mnist", &["--data", "digits"], folder.path());
    assert_eq!(code, Some(2), "{error}");
    assert!(
        error.contains("is not empty; name another folder"),
        "{error}"
    );
    let kept = std::fs::read_to_string(folder.path().join("model.safetensors"));
    assert_eq!(kept.unwrap(), "mine");
}

/// Closed before the first line is written.
#[test]
fn a_run_that_nobody_reads_is_finished() {
    let folder = tempfile::tempdir().expect("a folder for the run");
    let out = folder.path().join("run");
    let mut command = example("mnist");
    command
        .args(["--data", "digits", "--epochs", "1", "--out"])
        .arg(&out);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(out.join("model.safetensors").is_file());
}
