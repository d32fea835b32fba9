//! Files as other programs write them, and classes by name.

use std::fs;
use std::path::Path;

use burnzmann::data::npy::{NpyArray, NpyValues, zip_stored};
use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{array, burnzmann, refused};

/// Twelve rows of four columns, and their classes.
const ROWS: [(u8, &str); 12] = [
    (0b0011, "cat"),
    (0b0111, "dog"),
    (0b1011, "cat"),
    (0b0001, "cat"),
    (0b1110, "dog"),
    (0b1100, "dog"),
    (0b0110, "cat"),
    (0b1001, "dog"),
    (0b1111, "cat"),
    (0b0101, "dog"),
    (0b1010, "cat"),
    (0b0100, "dog"),
];

fn bits(row: u8) -> [u8; 4] {
    [0, 1, 2, 3].map(|bit| row >> bit & 1)
}

/// A line a row: the number of the row, the row between these separators, and its class.
fn lines(line: impl Fn(usize, [u8; 4], &str) -> String) -> String {
    let rows = ROWS.iter().enumerate();
    rows.map(|(index, &(row, class))| line(index, bits(row), class) + "\n")
        .collect()
}

fn plain(row: [u8; 4], separator: &str) -> String {
    row.map(|bit| bit.to_string()).join(separator)
}

fn train(home: &Path, data: &str, out: &str, more: &[&str]) {
    burnzmann(home)
        .args(["train", "--data", data, "--hidden", "3", "--epochs", "3"])
        .args(["--quiet", "--out", out])
        .args(more)
        .assert()
        .success();
}

fn model(home: &Path, run: &str) -> Vec<u8> {
    fs::read(home.join(run).join("model.safetensors")).unwrap()
}

fn npy(shape: &[usize], values: NpyValues) -> Vec<u8> {
    let shape = shape.to_vec();
    NpyArray { shape, values }.to_bytes()
}

/// An array of Python objects, as `numpy.save` writes it: a pickle.
fn objects() -> Vec<u8> {
    let path = "/../../fuzz/corpus/labels/objects";
    fs::read(format!("{}{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn tables_and_archives_of_other_programs_train_the_model_of_the_plain_rows() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let write = |name: &str, text: String| fs::write(home.join(name), text).unwrap();
    write("plain.csv", lines(|_, row, _| plain(row, ",")));
    let pandas = lines(|index, row, _| format!("{index},{}", plain(row, ",")));
    write("index.csv", format!(",a,b,c,d\n{pandas}"));
    write("numbers.csv", format!(",0,1,2,3\n{pandas}"));
    write("bare.csv", pandas);
    write(
        "savetxt.txt",
        format!(
            "# a b c d\n{}",
            lines(|_, row, _| format!(" {} ", plain(row, "  \t")))
        ),
    );
    let r = lines(|index, row, _| format!("\"{}\" {}", index + 1, plain(row, " ")));
    write("r.txt", format!("\"a\" \"b\" \"c\" \"d\"\n{r}"));
    let windows = lines(|_, row, _| plain(row, ";") + "\r");
    write("windows.csv", format!("\u{feff}a;b;c;d\r\n{windows}"));
    let labelled = lines(|index, row, class| format!("r{index},{},{class}", plain(row, ",")));
    write("labelled.csv", format!("id,a,b,c,d,kind\n{labelled}"));
    let values: Vec<u8> = ROWS.iter().flat_map(|&(row, _)| bits(row)).collect();
    let dense = npy(&[12, 4], NpyValues::Bytes(values.clone()));
    let members = [
        ("notes.npy", objects()),
        ("x.npy", dense),
        ("readme.txt", b"hello".to_vec()),
    ];
    let members = members.map(|(name, bytes)| (name.to_owned(), bytes));
    fs::write(home.join("mixed.npz"), zip_stored(members)).unwrap();
    // By rows, as SciPy's `csr`: which columns are on, and where each row begins.
    let (mut indices, mut starts) = (Vec::new(), vec![0i64]);
    for row in values.chunks(4) {
        indices.extend((0i64..4).filter(|&column| row[usize::try_from(column).unwrap()] == 1));
        starts.push(i64::try_from(indices.len()).unwrap());
    }
    let integers = |values: Vec<i64>| npy(&[values.len()], NpyValues::Integers(values));
    let word = fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/sparse/bools"
    ))
    .unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(word)).unwrap();
    let mut format = Vec::new();
    std::io::copy(&mut archive.by_name("format.npy").unwrap(), &mut format).unwrap();
    let members = [
        ("format.npy", format),
        ("shape.npy", integers(vec![12, 4])),
        ("data.npy", integers(vec![1; indices.len()])),
        ("indices.npy", integers(indices)),
        ("indptr.npy", integers(starts)),
    ];
    let members = members.map(|(name, bytes)| (name.to_owned(), bytes));
    fs::write(home.join("sparse.npz"), zip_stored(members)).unwrap();

    train(home, "plain.csv", "plain", &[]);
    let expected = model(home, "plain");
    for (data, more) in [
        ("index.csv", &[][..]),
        ("numbers.csv", &[]),
        ("bare.csv", &[]),
        ("savetxt.txt", &[]),
        ("r.txt", &[]),
        ("windows.csv", &[]),
        ("mixed.npz:x", &[]),
        ("sparse.npz", &[]),
        ("labelled.csv", &["--label-column", "kind", "--drop", "id"]),
        ("labelled.csv", &["--drop", "1,-1"]),
    ] {
        let out = format!("{data}-{}", more.len()).replace(':', "-");
        train(home, data, &out, more);
        assert!(model(home, &out) == expected, "{data} {more:?}");
    }
    for (data, message) in [
        ("mixed.npz", "arrays.notes: [2]\narrays.x: [12,4]\n"),
        ("sparse.npz", "columns: 4\n"),
    ] {
        burnzmann(home)
            .args(["info", data])
            .assert()
            .success()
            .stdout(contains(message));
    }
    // What was decided is said.
    for (data, message) in [
        (
            "index.csv",
            "note: index.csv: column 1 has no name and counts the rows: it is left out",
        ),
        ("bare.csv", "note: bare.csv: column 1 counts the rows"),
        ("r.txt", "column 1 has no name and counts the rows"),
    ] {
        burnzmann(home)
            .args(["info", data])
            .assert()
            .success()
            .stdout(contains("columns: 4\n"))
            .stderr(contains(message));
    }
}

