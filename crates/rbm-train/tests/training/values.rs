//! What a trainer keeps and measures, against sums in plain loops.
#![allow(clippy::needless_range_loop, reason = "indices as in the formulas")]

use burn::tensor::{Device, Tensor, TensorData};
use rbm_data::{Batches, Binarisation, Dataset, Values};
use rbm_model::{
    Noise, Rbm, RbmConfig,
    numerics::to_f64,
    store::Archive,
    units::{Bernoulli, Gaussian, Units},
};
use rbm_train::{
    EpochReport, FitError, Observer, StepInfo, TrainConfig, Trainer, checkpoint, fit,
    metrics::Monitor,
};
use serde_json::json;

use crate::plain::{Plain, assert_close, logistic, matrix, means, rows, states};

fn trainer(config: serde_json::Value, rbm: Rbm, steps_per_epoch: usize) -> Trainer {
    let config: TrainConfig = serde_json::from_value(config).unwrap();
    Trainer::new(config, rbm, steps_per_epoch).unwrap()
}

/// The offsets of centring as a checkpoint has them.
fn offsets(trainer: &Trainer) -> [Vec<f64>; 2] {
    let file = tempfile::NamedTempFile::new().unwrap();
    checkpoint::save(trainer, file.path()).unwrap();
    let mut archive = Archive::load(file.path()).unwrap();
    ["centring.visible", "centring.hidden"]
        .map(|name| archive.remove(name).unwrap().iter::<f64>().collect())
}

/// `(1 - rate)` times a mean and `rate` times a new one.
fn moved(mean: &[f64], new: &[f64], rate: f64) -> Vec<f64> {
    let pairs = mean.iter().zip(new);
    pairs.map(|(m, n)| (1.0 - rate) * m + rate * n).collect()
}

/// The offsets start at the means of units without input and follow those of the data, not those of the
/// chains: by every algorithm, on batches that differ from each other and from the model.
#[test]
fn the_offsets_of_centring_follow_the_data() {
    let (device, rate) = (Device::default(), 0.25);
    let start = Plain::strong(5, 3);
    for algorithm in [
        json!({"kind": "cd", "k": 1}),
        json!({"kind": "pcd", "k": 2}),
        json!({"kind": "exact"}),
    ] {
        let config = json!({"algorithm": algorithm, "centring": rate, "batch_size": 7,
            "learning_rate": {"kind": "constant", "rate": 0.3}});
        let mut trainer = trainer(config, start.rbm(&device), 10);
        let mut mu: Vec<f64> = start.b.iter().map(|&b| logistic(b)).collect();
        let mut lambda: Vec<f64> = start.c.iter().map(|&c| logistic(c)).collect();
        for batch in [rows(7, 5, 0.9, 0), rows(7, 5, 0.1, 40)] {
            let [visible, hidden] = offsets(&trainer);
            assert_close(&visible, &mu, 1e-6, "visible offsets");
            assert_close(&hidden, &lambda, 1e-6, "hidden offsets");
            let model = Plain::of(&trainer.model());
            let hidden: Vec<_> = batch.iter().map(|v| model.hidden_mean(v)).collect();
            mu = moved(&mu, &means(&batch), rate);
            lambda = moved(&lambda, &means(&hidden), rate);
            trainer.step(matrix(&batch, &device)).unwrap();
        }
        let [visible, hidden] = offsets(&trainer);
        assert_close(&visible, &mu, 1e-6, "visible offsets");
        assert_close(&hidden, &lambda, 1e-6, "hidden offsets");
    }
}

