//! Every kind of units that may be visible, from the command line.

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use burnzmann::data::npy::{NpyArray, NpyValues};
use burnzmann::model::numerics::to_f64;
use burnzmann::model::store;
use burnzmann::model::units::{UnitLayer, UnitsConfig};
use burnzmann::model::{Noise, Parameter, exact};
use burnzmann::train::checkpoint;
use serde_json::Value;

use crate::fixture::{array, burnzmann, csv, refused};

const COLUMNS: usize = 6;
const ROWS: usize = 400;

/// Kinds by their names, but for those with a label, which the command line makes of classes.
fn kinds() -> Vec<(&'static str, UnitsConfig)> {
    let all = UnitsConfig::names().into_iter();
    all.filter(|(_, kind)| kind.support().classes().is_none())
        .collect()
}

/// Rows of such units in two groups of columns that go together.
fn rows(kind: UnitsConfig) -> Vec<Vec<f64>> {
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let layer = kind.fitted(&[0.5; COLUMNS], &[1.0; COLUMNS], &device);
    let inputs: Vec<f32> = (0..ROWS)
        .flat_map(|row| {
            let sign = if row % 2 == 0 { 2.0f32 } else { -2.0 };
            [sign, sign, sign, -sign, -sign, -sign]
        })
        .collect();
    let inputs = Tensor::<1>::from_floats(inputs.as_slice(), &device).reshape([ROWS, COLUMNS]);
    let drawn = to_f64(layer.sample(inputs, &mut Noise::new(1)));
    drawn.chunks(COLUMNS).map(<[f64]>::to_vec).collect()
}

/// The parameters of a model or of a checkpoint, to the bit.
fn values(file: &Path, device: &Device) -> Vec<(String, Vec<u64>)> {
    let model = match checkpoint::load(file, device) {
        Ok(trainer) => trainer.model(),
        Err(_) => store::load(file, device).unwrap(),
    };
    let of = |parameter: Parameter| {
        let values = to_f64(parameter.values).into_iter();
        (parameter.name, values.map(f64::to_bits).collect())
    };
    model.parameters().into_iter().map(of).collect()
}

fn json(home: &Path, words: &[&str]) -> Value {
    let assert = burnzmann(home).args(words).arg("--json").assert().success();
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

/// Rows of a kind are taken as they are; a run that goes on, an evaluation and what is made of the model know its
/// units.
#[test]
fn a_table_of_every_kind_is_trained_on() {
    for (name, kind) in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        fs::write(home.join("rows.csv"), csv(&rows(kind))).unwrap();
        let rate = if kind.support().is_discrete() {
            "0.3"
        } else {
            "0.03"
        };
        let run = |words: &[&str]| {
            burnzmann(home).args(words).assert().success();
        };
        run(&[
            "train",
            "--data",
            "rows.csv",
            "--visible",
            name,
            "--hidden",
            "3",
            "--epochs",
            "40",
            "--checkpoint-every",
            "0",
            "--no-early-stop",
            "--lr",
            rate,
            "--seed",
            "1",
            "--out",
            "run",
            "--quiet",
        ]);
        let text = fs::read_to_string(home.join("run/run.json")).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            record["model"]["visible"],
            serde_json::to_value(kind).unwrap()
        );

        // What the program says of the rows is what enumeration of the saved model says.
        let found = json(home, &["evaluate", "run", "--split", "train"]);
        let device = burnzmann::device::select(Some("flex")).unwrap();
        let model = store::load(&home.join("run"), &device).unwrap();
        let log_z = exact::log_partition(&model).unwrap();
        let found_z = found["log_partition"]["value"].as_f64().unwrap();
        assert!((found_z - log_z).abs() < 1e-5, "{name}: {found_z} {log_z}");
        assert_eq!(found["verdict"]["trustworthy"], true, "{name}: {found}");
        // It has learned that columns go together: better than independent units.
        let likelihood = found["log_likelihood"]["value"].as_f64().unwrap();
        let alone = found["baselines"]["independent"].as_f64().unwrap();
        assert!(likelihood > alone + 0.1, "{name}: {likelihood} {alone}");

        // Draws are values of the units.
        run(&[
            "sample",
            "run",
            "--chains",
            "30",
            "--sweeps",
            "20",
            "--draws",
            "--out",
            "drawn.npy",
        ]);
        let support = kind.support();
        let (_, drawn) = array(&home.join("drawn.npy"));
        let known = |x: &f64| !support.is_discrete() || support.index_of(*x).is_some();
        assert!(drawn.iter().all(known), "{name}");

        // Of missing columns, too, and those that are known stay.
        run(&[
            "inpaint",
            "run",
            "--mask",
            "left",
            "--data",
            "rows.csv",
            "--draws",
            "--sweeps",
            "5",
            "--out",
            "filled.npy",
        ]);
        let (shape, filled) = array(&home.join("filled.npy"));
        assert_eq!(shape[1], COLUMNS);
        assert!(filled.iter().all(known), "{name}");
        let mut changed = 0;
        for (filled, row) in filled.chunks(COLUMNS).zip(rows(kind)) {
            for (column, (&found, &given)) in filled.iter().zip(&row).enumerate() {
                let same = (found - given).abs() < 1e-6;
                // Two rows of three pixels.
                assert!(same || column % 3 == 0, "{name}: {found} {given}");
                changed += usize::from(!same);
            }
        }
        assert!(changed > 0, "{name}");

        // Its own format keeps the kind, and the free energies with it.
        run(&["convert", "run", "copy.safetensors"]);
        let energies = |model: &str| {
            let out = format!("{}.npy", model.replace('.', "-"));
            let all = ["free-energy", model, "--data", "rows.csv", "--out", &out];
            run(&all);
            array(&home.join(out))
        };
        assert_eq!(energies("run"), energies("copy.safetensors"), "{name}");

        // From the checkpoint before the last, as after a run that was killed.
        let files = ["run/model.safetensors", "run/checkpoint.safetensors"];
        let [left, last] = files.map(|file| home.join(file));
        let bits = || (values(&left, &device), values(&last, &device));
        let expected = bits();
        fs::remove_file(&left).unwrap();
        fs::remove_file(&last).unwrap();
        run(&["resume", "run", "--quiet"]);
        assert_eq!(bits(), expected, "{name}");
    }
}

