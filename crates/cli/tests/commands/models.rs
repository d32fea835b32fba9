//! What is done with a trained model, against the same in plain loops.

use std::fs;

use predicates::str::contains;

use crate::fixture::{Plain, array, assert_close, burnzmann, csv, refused, states, trained};

/// Features, reconstructions and free energies of all states of five units.
#[test]
fn rows_are_encoded_reconstructed_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let plain = Plain::new(5, 3);
    plain.write_sklearn(&home.join("model.npz"));
    let rows = states(5);
    fs::write(home.join("rows.csv"), csv(&rows)).unwrap();
    let run = |words: &[&str]| {
        let mut command = burnzmann(home);
        command
            .args(words)
            .args(["--data", "rows.csv"])
            .assert()
            .success();
    };
    run(&["encode", "model.npz", "--out", "hidden.npy"]);
    let (shape, found) = array(&home.join("hidden.npy"));
    assert_eq!(shape, [32, 3]);
    let expected: Vec<f64> = rows.iter().flat_map(|v| plain.hidden_mean(v)).collect();
    assert_close(&found, &expected, 1e-6);

    run(&["reconstruct", "model.npz", "--out", "again.npy"]);
    let (shape, found) = array(&home.join("again.npy"));
    assert_eq!(shape, [32, 5]);
    let again = |v: &Vec<f64>| plain.visible_mean(&plain.hidden_mean(v));
    assert_close(
        &found,
        &rows.iter().flat_map(again).collect::<Vec<_>>(),
        1e-6,
    );

    run(&["free-energy", "model.npz", "--out", "scores.npy"]);
    let (shape, found) = array(&home.join("scores.npy"));
    assert_eq!(shape, [32]);
    let scores: Vec<f64> = rows.iter().map(|v| plain.free_energy(v)).collect();
    assert_close(&found, &scores, 1e-5);

    // The strangest row is the first line of a table.
    let strangest = (0..32)
        .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
        .unwrap();
    burnzmann(home)
        .args([
            "free-energy",
            "model.npz",
            "--data",
            "rows.csv",
            "--top",
            "3",
        ])
        .assert()
        .success()
        .stdout(contains(format!("row,free_energy\n{strangest},")));
}

#[test]
fn labels_go_with_rows_into_tables() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    Plain::new(3, 2).write_sklearn(&home.join("model.npz"));
    fs::write(home.join("rows.csv"), csv(&states(3))).unwrap();
    fs::write(home.join("labels.txt"), "7\n6\n5\n4\n3\n2\n1\n0\n").unwrap();
    burnzmann(home)
        .args([
            "encode",
            "model.npz",
            "--data",
            "rows.csv",
            "--labels",
            "labels.txt",
        ])
        .args(["--draws", "--out", "hidden.csv"])
        .assert()
        .success();
    let table = fs::read_to_string(home.join("hidden.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines.len(), lines[0]), (9, "h0,h1,label"));
    for (line, label) in lines[1..].iter().zip((0..8).rev()) {
        let cells: Vec<&str> = line.split(',').collect();
        assert!(cells[..2].iter().all(|h| ["0", "1"].contains(h)), "{line}");
        assert_eq!(cells[2], label.to_string());
    }
}

/// The share of each state among many draws is its probability, within five standard errors.
#[test]
fn draws_have_the_distribution_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let plain = Plain::new(3, 2);
    plain.write_sklearn(&home.join("model.npz"));
    let n = 20_000;
    let draw = |seed: &str, out: &str| {
        burnzmann(home)
            .args([
                "sample",
                "model.npz",
                "--draws",
                "--sweeps",
                "50",
                "--chains",
                "20000",
            ])
            .args(["--seed", seed, "--out", out])
            .assert()
            .success();
        fs::read(home.join(out)).unwrap()
    };
    let first = draw("1", "a.npy");
    assert!(first == draw("1", "b.npy") && first != draw("2", "c.npy"));
    let (shape, found) = array(&home.join("a.npy"));
    assert_eq!(shape, [n, 3]);
    let weights: Vec<f64> = states(3)
        .iter()
        .map(|v| (-plain.free_energy(v)).exp())
        .collect();
    let total: f64 = weights.iter().sum();
    for (state, weight) in states(3).iter().zip(weights) {
        let p = weight / total;
        let count = found.chunks(3).filter(|row| row == state).count();
        let z = (count as f64 - n as f64 * p) / (n as f64 * p * (1.0 - p)).sqrt();
        assert!(z.abs() < 5.0, "{state:?}: {count} of {n} at {p}");
    }
}

