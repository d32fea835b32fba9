//! A run that is gone on with is the run that was never interrupted, bit for bit.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burn::tensor::{Device, TensorData};
use dbn::{Dbn, DbnConfig, DbnError, PretrainObserver, Pretrainer, Propagation};
use rbm_data::{Batches, Binarisation, Dataset, digits};
use rbm_model::{
    Rbm,
    store::{Archive, model_into_archive},
};
use rbm_train::{Cd, Ending, EpochReport, Schedule, StepInfo, Trainer};

const ROWS: u32 = 95;
const BINARISATION: Binarisation = Binarisation::Stochastic;

/// Three layers of 15 updates each, every one trained and handing on in another way.
fn config() -> DbnConfig {
    let mut config = DbnConfig::new(64, &[9, 7, 9]);
    config.classes = Some(10);
    for layer in &mut config.layers {
        (layer.train.batch_size, layer.train.epochs) = (20, 3);
    }
    config.layers[0].propagate = Propagation::DrawnOnce;
    config.layers[1].propagate = Propagation::DrawnEachEpoch;
    config.layers[1].train.algorithm = Cd {
        k: Schedule::Constant(1),
    }
    .into();
    config.layers[2].mirror_start = true;
    config
}

fn tensors(dbn: &Dbn) -> Vec<TensorData> {
    let mut archive = Archive::default();
    for (rbm, layer) in dbn.stack.iter().zip(1..) {
        model_into_archive(rbm, &format!("{layer}."), &mut archive);
    }
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    names
        .iter()
        .map(|name| archive.remove(name).unwrap())
        .collect()
}

/// The history without the times that were measured.
fn history(run: &Pretrainer) -> Vec<Vec<EpochReport>> {
    let mut history = run.history().to_vec();
    for report in history.iter_mut().flatten() {
        report
            .metrics
            .retain(|name, _| name != "seconds" && name != "rows_per_second");
    }
    history
}

/// Counts updates over all layers.
struct Count<'a>(&'a AtomicU64);

impl PretrainObserver for Count<'_> {
    fn on_step(&mut self, _layer: usize, _info: &StepInfo) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Counts epochs too, and breaks the run off after an epoch where it is told to.
#[derive(Default)]
struct Watch {
    updates: u64,
    seen: Vec<(usize, u64)>,
    fail_after: Option<(usize, u64)>,
}

impl PretrainObserver for Watch {
    fn on_step(&mut self, _layer: usize, _info: &StepInfo) {
        self.updates += 1;
    }

    fn on_epoch(
        &mut self,
        layer: usize,
        batches: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        assert_eq!(
            batches.dataset().num_visible(),
            trainer.model().num_visible()
        );
        self.seen.push((layer, report.epoch));
        report.insert("layer", layer as f64);
        if self.fail_after == Some((layer, report.epoch)) {
            return Err("the power is gone".into());
        }
        Ok(())
    }
}

fn whole(data: &Dataset, rows: &[u32]) -> (Vec<TensorData>, Vec<Vec<EpochReport>>) {
    let device = Device::default();
    let mut run = Pretrainer::new(config(), data, rows, BINARISATION, &device).unwrap();
    let mut watch = Watch::default();
    assert_eq!(
        run.run(&mut [&mut watch], &|| false).unwrap(),
        Ending::Finished
    );
    assert_eq!(watch.updates, 45);
    let expected: Vec<_> = (1..=3)
        .flat_map(|layer| (1..=3).map(move |epoch| (layer, epoch)))
        .collect();
    assert_eq!(watch.seen, expected);
    (tensors(&run.dbn().unwrap()), history(&run))
}

fn resume(folder: &Path, data: &Dataset, rows: &[u32]) -> Pretrainer {
    Pretrainer::resume(folder, data, rows, BINARISATION, &Device::default()).unwrap()
}

#[test]
fn interrupted_in_any_layer_it_ends_the_same() {
    let (data, rows) = (digits(), (0..ROWS).collect::<Vec<u32>>());
    let device = Device::default();
    let expected = whole(&data, &rows);
    // At the beginning, within layers, and between two of them.
    for stop_at in [0, 7, 15, 22, 30, 31, 44] {
        let folder = tempfile::tempdir().unwrap();
        let run = Pretrainer::new(config(), &data, &rows, BINARISATION, &device).unwrap();
        let mut run = run.in_folder(folder.path()).unwrap();
        let updates = AtomicU64::new(0);
        let ending = run.run(&mut [&mut Count(&updates)], &|| {
            updates.load(Relaxed) == stop_at
        });
        assert_eq!(ending.unwrap(), Ending::Interrupted);
        assert_eq!(run.trainer().unwrap().steps(), stop_at % 15);
        drop(run);
        let mut run = resume(folder.path(), &data, &rows);
        assert_eq!(run.history().len() as u64, stop_at / 15);
        let mut watch = Watch::default();
        run.run(&mut [&mut watch], &|| false).unwrap();
        assert_eq!(watch.updates, 45 - stop_at, "stopped at {stop_at}");
        let found = tensors(&run.dbn().unwrap());
        assert!(found == expected.0, "stopped at {stop_at}");
        // A run that is done has nothing left to do.
        let mut run = resume(folder.path(), &data, &rows);
        assert_eq!(run.run(&mut [], &|| false).unwrap(), Ending::Finished);
        assert!(tensors(&run.dbn().unwrap()) == expected.0);
    }
}

