//! Models of other programs.

use std::fs;
use std::path::Path;

use burnzmann::data::npy::{NpyArray, NpyValues, read_npz, write_npz, zip_stored};
use burnzmann::model::store::Archive;
use predicates::prelude::*;
use predicates::str::contains;

use crate::fixture::{Plain, burnzmann, refused, trained};

const NAMES: [&str; 3] = ["weight", "visible.bias", "hidden.bias"];

/// The bytes of a model's tensors.
fn bits(path: &Path) -> Vec<Vec<u8>> {
    let mut archive = Archive::load(path).unwrap();
    let tensors = NAMES.map(|name| archive.remove(name).unwrap().as_bytes().to_vec());
    tensors.to_vec()
}

#[test]
fn a_run_goes_to_scikit_learn_and_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = trained();
    let convert = |from: &str, to: &str| {
        burnzmann(home)
            .args(["convert", from, to])
            .assert()
            .success()
            .stdout(contains(to));
    };
    convert(run.to_str().unwrap(), "model.npz");
    let arrays = read_npz(home.join("model.npz")).unwrap();
    assert_eq!(arrays["components_"].shape, [12, 64]);
    assert_eq!(arrays["intercept_visible_"].shape, [64]);
    convert("model.npz", "back.safetensors");
    convert("back.safetensors", "again.npz");
    convert("again.npz", "folder");
    let expected = bits(&run.join("model.safetensors"));
    assert!(bits(&home.join("back.safetensors")) == expected);
    assert!(bits(&home.join("folder/model.safetensors")) == expected);
    assert!(fs::read(home.join("model.npz")).unwrap() == fs::read(home.join("again.npz")).unwrap());
    burnzmann(home)
        .args(["convert", "model.npz", "back.safetensors"])
        .assert()
        .code(2)
        .stderr(contains("--force"));
    burnzmann(home)
        .args(["convert", "model.npz", "back.safetensors", "--force"])
        .assert()
        .success();
}

#[test]
fn doubles_stay_doubles_and_the_names_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let plain = Plain::new(5, 3);
    plain.write_sklearn(&home.join("model.npz"));
    burnzmann(home)
        .args(["convert", "model.npz", "model.safetensors"])
        .assert()
        .success()
        .stdout(
            contains("weight       <- components_ [3, 5], transposed")
                .and(contains("hidden.bias  <- intercept_hidden_ [3]"))
                .and(contains("5 visible and 3 hidden units, F64")),
        );
    let bytes =
        |values: Vec<f64>| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let expected = [bytes(plain.w.concat()), bytes(plain.b), bytes(plain.c)];
    assert!(bits(&home.join("model.safetensors")) == expected);
}

/// What `torch.save` writes of a dictionary of float tensors, opcode by opcode.
fn torch_file(tensors: &[(&str, &[usize], &[f32])]) -> Vec<u8> {
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(b'X');
        out.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        out.extend(text.as_bytes());
    };
    let number = |out: &mut Vec<u8>, n: usize| {
        out.push(b'J');
        out.extend(i32::try_from(n).unwrap().to_le_bytes());
    };
    let tuple = |out: &mut Vec<u8>, sizes: &[usize]| {
        out.push(b'(');
        for &n in sizes {
            number(out, n);
        }
        out.push(b't');
    };
    let mut pickle = vec![0x80, 2, b'}', b'('];
    for (index, (name, shape, values)) in tensors.iter().enumerate() {
        text(&mut pickle, name);
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut pickle, "storage");
        pickle.extend(b"ctorch\nFloatStorage\n");
        text(&mut pickle, &index.to_string());
        text(&mut pickle, "cpu");
        number(&mut pickle, values.len());
        // The storage by its identity, the offset in it, sizes and strides.
        pickle.extend(b"tQ");
        number(&mut pickle, 0);
        tuple(&mut pickle, shape);
        let strides: Vec<usize> = (1..=shape.len())
            .map(|k| shape[k..].iter().product())
            .collect();
        tuple(&mut pickle, &strides);
        pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    pickle.extend(b"u.");
    let member = |name: &str, content: Vec<u8>| (format!("rbm/{name}"), content);
    let mut members = vec![
        member("data.pkl", pickle),
        member("byteorder", b"little".to_vec()),
    ];
    for (index, (_, _, values)) in tensors.iter().enumerate() {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        members.push(member(&format!("data/{index}"), bytes));
    }
    members.push(member("version", b"3\n".to_vec()));
    zip_stored(members)
}

