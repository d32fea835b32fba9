//! Models as other programs write them: their names, their types, their units, their kinds of files.

use std::fs;
use std::path::Path;

use burn::tensor::TensorData;
use burnzmann::data::npy::{NpyArray, NpyValues, write_npz};
use burnzmann::model::store::Archive;
use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{array, assert_close, burnzmann, refused, trained};

/// What `tests/foreign/make.py` writes, with NumPy, scikit-learn and h5py: weights `[visible, hidden]`.
const WEIGHT: [f32; 6] = [0.5, -1.25, 2.0, 0.0625, -3.0, 65504.0];
const VISIBLE: [f32; 3] = [0.25, -0.75, 1.5];
const HIDDEN: [f32; 2] = [-1.0, 0.125];

fn given(name: &str) -> String {
    format!("{}/tests/foreign/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn singles(archive: &mut Archive, name: &str) -> Vec<f32> {
    let data = archive.remove(name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(data.dtype(), burn::tensor::DType::F32, "{name}");
    data.iter::<f32>().collect()
}

fn assert_is_the_model(path: &Path) {
    let mut archive = Archive::load(path).unwrap();
    assert_eq!(singles(&mut archive, "weight"), WEIGHT);
    assert_eq!(singles(&mut archive, "visible.bias"), VISIBLE);
    assert_eq!(singles(&mut archive, "hidden.bias"), HIDDEN);
}

/// A `.npz` file of doubles.
fn npz(path: &Path, arrays: &[(&str, &[usize], &[f64])]) {
    let array = |shape: &[usize], values: &[f64]| NpyArray {
        shape: shape.to_vec(),
        values: NpyValues::Doubles(values.to_vec()),
    };
    let arrays: Vec<_> = arrays
        .iter()
        .map(|(name, shape, values)| (*name, array(shape, values)))
        .collect();
    let bytes = write_npz(arrays.iter().map(|(name, array)| (*name, array)));
    fs::write(path, bytes).unwrap();
}

#[test]
fn floats_of_sixteen_bits_come_in_with_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (index, name) in ["half.h5", "half.npz"].into_iter().enumerate() {
        let out = format!("{index}.safetensors");
        burnzmann(home)
            .args(["convert", &given(name), &out])
            .assert()
            .success()
            .stdout(contains("3 visible and 2 hidden units, F32"))
            .stdout(contains("note: not used: comment").count(index));
        assert_is_the_model(&home.join(out));
    }
    // Of PyTorch: BFloat16 has the upper half of a single's bits.
    let bytes = |values: &[f32]| -> Vec<u8> {
        let upper = |x: &f32| [x.to_bits().to_le_bytes()[2], x.to_bits().to_le_bytes()[3]];
        values.iter().flat_map(upper).collect()
    };
    let mut archive = Archive::default();
    let weight = [0.5, -1.25, 2.0, 0.0625, -3.0, 64.0];
    for (name, shape, values) in [
        ("rbm.W", vec![3, 2], &weight[..]),
        ("rbm.vbias", vec![3], &VISIBLE),
        ("rbm.hbias", vec![2], &HIDDEN),
    ] {
        let dtype = burn::tensor::DType::BF16;
        archive.insert(
            name,
            TensorData::from_bytes_vec(bytes(values), shape, dtype),
        );
    }
    archive.save(&home.join("half.safetensors")).unwrap();
    burnzmann(home)
        .args(["convert", "half.safetensors", "wide.safetensors"])
        .assert()
        .success()
        .stdout(contains("<- rbm.W [3, 2], 16-bit floats as 32-bit ones"));
    let mut wide = Archive::load(&home.join("wide.safetensors")).unwrap();
    assert_eq!(singles(&mut wide, "weight"), weight);
}

#[test]
fn a_pickle_is_called_that_with_the_lines_that_export_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for name in ["rbm.pkl", "rbm.npz", "rbm.pt", "rbm"] {
        fs::copy(given("sklearn.pkl"), home.join(name)).unwrap();
    }
    fs::write(
        home.join("old.pkl"),
        "ccopy_reg\n_reconstructor\np0\n(cpylearn2.models.rbm\n",
    )
    .unwrap();
    fs::write(home.join("packed.joblib"), b"\x78\x9c\x01").unwrap();
    fs::write(home.join("one.npy"), b"\x93NUMPY\x01\0").unwrap();
    fs::write(
        home.join("hinton.mat"),
        "MATLAB 5.0 MAT-file, Platform: GLNXA64",
    )
    .unwrap();
    fs::write(home.join("rows.csv"), "1,0,1\n").unwrap();
    let load = "import numpy, pickle; rbm = pickle.load(open(\"rbm.pkl\", \"rb\"))\n";
    let save = "numpy.savez(\"rbm.npz\", components_=rbm.components_, \
                intercept_visible_=rbm.intercept_visible_, intercept_hidden_=rbm.intercept_hidden_)";
    refused(
        home,
        &[
            (
                &["convert", "rbm.pkl", "x.safetensors"],
                "a Python pickle of scikit-learn",
            ),
            (&["convert", "rbm.pkl", "x.safetensors"], load),
            (&["convert", "rbm.pkl", "x.safetensors"], save),
            (&["convert", "rbm.npz", "x.safetensors"], "a Python pickle"),
            (&["convert", "rbm.pt", "x.safetensors"], "a Python pickle"),
            (&["encode", "rbm", "--data", "rows.csv"], "a Python pickle"),
            (&["info", "rbm.pkl"], "a Python pickle"),
            (
                &["convert", "old.pkl", "x.safetensors"],
                "bias_vis.get_value()",
            ),
            (
                &["convert", "packed.joblib", "x.safetensors"],
                "joblib.load(\"packed.joblib\")",
            ),
            (
                &["convert", "one.npy", "x.safetensors"],
                "numpy.savez writes them into one .npz file",
            ),
            (
                &["convert", "hinton.mat", "x.safetensors"],
                "scipy.io.loadmat(\"hinton.mat\")",
            ),
        ],
    );
    assert!(!home.join("x.safetensors").exists());
}