/// The last column of a table that `encode` or `free-energy` wrote.
fn last_column(text: &str) -> Vec<String> {
    let last = |line: &str| line.rsplit(',').next().unwrap().to_owned();
    text.lines().map(last).collect()
}

/// The rows with names and classes, the rows alone, and the classes as numbers in an archive.
fn write_labelled(home: &Path) {
    let write = |name: &str, text: String| fs::write(home.join(name), text).unwrap();
    let labelled = lines(|index, row, class| format!("r{index},{},{class}", plain(row, ",")));
    write("labelled.csv", format!("id,a,b,c,d,kind\n{labelled}"));
    write("plain.csv", lines(|_, row, _| plain(row, ",")));
    let classes: Vec<i64> = ROWS
        .iter()
        .map(|(_, class)| if *class == "cat" { 7 } else { -1 })
        .collect();
    let y = npy(&[12, 1], NpyValues::Integers(classes));
    let members = [("y.npy".to_owned(), y), ("notes.npy".to_owned(), objects())];
    fs::write(home.join("y.npz"), zip_stored(members)).unwrap();
}

#[test]
fn classes_are_shown_by_name_and_later_files_are_read_as_the_first_one() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    write_labelled(home);
    train(
        home,
        "labelled.csv",
        "run",
        &["--label-column", "kind", "--drop", "id"],
    );
    let config = fs::read_to_string(home.join("run/run.json")).unwrap();
    assert!(config.contains("\"label_column\": \"kind\""), "{config}");

    let expected: Vec<&str> = std::iter::once("label")
        .chain(ROWS.map(|(_, class)| class))
        .collect();
    let encoded = |more: &[&str]| {
        burnzmann(home)
            .args(["encode", "run", "--out", "h.csv"])
            .args(more)
            .assert()
            .success();
        fs::read_to_string(home.join("h.csv")).unwrap()
    };
    let whole = encoded(&["--split", "all"]);
    assert_eq!(last_column(&whole), expected);
    assert_eq!(
        encoded(&["--data", "labelled.csv", "--split", "all"]),
        whole
    );
    // Rows without labels have a column for each visible unit as they are.
    let bare = encoded(&["--data", "plain.csv"]);
    assert_eq!(bare.lines().count(), 13);
    let features = |text: &str| {
        text.lines()
            .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
            .collect::<Vec<_>>()
    };
    assert_eq!(features(&bare), features(&whole));
    let named = encoded(&["--data", "plain.csv", "--labels", "y.npz:y"]);
    assert_eq!(last_column(&named)[1..4], ["7", "-1", "7"]);
    let scores = burnzmann(home)
        .args([
            "free-energy",
            "run",
            "--data",
            "labelled.csv",
            "--split",
            "all",
        ])
        .output()
        .unwrap();
    assert_eq!(
        last_column(&String::from_utf8(scores.stdout).unwrap()),
        expected
    );
    burnzmann(home)
        .args(["plot", "embedding", "run", "--split", "all"])
        .assert()
        .success();
    burnzmann(home)
        .args(["resume", "run", "--quiet"])
        .assert()
        .success();
}