/// A run that dies without a word goes on from its last checkpoint, or from the last finished layer.
#[test]
fn a_run_that_died_ends_the_same() {
    let (data, rows) = (digits(), (0..ROWS).collect::<Vec<u32>>());
    let device = Device::default();
    let expected = whole(&data, &rows);
    let folder = tempfile::tempdir().unwrap();
    let run = Pretrainer::new(config(), &data, &rows, BINARISATION, &device).unwrap();
    let mut run = run.in_folder(folder.path()).unwrap();
    let mut watch = Watch {
        fail_after: Some((2, 2)),
        ..Watch::default()
    };
    let error = run.run(&mut [&mut watch], &|| false).unwrap_err();
    assert_eq!(error.to_string(), "layer 2: the power is gone");
    drop(run);
    let mut run = resume(folder.path(), &data, &rows);
    assert_eq!(run.dbn().unwrap().num_layers(), 1);
    let mut watch = Watch::default();
    run.run(&mut [&mut watch], &|| false).unwrap();
    assert!(tensors(&run.dbn().unwrap()) == expected.0);
    assert_eq!(history(&run), expected.1);
}

/// A setting that is changed under way has no effect on what is done already: it is refused.
#[test]
fn settings_changed_in_the_folder_are_refused() {
    let (data, rows) = (digits(), (0..ROWS).collect::<Vec<u32>>());
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let run = Pretrainer::new(config(), &data, &rows, BINARISATION, &device).unwrap();
    let updates = AtomicU64::new(0);
    let mut run = run.in_folder(path).unwrap();
    let stop = || updates.load(Relaxed) == 20;
    run.run(&mut [&mut Count(&updates)], &stop).unwrap();
    let file = path.join("pretrain.json");
    let text = std::fs::read_to_string(&file).unwrap();
    // The layer that is done, in shape and in training, and the one in training.
    for (from, to, message) in [
        ("\"bernoulli\"", "\"gaussian\"", "visible: Gaussian"),
        ("\"l2\": 0.0", "\"l2\": 0.5", "l2: 0.5"),
        ("\"kind\": \"cd\"", "\"kind\": \"pcd\"", "Pcd"),
    ] {
        assert!(text.contains(from), "{text}");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let resumed = Pretrainer::resume(path, &data, &rows, BINARISATION, &device);
        let error = resumed.err().unwrap().to_string();
        assert!(
            error.contains(message) && error.contains("as pretrain.json has it"),
            "{error}"
        );
    }
}

#[test]
fn folders_of_other_runs_are_refused() {
    let (data, rows) = (digits(), (0..ROWS).collect::<Vec<u32>>());
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let begin = || {
        let run = Pretrainer::new(config(), &data, &rows, BINARISATION, &device).unwrap();
        run.in_folder(path)
    };
    drop(begin().unwrap());
    let error = begin().err().unwrap().to_string();
    assert!(error.contains("expected no run, found one"), "{error}");
    let resume = |data: &Dataset, rows: &[u32], binarisation| {
        let run = Pretrainer::resume(path, data, rows, binarisation, &device);
        run.err().unwrap().to_string()
    };
    let error = resume(&data, &rows[1..], BINARISATION);
    let expected = "the number of training rows is 94: the run in ";
    assert!(
        error.starts_with(expected) && error.contains("begun with 95"),
        "{error}"
    );
    let error = resume(&data, &rows, Binarisation::None);
    assert!(error.starts_with("the binarisation is None"), "{error}");
    let other = rbm_data::bars_and_stripes(8).unwrap();
    let error = resume(&other, &rows, BINARISATION);
    assert!(error.starts_with("the data set is "), "{error}");

    let file = path.join("pretrain.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"version\": 1", "\"version\": 3")).unwrap();
    let error = resume(&data, &rows, BINARISATION);
    assert!(
        error.contains("found burnzmann-pretrain version 3"),
        "{error}"
    );
    std::fs::remove_file(&file).unwrap();
    let error = Pretrainer::resume(path, &data, &rows, BINARISATION, &device)
        .err()
        .unwrap();
    assert!(matches!(error, DbnError::Store(_)), "{error}");
}

/// Layers that another run has trained, and the rest in this one: the network of one run, also where it
/// is interrupted and gone on with.
#[test]
fn on_top_of_trained_layers_the_rest_is_trained_the_same() {
    let (data, rows) = (digits(), (0..ROWS).collect::<Vec<u32>>());
    let device = Device::default();
    let begin = || Pretrainer::new(config(), &data, &rows, BINARISATION, &device).unwrap();
    let mut whole = begin();
    whole.run(&mut [], &|| false).unwrap();
    let whole = whole.dbn().unwrap();
    for given in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let run = begin().with_trained(whole.stack[..given].to_vec()).unwrap();
        let mut run = run.in_folder(folder.path()).unwrap();
        let updates = AtomicU64::new(0);
        let stop = || updates.load(Relaxed) == 7;
        run.run(&mut [&mut Count(&updates)], &stop).unwrap();
        drop(run);
        let mut run = resume(folder.path(), &data, &rows);
        run.run(&mut [&mut Count(&updates)], &|| false).unwrap();
        assert_eq!(updates.load(Relaxed), 15 * (3 - given as u64));
        assert!(tensors(&run.dbn().unwrap()) == tensors(&whole), "{given}");
    }
    let refused = |layers: Vec<Rbm>| begin().with_trained(layers).err().unwrap().to_string();
    let error = refused(vec![whole.stack[1].clone()]);
    assert!(
        error.contains("expected 64 Bernoulli units below 9"),
        "{error}"
    );
    let four = [whole.stack.clone(), vec![whole.stack[2].clone()]].concat();
    let error = refused(four);
    assert!(
        error.contains("layer 4: expected 3 layers in all"),
        "{error}"
    );
}