/// Kinds whose values gray levels could not be made into take these values and nothing else.
#[test]
fn other_values_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (name, kind) in kinds() {
        let support = kind.support();
        if !support.is_discrete() || support.is_zero_one() {
            continue;
        }
        let mut rows = rows(kind);
        fs::write(home.join("good.csv"), csv(&rows)).unwrap();
        rows[7][2] = 0.5;
        fs::write(home.join("wrong.csv"), csv(&rows)).unwrap();
        let train =
            |data: &'static str| ["train", "--visible", name, "--out", "run", "--data", data];
        let expected = format!("row 7, column 2: expected {support} for these units, found 0.5");
        refused(home, &[(&train("wrong.csv"), &expected)]);
        // In a file that is not read into memory, too.
        let array = NpyArray {
            shape: vec![ROWS, COLUMNS],
            values: NpyValues::Doubles(rows.concat()),
        };
        fs::write(home.join("wrong.npy"), array.to_bytes()).unwrap();
        let words = [&train("wrong.npy")[..], &["--stream"]].concat();
        refused(home, &[(&words, &expected)]);
        let words = [&train("good.csv")[..], &["--binarise", "threshold"]].concat();
        refused(home, &[(&words, "leave the option out")]);
        assert!(!home.join("run").exists());
    }
}

/// Hidden units of another kind are asked for with their number.
#[test]
fn hidden_units_of_every_kind_are_asked_for() {
    for (name, kind) in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let hidden = format!("{name}:4");
        let words = [
            "train", "--data", "digits", "--hidden", &hidden, "--epochs", "1", "--lr", "0.01",
        ];
        burnzmann(home)
            .args(words)
            .args(["--out", "run", "--quiet"])
            .assert()
            .success();
        let device = burnzmann::device::select(Some("flex")).unwrap();
        let model = store::load(&home.join("run"), &device).unwrap();
        assert_eq!((model.hidden.config(), model.num_hidden()), (kind, 4));
        assert_eq!(model.hidden.num_units(), 4);
    }
    let folder = tempfile::tempdir().unwrap();
    let train = |hidden: &'static str| ["train", "--data", "digits", "--hidden", hidden];
    refused(
        folder.path(),
        &[
            (
                &train("spinn:4"),
                "`spinn` is no kind of units that can be asked for; there are bernoulli, spin, gaussian, \
                 gaussian-learned\n",
            ),
            (
                &train("labelled:20"),
                "`labelled` is no kind of units that can be asked for; there are bernoulli",
            ),
            (&train("gaussian:x"), "found `gaussian:x`"),
            (
                &["train", "--data", "digits", "--visible", "labelled"],
                "possible values: bernoulli",
            ),
            (
                &[
                    "train",
                    "--data",
                    "digits",
                    "--visible",
                    "gaussian",
                    "--hidden",
                    "gaussian:3",
                ],
                "both Gaussian",
            ),
        ],
    );
}

/// The help names the kinds that can be asked for, and no other.
#[test]
fn the_help_lists_the_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["train", "--help"];
    let assert = burnzmann(folder.path()).args(words).assert().success();
    let help = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let of = |option: &str| {
        let (_, after) = help.split_once(option).unwrap();
        let text = after.split("\n      --").next().unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for option in ["--visible <", "--hidden <"] {
        for (name, _) in kinds() {
            assert!(of(option).contains(name), "{option} {name}");
        }
        assert!(!of(option).contains("labelled"), "{option}");
    }
    assert!(of("--binarise <").contains("none for other units than those of zeros and ones"));
}
