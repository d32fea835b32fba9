//! A resumed run is the run that was never interrupted, bit for bit.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burn::tensor::{Device, TensorData};
use rbm_data::{Batches, Binarisation, Dataset, digits};
use rbm_model::{Noise, RbmConfig, store::Archive, units::UnitsConfig};
use rbm_train::{
    Ending, EpochReport, Observer, StepInfo, TrainConfig, Trainer, checkpoint, fit,
    metrics::Monitor,
};

const CONFIGS: [&str; 4] = [
    r#"{"algorithm": {"kind": "pcd", "k": [[0, 1], [2, 2]]}, "l2": 0.001,
        "optimizer": {"kind": "sgd", "momentum": [[0, 0.5], [1, 0.8], [2, 0.8], [3, 0.0]]}}"#,
    r#"{"algorithm": {"kind": "cd", "k": 2}, "centring": null, "hidden_statistics": "drawn",
        "learning_rate": {"kind": "cosine", "from": 0.1, "to": 0.001}}"#,
    r#"{"algorithm": {"kind": "pcd", "k": 1, "chains": 7}, "optimizer": {"kind": "adam"},
        "learning_rate": {"kind": "exponential", "from": 0.01, "to": 0.001}}"#,
    r#"{"algorithm": {"kind": "cd", "k": 1}, "learning_rate": {"kind": "constant", "rate": 0.01}}"#,
];

struct CountSteps<'a>(&'a AtomicU64);

impl Observer for CountSteps<'_> {
    fn on_step(&mut self, info: &StepInfo) {
        self.0.store(info.step, Relaxed);
    }
}

fn batches(data: &Dataset, rows: &[u32], config: &TrainConfig) -> Batches {
    Batches::new(
        data,
        rows,
        config.batch_size,
        Binarisation::Stochastic,
        config.seed,
    )
    .unwrap()
}

/// All of a run that a checkpoint has: what is no tensor as it is in memory, since a number that was
/// written and read on both sides may have lost the same digit on both, and the tensors of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Everything {
    config: TrainConfig,
    position: [u64; 2],
    /// The numbers to the bit, without the times that were measured.
    history: Vec<(u64, u64, Vec<(String, u64)>)>,
    tensors: Vec<(String, TensorData)>,
}

pub(super) fn everything(trainer: &Trainer, path: &Path) -> Everything {
    checkpoint::save(trainer, path).unwrap();
    let mut archive = Archive::load(path).unwrap();
    // The lines of the history have the times in them, and a record of Burn's its parts in any order.
    for name in ["history", "optimizer"] {
        archive.remove(name);
    }
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let tensor = |name: String| (name.clone(), archive.remove(&name).unwrap());
    let report = |report: &EpochReport| {
        let numbers = report.metrics.iter();
        let numbers = numbers.filter(|(name, _)| *name != "seconds" && *name != "rows_per_second");
        let numbers = numbers.map(|(name, x)| (name.clone(), x.to_bits()));
        (report.epoch, report.step, numbers.collect())
    };
    Everything {
        config: trainer.config().clone(),
        position: [trainer.steps(), trainer.epochs()],
        history: trainer.history().iter().map(report).collect(),
        tensors: names.into_iter().map(tensor).collect(),
    }
}

#[test]
fn interrupted_at_any_update_it_ends_the_same() {
    let device = Device::default();
    let data = digits();
    let rows: Vec<u32> = (0..95).collect();
    let folder = tempfile::tempdir().unwrap();
    for (index, json) in CONFIGS.iter().enumerate() {
        let mut config: TrainConfig = serde_json::from_str(json).unwrap();
        (config.batch_size, config.epochs) = (20, 4);
        let batches = batches(&data, &rows, &config);
        assert_eq!(batches.len(), 5);
        // Gaussian units have more parameters and buffers to lose.
        let units = if index == 3 {
            UnitsConfig::Gaussian { learn_sigma: true }
        } else {
            UnitsConfig::Bernoulli
        };
        let rbm = RbmConfig::new(64, 9)
            .with_visible(units)
            .init(&mut Noise::new(3), &device);
        // From one file, to the bit.
        let start = folder.path().join("start");
        let trainer = Trainer::new(config.clone(), rbm, batches.len()).unwrap();
        checkpoint::save(&trainer, &start).unwrap();
        let begin = || checkpoint::load(&start, &device).unwrap();
        let path = folder.path().join("part");
        let mut trainer = begin();
        let mut monitor = Monitor::new(&batches, None);
        let ending = fit(&mut trainer, &batches, &mut [&mut monitor], &|| false).unwrap();
        assert_eq!((ending, trainer.steps()), (Ending::Finished, 20));
        let expected = everything(&trainer, &path);
        for name in ["schedule", "model.weight"] {
            assert!(expected.tensors.iter().any(|(found, _)| found == name));
        }
        // The optimiser's state is known by where it goes from here.
        let onward = |mut trainer: Trainer| {
            for batch in batches.epoch(9, &device) {
                trainer.step(batch).unwrap();
            }
            everything(&trainer, &path)
        };
        let beyond = onward(trainer);
        assert_ne!(beyond.tensors, expected.tensors);

        for stop_at in [0, 1, 4, 5, 7, 10, 13, 15, 19] {
            let mut trainer = begin();
            let steps = AtomicU64::new(0);
            let mut monitor = Monitor::new(&batches, None);
            let ending = fit(
                &mut trainer,
                &batches,
                &mut [&mut CountSteps(&steps), &mut monitor],
                &|| steps.load(Relaxed) == stop_at,
            )
            .unwrap();
            assert_eq!((ending, trainer.steps()), (Ending::Interrupted, stop_at));
            checkpoint::save(&trainer, &path).unwrap();
            drop(trainer);
            let mut resumed = checkpoint::load(&path, &device).unwrap();
            fit(&mut resumed, &batches, &mut [&mut monitor], &|| false).unwrap();
            let found = everything(&resumed, &path);
            assert_eq!(found, expected, "{json} stopped at {stop_at}");
            assert_eq!(onward(resumed), beyond, "{json} stopped at {stop_at}");
        }
    }
}

