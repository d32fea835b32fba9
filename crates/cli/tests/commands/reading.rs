//! What the numbers of a file are taken for.

use std::fs;
use std::path::Path;

use burnzmann::data::npy::{NpyArray, NpyValues};
use burnzmann::data::{Scale, digits};
use burnzmann::model::store;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{array, assert_close, burnzmann, csv, refused, trained};

const ROWS: usize = 120;

/// Levels of the first digits, from 0 to `largest`.
pub(crate) fn levels(largest: u16) -> Vec<Vec<u8>> {
    let data = digits().with_scale(Scale::NONE);
    let mut row = [0.0; 64];
    let level = |x: &f32| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole numbers up to 16"
        )]
        let x = *x as u16;
        u8::try_from(x * largest / 16).unwrap()
    };
    (0..ROWS)
        .map(|index| {
            data.copy_row(index, &mut row);
            row.iter().map(level).collect()
        })
        .collect()
}

fn npy(path: &Path, values: NpyValues) {
    let shape = vec![values.len() / 64, 64];
    fs::write(path, NpyArray { shape, values }.to_bytes()).unwrap();
}

pub(crate) fn as_doubles(rows: &[Vec<u8>]) -> Vec<Vec<f64>> {
    let row = |row: &Vec<u8>| row.iter().map(|&x| f64::from(x)).collect();
    rows.iter().map(row).collect()
}