/// Without weights the means are those of the biases, whatever the chains did.
#[test]
fn means_are_written_unless_draws_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let mut plain = Plain::new(4, 2);
    plain.w.iter_mut().flatten().for_each(|w| *w = 0.0);
    plain.write_sklearn(&home.join("model.npz"));
    burnzmann(home)
        .args([
            "sample",
            "model.npz",
            "--chains",
            "3",
            "--sweeps",
            "2",
            "--out",
            "means.npy",
        ])
        .assert()
        .success();
    let (_, found) = array(&home.join("means.npy"));
    let expected = plain.visible_mean(&[0.0; 2]).repeat(3);
    assert_close(&found, &expected, 1e-6);
}

/// The missing units given the known ones: means over many rows against enumeration.
#[test]
fn what_is_missing_has_its_conditional_mean() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let plain = Plain::new(4, 3);
    plain.write_sklearn(&home.join("model.npz"));
    let n = 10_000;
    fs::write(
        home.join("rows.csv"),
        csv(&vec![vec![1.0, 0.0, 0.0, 1.0]; n]),
    )
    .unwrap();
    // A 2 × 2 image: its right half, the second and the fourth unit, is missing.
    burnzmann(home)
        .args([
            "inpaint",
            "model.npz",
            "--data",
            "rows.csv",
            "--mask",
            "right",
            "--draws",
        ])
        .args(["--count", "10000", "--sweeps", "50", "--out", "filled.npy"])
        .assert()
        .success()
        .stdout(contains("2 of 4 units filled in"));
    let (shape, found) = array(&home.join("filled.npy"));
    assert_eq!(shape, [n, 4]);
    let full = |u: &[f64]| vec![1.0, u[0], 0.0, u[1]];
    let weight = |u: &Vec<f64>| (-plain.free_energy(&full(u))).exp();
    let total: f64 = states(2).iter().map(weight).sum();
    for (place, unit) in [(1, 0), (3, 1)] {
        let on = states(2).into_iter().filter(|u| u[unit] == 1.0);
        let p = on.map(|u| weight(&u)).sum::<f64>() / total;
        let mean = found.chunks(4).map(|row| row[place]).sum::<f64>() / n as f64;
        let z = (mean - p) / (p * (1.0 - p) / n as f64).sqrt();
        assert!(z.abs() < 5.0, "unit {place}: {mean} against {p}");
    }
    assert!(found.chunks(4).all(|row| row[0] == 1.0 && row[2] == 0.0));
}

/// The first bytes of a PNG file, and its width and height.
fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn every_picture_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    let run = run.to_str().unwrap();
    let commands: [&[&str]; 9] = [
        &["plot", "curves", run, run, "--by", "seconds"],
        &["sample", run, "--sweeps", "5", "--chains", "9"],
        &["sample", run, "--sweeps", "5", "--from", "data"],
        &["reconstruct", run],
        &["inpaint", run, "--mask", "bottom", "--sweeps", "5"],
        &["plot", "filters", run, "--by-use", "--count", "6"],
        &["plot", "samples", run, "--sweeps", "5"],
        &["plot", "curves", run],
        &["plot", "embedding", run],
    ];
    for (index, words) in commands.iter().enumerate() {
        let out = format!("{index}.png");
        burnzmann(home)
            .args(*words)
            .args(["--out", &out])
            .assert()
            .success()
            .stdout(contains(&out));
        let (width, height) = png_size(&fs::read(home.join(&out)).unwrap());
        assert!(width > 100 && height > 100, "{words:?}: {width} × {height}");
    }
    // A mask of the user's own: the picture of one row has three tiles one above the other.
    fs::write(
        home.join("mask.csv"),
        csv(&vec![vec![1., 1., 1., 1., 0., 0., 0., 0.]; 8]),
    )
    .unwrap();
    let inpaint = |mask: &str, out: &str| {
        burnzmann(home)
            .args([
                "inpaint", run, "--mask", mask, "--sweeps", "5", "--count", "1", "--out", out,
            ])
            .assert()
            .success();
        array(&home.join(out)).1
    };
    assert_eq!(inpaint("mask.csv", "a.npy"), inpaint("left", "b.npy"));
}