#[test]
fn a_state_dict_of_pytorch_becomes_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    // [hidden, visible], as torch.nn.Linear has it.
    let weight = [0.5, -1.0, 2.0, 0.25, 3.0, -0.125];
    let file = torch_file(&[
        ("W", &[2, 3], &weight),
        ("v_bias", &[3], &[0.1, 0.2, 0.3]),
        ("h_bias", &[2], &[-1.0, 1.0]),
        ("steps", &[1], &[7.0]),
    ]);
    fs::write(home.join("rbm.pt"), &file).unwrap();
    burnzmann(home)
        .args(["convert", "rbm.pt", "model.safetensors"])
        .assert()
        .success()
        .stdout(contains("<- W [2, 3], transposed").and(contains("not used: steps")));
    let bytes =
        |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let expected = [
        bytes(&[0.5, 0.25, -1.0, 3.0, 2.0, -0.125]),
        bytes(&[0.1, 0.2, 0.3]),
        bytes(&[-1.0, 1.0]),
    ];
    assert!(bits(&home.join("model.safetensors")) == expected);
    burnzmann(home)
        .args(["info", "rbm.pt"])
        .assert()
        .success()
        .stdout(contains("tensors.W: [2,3]"));
    // A model as it is, without converting it first.
    fs::write(home.join("rows.csv"), "1,0,1\n0,1,1\n").unwrap();
    burnzmann(home)
        .args(["encode", "rbm.pt", "--data", "rows.csv"])
        .assert()
        .success();

    let square = torch_file(&[
        ("W", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
        ("v_bias", &[2], &[0.0; 2]),
        ("h_bias", &[2], &[0.0; 2]),
    ]);
    fs::write(home.join("square.pt"), square).unwrap();
    refused(
        home,
        &[(
            &["convert", "square.pt", "square.safetensors"],
            "give --layout hidden-visible",
        )],
    );
    burnzmann(home)
        .args([
            "convert",
            "square.pt",
            "square.safetensors",
            "--layout",
            "hidden-visible",
        ])
        .assert()
        .success();
    assert!(bits(&home.join("square.safetensors"))[0] == bytes(&[1.0, 3.0, 2.0, 4.0]));
}

/// The members and the opcodes that `torch.load` expects (it read such a file, weights only, by
/// PyTorch 2.15), and the same bits when it is read again.
#[test]
fn a_model_becomes_a_state_dict_of_pytorch() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let singles = TORCH_SINGLES;
    let named: Vec<_> = ["weight", "visible.bias", "hidden.bias"]
        .into_iter()
        .zip(singles)
        .map(|(name, (shape, values))| (name, shape, values))
        .collect();
    let mut model = Archive::default();
    for (name, shape, values) in &named {
        let data = burn::tensor::TensorData::new(values.to_vec(), shape.to_vec());
        model.insert(*name, data);
    }
    model.save(&home.join("model.safetensors")).unwrap();
    let converted = |from: &str, to: &str| {
        burnzmann(home)
            .args(["convert", from, to])
            .assert()
            .success();
    };
    converted("model.safetensors", "rbm.pt");
    let members = |bytes: Vec<u8>| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut read = |i: usize| {
            let mut member = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            std::io::copy(&mut member, &mut bytes).unwrap();
            (member.name().unwrap().into_owned(), bytes)
        };
        (0..6).map(&mut read).collect::<Vec<_>>()
    };
    let found = members(fs::read(home.join("rbm.pt")).unwrap());
    assert_eq!(found, members(torch_file(&named)));
    converted("rbm.pt", "again.safetensors");
    assert!(bits(&home.join("again.safetensors")) == bits(&home.join("model.safetensors")));

    // Doubles stay doubles.
    Plain::new(5, 3).write_sklearn(&home.join("doubles.npz"));
    converted("doubles.npz", "doubles.safetensors");
    converted("doubles.npz", "doubles.pt");
    converted("doubles.pt", "doubles-again.safetensors");
    let [first, second] = ["doubles.safetensors", "doubles-again.safetensors"];
    assert!(bits(&home.join(first)) == bits(&home.join(second)));
}

/// Shapes and values of the parameters of a model of three visible and two hidden units.
const TORCH_SINGLES: [(&[usize], &[f32]); 3] = [
    (&[3, 2], &[0.5, -1.0, 2.0, 0.25, 3.0, -0.125]),
    (&[3], &[0.1, 0.2, 0.3]),
    (&[2], &[-1.0, 1.0]),
];

