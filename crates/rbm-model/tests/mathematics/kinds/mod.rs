//! What every kind of units has to hold, alone and beside every other kind.
//!
//! A kind is entered in [`KINDS`], and all else follows.

mod annealing;
mod distribution;
mod golden;
mod gradients;
mod layers;
mod stored;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use rbm_model::{
    Noise, Rbm, RbmConfig,
    numerics::to_f64,
    units::{UnitLayer, Units, UnitsConfig},
};

use crate::fixture::dtype;

/// Every kind, in all settings that make a difference.
const KINDS: &[UnitsConfig] = &[
    UnitsConfig::Bernoulli,
    UnitsConfig::Spin,
    UnitsConfig::Gaussian { learn_sigma: false },
    UnitsConfig::Gaussian { learn_sigma: true },
    UnitsConfig::Labelled { classes: 2 },
];

#[test]
fn every_kind_is_entered() {
    let entered: Vec<&str> = KINDS.iter().map(|kind| kind.key()).collect();
    for kind in UnitsConfig::all() {
        assert!(entered.contains(&kind.key()), "{kind:?} is not in KINDS");
    }
}

/// Units of the layers of [`pairs`].
const VISIBLE: usize = 4;
const HIDDEN: usize = 3;

/// A layer with parameters that differ from unit to unit.
fn layer(kind: UnitsConfig, units: usize, rate: f64, device: &Device) -> Units {
    let wave = |i: usize| (1.0 + rate * i as f64).sin();
    let mean: Vec<f64> = (0..units).map(|i| 0.5 + 0.3 * wave(i)).collect();
    let variance: Vec<f64> = (0..units).map(|i| (0.4 * wave(i + 1)).exp()).collect();
    kind.fitted(&mean, &variance, device)
}

/// A model of these kinds, with weights strong enough that a broken kernel shows.
fn model(visible: UnitsConfig, hidden: UnitsConfig, device: &Device) -> Rbm {
    let weights: Vec<f64> = (0..VISIBLE * HIDDEN)
        .map(|k| 0.7 * (0.4 + 2.3 * k as f64).sin())
        .collect();
    let weights = Tensor::from_data(TensorData::new(weights, [VISIBLE, HIDDEN]), device);
    let visible = layer(visible, VISIBLE, 1.7, device);
    let hidden = layer(hidden, HIDDEN, 0.9, device);
    Rbm::from_parts(visible, hidden, weights).cast(dtype(device))
}

/// A model of every pair of kinds that has a joint distribution.
fn pairs(device: &Device) -> impl Iterator<Item = Rbm> {
    let all = KINDS
        .iter()
        .flat_map(|&v| KINDS.iter().map(move |&h| (v, h)));
    let exists = |&(v, h): &(UnitsConfig, UnitsConfig)| {
        let config = RbmConfig::new(VISIBLE, HIDDEN);
        config.with_visible(v).with_hidden(h).validate().is_ok()
    };
    let device = device.clone();
    all.filter(exists).map(move |(v, h)| model(v, h, &device))
}

fn name(rbm: &Rbm) -> String {
    format!("{:?} and {:?}", rbm.visible.config(), rbm.hidden.config())
}

/// Rows of inputs, from -2 to 2.
fn inputs(rows: usize, units: usize, device: &Device) -> Tensor<2> {
    let values: Vec<f64> = (0..rows * units)
        .map(|k| 2.0 * (0.3 + 1.9 * k as f64).sin())
        .collect();
    let data = TensorData::new(values, [rows, units]);
    Tensor::from_data(data, (device, dtype(device)))
}

/// Draws of a layer without inputs.
fn draws(units: &Units, rows: usize, seed: u64) -> Tensor<2> {
    let bias = units.bias();
    let shape = [rows, units.num_units()];
    let inputs = Tensor::zeros(shape, (&bias.device(), bias.dtype()));
    units.sample(inputs, &mut Noise::new(seed))
}

/// The derivatives by all parameters, by name; zeros where there is none.
fn derivatives(rbm: &Rbm, gradients: Gradients) -> Vec<(String, Vec<f64>)> {
    let gradients = GradientsParams::from_grads(gradients, rbm);
    let of = |parameter: rbm_model::Parameter| {
        let found = match parameter.shape.len() {
            1 => gradients.get::<1>(parameter.id).map(to_f64),
            _ => gradients.get::<2>(parameter.id).map(to_f64),
        };
        let none = || vec![0.0; parameter.shape.iter().product()];
        (parameter.name, found.unwrap_or_else(none))
    };
    rbm.parameters().into_iter().map(of).collect()
}

/// The model on the tape.
fn on_tape(rbm: Rbm) -> Rbm {
    rbm.train()
}