/// Without input a Gaussian unit has the mean that its bias is, whatever its spread.
#[test]
fn the_offsets_of_gaussian_units_start_at_their_biases() {
    let device = Device::default();
    let row = |values: [f64; 3]| Tensor::<1>::from_data(TensorData::from(values), &device);
    let visible = Gaussian::from_parts(row([0.5, -2.0, 3.0]), Some(row([0.3, -0.4, 0.0])));
    let hidden = Bernoulli::from_bias(row([1.0, 0.0, -1.0]));
    let weight = Tensor::ones([3, 3], &device);
    let (visible, hidden) = (Units::Gaussian(visible), Units::Bernoulli(hidden));
    let rbm = Rbm::from_parts(visible, hidden, weight);
    let [visible, hidden] = offsets(&trainer(json!({}), rbm, 1));
    assert_close(&visible, &[0.5, -2.0, 3.0], 1e-6, "visible offsets");
    let expected = [1.0, 0.0, -1.0].map(logistic);
    assert_close(&hidden, &expected, 1e-6, "hidden offsets");
}

/// The gradient of the log-likelihood of a batch in plain loops: data less model, weights and biases.
fn gradient(model: &Plain, batch: &[Vec<f64>]) -> Plain {
    let mut sums = Plain {
        w: vec![vec![0.0; model.c.len()]; model.b.len()],
        b: vec![0.0; model.b.len()],
        c: vec![0.0; model.c.len()],
    };
    let of_data = batch.iter().map(|v| (v.clone(), 1.0 / batch.len() as f64));
    let all = states(model.b.len());
    let of_model = all.into_iter().zip(model.probabilities());
    for (v, weight) in of_data.chain(of_model.map(|(v, p)| (v, -p))) {
        let h = model.hidden_mean(&v);
        for (i, v) in v.iter().enumerate() {
            sums.b[i] += weight * v;
            for (j, h) in h.iter().enumerate() {
                sums.w[i][j] += weight * v * h;
            }
        }
        for (j, h) in h.iter().enumerate() {
            sums.c[j] += weight * h;
        }
    }
    sums
}

/// Three updates with momentum, centring and a rate that falls, each written out:
/// `∂W - μ∂cᵀ - ∂bλᵀ`, `∂b - ∂Wλ`, `∂c - ∂Wᵀμ`, then `u ← g + m u` and `x ← x + ε u`.
#[test]
fn an_update_with_centring_and_momentum_is_the_formula() {
    let (device, rate, momentum, updates) = (Device::default(), 0.25, 0.5, 3);
    let mut model = Plain::strong(4, 3);
    let config = json!({"algorithm": {"kind": "exact"}, "centring": rate, "epochs": 1,
        "optimizer": {"kind": "sgd", "momentum": momentum},
        "learning_rate": {"kind": "linear", "from": 0.4, "to": 0.1}});
    let mut trainer = trainer(config, model.rbm(&device), updates);
    let mut mu: Vec<f64> = model.b.iter().map(|&b| logistic(b)).collect();
    let mut lambda: Vec<f64> = model.c.iter().map(|&c| logistic(c)).collect();
    let mut velocity = Plain {
        w: vec![vec![0.0; 3]; 4],
        b: vec![0.0; 4],
        c: vec![0.0; 3],
    };
    for update in 0..updates {
        let batch = rows(6, 4, 0.7, 30 * update);
        let info = trainer.step(matrix(&batch, &device)).unwrap();
        let epsilon = 0.4 - 0.3 * update as f64 / updates as f64;
        assert!((info.learning_rate - epsilon).abs() < 1e-12, "{info:?}");
        assert_eq!((info.step, info.batch), (update as u64 + 1, update + 1));
        assert_eq!((info.epoch, info.rows, info.k), (0, 6, 0));

        let hidden: Vec<_> = batch.iter().map(|v| model.hidden_mean(v)).collect();
        mu = moved(&mu, &means(&batch), rate);
        lambda = moved(&lambda, &means(&hidden), rate);
        let mut g = gradient(&model, &batch);
        for i in 0..4 {
            for j in 0..3 {
                g.w[i][j] -= mu[i] * g.c[j] + g.b[i] * lambda[j];
            }
        }
        for i in 0..4 {
            g.b[i] -= (0..3).map(|j| g.w[i][j] * lambda[j]).sum::<f64>();
        }
        for j in 0..3 {
            g.c[j] -= (0..4).map(|i| g.w[i][j] * mu[i]).sum::<f64>();
        }
        let step = |x: &mut f64, u: &mut f64, g: f64| {
            *u = g + momentum * *u;
            *x += epsilon * *u;
        };
        for i in 0..4 {
            step(&mut model.b[i], &mut velocity.b[i], g.b[i]);
            for j in 0..3 {
                step(&mut model.w[i][j], &mut velocity.w[i][j], g.w[i][j]);
            }
        }
        for j in 0..3 {
            step(&mut model.c[j], &mut velocity.c[j], g.c[j]);
        }
        let found = Plain::of(&trainer.model());
        assert_close(&found.w.concat(), &model.w.concat(), 2e-6, "weights");
        assert_close(&found.b, &model.b, 2e-6, "visible biases");
        assert_close(&found.c, &model.c, 2e-6, "hidden biases");
    }
}