/// The same rows in every container, by the names of the files.
fn containers(home: &Path, rows: &[Vec<u8>]) -> [&'static str; 6] {
    let all = rows.concat();
    let doubles = all.iter().map(|&x| f64::from(x)).collect();
    npy(&home.join("uint8.npy"), NpyValues::Bytes(all.clone()));
    let integers = all.iter().map(|&x| i64::from(x)).collect();
    npy(&home.join("int64.npy"), NpyValues::Integers(integers));
    npy(&home.join("float64.npy"), NpyValues::Doubles(doubles));
    fs::write(home.join("rows.csv"), csv(&as_doubles(rows))).unwrap();
    let count = u32::try_from(rows.len()).unwrap().to_be_bytes();
    let header = [
        0, 0, 8, 3, count[0], count[1], count[2], count[3], 0, 0, 0, 8, 0, 0, 0, 8,
    ];
    fs::write(home.join("rows.idx"), [&header[..], &all].concat()).unwrap();
    fs::create_dir(home.join("images")).unwrap();
    for (index, row) in rows.iter().enumerate() {
        let file = fs::File::create(home.join(format!("images/{index:04}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, 8, 8);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(row).unwrap();
        writer.finish().unwrap();
    }
    [
        "uint8.npy",
        "int64.npy",
        "float64.npy",
        "rows.csv",
        "rows.idx",
        "images",
    ]
}

/// Trains for two epochs and says what was said about the data.
fn train(home: &Path, data: &str, out: &str, more: &[&str]) -> String {
    let assert = burnzmann(home)
        .args(["train", "--data", data, "--out", out])
        .args(["--hidden", "8", "--epochs", "2"])
        .args(more)
        .assert()
        .success();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn model(home: &Path, run: &str) -> Vec<u8> {
    fs::read(home.join(run).join("model.safetensors")).unwrap()
}

#[test]
fn the_same_levels_in_any_container_train_the_same_model() {
    for (largest, ones) in [
        (16, "divided by 16, on above 0.5"),
        (255, "divided by 255, on above 0.5"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let names = containers(home, &levels(largest));
        let mut share = None;
        for name in names {
            let out = format!("run-{name}");
            let said = train(home, name, &out, &[]);
            assert!(said.contains(ones), "{said}");
            let part = said.split(ones).nth(1).unwrap().to_owned();
            assert_eq!(share.get_or_insert(part.clone()), &part, "{name}");
            assert!(model(home, &out) == model(home, "run-uint8.npy"), "{name}");
        }
        train(home, "uint8.npy", "streamed", &["--stream"]);
        assert!(model(home, "streamed") == model(home, "run-uint8.npy"));
        // Their values are not those of another scale.
        train(home, "uint8.npy", "other", &["--scale", "20"]);
        assert!(model(home, "other") != model(home, "run-uint8.npy"));
        // And both numbers of levels are the same digits.
        let network = |name: &str| {
            burnzmann(home)
                .args([
                    "dbn", "pretrain", "--data", name, "--layers", "8,6", "--epochs", "1",
                ])
                .args(["--out", &format!("dbn-{name}")])
                .assert()
                .success()
                .stderr(contains("with the values as probabilities"));
            fs::read(home.join(format!("dbn-{name}/dbn.safetensors"))).unwrap()
        };
        assert!(network("uint8.npy") == network("rows.csv"));
    }
}

/// The embedded digits are divided by 16 as ever, and say so.
#[test]
fn every_command_says_what_it_read_unless_it_is_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    let run = run.to_str().unwrap();
    let line = "digits: 1797 rows x 64 columns, uint8, whole numbers from 0 to 16 (17 distinct), divided \
                by 16, on above 0.5: 29.3 % ones; 3 constant columns, 13 after the threshold\n";
    let commands: [&[&str]; 10] = [
        &[
            "train", "--data", "digits", "--epochs", "1", "--hidden", "4", "--out", "run",
        ],
        &["resume", "run"],
        &["evaluate", run, "--method", "pseudo", "--json"],
        &["encode", run],
        &["reconstruct", run],
        &["free-energy", run],
        &["inpaint", run, "--mask", "top", "--sweeps", "2"],
        &["sample", run, "--from", "data", "--sweeps", "2"],
        &["plot", "embedding", run],
        &["plot", "filters", run, "--by-use"],
    ];
    for words in commands {
        let output = burnzmann(home).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), line, "{words:?}");
    }
    let page = ["report", run, "--chains", "0", "--out", "page.html"];
    let report = burnzmann(home).args(page).output().unwrap();
    assert_eq!(String::from_utf8(report.stderr).unwrap(), line);
    let quiet = train(home, "digits", "quiet", &["--quiet"]);
    assert_eq!(quiet, "");
    let config: Value =
        serde_json::from_str(&fs::read_to_string(home.join("run/run.json")).unwrap()).unwrap();
    assert_eq!(
        (&config["scale"], &config["binarise"]),
        (&16.0.into(), &"threshold".into())
    );
}

/// Rows that alone would be taken for something else are read as those that were trained on.
#[test]
fn a_model_reads_later_files_as_it_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let rows = levels(16);
    npy(&home.join("rows.npy"), NpyValues::Bytes(rows.concat()));
    train(home, "rows.npy", "run", &["--likelihood-every", "1"]);
    // None is above 15: by themselves, these would be divided by 15, and 8 be on.
    let some: Vec<Vec<u8>> = rows
        .iter()
        .filter(|row| !row.contains(&16))
        .cloned()
        .collect();
    assert!(some.iter().flatten().any(|&x| x == 8) && some.len() > 3);
    fs::write(home.join("some.csv"), csv(&as_doubles(&some))).unwrap();
    let fractions: Vec<Vec<f64>> = as_doubles(&some)
        .into_iter()
        .map(|row| row.into_iter().map(|x| x / 16.0).collect())
        .collect();
    fs::write(home.join("fractions.csv"), csv(&fractions)).unwrap();
    let encode = |model: &str, data: &str, more: &[&str]| {
        burnzmann(home)
            .args(["encode", model, "--data", data, "--out", "hidden.npy"])
            .args(more)
            .assert()
            .success();
        array(&home.join("hidden.npy")).1
    };
    let expected = encode("run", "fractions.csv", &["--scale", "none"]);
    let convert = |from: &str, to: &str| {
        burnzmann(home)
            .args(["convert", from, to])
            .assert()
            .success();
    };
    convert("run", "taken.safetensors");
    convert("run/model.safetensors", "again.safetensors");
    convert("again.safetensors", "folder");
    for model in [
        "run",
        "taken.safetensors",
        "again.safetensors",
        "folder",
        "run/model.safetensors",
    ] {
        assert_eq!(encode(model, "some.csv", &[]), expected, "{model}");
    }
    // Files of other programs' kinds have it where these do not look.
    for kind in ["npz", "pt", "h5"] {
        let file = format!("taken.{kind}");
        burnzmann(home)
            .args(["convert", "run", &file])
            .assert()
            .success()
            .stderr(contains("numbers divided by 16, --binarise threshold"));
        assert_eq!(encode(&file, "some.csv", &[]), expected, "{kind}");
        let back = format!("{kind}.safetensors");
        let output = burnzmann(home).args(["convert", &file, &back]).output();
        let said = String::from_utf8(output.unwrap().stdout).unwrap();
        assert!(!said.contains("not used"), "{said}");
        assert_eq!(encode(&back, "some.csv", &[]), expected, "{kind}");
    }
    assert_eq!(
        encode("run/best.safetensors", "some.csv", &[]),
        encode("run", "fractions.csv", &["--best", "--scale", "none"])
    );
    // An option comes first, and is said to.
    assert_ne!(encode("run", "some.csv", &["--scale", "auto"]), expected);
    burnzmann(home)
        .args([
            "encode",
            "run",
            "--data",
            "some.csv",
            "--scale",
            "auto",
            "--binarise",
            "none",
        ])
        .assert()
        .success()
        .stderr(
            contains("note: --scale: numbers are divided by 15 here, and were divided by 16")
                .and(contains("note: --binarise is none here, and was threshold")),
        );
    // Without notes, as in the file of an older version, the numbers themselves decide.
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let rbm = store::load(&home.join("run"), &device).unwrap();
    store::save_file(&rbm, &home.join("bare.safetensors")).unwrap();
    assert_eq!(
        encode("bare.safetensors", "some.csv", &[]),
        encode("run", "some.csv", &["--scale", "15"])
    );
    // What is beyond the scale may be on another one.
    let large: Vec<Vec<f64>> = as_doubles(&levels(255));
    fs::write(home.join("large.csv"), csv(&large)).unwrap();
    refused(
        home,
        &[(
            &["encode", "run", "--data", "large.csv"],
            "(after division by 16); give --scale 255 if 255 is to stand for 1",
        )],
    );
    let all = fs::read(home.join("rows.npy")).unwrap();
    fs::write(home.join("copy.npy"), all).unwrap();
    assert_eq!(
        encode("run", "large.csv", &["--scale", "255"]),
        encode("run", "copy.npy", &[])
    );
}

/// The runs of versions that kept no scale: bytes are out of 255, other numbers as they are.
#[test]
fn a_run_without_a_scale_is_evaluated_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let rows = levels(16);
    npy(
        &home.join("rows.npy"),
        NpyValues::Bytes(levels(200).concat()),
    );
    fs::write(home.join("rows.csv"), csv(&as_doubles(&rows))).unwrap();
    let evaluated = |run: &str| -> Value {
        let output = burnzmann(home)
            .args(["evaluate", run, "--method", "exact", "--json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found["log_likelihood"].clone()
    };
    for (data, run, options) in [
        ("rows.npy", "bytes", &["--scale", "255"][..]),
        (
            "rows.csv",
            "text",
            &["--scale", "none", "--binarise", "threshold"],
        ),
    ] {
        train(home, data, run, options);
        let expected = evaluated(run);
        let path = home.join(run).join("run.json");
        let mut config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(config.as_object_mut().unwrap().remove("scale").is_some());
        fs::write(&path, config.to_string()).unwrap();
        assert_eq!(evaluated(run), expected, "{data}");
        let converted = format!("{run}.safetensors");
        burnzmann(home)
            .args(["convert", run, &converted])
            .assert()
            .success();
        let found = |model: &str| {
            let words = ["encode", model, "--data", data, "--out", "hidden.npy"];
            burnzmann(home).args(words).assert().success();
            array(&home.join("hidden.npy")).1
        };
        assert_eq!(found(&converted), found(run));
    }
}

#[test]
fn what_nothing_can_be_made_of_is_refused_before_a_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let write = |name: &str, most: u16, shift: i16| {
        let number =
            |row: u16, column: u16| (row * 797 + column * 353 + row * column * 31) % (most + 1);
        let line = |row: u16| {
            let cells =
                (0..6).map(|column| (number(row, column).cast_signed() + shift).to_string());
            cells.collect::<Vec<_>>().join(",") + "\n"
        };
        fs::write(home.join(name), (0..40).map(line).collect::<String>()).unwrap();
    };
    write("stars.csv", 5, 0);
    write("missing.csv", 6, -1);
    write("below.csv", 300, -100);
    write("twelve.csv", 4095, 0);
    write("dark.csv", 100, 0);
    let half = |_: u16| "0.5,0.25,2.5\n0,1,0\n";
    let spin = |row: u16| {
        if row.is_multiple_of(2) {
            "-1,1,1\n"
        } else {
            "1,-1,1\n"
        }
    };
    fs::write(
        home.join("spins.csv"),
        (0..40).map(spin).collect::<String>(),
    )
    .unwrap();
    fs::write(home.join("real.csv"), (0..20).map(half).collect::<String>()).unwrap();
    let train = |data: &'static str| ["train", "--out", "run", "--epochs", "1", "--data", data];
    for (words, message) in [
        (
            train("stars.csv"),
            "whole numbers from 0 to 5 may be levels, counts or ratings",
        ),
        (
            train("missing.csv"),
            "whole numbers from -1 to 5 may be levels, counts or ratings",
        ),
        (
            train("below.csv"),
            "numbers below 0 are for Gaussian units (--visible gaussian), or --binarise",
        ),
        (
            train("spins.csv"),
            "numbers below 0 are for Gaussian units (--visible gaussian), and -1 and 1 alone for spins, too \
             (--visible spin), or --binarise",
        ),
        (train("twelve.csv"), "give --scale"),
        (
            train("real.csv"),
            "row 0, column 2: expected a value in [0, 1] for binary units, found 2.5",
        ),
    ] {
        refused(home, &[(&words[..], message)]);
    }
    let with = |data, more: [&'static str; 2]| [&train(data)[..], &more].concat();
    for (words, message) in [
        (
            with("dark.csv", ["--scale", "255"]),
            "all columns are off at the threshold 0.5",
        ),
        (
            with("stars.csv", ["--binarise", "threshold"]),
            "all columns are off at the threshold 0.5",
        ),
        (
            with("real.csv", ["--binarise", "none"]),
            "expected a value in [0, 1]",
        ),
        (
            with("twelve.csv", ["--binarise", "stochastic"]),
            "a probability in [0, 1]",
        ),
        (
            with("dark.csv", ["--scale", "0"]),
            "expected auto, none, or the number above 0",
        ),
    ] {
        refused(home, &[(&words[..], message)]);
    }
    burnzmann(home)
        .args(["dbn", "pretrain", "--data", "twelve.csv", "--out", "run"])
        .assert()
        .code(2)
        .stderr(contains("a probability in [0, 1]"));
    assert!(!home.join("run").exists() && !home.join("runs").exists());
    for (out, words) in [
        ("a", with("stars.csv", ["--scale", "5"])),
        ("b", with("real.csv", ["--binarise", "threshold"])),
        ("c", with("twelve.csv", ["--scale", "4095"])),
    ] {
        let words = words
            .iter()
            .map(|&word| if word == "run" { out } else { word });
        burnzmann(home).args(words).assert().success();
    }
    // Most columns are lost, not all.
    let rare = |row: u16| format!("{},{},{},{}\n", row % 3, row % 4, row % 5, 15 * (row % 2));
    fs::write(home.join("rare.csv"), (0..40).map(rare).collect::<String>()).unwrap();
    burnzmann(home)
        .args([
            "train", "--data", "rare.csv", "--out", "rare", "--epochs", "1",
        ])
        .assert()
        .success()
        .stderr(contains(
            "note: of 4 columns that vary, 3 do not after the threshold 0.5",
        ));
}

/// On levels, against the mean of the hidden units in plain loops.
#[test]
fn gray_levels_train_as_they_are_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (data, out) in [("digits", "run"), ("bas4", "states")] {
        let said = train(home, data, out, &["--binarise", "none"]);
        let note = said.contains("note: gray levels are no states of binary units");
        assert_eq!(note, data == "digits", "{said}");
        let metrics = fs::read_to_string(home.join(out).join("metrics.csv")).unwrap();
        assert_eq!(metrics.lines().count(), 3, "{metrics}");
        assert!(metrics.contains("reconstruction_error"), "{metrics}");
        assert_eq!(
            metrics.contains("log_likelihood"),
            data == "bas4",
            "{metrics}"
        );
        let best = home.join(out).join("best.safetensors");
        assert_eq!(best.exists(), data == "bas4");
    }
    burnzmann(home)
        .args([
            "evaluate",
            "run",
            "--chains",
            "20",
            "--schedule",
            "linear:50",
            "--burn-in",
            "8",
        ])
        .assert()
        .success();
    burnzmann(home)
        .args(["encode", "run", "--split", "all", "--out", "hidden.npy"])
        .assert()
        .success();
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let rbm = store::load(&home.join("run"), &device).unwrap();
    let numbers = |x: Vec<f32>| x.into_iter().map(f64::from).collect::<Vec<_>>();
    let weight = numbers(rbm.weight.val().into_data().iter::<f32>().collect());
    let bias = numbers(rbm.hidden.bias().into_data().iter::<f32>().collect());
    let mut row = [0.0; 64];
    digits().copy_row(1000, &mut row);
    let expected: Vec<f64> = (0..8)
        .map(|j| {
            let inputs = (0..64).map(|i| f64::from(row[i]) * weight[i * 8 + j]);
            1.0 / (1.0 + (-bias[j] - inputs.sum::<f64>()).exp())
        })
        .collect();
    let (_, found) = array(&home.join("hidden.npy"));
    assert_close(&found[8000..8008], &expected, 1e-5);
}

/// In a run, taken out of it, and without any notes: real values are never cut at one half.
#[test]
fn a_gaussian_model_out_of_its_run_is_given_real_values() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let number = |row: usize, column: usize| {
        (1.0 + 7.3 * row as f64 + 2.9 * column as f64).sin() + 1.5 * (row % 2) as f64
    };
    let rows: Vec<Vec<f64>> = (0..100)
        .map(|row| (0..4).map(|column| number(row, column)).collect())
        .collect();
    fs::write(home.join("rows.csv"), csv(&rows)).unwrap();
    let toml = "data = \"rows.csv\"\n[model]\nnum_hidden = 3\nvisible = { kind = \"gaussian\" }\n\
                [train]\nepochs = 5\nlearning_rate = { kind = \"constant\", rate = 0.01 }\n";
    fs::write(home.join("run.toml"), toml).unwrap();
    burnzmann(home)
        .args(["train", "--config", "run.toml", "--out", "run"])
        .assert()
        .success()
        .stderr(contains("as they are, not binarised").and(contains("note").not()));
    burnzmann(home)
        .args(["convert", "run", "taken.safetensors"])
        .assert()
        .success();
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let rbm = store::load(&home.join("run"), &device).unwrap();
    store::save_file(&rbm, &home.join("bare.safetensors")).unwrap();
    let found = |model: &str, more: &[&str]| {
        let run = |words: &[&str]| {
            let output = burnzmann(home)
                .args(words)
                .args(["--data", "rows.csv"])
                .args(more)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            output.stdout
        };
        let evaluated: Value =
            serde_json::from_slice(&run(&["evaluate", model, "--json"])).unwrap();
        run(&["encode", model, "--out", "hidden.npy"]);
        let hidden = fs::read(home.join("hidden.npy")).unwrap();
        (
            evaluated["log_likelihood"].clone(),
            hidden,
            run(&["free-energy", model]),
        )
    };
    let expected = found("run", &[]);
    assert!(found("taken.safetensors", &[]) == expected);
    assert!(found("bare.safetensors", &[]) == expected);
    assert!(found("bare.safetensors", &["--binarise", "threshold"]) != expected);
}