#[test]
fn what_is_no_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let array = NpyArray {
        shape: vec![2, 3],
        values: NpyValues::Singles(vec![0.0; 6]),
    };
    fs::write(home.join("array.npz"), write_npz([("x", &array)])).unwrap();
    fs::write(home.join("text.pt"), "no pickle").unwrap();
    fs::write(home.join("text.npz"), "no archive").unwrap();
    let mut gaussian = Archive::default();
    for (name, shape) in [
        ("weight", vec![2, 3]),
        ("visible.bias", vec![2]),
        ("visible.log_sigma", vec![2]),
        ("hidden.bias", vec![3]),
    ] {
        let zeros = vec![0f32; shape.iter().product()];
        gaussian.insert(name, burn::tensor::TensorData::new(zeros, shape));
    }
    gaussian.save(&home.join("gaussian.safetensors")).unwrap();
    let run = trained();
    let run = run.to_str().unwrap();
    refused(
        home,
        &[
            (
                &["convert", "array.npz", "x.safetensors"],
                "the tensors are x [2, 3]",
            ),
            (
                &["convert", "text.pt", "x.safetensors"],
                "not a readable PyTorch file",
            ),
            (
                &["convert", "text.npz", "x.safetensors"],
                "expected a zip archive",
            ),
            (&["convert", "missing.npz", "x.safetensors"], "missing.npz"),
            (&["convert", run, "x.onnx"], ".npz, .pt or .h5"),
            (
                &["convert", "gaussian.safetensors", "x.pt"],
                "safetensors.torch.load_file",
            ),
            (
                &["convert", "array.npz", "x.npz", "--weight", "y"],
                "no tensor is called `y`",
            ),
            (
                &["convert", "gaussian.safetensors", "x.npz"],
                "BernoulliRBM",
            ),
            (&["convert", run, "no/x.npz"], "no"),
        ],
    );
    burnzmann(home)
        .args(["convert", "gaussian.safetensors", "copy.safetensors"])
        .assert()
        .success();
    let copy = Archive::load(&home.join("copy.safetensors")).unwrap();
    assert_eq!(copy.header()["model"]["visible"]["kind"], "gaussian");
}

/// `fuzz/make_rbms.py` says what is in the archive, which rbms itself wrote; update 10 is the last one.
#[test]
fn the_last_update_of_rbms_becomes_a_model_and_an_archive_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let whole = fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/hdf5/rbms"
    ));
    let whole = whole.unwrap();
    fs::write(home.join("RBM.h5"), &whole).unwrap();
    let convert = |from: &str, to: &str| {
        let mut command = burnzmann(home);
        command.args(["convert", from, to]).assert().success()
    };
    convert("RBM.h5", "model.safetensors")
        .stdout(contains("weight       <- weight_matrix [3, 3]\n").and(contains("F32")));
    let bytes =
        |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let weight: Vec<f32> = (10..19u8).map(|x| f32::from(x) / 8.0).collect();
    let expected = [
        bytes(&weight),
        bytes(&[0.1f32 * 10.0, 0.2f32 * 10.0, 0.3f32 * 10.0]),
        bytes(&[-1.0, 0.5, 0.25]),
    ];
    assert!(bits(&home.join("model.safetensors")) == expected);

    // And back: the same bits in both precisions, and in the shapes of ours.
    convert("model.safetensors", "back.h5");
    convert("back.h5", "again.safetensors");
    assert!(bits(&home.join("again.safetensors")) == expected);
    let doubles = Plain::new(5, 3);
    doubles.write_sklearn(&home.join("doubles.npz"));
    convert("doubles.npz", "doubles.safetensors");
    convert("doubles.npz", "doubles.h5").stdout(contains("5 visible and 3 hidden units, F64"));
    convert("doubles.h5", "same.safetensors");
    assert!(bits(&home.join("same.safetensors")) == bits(&home.join("doubles.safetensors")));
    burnzmann(home)
        .args(["info", "doubles.h5"])
        .assert()
        .success()
        .stdout(contains("tensors.weight_matrix: [5,3]"));

    fs::write(home.join("cut.h5"), &whole[..whole.len() / 2]).unwrap();
    // The name of another kind of model, in the same place.
    let at = whole.windows(5).position(|word| word == b"BBRBM").unwrap();
    let mut other = whole.clone();
    other[at..at + 5].copy_from_slice(b"PBRBM");
    fs::write(home.join("other.h5"), other).unwrap();
    let gaussian = ["convert", "gaussian.safetensors", "x.h5"];
    let device = burnzmann::device::select(Some("flex")).unwrap();
    let units = burnzmann::model::units::UnitsConfig::Gaussian { learn_sigma: false };
    let rbm = burnzmann::model::RbmConfig::new(3, 2)
        .with_visible(units)
        .init(&mut burnzmann::model::Noise::new(1), &device);
    burnzmann::model::store::save_file(&rbm, &home.join("gaussian.safetensors")).unwrap();
    refused(
        home,
        &[
            (
                &["convert", "cut.h5", "x.safetensors"],
                "cut.h5: not a readable archive of rbms",
            ),
            (
                &["convert", "other.h5", "x.safetensors"],
                "expected a model of type BBRBM, found PBRBM",
            ),
            (&gaussian, "x.h5: a .h5 file has the layout of BBRBM"),
        ],
    );
}