/// `|ΔW| / |W|` of the update that closes an epoch, and of no other.
#[test]
fn the_weight_change_is_that_of_the_last_update_of_an_epoch() {
    let device = Device::default();
    let start = Plain::strong(5, 3).rbm(&device);
    let config = json!({"learning_rate": {"kind": "constant", "rate": 0.1}, "batch_size": 6});
    let mut trainer = trainer(config, start, 3);
    let mut weights = vec![to_f64(trainer.model().weight.val())];
    for update in 0..3 {
        assert_eq!(trainer.weight_change(), None, "after {update} updates");
        trainer
            .step(matrix(&rows(6, 5, 0.8, 17 * update), &device))
            .unwrap();
        weights.push(to_f64(trainer.model().weight.val()));
    }
    let (mut change, mut size) = (0.0, 0.0);
    for (before, after) in weights[2].iter().zip(&weights[3]) {
        change += (after - before) * (after - before);
        size += after * after;
    }
    let expected = f64::sqrt(change) / f64::sqrt(size);
    // Far from one either way, so that neither a product nor the inverse is taken for it.
    assert!(
        expected > 1e-3 && expected < 0.1 && size > 4.0,
        "{expected}"
    );
    let found = trainer.weight_change().unwrap();
    assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
}

/// Every number of a report, over subsets that are all of their rows.
#[test]
fn the_numbers_of_a_report_are_sums_over_rows_and_states() {
    let device = Device::default();
    let model = Plain::strong(5, 3);
    let train = rows(12, 5, 0.75, 0);
    let validation = rows(12, 5, 0.35, 100);
    let all = [train.clone(), validation.clone()].concat().concat();
    #[expect(clippy::cast_possible_truncation, reason = "zeros and ones")]
    let values = all.iter().map(|&x| x as f32).collect();
    let data = Dataset::new("rows", 5, Values::Floats(values)).unwrap();
    let numbers: Vec<u32> = (0..24).collect();
    let batches = |rows| Batches::new(&data, rows, 4, Binarisation::None, 1).unwrap();
    let (of_train, of_validation) = (batches(&numbers[..12]), batches(&numbers[12..]));
    let mut trainer = trainer(json!({"batch_size": 4}), model.rbm(&device), 1);

    let mean = |x: Vec<f64>| x.iter().sum::<f64>() / x.len() as f64;
    let free = |rows: &[Vec<f64>]| mean(rows.iter().map(|v| model.free_energy(v)).collect());
    let activity =
        |rows: &[Vec<f64>]| mean(rows.iter().flat_map(|v| model.hidden_mean(v)).collect());
    let error = |rows: &[Vec<f64>]| {
        let of_row = |v: &Vec<f64>| {
            let back = model.visible_mean(&model.hidden_mean(v));
            let squares = v.iter().zip(back).map(|(v, back)| (v - back).powi(2));
            squares.collect::<Vec<f64>>()
        };
        mean(rows.iter().flat_map(of_row).collect())
    };
    let expect = |report: &EpochReport, expected: &[(&str, f64)]| {
        let names: Vec<&str> = report.metrics.keys().map(String::as_str).collect();
        assert_eq!(names.len(), expected.len(), "{names:?}");
        for (name, expected) in expected {
            let found = report.get(name).unwrap_or_else(|| panic!("no {name}"));
            assert!(
                (found - expected).abs() < 1e-5,
                "{name}: {found} {expected}"
            );
        }
    };
    let mut report = EpochReport::new(1, 0);
    let mut monitor = Monitor::new(&of_train, Some(&of_validation));
    monitor.on_epoch(&trainer, &mut report).unwrap();
    let gap = free(&validation) - free(&train);
    assert!(gap.abs() > 0.1, "{gap} nats");
    expect(
        &report,
        &[
            ("free_energy_train", free(&train)),
            ("free_energy_validation", free(&validation)),
            ("free_energy_gap", gap),
            ("reconstruction_error", error(&validation)),
            ("hidden_activity", activity(&train)),
        ],
    );
    // Without rows held out, the error is that of the training rows, and there is no gap.
    let mut report = EpochReport::new(1, 0);
    let mut alone = Monitor::new(&of_train, None);
    alone.on_epoch(&trainer, &mut report).unwrap();
    expect(
        &report,
        &[
            ("free_energy_train", free(&train)),
            ("reconstruction_error", error(&train)),
            ("hidden_activity", activity(&train)),
        ],
    );
    // And after the last update of an epoch its size is among them.
    trainer.step(matrix(&train, &device)).unwrap();
    let mut report = EpochReport::new(1, 1);
    monitor.on_epoch(&trainer, &mut report).unwrap();
    assert_eq!(report.get("weight_change"), trainer.weight_change());
    assert!(report.get("weight_change").is_some());
}