/// Gray levels of images are divided for real-valued units, too; columns of real numbers are not.
#[test]
fn gray_images_are_scaled_for_gaussian_units() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let names = containers(home, &levels(255));
    fs::write(
        home.join("run.toml"),
        "[model]\nvisible = { kind = \"gaussian\" }\n",
    )
    .unwrap();
    for name in names {
        let out = format!("run-{name}");
        let said = train(home, name, &out, &["--config", "run.toml", "--lr", "0.001"]);
        assert!(said.contains("divided by 255, not binarised"), "{said}");
        assert!(model(home, &out) == model(home, "run-uint8.npy"), "{name}");
    }
}

/// All rows of a file that is named, however its path is spelt; a part of it where one is asked for.
#[test]
fn all_rows_of_a_file_that_is_named_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("rows.csv"), csv(&as_doubles(&levels(16)))).unwrap();
    train(home, "rows.csv", "run", &[]);
    let absolute = home.join("rows.csv");
    let encode = |more: &[&str]| {
        burnzmann(home)
            .args(["encode", "run", "--out", "hidden.npy"])
            .args(more)
            .assert()
            .success();
        array(&home.join("hidden.npy"))
    };
    let all = encode(&["--data", "rows.csv"]);
    assert_eq!(all.0, [ROWS, 8]);
    for path in ["./rows.csv", "run/../rows.csv", absolute.to_str().unwrap()] {
        assert_eq!(encode(&["--data", path]), all, "{path}");
        for part in ["train", "validation", "test"] {
            let expected = encode(&["--split", part]);
            assert_eq!(
                encode(&["--data", path, "--split", part]),
                expected,
                "{path}"
            );
        }
    }
    assert_eq!(encode(&[]).0, [ROWS / 10, 8]);
    assert_eq!(encode(&["--split", "all"]), all);
}

