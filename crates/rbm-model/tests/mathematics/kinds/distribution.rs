//! Gibbs sampling leaves the distribution of every pair of kinds unchanged.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rbm_kernels::PhiloxRng;
use rbm_model::{
    Noise, Rbm,
    exact::moments,
    numerics::{log_sum_exp, to_f64},
    sampling::{Gibbs, GibbsState, Kernel},
};

use super::{HIDDEN, VISIBLE, name, pairs};

const CHAINS: usize = 20_000;

/// Exact draws of the model: the states of a discrete side by inversion, the other side given these.
fn exact_draws(rbm: &Rbm, noise: &mut Noise) -> GibbsState {
    let Some(count) = rbm.visible.num_states() else {
        let mirrored = exact_draws(&rbm.mirror(), noise);
        return GibbsState {
            visible: mirrored.hidden,
            hidden: mirrored.visible,
        };
    };
    let states = rbm.visible.states(0..count);
    let log_weights = to_f64(rbm.free_energy(states.clone()).neg());
    let log_z = log_sum_exp(&log_weights);
    let cumulated: Vec<f64> = log_weights
        .iter()
        .scan(0.0, |sum, w| {
            *sum += (w - log_z).exp();
            Some(*sum)
        })
        .collect();
    let (mut rng, values) = (PhiloxRng::new(77, 0), to_f64(states.clone()));
    let units = rbm.num_visible();
    let drawn: Vec<f64> = (0..CHAINS)
        .flat_map(|_| {
            let u: f64 = rng.random();
            let state = cumulated.partition_point(|&c| c < u).min(count - 1);
            values[state * units..(state + 1) * units].to_vec()
        })
        .collect();
    let data = TensorData::new(drawn, [CHAINS, units]);
    let visible = Tensor::<2>::from_data(data, (&states.device(), states.dtype()));
    let hidden = rbm.sample_hidden(visible.clone(), noise);
    GibbsState { visible, hidden }
}

/// The first moments and the correlations of exact draws are the exact ones after any number of sweeps,
/// within five standard errors.
#[test]
fn moments_do_not_drift() {
    let device = Device::default();
    for rbm in pairs(&device) {
        let exact = moments(&rbm).unwrap();
        for steps in [1, 5] {
            let mut noise = Noise::new(10 + steps as u64);
            let start = exact_draws(&rbm, &mut noise);
            let (state, _) = Gibbs::new(steps).step(&rbm, start, &mut noise);
            let (v, h) = (to_f64(state.visible), to_f64(state.hidden));
            let (v, h) = (v.chunks(VISIBLE), h.chunks(HIDDEN));
            let rows: Vec<(&[f64], &[f64])> = v.zip(h).collect();
            let check = |what: String, expected: f64, of: &dyn Fn(&[f64], &[f64]) -> f64| {
                let n = CHAINS as f64;
                let x = || rows.iter().map(|(v, h)| of(v, h) - expected);
                let (mean, square) = (x().sum::<f64>() / n, x().map(|x| x * x).sum::<f64>() / n);
                let error = (square / n).sqrt();
                assert!(
                    mean.abs() < 5.0 * error,
                    "{}, {what}: {mean} {error}",
                    name(&rbm)
                );
            };
            for i in 0..VISIBLE {
                check(format!("v{i}"), exact.visible[i], &|v, _| v[i]);
                for j in 0..HIDDEN {
                    let expected = exact.interaction[i * HIDDEN + j];
                    check(format!("v{i} h{j}"), expected, &|v, h| v[i] * h[j]);
                }
            }
            for j in 0..HIDDEN {
                check(format!("h{j}"), exact.hidden[j], &|_, h| h[j]);
            }
        }
    }
}

/// Where both sides are discrete, the histogram of all pairs of states is the joint distribution: chi-squared
/// of the counts is within five standard deviations of the number of states, from exact draws and from a
/// start far from equilibrium after many sweeps.
#[test]
fn the_joint_histogram_is_the_distribution() {
    let device = Device::default();
    for rbm in pairs(&device) {
        let (Some(of_visible), Some(of_hidden)) =
            (rbm.visible.num_states(), rbm.hidden.num_states())
        else {
            continue;
        };
        let key = |row: &[f64]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let (v, h) = (
            rbm.visible.states(0..of_visible),
            rbm.hidden.states(0..of_hidden),
        );
        let index = |states: &Tensor<2>| -> HashMap<Vec<u64>, usize> {
            let width = states.dims()[1];
            let rows = to_f64(states.clone());
            rows.chunks(width).map(key).zip(0..).collect()
        };
        let (index_v, index_h) = (index(&v), index(&h));
        let log_weights: Vec<f64> = (0..of_visible)
            .flat_map(|state| {
                let v = v.clone().narrow(0, state, 1).expand([of_hidden, VISIBLE]);
                to_f64(rbm.energy(v, h.clone()).neg())
            })
            .collect();
        let log_z = log_sum_exp(&log_weights);
        let mut noise = Noise::new(4);
        let kernel = Gibbs::new(1);
        let far = v.clone().narrow(0, 0, 1).expand([CHAINS, VISIBLE]);
        for (start, sweeps) in [
            (exact_draws(&rbm, &mut noise), 1),
            (exact_draws(&rbm, &mut noise), 4),
            (kernel.init(&rbm, far, &mut noise), 30),
        ] {
            let (state, _) = kernel.steps(&rbm, start, sweeps, &mut noise);
            let mut counts = vec![0.0; log_weights.len()];
            let (v, h) = (to_f64(state.visible), to_f64(state.hidden));
            for (v, h) in v.chunks(VISIBLE).zip(h.chunks(HIDDEN)) {
                counts[index_v[&key(v)] * of_hidden + index_h[&key(h)]] += 1.0;
            }
            let terms: Vec<(f64, f64)> = counts
                .iter()
                .zip(&log_weights)
                .map(|(count, w)| (*count, (w - log_z).exp() * CHAINS as f64))
                .collect();
            let chi: f64 = terms
                .iter()
                .map(|(count, mean)| (count - mean).powi(2) / mean)
                .sum();
            // The mean and the variance of chi-squared over k cells of expected counts m, of n in all:
            // k - 1, and 2 (k - 1) + Σ 1/m - (k² + 2k - 2)/n.
            let cells = terms.len() as f64;
            let rare: f64 = terms.iter().map(|(_, mean)| mean.recip()).sum();
            let crossed = (cells * cells + 2.0 * cells - 2.0) / CHAINS as f64;
            let error = (2.0 * (cells - 1.0) + rare - crossed).sqrt();
            let z = (chi - (cells - 1.0)) / error;
            assert!(z.abs() < 5.0, "{} after {sweeps}: {z} sigma", name(&rbm));
        }
    }
}