#[test]
fn prefixes_and_other_names_are_found_and_the_rest_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let weight: Vec<f64> = WEIGHT.iter().map(|&x| x.into()).collect();
    let visible: Vec<f64> = VISIBLE.iter().map(|&x| x.into()).collect();
    let hidden: Vec<f64> = HIDDEN.iter().map(|&x| x.into()).collect();
    npz(
        &home.join("rbm.npz"),
        &[
            ("rbm_weights", &[3, 2], &weight),
            ("rbm_visbias", &[3], &visible),
            ("rbm_hidbias", &[2], &hidden),
            ("offsets", &[3], &visible),
        ],
    );
    burnzmann(home)
        .args(["convert", "rbm.npz", "model.safetensors"])
        .assert()
        .success()
        .stdout(
            contains("visible.bias <- rbm_visbias [3]\n")
                .and(contains("note: not used: offsets [3]")),
        );
    // Other commands say it too, and not on standard output.
    fs::write(home.join("rows.csv"), "1,0,1\n").unwrap();
    burnzmann(home)
        .args(["free-energy", "rbm.npz", "--data", "rows.csv"])
        .assert()
        .success()
        .stderr(contains("rbm.npz: note: not used: offsets [3]"))
        .stdout(contains("not used").not());
    // By its bytes, whatever it is called.
    fs::rename(home.join("rbm.npz"), home.join("rbm.bin")).unwrap();
    burnzmann(home)
        .args(["convert", "rbm.bin", "again.safetensors"])
        .assert()
        .success();
    let read = |name: &str| fs::read(home.join(name)).unwrap();
    assert!(read("model.safetensors") == read("again.safetensors"));

    // `b` of the hidden length: asked about, and answered by names.
    npz(
        &home.join("letters.npz"),
        &[
            ("W", &[3, 2], &weight),
            ("b", &[2], &hidden),
            ("c", &[3], &visible),
        ],
    );
    let run = trained();
    let run = run.to_str().unwrap();
    refused(
        home,
        &[
            (
                &["convert", "letters.npz", "x.safetensors"],
                "Give --visible-bias b --hidden-bias c, or --visible-bias c --hidden-bias b",
            ),
            (
                &[
                    "convert",
                    "letters.npz",
                    "x.safetensors",
                    "--layout",
                    "visible-hidden",
                    "--transpose",
                ],
                "cannot be used with",
            ),
            // An option that would change nothing.
            (
                &["convert", run, "x.safetensors", "--transpose"],
                "--transpose is for files of other programs",
            ),
        ],
    );
    let by_name = ["--visible-bias", "c", "--hidden-bias", "b"];
    for (out, words) in [
        ("names", &by_name[..]),
        ("layout", &["--layout", "visible-hidden"]),
    ] {
        burnzmann(home)
            .args(["convert", "letters.npz", out])
            .args(words)
            .assert()
            .success();
        assert!(read(&format!("{out}/model.safetensors")) == read("model.safetensors"));
    }
}