/// Rows that are all the same have nothing to be learned, whatever their numbers are taken for.
#[test]
fn a_table_of_constant_columns_alone_is_refused_by_what_trains() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::write(home.join("same.csv"), "1,0,1\n".repeat(30)).unwrap();
    fs::write(home.join("grey.csv"), "0.25,0.5,2\n".repeat(30)).unwrap();
    fs::write(home.join("one.csv"), "1,0,1\n".repeat(29) + "1,1,1\n").unwrap();
    let train = |data: &'static str| ["train", "--out", "run", "--epochs", "1", "--data", data];
    let pretrain = |data: &'static str| {
        [
            "dbn", "pretrain", "--out", "run", "--layers", "2", "--epochs", "1", "--data", data,
        ]
    };
    let message = "all 3 columns are constant: the 30 rows are the same";
    let gaussian = [&pretrain("grey.csv")[..], &["--visible", "gaussian"]].concat();
    let drawn = [&train("same.csv")[..], &["--binarise", "stochastic"]].concat();
    let quiet = [&train("same.csv")[..], &["--quiet"]].concat();
    refused(
        home,
        &[
            (&train("same.csv"), message),
            (&drawn, message),
            (&quiet, message),
            (&pretrain("same.csv"), message),
            (&gaussian, message),
        ],
    );
    assert!(!home.join("run").exists() && !home.join("runs").exists());
    // One column that varies is enough; and a model may be shown rows that are the same.
    burnzmann(home).args(train("one.csv")).assert().success();
    burnzmann(home)
        .args(["encode", "run", "--data", "same.csv", "--out", "hidden.npy"])
        .assert()
        .success();
}