#[test]
fn files_that_are_no_checkpoint_are_refused() {
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let load = || match checkpoint::load(&path, &device) {
        Ok(_) => panic!("loaded"),
        Err(error) => error.to_string(),
    };
    assert!(load().contains("cannot read"), "{}", load());

    let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
    rbm_model::store::save(&rbm, folder.path()).unwrap();
    std::fs::rename(folder.path().join("model.safetensors"), &path).unwrap();
    assert!(
        load().contains("expected a burnzmann-checkpoint"),
        "{}",
        load()
    );

    let trainer = Trainer::new(TrainConfig::default(), rbm, 10).unwrap();
    checkpoint::save(&trainer, &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 100, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(load().contains("is it complete"), "{}", load());
    }
    std::fs::write(&path, &whole).unwrap();
    let mut archive = Archive::load(&path).unwrap();
    archive.remove("centring.hidden");
    archive.insert("centring.hidden", TensorData::from([0f32; 2]));
    archive.save(&path).unwrap();
    assert!(load().contains("`centring.hidden` 3 wide"), "{}", load());
}

/// As version 1 had it: the reports in the header.
fn as_version_1(path: &Path) {
    let mut archive = Archive::load(path).unwrap();
    let mut header = archive.header().clone();
    header["version"] = 1.into();
    let history = checkpoint::progress(path).unwrap().history;
    header["history"] = serde_json::to_value(history).unwrap();
    archive.remove("history").unwrap();
    archive.set_header(header);
    archive.save(path).unwrap();
}

#[test]
fn a_checkpoint_of_version_1_is_gone_on_with() {
    let device = Device::default();
    let data = digits();
    let rows: Vec<u32> = (0..40).collect();
    let mut config = TrainConfig::default();
    (config.batch_size, config.epochs) = (20, 3);
    let batches = batches(&data, &rows, &config);
    let rbm = RbmConfig::new(64, 5).init(&mut Noise::new(3), &device);
    let mut trainer = Trainer::new(config, rbm, batches.len()).unwrap();
    let steps = AtomicU64::new(0);
    let stop = || steps.load(Relaxed) == 4;
    fit(
        &mut trainer,
        &batches,
        &mut [&mut CountSteps(&steps)],
        &stop,
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    checkpoint::save(&trainer, &path).unwrap();
    as_version_1(&path);
    let found = checkpoint::progress(&path).unwrap();
    assert_eq!((found.epoch, found.step), (2, 4));
    for (found, expected) in found.history.iter().zip(trainer.history()) {
        assert_eq!((found.epoch, found.step), (expected.epoch, expected.step));
        for (name, expected) in &expected.metrics {
            // JSON's reader may lose the last digit, which is why version 2 has another.
            let found = found.get(name).unwrap();
            assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{name}");
        }
    }
    fit(&mut trainer, &batches, &mut [], &|| false).unwrap();
    let mut resumed = checkpoint::load(&path, &device).unwrap();
    fit(&mut resumed, &batches, &mut [], &|| false).unwrap();
    assert_eq!(resumed.history().len(), 3);
    let weights = |trainer: &Trainer| trainer.model().weight.val().into_data();
    assert_eq!(weights(&resumed), weights(&trainer));
    // It is saved as version 2, with its history in a file or in itself.
    for history in [Some("history.jsonl"), None] {
        match history {
            Some(name) => checkpoint::save_with_history(&resumed, &path, name).unwrap(),
            None => checkpoint::save(&resumed, &path).unwrap(),
        }
        assert_eq!(Archive::load(&path).unwrap().header()["version"], 2);
        let again = checkpoint::load(&path, &device).unwrap();
        assert_eq!(again.history(), resumed.history());
    }
}
