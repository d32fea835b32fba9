//! Checkpoints whose content is wrong though the file is whole.

use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use rbm_model::{Noise, RbmConfig, store::Archive};
use rbm_train::{TrainConfig, Trainer, checkpoint};
use serde_json::{Value, json};

const TENSORS: [&str; 10] = [
    "model.weight",
    "model.visible.bias",
    "model.hidden.bias",
    "chains.visible",
    "chains.hidden",
    "centring.visible",
    "centring.hidden",
    "optimizer",
    "schedule",
    "history",
];

fn good() -> Archive {
    let device = Device::default();
    let json = r#"{"optimizer": {"kind": "sgd", "momentum": 0.5}, "batch_size": 5}"#;
    let config: TrainConfig = serde_json::from_str(json).unwrap();
    let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
    let mut trainer = Trainer::new(config, rbm, 10).unwrap();
    trainer.step(Tensor::ones([5, 4], &device)).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    checkpoint::save(&trainer, file.path()).unwrap();
    Archive::load(file.path()).unwrap()
}

/// The archive with another header.
fn with_header(mut archive: Archive, header: Value) -> Archive {
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let mut other = Archive::new(header);
    for name in names {
        let data = archive.remove(&name).unwrap();
        other.insert(name, data);
    }
    other
}

fn load_alone(archive: &Archive) -> Result<Trainer, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    archive.save(file.path()).unwrap();
    checkpoint::load(file.path(), &Device::default()).map_err(|error| error.to_string())
}

/// Loads it; what loads makes an update.
fn load(archive: &Archive) -> Result<(), String> {
    let device = Device::default();
    let mut trainer = load_alone(archive)?;
    let visible = trainer.model().num_visible();
    trainer
        .step(Tensor::ones([5, visible], &device))
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (0i64..5).prop_map(Value::from),
        Just(json!(-1)),
        Just(json!(u64::MAX)),
        (0.0f64..2.0).prop_map(Value::from),
        "[a-z]{0,5}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn another_tensor_in_the_place_of_one_is_refused_or_goes_on(
        name in proptest::sample::select(&TENSORS[..]),
        shape in proptest::collection::vec(0usize..6, 0..4),
        kind in 0..3,
        bytes in proptest::collection::vec(any::<u8>(), 125),
    ) {
        let mut archive = good();
        let count = shape.iter().product::<usize>();
        let data = match kind {
            0 => TensorData::new(bytes[..count].to_vec(), shape),
            1 => TensorData::new(bytes[..count].iter().map(|&x| f32::from(x)).collect(), shape),
            _ => TensorData::new(bytes[..count].iter().map(|&x| i64::from(x)).collect(), shape),
        };
        archive.insert(name, data);
        if matches!(name, "optimizer" | "schedule") {
            let _ = load_alone(&archive);
        } else {
            let _ = load(&archive);
        }
    }

    #[test]
    fn a_byte_of_a_state_that_changed_is_refused_or_loads(
        name in proptest::sample::select(vec!["optimizer", "schedule"]),
        at: proptest::sample::Index,
        byte: u8,
        length in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut archive = good();
        let mut bytes = archive.remove(name).unwrap().as_bytes().to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len()));
        }
        let count = bytes.len();
        archive.insert(name, TensorData::new(bytes, [count]));
        // Its content is Burn's own: what it loads as is not asked.
        let _ = load_alone(&archive);
    }

    #[test]
    fn another_value_in_the_header_is_refused_or_goes_on(
        field in proptest::sample::select(vec![
            "/step", "/epoch", "/batch", "/steps_per_epoch", "/history", "/parameters", "/version",
            "/train/epochs", "/train/batch_size", "/train/algorithm", "/train/centring",
            "/model/num_hidden", "/model/visible", "/parameters/weight",
        ]),
        value in any_value(),
    ) {
        let archive = good();
        let mut header = archive.header().clone();
        *header.pointer_mut(field).unwrap() = value;
        let _ = load(&with_header(archive, header));
    }
}

#[test]
fn what_it_was_made_of_loads() {
    let archive = good();
    let header = archive.header().clone();
    assert_eq!(load(&with_header(archive, header)), Ok(()));
}

/// The numbers of a position fit together, and the last ones that do are taken.
#[test]
fn a_position_that_no_run_can_be_in_is_refused() {
    let archive = good();
    let with = |changes: &[(&str, u64)]| {
        let mut header = archive.header().clone();
        for (field, value) in changes {
            header[*field] = (*value).into();
        }
        load_alone(&with_header(archive.clone(), header))
    };
    let most = 1 << 53;
    for good in [
        &[("step", most)][..],
        &[("step", 9), ("epoch", 9)],
        &[("step", 9), ("batch", 9)],
        &[("step", 9), ("epoch", 3), ("batch", 2)],
        &[("steps_per_epoch", 1)],
    ] {
        let trainer = with(good).unwrap_or_else(|error| panic!("{good:?}: {error}"));
        for (field, value) in good {
            match *field {
                "step" => assert_eq!(trainer.steps(), *value),
                "epoch" => assert_eq!(trainer.epochs(), *value),
                _ => {}
            }
        }
    }
    for bad in [
        &[("step", most + 1)][..],
        &[("step", 9), ("epoch", 10)],
        &[("step", 9), ("batch", 10)],
        &[("steps_per_epoch", 0)],
    ] {
        let Err(error) = with(bad) else {
            panic!("{bad:?} was taken")
        };
        assert!(error.contains("a position in a run"), "{bad:?}: {error}");
    }
}
