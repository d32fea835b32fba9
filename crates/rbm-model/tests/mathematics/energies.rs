//! Energies, free energies and log-normalisers.

use burn::tensor::{Device, Tensor};
use rbm_model::{
    numerics::{log_sum_exp, to_f64},
    units::{Bernoulli, Gaussian, Labelled, UnitLayer, Units},
};

use crate::fixture::{assert_close, matrix, pairs, rbm, tolerance, vector};
use crate::plain::{Plain, states};

fn rows(plain: &Plain) -> Vec<Vec<f64>> {
    // Binary corners serve Gaussian units too; a few points off the corners besides.
    let n = plain.b.len();
    let mut rows: Vec<Vec<f64>> = states(n).collect();
    if plain.log_sigma.is_some() {
        rows.push((0..n).map(|i| 0.7 * i as f64 - 1.3).collect());
    }
    rows
}

#[test]
fn energy_is_the_formula_for_every_pair_of_states() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-13, 2e-6);
    for plain in pairs(5, 3) {
        let rbm = rbm(&plain, &device);
        for h in states(3) {
            let v = rows(&plain);
            let expected: Vec<f64> = v.iter().map(|v| plain.energy(v, &h)).collect();
            let h = vec![h; v.len()];
            let (v, h) = (matrix(&v, &device), matrix(&h, &device));
            let found = to_f64(rbm.energy(v.clone(), h.clone()));
            assert_close(&found, &expected, slack, "E(v, h)");
            let mirrored = to_f64(rbm.mirror().energy(h, v));
            assert_close(&mirrored, &expected, slack, "E of the mirror");
        }
    }
}

#[test]
fn free_energy_sums_the_hidden_states_out() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-13, 2e-6);
    for plain in pairs(5, 3) {
        let rbm = rbm(&plain, &device);
        let v = rows(&plain);
        let expected: Vec<f64> = v
            .iter()
            .map(|v| {
                let terms: Vec<f64> = states(3).map(|h| -plain.energy(v, &h)).collect();
                -log_sum_exp(&terms)
            })
            .collect();
        let found = to_f64(rbm.free_energy(matrix(&v, &device)));
        assert_close(&found, &expected, slack, "F(v)");
    }
}

/// The mirror of a Gaussian-Bernoulli model has Gaussian hidden units: its free energy is an
/// integral, done here by the trapezoidal rule, which converges exponentially on the real line.
#[test]
fn gaussian_hidden_units_are_integrated_out() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-10, 2e-6);
    for log_sigma in [0.0, 0.3] {
        let plain = crate::fixture::strong(1, 3, Some(log_sigma));
        let mirror = rbm(&plain, &device).mirror();
        let h: Vec<Vec<f64>> = states(3).collect();
        let step = 0.02;
        let expected: Vec<f64> = h
            .iter()
            .map(|h| {
                let terms = (-1000..=1000).map(|k| -plain.energy(&[f64::from(k) * step], h));
                -log_sum_exp(&terms.collect::<Vec<f64>>()) - f64::ln(step)
            })
            .collect();
        let found = to_f64(mirror.free_energy(matrix(&h, &device)));
        assert_close(&found, &expected, slack, "F(h)");
    }
}

#[test]
fn the_derivative_of_the_log_normaliser_is_the_mean_and_stays_finite() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-14, 2e-6);
    let inputs = [-300.0, -20.0, -0.5, 0.0, 1e-3, 3.0, 20.0, 300.0];
    let zeros = vector(&[0.0; 8], &device);
    let spread = vector(&[0.5, -0.5, 0.1, 0.0, 0.2, -1.0, 0.3, -0.2], &device);
    let layers = [
        Units::Bernoulli(Bernoulli::from_bias(zeros.clone())),
        Units::Gaussian(Gaussian::from_parts(zeros.clone(), None)),
        Units::Gaussian(Gaussian::from_parts(zeros.clone(), Some(spread))),
        Units::Labelled(Labelled::from_bias(zeros, 3)),
    ];
    for layer in layers {
        let x: Tensor<2> = vector(&inputs, &device).unsqueeze::<2>().require_grad();
        let gamma = layer.cgf(x.clone());
        assert!(to_f64(gamma.clone())[0].is_finite());
        let slope = to_f64(x.grad(&gamma.sum().backward()).unwrap());
        let mean = to_f64(layer.mean(x.detach()));
        assert_close(&slope, &mean, slack, "dΓ/dI");
    }
}

/// `Var = dE[x]/dI`, by central differences of the mean.
#[test]
fn variance_is_the_derivative_of_the_mean() {
    let device = Device::default();
    for plain in pairs(4, 2) {
        let layer = rbm(&plain, &device).visible;
        let inputs = vec![vec![-1.0, 0.2, 0.0, 2.5]];
        let step = tolerance(&device, 1e-5, 1e-2);
        let mean = |by: f64| {
            let moved = inputs.iter().map(|r| r.iter().map(|x| x + by).collect());
            to_f64(layer.mean(matrix(&moved.collect::<Vec<_>>(), &device)))
        };
        let slope: Vec<f64> = mean(step)
            .iter()
            .zip(mean(-step))
            .map(|(high, low)| (high - low) / (2.0 * step))
            .collect();
        let variance = to_f64(layer.variance(matrix(&inputs, &device)));
        assert_close(
            &variance,
            &slope,
            tolerance(&device, 1e-9, 1e-4),
            "variance",
        );
    }
}

#[test]
fn annealing_runs_from_the_base_to_the_model() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-12, 5e-6);
    for (plain, base) in pairs(4, 3).into_iter().zip(pairs(4, 2)) {
        let (model, base) = (rbm(&plain, &device), rbm(&base, &device).visible);
        let v = matrix(&rows(&plain), &device);
        let differences = |f: Tensor<1>| {
            let f = to_f64(f);
            f.iter().map(|x| x - f[0]).collect::<Vec<f64>>()
        };
        let at = |beta| differences(model.anneal(&base, beta).free_energy(v.clone()));
        assert_close(
            &at(1.0),
            &differences(model.free_energy(v.clone())),
            slack,
            "β = 1",
        );
        // Free hidden units add a constant, so only differences can be compared.
        assert_close(
            &at(0.0),
            &differences(base.energy(v.clone())),
            slack,
            "β = 0",
        );
        // In between the energy of each pair of states is the mixture.
        let h = matrix(&vec![vec![1.0, 0.0, 1.0]; rows(&plain).len()], &device);
        let mixed = model.anneal(&base, 0.3).energy(v.clone(), h.clone());
        let expected =
            base.energy(v.clone()).mul_scalar(0.7) + model.energy(v.clone(), h).mul_scalar(0.3);
        assert_close(
            &differences(mixed),
            &differences(expected),
            slack,
            "β = 0.3",
        );
    }
}