/// Real-valued data from a table to a page; the hidden units are few enough to sum over.
#[test]
fn real_valued_units_train_and_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    // Two clouds, their centres three standard deviations apart.
    let number = |row: usize, column: usize| {
        let spread = (1.0 + 7.3 * row as f64 + 2.9 * column as f64).sin();
        spread + 3.0 * (row % 2) as f64
    };
    let rows: Vec<Vec<f64>> = (0..200)
        .map(|row| (0..4).map(|column| number(row, column)).collect())
        .collect();
    fs::write(home.join("rows.csv"), csv(&rows)).unwrap();
    let toml = "data = \"rows.csv\"\n[model]\nnum_hidden = 3\nvisible = { kind = \"gaussian\" }\n\
                [train]\nepochs = 40\nlearning_rate = { kind = \"constant\", rate = 0.01 }\n";
    fs::write(home.join("run.toml"), toml).unwrap();
    burnzmann(home)
        .args(["train", "--config", "run.toml", "--out", "run"])
        .assert()
        .success();
    burnzmann(home)
        .args([
            "sample", "run", "--chains", "4000", "--sweeps", "50", "--draws",
        ])
        .args(["--out", "draws.npy"])
        .assert()
        .success();
    let (_, draws) = array(&home.join("draws.npy"));
    // The model's mean is that of the data, far from where draws without a bias would be.
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (data, draws) = (mean(&rows.concat()), mean(&draws));
    assert!(
        (data - draws).abs() < 0.5 && data > 1.0,
        "{data} against {draws}"
    );
    burnzmann(home).args(["report", "run"]).assert().success();
    burnzmann(home)
        .args(["convert", "run", "model.npz"])
        .assert()
        .code(2)
        .stderr(contains("BernoulliRBM"));
}

#[test]
fn what_cannot_be_done_is_said_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    let run = run.to_str().unwrap();
    Plain::new(4, 1).write_sklearn(&home.join("one.npz"));
    fs::write(home.join("rows.csv"), "1,0,1\n0,1,1\n").unwrap();
    fs::write(home.join("ones.csv"), "1,1,1,1\n").unwrap();
    fs::write(home.join("labels.txt"), "1\n").unwrap();
    let model = run.to_owned() + "/model.safetensors";
    refused(
        home,
        &[
            (
                &["sample", run, "--out", "x.jpg"],
                "x.jpg: expected a name in .png or .npy",
            ),
            (
                &["sample", run, "--out", "no/x.png"],
                "the folder no does not exist",
            ),
            (&["sample", run, "--chains", "0"], "--chains is 0"),
            (&["sample", run, "--sweeps", "0"], "--sweeps is 0"),
            (&["sample", &model, "--from", "data"], "give --data"),
            (
                &["encode", run, "--data", "rows.csv"],
                "64 visible units, and rows.csv has 3 columns",
            ),
            (
                &["encode", run, "--out", "x.png"],
                "expected a name in .npy or .csv",
            ),
            (
                &["encode", run, "--labels", "labels.txt"],
                "--labels is for data in a file",
            ),
            (
                &[
                    "encode",
                    "one.npz",
                    "--data",
                    "ones.csv",
                    "--labels",
                    "labels.txt",
                    "--split",
                    "test",
                ],
                "no rows in that part",
            ),
            (
                &["inpaint", run, "--mask", "middle"],
                "expected top, bottom, left, right or a file",
            ),
            (
                &["inpaint", run, "--mask", "ones.csv"],
                "expected a mask of 64 numbers",
            ),
            (
                &[
                    "inpaint", "one.npz", "--data", "ones.csv", "--mask", "ones.csv",
                ],
                "leaves everything to fill in",
            ),
            (
                &["plot", "curves", "rows.csv"],
                "not the configuration of a run",
            ),
            (
                &["plot", "curves", run, "--quantity", "fame"],
                "no epoch has the number `fame`",
            ),
            (
                &["plot", "embedding", "one.npz", "--data", "ones.csv"],
                "one hidden unit",
            ),
            (
                &["plot", "samples", run, "--out", "x.npy"],
                "expected a name in .png",
            ),
            (&["report", "rows.csv"], "not the configuration of a run"),
        ],
    );
}