#[test]
fn options_on_columns_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    write_labelled(home);
    refused(
        home,
        &[
            (
                &[
                    "train",
                    "--data",
                    "labelled.csv",
                    "--label-column",
                    "kind",
                    "--labels",
                    "y.npz:y",
                ],
                "--label-column kind and --labels y.npz:y both say where the labels are",
            ),
            (
                &[
                    "train",
                    "--data",
                    "labelled.csv",
                    "--label-column",
                    "kin",
                    "--drop",
                    "id",
                ],
                "one of id, a, b, c, d, kind",
            ),
            (
                &["train", "--data", "labelled.csv"],
                "--label-column 1 takes the column for labels",
            ),
            (
                &["train", "--data", "digits", "--drop", "1"],
                "are for data in a file",
            ),
            (
                &["train", "--data", "plain.csv:x"],
                "of which `x` is a part",
            ),
            (
                &["train", "--data", "y.npz"],
                "y (<i8 [12, 1]), notes (|O [2])",
            ),
            (&["train", "--data", "y.npz:notes"], "Python objects"),
            (
                &["train", "--data", "plain.csv", "--labels", "y.npz"],
                "y.npz:NAME",
            ),
            (
                &["train", "--data", "plain.csv", "--transpose", "--stream"],
                "leave out --label-column",
            ),
        ],
    );
    assert!(!home.join("runs").exists());
}

#[test]
fn images_stored_by_columns_are_turned() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let values: Vec<u8> = ROWS
        .iter()
        .flat_map(|&(row, _)| [bits(row), bits(!row)].concat())
        .collect();
    // Of 2 × 4 pixels as they are meant to be; their columns lie in the file one after the other.
    let turned: Vec<u8> = values
        .chunks(8)
        .flat_map(|image| {
            (0..8)
                .map(|place| image[(place % 2) * 4 + place / 2])
                .collect::<Vec<_>>()
        })
        .collect();
    let header = [0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 4, 0, 0, 0, 2];
    fs::write(home.join("turned.idx"), [&header[..], &turned].concat()).unwrap();
    fs::write(
        home.join("right.npy"),
        npy(&[12, 2, 4], NpyValues::Bytes(values)),
    )
    .unwrap();
    train(home, "right.npy", "right", &[]);
    train(home, "turned.idx", "turned", &["--transpose"]);
    assert!(model(home, "right") == model(home, "turned"));
    // Later files are turned, too, if nothing else is said.
    let encoded = |run: &str, data: &str, more: &[&str]| {
        burnzmann(home)
            .args(["encode", run, "--data", data, "--out", "h.npy"])
            .args(more)
            .assert()
            .success();
        array(&home.join("h.npy"))
    };
    let expected = encoded("right", "right.npy", &[]);
    assert_eq!(encoded("turned", "turned.idx", &[]), expected);
    assert_eq!(
        encoded("turned", "right.npy", &["--transpose=false"]),
        expected
    );
    assert_ne!(
        encoded("turned", "turned.idx", &["--transpose=false"]),
        expected
    );
}

