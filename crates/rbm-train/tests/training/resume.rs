//! A resumed run is the run that was never interrupted, bit for bit.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burn::tensor::{Device, TensorData};
use rbm_data::{Batches, Binarisation, Dataset, digits};
use rbm_model::{Noise, RbmConfig, store::Archive, units::UnitsConfig};
use rbm_train::{
    Ending, Observer, StepInfo, TrainConfig, Trainer, checkpoint, fit, metrics::Monitor,
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

fn batches<'a>(data: &'a Dataset, rows: &'a [u32], config: &TrainConfig) -> Batches<'a> {
    Batches::new(
        data,
        rows,
        config.batch_size,
        Binarisation::Stochastic,
        config.seed,
    )
    .unwrap()
}

/// Everything in the checkpoint but the times that were measured.
fn without_times(path: &Path) -> (String, Vec<(String, TensorData)>) {
    let mut archive = Archive::load(path).unwrap();
    let mut header = archive.header().clone();
    for report in header["history"].as_array_mut().unwrap() {
        let metrics = report["metrics"].as_object_mut().unwrap();
        metrics.retain(|name, _| name != "seconds" && name != "rows_per_second");
    }
    // Names are drawn for each run; the optimiser's state carries them.
    header["parameters"] = serde_json::Value::Null;
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let tensors = names
        .into_iter()
        .filter(|name| name != "optimizer")
        .map(|name| (name.clone(), archive.remove(&name).unwrap()))
        .collect();
    (header.to_string(), tensors)
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
        let begin = || {
            let rbm = RbmConfig::new(64, 9)
                .with_visible(units)
                .init(&mut Noise::new(3), &device);
            Trainer::new(config.clone(), rbm, batches.len()).unwrap()
        };
        let whole = folder.path().join("whole");
        let mut trainer = begin();
        let mut monitor = Monitor::new(&batches, None);
        let ending = fit(&mut trainer, &batches, &mut [&mut monitor], &|| false).unwrap();
        assert_eq!((ending, trainer.steps()), (Ending::Finished, 20));
        checkpoint::save(&trainer, &whole).unwrap();
        let expected = without_times(&whole);

        for stop_at in [0, 1, 4, 5, 7, 10, 13, 15, 19] {
            let path = folder.path().join("part");
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
            checkpoint::save(&resumed, &path).unwrap();
            assert_eq!(
                without_times(&path),
                expected,
                "{json} stopped at {stop_at}"
            );
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
