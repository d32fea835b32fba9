//! Values of an independent implementation, in which each number was computed in two ways: one file a kind.

use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rbm_model::{
    Noise, Rbm,
    exact::{exact_phase, log_partition, log_probability, moments},
    numerics::to_f64,
    objective::{Clamped, surrogate},
    units::{UnitLayer, UnitsConfig},
};
use serde_json::Value;

use super::{derivatives, on_tape};
use crate::fixture::{assert_close, dtype, matrix, tolerance};

fn files() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mathematics/kinds/golden");
    let files = std::fs::read_dir(folder).unwrap();
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    files.map(read).collect()
}

fn kind(value: &Value) -> UnitsConfig {
    serde_json::from_value(value.clone()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(all) => all.iter().flat_map(numbers).collect(),
        one => vec![one.as_f64().expect("a number")],
    }
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// Gives the parameters these values, in the order of the fields.
struct Set<'a>(&'a mut dyn Iterator<Item = f64>);

impl ModuleMapper for Set<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let count = old.shape().num_elements();
            let values: Vec<f64> = (&mut *self.0).take(count).collect();
            let data = TensorData::new(values, old.shape());
            Tensor::from_data(data, (&old.device(), old.dtype()))
        })
    }
}

/// A model of one visible and one hidden unit with parameters of a single number each.
fn single(kind: UnitsConfig, parameters: &[f64], device: &Device) -> Rbm {
    let other = UnitsConfig::Bernoulli.init(1, device);
    let rbm = Rbm::from_parts(kind.init(1, device), other, Tensor::zeros([1, 1], device));
    let mut values = parameters.iter().copied().chain([0.0; 2]);
    rbm.cast(dtype(device)).map(&mut Set(&mut values))
}

/// `W_ij = sin(1 + i + 2j)`, `b_i = i/10 - ¼`, `c_j = 3/10 - j/5`; spreads of one.
fn model(visible: UnitsConfig, hidden: UnitsConfig, size: [usize; 2], device: &Device) -> Rbm {
    let [n, m] = size;
    let rbm = Rbm::from_parts(
        visible.init(n, device),
        hidden.init(m, device),
        Tensor::zeros(size, device),
    );
    let b = (0..n).map(|i| 0.1 * i as f64 - 0.25);
    let c = (0..m).map(|j| 0.3 - 0.2 * j as f64);
    let w = (0..n * m).map(|k| (1.0 + (k / m) as f64 + 2.0 * (k % m) as f64).sin());
    rbm.cast(dtype(device))
        .map(&mut Set(&mut b.chain(c).chain(w)))
}

/// `Γ`, mean and variance of one unit at inputs from -300 to 300.
#[test]
fn single_units() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-13, 4e-6);
    for file in files() {
        let (kind, scalar) = (kind(&file["kind"]), &file["scalar"]);
        let layer = single(kind, &numbers(&scalar["parameters"]), &device).visible;
        let inputs: Vec<Vec<f64>> = numbers(&scalar["inputs"])
            .into_iter()
            .map(|x| vec![x])
            .collect();
        let inputs = matrix(&inputs, &device);
        for (what, found) in [
            ("cgf", to_f64(layer.cgf(inputs.clone()))),
            ("mean", to_f64(layer.mean(inputs.clone()))),
            ("variance", to_f64(layer.variance(inputs.clone()))),
        ] {
            assert_close(
                &found,
                &numbers(&scalar[what]),
                slack,
                &format!("{kind:?}, {what}"),
            );
        }
        for case in file["first_biases"].as_array().into_iter().flatten() {
            let mean = case["mean"].as_f64().unwrap();
            let found = to_f64(kind.fitted(&[mean], &[1.0], &device).bias());
            assert_close(
                &found,
                &numbers(&case["bias"]),
                1e-6,
                &format!("{kind:?}, first bias"),
            );
        }
    }
}

/// Sums, likelihoods, gradients and conditional moments of small models.
#[test]
fn small_models() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-10, 2e-5);
    let files = files();
    let models = files
        .iter()
        .filter_map(|file| file["models"].as_object())
        .flatten();
    for (name, case) in models {
        let of = |what: &str| numbers(&case[what]);
        let size = [
            of("model_mean_visible").len(),
            of("model_mean_hidden").len(),
        ];
        let rbm = model(
            kind(&case["visible"]),
            kind(&case["hidden"]),
            size,
            &Device::default(),
        );
        let close = |found: Vec<f64>, what: &str| {
            assert_close(&found, &of(what), slack, &format!("{name}, {what}"));
        };
        let data = matrix(&rows(&case["data"]), &Device::default());
        close(vec![log_partition(&rbm).unwrap()], "log_z");
        close(to_f64(rbm.free_energy(data.clone())), "free_energy");
        close(log_probability(&rbm, data.clone()).unwrap(), "log_p");
        let exact = moments(&rbm).unwrap();
        close(exact.visible, "model_mean_visible");
        close(exact.hidden, "model_mean_hidden");
        let inputs = rbm.hidden_inputs(data.clone());
        close(
            to_f64(rbm.hidden.mean(inputs.clone())),
            "hidden_mean_at_data",
        );
        close(
            to_f64(rbm.hidden.variance(inputs)),
            "hidden_variance_at_data",
        );

        let taped = on_tape(rbm.clone());
        let weights = of("row_weights");
        let total: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let weights = crate::fixture::vector(&weights, &Device::default()).autodiff();
        for (what, weights) in [("gradient", None), ("weighted_gradient", Some(weights))] {
            let positive = Clamped::new(&taped, data.clone().autodiff()).expected(&taped);
            let positive = match weights {
                Some(weights) => positive.with_weights(weights),
                None => positive,
            };
            let loss = surrogate(&taped, positive, exact_phase(&taped).unwrap());
            let found = derivatives(&taped, loss.backward());
            for (ours, theirs) in [
                ("visible.bias", "visible.b"),
                ("hidden.bias", "hidden.b"),
                ("weight", "W"),
            ] {
                let (_, found) = found.iter().find(|(name, _)| name == ours).unwrap();
                let expected = numbers(&case[what][theirs]);
                assert_close(
                    found,
                    &expected,
                    slack,
                    &format!("{name}, {what} by {theirs}"),
                );
            }
        }
        if !case["mean_after_a_sweep"].is_null() {
            sweep(name, &rbm, data, &of("mean_after_a_sweep"));
        }
    }
}

/// The mean of the visible units after a sweep from the first row, within five standard errors.
fn sweep(name: &str, rbm: &Rbm, data: Tensor<2>, expected: &[f64]) {
    const CHAINS: usize = 40_000;
    let mut noise = Noise::new(12);
    let units = rbm.num_visible();
    let start = data.narrow(0, 0, 1).expand([CHAINS, units]);
    let hidden = rbm.sample_hidden(start, &mut noise);
    let drawn = to_f64(rbm.sample_visible(hidden, &mut noise));
    for (unit, expected) in expected.iter().enumerate() {
        let off = || drawn.chunks(units).map(|row| row[unit] - expected);
        let n = CHAINS as f64;
        let (mean, square) = (
            off().sum::<f64>() / n,
            off().map(|x| x * x).sum::<f64>() / n,
        );
        assert!(
            mean.abs() < 5.0 * (square / n).sqrt(),
            "{name}, unit {unit}: {mean}"
        );
    }
}
