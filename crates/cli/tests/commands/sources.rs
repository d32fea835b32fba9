//! Data of the user's own.

use std::fs;

use burnzmann::data::npy::{NpyArray, NpyValues, write_npz};
use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{burnzmann, csv, refused, states};

fn ints(rows: &[Vec<f64>]) -> NpyArray {
    #[expect(clippy::cast_possible_truncation, reason = "zeros and ones")]
    let values = rows.iter().flatten().map(|&x| x as i64).collect();
    NpyArray {
        shape: vec![rows.len(), rows[0].len()],
        values: NpyValues::Integers(values),
    }
}

/// The same rows as text, as an array of an archive and as images train the same model.
#[test]
fn the_same_rows_in_any_format_train_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let rows = [states(4), states(4)].concat();
    fs::write(
        home.join("rows.csv"),
        "a;b;c;d\n".to_owned() + &csv(&rows).replace(',', ";"),
    )
    .unwrap();
    fs::write(
        home.join("rows.npz"),
        write_npz([("x", &ints(&rows)), ("y", &ints(&rows[..1]))]),
    )
    .unwrap();
    fs::write(home.join("rows.npy"), ints(&rows).to_bytes()).unwrap();
    let mut models = Vec::new();
    for (data, out) in [("rows.csv", "a"), ("rows.npz:x", "b"), ("rows.npy", "c")] {
        burnzmann(home)
            .args([
                "train", "--data", data, "--hidden", "3", "--epochs", "5", "--quiet", "--out", out,
            ])
            .assert()
            .success();
        models.push(fs::read(home.join(out).join("model.safetensors")).unwrap());
        burnzmann(home)
            .args(["evaluate", out, "--method", "exact"])
            .assert()
            .success();
    }
    assert!(models[0] == models[1] && models[0] == models[2]);
}

#[test]
fn a_folder_of_images_and_labels_make_an_embedding() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::create_dir(home.join("images")).unwrap();
    // Pictures of the program's own serve as images.
    for (name, bits) in [("a", 0b1001u8), ("b", 0b0110), ("c", 0b1111), ("d", 0b1000)] {
        let row: Vec<f32> = (0..4).map(|bit| f32::from(bits >> bit & 1)).collect();
        let shape = burnzmann::plot::ImageShape::new(2, 2);
        let tile = burnzmann::plot::fantasies(&row, shape).unwrap().title("");
        tile.save(home.join("images").join(format!("{name}.png")))
            .unwrap();
    }
    fs::write(home.join("labels.txt"), "0\n1\n0\n1\n").unwrap();
    burnzmann(home)
        .args([
            "train",
            "--data",
            "images",
            "--labels",
            "labels.txt",
            "--hidden",
            "4",
            "--epochs",
            "2",
        ])
        .args(["--out", "run"])
        .assert()
        .success();
    burnzmann(home)
        .args(["plot", "embedding", "run", "--split", "all"])
        .assert()
        .success()
        .stdout(contains("4 rows"));
    burnzmann(home)
        .args(["resume", "run", "--quiet"])
        .assert()
        .success();
}

#[test]
fn data_that_are_wrong_are_refused_before_a_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(home.join(name), bytes).unwrap();
    write("cell.csv", b"x,y\n1,0\n1,?\n");
    write("nan.csv", b"1,0\n1,NaN\n");
    write("width.csv", b"1,0\n1,0,1\n");
    write("empty.csv", b"");
    write("good.csv", b"1,0\n0,1\n1,1\n0,0\n");
    write("levels.csv", b"1,0\n0,7.5\n1,1\n0,0\n");
    write("few.txt", b"1\n2\n");
    let nan = NpyArray {
        shape: vec![1, 2],
        values: NpyValues::Doubles(vec![0.0, f64::NAN]),
    };
    write("nan.npy", &nan.to_bytes());
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999)}\n";
    let size = u16::try_from(text.len()).unwrap().to_le_bytes();
    let huge = [b"\x93NUMPY\x01\x00", &size[..], text.as_bytes()];
    write("huge.npy", &huge.concat());
    write("two.npz", &write_npz([("x", &nan), ("y", &nan)]));
    write("broken.npz", b"PK\x03\x04 and no more");
    fs::create_dir(home.join("folder")).unwrap();
    write("folder/a.png", b"\x89PNG, or so it says");
    let train = |data: &'static str| ["train", "--out", "run", "--epochs", "1", "--data", data];
    let cases = [
        (
            train("cell.csv"),
            "cell.csv, line 3: expected a finite number in column 2 (`y`), found `?`",
        ),
        (
            train("nan.csv"),
            "nan.csv, line 2: expected a finite number in column 2, found `NaN`",
        ),
        (
            train("width.csv"),
            "width.csv, line 2: expected 2 cells as in line 1, found 3 cells",
        ),
        (
            train("empty.csv"),
            "empty.csv, line 1: expected a row of numbers",
        ),
        (
            train("nan.npy"),
            "nan.npy, row 0, column 1: expected a finite number, found NaN",
        ),
        (
            train("huge.npy"),
            "huge.npy: truncated: expected 39999999200000",
        ),
        (train("two.npz"), "two.npz:NAME"),
        (train("broken.npz"), "a zip archive of .npy files"),
        (train("folder"), "a.png, image"),
        (
            train("nowhere.csv"),
            "expected auto, mnist, digits, bas4 or a file",
        ),
    ];
    for (words, message) in &cases {
        refused(home, &[(&words[..], message)]);
    }
    refused(
        home,
        &[
            (
                &["train", "--data", "good.csv", "--labels", "few.txt"],
                "expected 4 labels",
            ),
            (
                &["train", "--data", "digits", "--labels", "few.txt"],
                "--labels is for data in a file",
            ),
            (
                &["train", "--data", "levels.csv", "--binarise", "stochastic"],
                "a probability in [0, 1]",
            ),
        ],
    );
    assert!(!home.join("run").exists() && !home.join("runs").exists());
    burnzmann(home)
        .args([
            "train", "--data", "good.csv", "--epochs", "1", "--out", "run",
        ])
        .assert()
        .success()
        .stderr(contains("panicked").not());
}