#[test]
fn networks_keep_the_names_of_classes() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let thrice = lines(|_, row, class| format!("{},{class}", plain(row, ",")));
    let text = format!("a,b,c,d,kind\n{thrice}{thrice}{thrice}");
    fs::write(home.join("data.csv"), &text).unwrap();
    burnzmann(home)
        .args([
            "dbn",
            "pretrain",
            "--data",
            "data.csv",
            "--label-column",
            "kind",
            "--classes",
        ])
        .args([
            "--layers", "3", "--epochs", "400", "--batch", "12", "--quiet", "--out", "net",
        ])
        .assert()
        .success();
    let path = home.join("net/run.json");
    let config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(config["class_names"], serde_json::json!(["cat", "dog"]));
    assert_eq!(config["network"]["classes"], 2);
    let drawn = |class: &str| {
        burnzmann(home)
            .args([
                "dbn", "generate", "net", "--class", class, "--count", "4", "--sweeps", "5",
            ])
            .args(["--out", "drawn.npy"])
            .assert()
            .success();
        array(&home.join("drawn.npy"))
    };
    assert_ne!(drawn("cat"), drawn("dog"));
    refused(
        home,
        &[(
            &["dbn", "generate", "net", "--class", "0", "--out", "x.npy"],
            "--class is `0`: expected one of cat, dog",
        )],
    );
    let error = |home: &Path| {
        let found = burnzmann(home)
            .args([
                "dbn",
                "evaluate",
                "net",
                "--no-bound",
                "--json",
                "--split",
                "train",
            ])
            .output()
            .unwrap();
        String::from_utf8(found.stdout).unwrap()
    };
    let wrong = |names: &[&str]| {
        let mut edited = config.clone();
        edited["class_names"] = serde_json::json!(names);
        fs::write(&path, edited.to_string()).unwrap();
        let found: serde_json::Value = serde_json::from_str(&error(home)).unwrap();
        found["classification_error"].as_f64().unwrap()
    };
    // Rows are compared with the classes by name: with the names exchanged, right is wrong.
    let (right, exchanged) = (wrong(&["cat", "dog"]), wrong(&["dog", "cat"]));
    assert!(
        (right + exchanged - 1.0).abs() < 1e-9,
        "{right} {exchanged}"
    );
    let mut edited = config.clone();
    edited["class_names"] = serde_json::json!(["zebra", "dog"]);
    fs::write(&path, edited.to_string()).unwrap();
    burnzmann(home)
        .args(["dbn", "evaluate", "net", "--no-bound"])
        .assert()
        .code(2)
        .stderr(
            contains("expected one of the classes zebra, dog, found cat")
                .and(contains("data.csv, row 0")),
        );
}

/// Runs of before there were names have labels from 0 on without a gap, whose names are their numbers.
#[test]
fn a_network_without_names_goes_on_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let thrice = lines(|_, row, _| plain(row, ",")).repeat(3);
    fs::write(home.join("data.csv"), thrice).unwrap();
    let labels = |of: &dyn Fn(&str) -> String| -> String {
        ROWS.iter().map(|(_, class)| of(class)).collect()
    };
    let write = |labels: String| fs::write(home.join("labels.txt"), labels.repeat(3)).unwrap();
    write(labels(&|class| {
        if class == "cat" {
            "0\n".into()
        } else {
            "1\n".into()
        }
    }));
    burnzmann(home)
        .args([
            "dbn",
            "pretrain",
            "--data",
            "data.csv",
            "--labels",
            "labels.txt",
        ])
        .args(["--layers", "3", "--epochs", "2", "--quiet", "--out", "net"])
        .assert()
        .success();
    let path = home.join("net/run.json");
    let text = fs::read_to_string(&path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["class_names"], serde_json::json!(["0", "1"]));
    let error = |name: &str| {
        let found = burnzmann(home)
            .args([
                "dbn", "finetune", "net", "--epochs", "3", "--json", "--name", name,
            ])
            .output()
            .unwrap();
        let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
        (
            found["test_error"].clone(),
            found["validation_error"].clone(),
        )
    };
    let named = error("named");
    config.as_object_mut().unwrap().remove("class_names");
    fs::write(&path, config.to_string()).unwrap();
    assert_eq!(error("numbered"), named);
}
