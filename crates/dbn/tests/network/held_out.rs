//! Each layer is stacked as it was at its best epoch, by the rows that are held out.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burn::tensor::{Device, TensorData};
use dbn::{DbnConfig, PretrainObserver, Pretrainer, Propagation};
use rbm_data::{Batches, Binarisation, Dataset, digits};
use rbm_model::Rbm;
use rbm_train::{Ending, EpochReport, StepInfo, Trainer, metrics};

const BINARISATION: Binarisation = Binarisation::Stochastic;
const EPOCHS: u64 = 4;
/// What the held-out rows are said to be worth in each epoch of a layer; the second epoch is the best of the
/// first layer, the third of the second one, and the last of the third.
const WORTH: [[f64; 4]; 3] = [
    [-3.0, -1.0, -2.0, -4.0],
    [-3.0, -2.0, -1.0, -1.5],
    [-4.0, -3.0, -2.0, -1.0],
];
const BEST: [usize; 3] = [2, 3, 4];

fn config() -> DbnConfig {
    let mut config = DbnConfig::new(64, &[9, 7, 9]);
    config.classes = Some(10);
    for layer in &mut config.layers {
        (layer.train.batch_size, layer.train.epochs) = (20, EPOCHS);
    }
    config.layers[0].propagate = Propagation::DrawnOnce;
    config
}

fn weights(rbm: &Rbm) -> TensorData {
    rbm.weight.val().into_data()
}

/// Says what the held-out rows are worth, and keeps the weights of each epoch and what it saw.
#[derive(Default)]
struct Measure {
    updates: AtomicU64,
    weights: Vec<Vec<TensorData>>,
    errors: Vec<f64>,
}

impl PretrainObserver for Measure {
    fn on_step(&mut self, _layer: usize, _info: &StepInfo) {
        self.updates.fetch_add(1, Relaxed);
    }

    fn on_held_out(
        &mut self,
        layer: usize,
        batches: &Batches,
        held_out: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        assert_eq!((batches.rows().len(), held_out.rows().len()), (95, 30));
        let epoch = usize::try_from(report.epoch)?;
        report.insert("log_likelihood", WORTH[layer - 1][epoch - 1]);
        // Less than that decides nothing where there is a likelihood.
        report.insert("pseudo_log_likelihood", -(epoch as f64));
        self.weights.resize(layer, Vec::new());
        self.weights[layer - 1].push(weights(&trainer.model()));
        let rows = held_out.rows_tensor(held_out.rows(), 0, &trainer.device());
        let error = metrics::reconstruction_error(&trainer.model(), rows);
        self.errors.push(error);
        Ok(())
    }
}

fn run(data: &Dataset, rows: &[u32]) -> Pretrainer {
    let device = Device::default();
    let run = Pretrainer::new(config(), data, &rows[..95], BINARISATION, &device).unwrap();
    run.with_held_out(data, &rows[95..]).unwrap()
}

fn stacked(run: &Pretrainer) -> Vec<TensorData> {
    run.dbn().unwrap().stack.iter().map(weights).collect()
}

#[test]
fn layers_are_stacked_as_they_were_at_their_best_epochs() {
    let (data, rows) = (digits(), (0..125).collect::<Vec<u32>>());
    let mut whole = run(&data, &rows);
    let mut measure = Measure::default();
    let ending = whole.run(&mut [&mut measure], &|| false).unwrap();
    assert_eq!(ending, Ending::Finished);
    let stack = stacked(&whole);
    for (layer, best) in BEST.iter().enumerate() {
        assert_eq!(stack[layer], measure.weights[layer][best - 1], "{layer}");
        assert_eq!(whole.history()[layer].len() as u64, EPOCHS);
    }
    assert_ne!(stack[0], measure.weights[0][3]);

    // In a folder, interrupted wherever: the same, and what the layers above saw of the held-out rows too.
    for stop_at in [3, 7, 12, 19, 20, 29, 37, 41, 55] {
        let folder = tempfile::tempdir().unwrap();
        let mut part = run(&data, &rows).in_folder(folder.path()).unwrap();
        let updates = AtomicU64::new(0);
        let mut first = Measure::default();
        let ending = part.run(&mut [&mut Count(&updates), &mut first], &|| {
            updates.load(Relaxed) == stop_at
        });
        assert_eq!(ending.unwrap(), Ending::Interrupted);
        drop(part);
        let device = Device::default();
        let resumed =
            Pretrainer::resume(folder.path(), &data, &rows[..95], BINARISATION, &device).unwrap();
        let mut resumed = resumed.with_held_out(&data, &rows[95..]).unwrap();
        let mut second = Measure::default();
        resumed.run(&mut [&mut second], &|| false).unwrap();
        assert!(stacked(&resumed) == stack, "stopped at {stop_at}");
        let errors = [first.errors, second.errors].concat();
        assert_eq!(errors, measure.errors, "stopped at {stop_at}");
    }
}

/// Counts updates where they can be asked for meanwhile.
struct Count<'a>(&'a AtomicU64);

impl PretrainObserver for Count<'_> {
    fn on_step(&mut self, _layer: usize, _info: &StepInfo) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Without measures the last epoch is stacked, as without rows that are held out.
#[test]
fn without_measures_the_last_epoch_is_stacked() {
    let (data, rows) = (digits(), (0..125).collect::<Vec<u32>>());
    let mut unmeasured = run(&data, &rows);
    unmeasured.run(&mut [], &|| false).unwrap();
    let device = Device::default();
    let mut plain = Pretrainer::new(config(), &data, &rows[..95], BINARISATION, &device).unwrap();
    plain.run(&mut [], &|| false).unwrap();
    assert!(stacked(&unmeasured) == stacked(&plain));
    let other = rbm_data::bars_and_stripes(4).unwrap();
    let plain = Pretrainer::new(config(), &data, &rows[..95], BINARISATION, &device).unwrap();
    let error = plain.with_held_out(&other, &rows[..3]).err().unwrap();
    assert!(error.to_string().contains("16"), "{error}");
}