/// What an observer was shown.
#[derive(Default)]
struct Seen {
    steps: Vec<StepInfo>,
    epochs: usize,
    checkpoints: usize,
}

impl Observer for Seen {
    fn on_step(&mut self, info: &StepInfo) {
        self.steps.push(*info);
    }

    fn on_epoch(
        &mut self,
        _trainer: &Trainer,
        _report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.epochs += 1;
        Ok(())
    }

    fn on_checkpoint(
        &mut self,
        _trainer: &Trainer,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.checkpoints += 1;
        Ok(())
    }
}

/// The energy is looked at before an update and not after it. Parameters that the last update of an epoch
/// made infinite are found at its end: no report has numbers of them, and no checkpoint is made.
#[test]
fn what_the_last_update_of_an_epoch_broke_enters_no_report_and_no_checkpoint() {
    let device = Device::default();
    let values = (0..32u8).map(|k| f32::from(k % 3 % 2)).collect();
    let data = Dataset::new("rows", 4, Values::Floats(values)).unwrap();
    let numbers: Vec<u32> = (0..8).collect();
    let batches = Batches::new(&data, &numbers, 8, Binarisation::None, 1).unwrap();
    // One update an epoch. The penalty's weight is a double and no single: infinite among the weights.
    let config =
        json!({"batch_size": 8, "epochs": 5, "l2": 1e39, "algorithm": {"kind": "cd", "k": 1}});
    let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
    let mut trainer = trainer(config, rbm, batches.len());
    let mut seen = Seen::default();
    let error = fit(&mut trainer, &batches, &mut [&mut seen], &|| false).unwrap_err();
    let FitError::Diverged(error) = error else {
        panic!("{error}");
    };
    assert_eq!((error.step, error.epoch), (1, 1), "{error}");
    assert!(
        error
            .what
            .contains("the weight between visible column 0 and hidden unit 0"),
        "{error}"
    );
    assert_eq!((seen.steps.len(), seen.epochs, seen.checkpoints), (1, 0, 0));
    assert!(trainer.history().is_empty());
}
