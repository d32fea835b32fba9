//! The library trains the models that the program trains, and says of them what the program says.

use std::fs;
use std::path::Path;

use burnzmann::train::Cd;
use burnzmann::{Fitted, Table, Training};
use serde_json::Value;

use crate::fixture::burnzmann;

/// Trains with the program and compares everything that both leave and say.
fn same(home: &Path, words: &[&str], fitted: &Fitted) -> Value {
    let run = home.join("run");
    burnzmann(home)
        .args(["train", "--out", "run"])
        .args(words)
        .assert()
        .success();
    fitted.save(home.join("library")).unwrap();
    // Parameters, the epoch that they are of, and how the data were prepared.
    for name in ["model.safetensors", "config.json"] {
        let [program, library] = ["run", "library"].map(|of| fs::read(home.join(of).join(name)));
        assert!(program.unwrap() == library.unwrap(), "{name}");
    }
    let record = fs::read_to_string(run.join("run.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    let fall = fitted
        .fall()
        .map_or(Value::Null, |fall| serde_json::json!(fall));
    assert_eq!(record["ended"], fall);
    assert_eq!(
        record["train"],
        serde_json::json!(fitted.trainer().config())
    );

    let evaluate = |words: &[&str]| {
        let output = burnzmann(home)
            .args(["evaluate", "run"])
            .args(words)
            .output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let found = fitted.evaluate().unwrap();
    let mut program: Value = serde_json::from_str(&evaluate(&["--json"])).unwrap();
    program["seconds"] = found.seconds.into();
    let library = serde_json::to_string(&found).unwrap();
    assert_eq!(
        program.to_string(),
        serde_json::from_str::<Value>(&library).unwrap().to_string()
    );
    let said = evaluate(&[]);
    assert!(said.starts_with(&found.to_string()), "{said}\n{found}");
    record
}

#[test]
fn a_model_of_the_digits_has_the_same_bits() {
    let home = tempfile::tempdir().unwrap();
    let fitted = Training::new()
        .hidden(10)
        .epochs(4)
        .seed(3)
        .fit(&Table::digits());
    let words = [
        "--data", "digits", "--hidden", "10", "--epochs", "4", "--seed", "3",
    ];
    same(home.path(), &words, &fitted.unwrap());
}

/// Rows without any structure: what is learned is learned by heart, and the default run ends early with the
/// model of an early epoch.
#[test]
fn every_default_is_the_same_on_a_table() {
    let home = tempfile::tempdir().unwrap();
    let mut state = 1u32;
    let mut level = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % 17
    };
    let row = |_| {
        (0..20)
            .map(|_| level().to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let rows: Vec<String> = (0..90).map(row).collect();
    let path = home.path().join("rows.csv");
    fs::write(&path, rows.join("\n") + "\n").unwrap();

    let fitted = Training::new().fit(&Table::read(&path).unwrap()).unwrap();
    let fall = fitted.fall().expect("it learns 72 rows by heart");
    assert_eq!(fitted.best().map(|best| best.epoch), Some(fall.best_epoch));
    assert!(fitted.history().len() as u64 > fall.best_epoch);
    let record = same(home.path(), &["--data", "rows.csv"], &fitted);
    // A fifth of the training rows, and not the twenty columns.
    assert_eq!(record["model"]["num_hidden"], 14);
    assert_eq!(record["scale"], 16.0);
}

#[test]
fn other_settings_are_the_same_where_no_rows_are_held_out() {
    let home = tempfile::tempdir().unwrap();
    let training = Training::new()
        .epochs(40)
        .batch_size(8)
        .learning_rate(0.05)
        .algorithm(Cd { k: 2.into() });
    let fitted = training.fit(&Table::bars_and_stripes(4).unwrap()).unwrap();
    let words = [
        "--data",
        "bas4",
        "--epochs",
        "40",
        "--batch",
        "8",
        "--lr",
        "0.05",
        "--algorithm",
        "cd",
        "--k",
        "2",
    ];
    same(home.path(), &words, &fitted);
    let verdict = fitted.evaluate().unwrap().to_string();
    assert!(
        verdict.contains("these are rows that the model was trained on"),
        "{verdict}"
    );
}