/// `F(v) = Σ (v - b)²/2σ² - Σ log(1 + exp(c + xW))`, where `x` is what the weights multiply.
#[test]
fn the_spread_of_gaussian_units_is_read_or_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (weight, b, c) = ([[0.5, -1.0], [2.0, 0.25]], [0.5, -1.0], [-0.25, 0.75]);
    let sigma = [2.0f64, 0.5];
    let flat: Vec<f64> = weight.concat();
    let variance: Vec<f64> = sigma.iter().map(|s| s * s).collect();
    let arrays = |spread: (&'static str, Vec<f64>)| {
        let (name, values) = spread;
        npz(
            &home.join("g.npz"),
            &[
                ("W", &[2, 2], &flat),
                ("vbias", &[2], &b),
                ("hbias", &[2], &c),
                (name, &[values.len()], &values),
            ],
        );
    };
    fs::write(home.join("rows.csv"), "1.5,-0.5\n-2.0,3.0\n").unwrap();
    let rows = [[1.5, -0.5], [-2.0, 3.0]];
    let expected = |power: i32| -> Vec<f64> {
        let free_energy = |v: &[f64; 2]| {
            let quadratic: f64 = (0..2)
                .map(|i| (v[i] - b[i]).powi(2) / (2.0 * sigma[i].powi(2)))
                .sum();
            let hidden = |j: usize| {
                let input: f64 = (0..2)
                    .map(|i| v[i] / sigma[i].powi(power) * weight[i][j])
                    .sum();
                (c[j] + input).exp().ln_1p()
            };
            quadratic - hidden(0) - hidden(1)
        };
        rows.iter().map(free_energy).collect()
    };
    let scores = |model: &str| {
        burnzmann(home)
            .args([
                "free-energy",
                model,
                "--data",
                "rows.csv",
                "--binarise",
                "none",
                "--out",
                "f.npy",
            ])
            .assert()
            .success();
        array(&home.join("f.npy")).1
    };
    let layout = ["--layout", "visible-hidden"];
    for (power, word) in [(0, "v"), (1, "v/sigma"), (2, "v/sigma2")] {
        arrays(("variance", variance.clone()));
        burnzmann(home)
            .args([
                "convert",
                "g.npz",
                "g.safetensors",
                "--force",
                "--weights-on",
                word,
            ])
            .args(layout)
            .assert()
            .success()
            .stdout(contains("visible.log_sigma <- variance [2]"));
        assert_close(&scores("g.safetensors"), &expected(power), 1e-6);
        let mut archive = Archive::load(&home.join("g.safetensors")).unwrap();
        let log_sigma: Vec<f64> = archive
            .remove("visible.log_sigma")
            .unwrap()
            .iter()
            .collect();
        assert_close(&log_sigma, &[2f64.ln(), -(2f64.ln())], 1e-12);
    }
    // Its own name does not help where it says nothing, and a kind does.
    arrays(("s", sigma.to_vec()));
    burnzmann(home)
        .args([
            "convert",
            "g.npz",
            "g.safetensors",
            "--force",
            "--weights-on",
            "v/sigma",
        ])
        .args(["--sigma", "s", "--sigma-is", "sigma"])
        .args(layout)
        .assert()
        .success();
    assert_close(&scores("g.safetensors"), &expected(1), 1e-6);
    let case = |spread: (&'static str, Vec<f64>), words: &[&str], message: &str| {
        arrays(spread);
        let all = [&["convert", "g.npz", "x.safetensors"][..], &layout, words].concat();
        refused(home, &[(&all, message)]);
        // Other commands do not drop it either.
        assert!(!home.join("x.safetensors").exists());
    };
    case(
        ("sigma", sigma.to_vec()),
        &[],
        "--weights-on v, v/sigma or v/sigma2",
    );
    case(
        ("log_sigma", vec![0.5]),
        &[],
        "--weights-on v, v/sigma or v/sigma2",
    );
    case(
        ("sigma_h", sigma.to_vec()),
        &[],
        "the spread of hidden units",
    );
    case(("variance", vec![1.0, 0.0]), &[], "0 at index 1");
    case(
        ("s", sigma.to_vec()),
        &["--sigma", "s"],
        "--sigma-is sigma, log-sigma",
    );
    case(
        ("s", sigma.to_vec()),
        &["--weights-on", "v"],
        "--weights-on changes nothing",
    );
    case(
        ("std", vec![1.0]),
        &["--visible-units", "binary"],
        "contradicts `std`",
    );
    // A spread of one makes Gaussian units, and so does the user's word.
    for (spread, words, learned) in [
        (("std", vec![1.0]), &[][..], true),
        (("none", vec![7.0]), &["--visible-units", "gaussian"], false),
    ] {
        arrays(spread);
        burnzmann(home)
            .args(["convert", "g.npz", "g.safetensors", "--force"])
            .args(layout)
            .args(words)
            .assert()
            .success();
        let archive = Archive::load(&home.join("g.safetensors")).unwrap();
        let visible = &archive.header()["model"]["visible"];
        assert_eq!(
            (&visible["kind"], &visible["learn_sigma"]),
            (&"gaussian".into(), &learned.into())
        );
    }
    // What only looks like a spread is left out by the user's word, and named.
    arrays(("std", vec![0.01]));
    burnzmann(home)
        .args([
            "convert",
            "g.npz",
            "g.safetensors",
            "--force",
            "--sigma",
            "none",
        ])
        .args(layout)
        .assert()
        .success()
        .stdout(contains("note: not used: std [1]"));
    let archive = Archive::load(&home.join("g.safetensors")).unwrap();
    assert_eq!(archive.header()["model"]["visible"]["kind"], "bernoulli");
}

/// Files that other people made, where they are at hand.
#[test]
fn models_from_elsewhere_are_read() {
    let Ok(data) = std::env::var("BURNZMANN_DATA") else {
        eprintln!("skipped: BURNZMANN_DATA names no folder of data");
        return;
    };
    let models = Path::new(&data).join("models");
    let folder = tempfile::tempdir().unwrap();
    burnzmann(folder.path())
        .arg("convert")
        .arg(models.join("rbm_model.pth"))
        .arg("model.safetensors")
        .assert()
        .success()
        .stdout(contains("784 visible and 128 hidden units, F32"));
    burnzmann(folder.path())
        .arg("convert")
        .arg(models.join("sklearn_1.2.2.pkl"))
        .arg("x.safetensors")
        .assert()
        .code(2)
        .stderr(contains("a Python pickle of scikit-learn"));
}
