//! A layer alone.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rbm_model::{
    Noise, Rbm,
    numerics::{log_sum_exp, to_f64},
    units::{UnitLayer, Units, UnitsConfig},
};

use super::{KINDS, derivatives, draws, inputs, layer, model, on_tape};
use crate::fixture::{assert_close, dtype, tolerance};

const UNITS: usize = 5;

/// `Γ` of one row of inputs.
fn gamma(layer: &Units, inputs: &[f64]) -> f64 {
    let bias = layer.bias();
    let data = TensorData::new(inputs.to_vec(), [1, inputs.len()]);
    to_f64(layer.cgf(Tensor::from_data(data, (&bias.device(), bias.dtype()))))[0]
}

/// A layer of the kind in the best precision of the device.
fn precise(kind: UnitsConfig) -> Units {
    precise_at(kind, 1.3)
}

/// The same with other parameters for another rate.
fn precise_at(kind: UnitsConfig, rate: f64) -> Units {
    let device = Device::default();
    let units = layer(kind, UNITS, rate, &device);
    let weight = Tensor::zeros([UNITS, 1], &device);
    let other = UnitsConfig::Bernoulli.init(1, &device);
    let rbm = Rbm::from_parts(units, other, weight);
    rbm.cast(dtype(&device)).visible
}

/// `Γ' = E[x | I]` and `Γ'' = Var[x | I]`, by central differences.
#[test]
fn the_normaliser_generates_the_mean_and_the_variance() {
    let device = Device::default();
    if dtype(&device) != DType::F64 {
        return; // differences of single numbers have no digits left
    }
    for &kind in KINDS {
        let layer = precise(kind);
        let at = inputs(1, UNITS, &device);
        let (mean, variance) = (layer.mean(at.clone()), layer.variance(at.clone()));
        let at = to_f64(at);
        let moved = |unit: usize, by: f64| {
            let mut at = at.clone();
            at[unit] += by;
            gamma(&layer, &at)
        };
        let (first, second): (Vec<f64>, Vec<f64>) = (0..UNITS)
            .map(|unit| {
                let step = 1e-3;
                let (up, here, down) = (moved(unit, step), moved(unit, 0.0), moved(unit, -step));
                (
                    (up - down) / (2.0 * step),
                    (up - 2.0 * here + down) / (step * step),
                )
            })
            .unzip();
        assert_close(&first, &to_f64(mean), 1e-6, &format!("{kind:?}, mean"));
        assert_close(
            &second,
            &to_f64(variance),
            1e-6,
            &format!("{kind:?}, variance"),
        );
    }
}

/// Of finitely many states the sum, the mean, the variance, the mean energy and the probabilities are those
/// of the states, one by one.
#[test]
fn sums_over_the_states_agree() {
    let slack = tolerance(&Device::default(), 1e-12, 1e-5);
    for &kind in KINDS {
        let layer = precise(kind);
        let Some(count) = layer.num_states() else {
            assert!(!layer.support().is_discrete());
            continue;
        };
        let states = layer.states(0..count);
        let at = inputs(1, UNITS, &states.device());
        let all = at.clone().expand([count, UNITS]);
        let energies = to_f64(layer.energy(states.clone()));
        let interaction = to_f64((states.clone() * all.clone()).sum_dim(1));
        let weights: Vec<f64> = interaction
            .iter()
            .zip(&energies)
            .map(|(i, e)| i - e)
            .collect();
        let sum = log_sum_exp(&weights);
        let what = |what: &str| format!("{kind:?}, {what}");
        assert_close(&to_f64(layer.cgf(at.clone())), &[sum], slack, &what("sum"));
        let p: Vec<f64> = weights.iter().map(|w| (w - sum).exp()).collect();
        let found = to_f64(layer.log_probability(states.clone(), all).exp());
        assert_close(&found, &p, slack, &what("probabilities"));

        let values = to_f64(states);
        let of_unit = |unit: usize, f: &dyn Fn(f64) -> f64| -> f64 {
            let rows = values.chunks(UNITS).zip(&p);
            rows.map(|(x, p)| p * f(x[unit])).sum()
        };
        let mean: Vec<f64> = (0..UNITS).map(|unit| of_unit(unit, &|x| x)).collect();
        let variance: Vec<f64> = (0..UNITS)
            .map(|unit| of_unit(unit, &|x| (x - mean[unit]).powi(2)))
            .collect();
        let found = layer.mean(at.clone());
        assert_close(&to_f64(found.clone()), &mean, slack, &what("mean"));
        let spread = to_f64(layer.variance(at.clone()));
        assert_close(&spread, &variance, slack, &what("variance"));
        let energy: f64 = energies.iter().zip(&p).map(|(e, p)| e * p).sum();
        let variance = layer.variance_in_energy(at);
        let found = to_f64(layer.mean_energy(found, variance, None));
        assert_close(&found, &[energy], slack, &what("mean energy"));
        let without: Vec<f64> = energies.iter().map(|e| -e).collect();
        assert_close(
            &[layer.log_partition()],
            &[log_sum_exp(&without)],
            slack,
            &what("Γ(0)"),
        );
    }
}

/// `∂Γ/∂θ = -E[∂E/∂θ | I]` for every parameter.
#[test]
fn the_normaliser_moves_with_the_parameters_as_the_energy_does() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-10, 1e-4);
    for &kind in KINDS {
        let rbm = on_tape(model(kind, UnitsConfig::Bernoulli, &device));
        let layer = &rbm.visible;
        let at = inputs(6, layer.num_units(), &rbm.device());
        let found = derivatives(&rbm, layer.cgf(at.clone()).mean().backward());
        let mean = layer.mean(at.clone()).without_autodiff().autodiff();
        let variance = layer.variance_in_energy(at);
        let variance = variance.map(|x| x.without_autodiff().autodiff());
        let energy = layer.mean_energy(mean, variance, None).neg();
        let expected = derivatives(&rbm, energy.backward());
        for ((name, found), (_, expected)) in found.iter().zip(&expected) {
            assert_close(found, expected, slack, &format!("{kind:?}, {name}"));
            let moves = found.iter().any(|x| x.abs() > 1e-3);
            assert_eq!(moves, name.starts_with("visible."), "{kind:?}, {name}");
        }
    }
}

/// Draws have the mean and the variance that are said, and are values of the units; at inputs that push the
/// units to the ends of their range too. Within five standard errors.
#[test]
fn draws_have_the_mean_and_the_variance() {
    const ROWS: usize = 40_000;
    let device = Device::default();
    for &kind in KINDS {
        let layer = precise(kind);
        let mut at = to_f64(inputs(1, UNITS, &device));
        (at[0], at[1]) = (-300.0, 300.0);
        let data = TensorData::new(at, [1, UNITS]);
        let at = Tensor::<2>::from_data(data, (&device, dtype(&device)));
        let mean = to_f64(layer.mean(at.clone()));
        let variance = to_f64(layer.variance(at.clone()));
        let drawn = to_f64(layer.sample(at.expand([ROWS, UNITS]), &mut Noise::new(5)));
        let support = layer.support();
        if support.is_discrete() {
            assert!(
                drawn.iter().all(|&x| support.index_of(x).is_some()),
                "{kind:?}"
            );
        }
        for unit in 0..UNITS {
            let n = ROWS as f64;
            let off = || drawn.chunks(UNITS).map(|row| row[unit] - mean[unit]);
            let power = |k: i32| off().map(|x| x.powi(k)).sum::<f64>() / n;
            let (first, second, fourth) = (power(1), power(2), power(4));
            // Single precision rounds a mean of -300 or 300.
            let rounding = 1e-6 * mean[unit].abs().max(1.0);
            let what = format!("{kind:?}, unit {unit}");
            let error = (variance[unit] / n).sqrt();
            assert!(
                first.abs() <= 5.0 * error + rounding,
                "{what}: mean off by {first}"
            );
            let error = ((fourth - second * second).max(0.0) / n).sqrt();
            let off = second - variance[unit];
            assert!(
                off.abs() <= 5.0 * error + rounding,
                "{what}: variance off by {off}"
            );
        }
    }
}

/// Half way between two layers the energies are half way, up to a constant; and so are they for a kind's
/// uniform reference.
#[test]
fn energies_are_interpolated_along_a_path() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-11, 1e-4);
    for &kind in KINDS {
        let target = precise(kind);
        let base = precise_at(kind.with_all_parameters(), 0.4);
        let states = draws(&target, 40, 3);
        for base in [base, target.reference()] {
            let energies = |units: &Units| to_f64(units.energy(states.clone()));
            let (first, last) = (energies(&base), energies(&target));
            for beta in [0.0, 0.3, 1.0] {
                let found = energies(&target.anneal(&base, beta));
                let expected: Vec<f64> = first
                    .iter()
                    .zip(&last)
                    .map(|(a, b)| (1.0 - beta) * a + beta * b)
                    .collect();
                let shift = found[0] - expected[0];
                let shifted: Vec<f64> = expected.iter().map(|e| e + shift).collect();
                assert_close(&found, &shifted, slack, &format!("{kind:?} at {beta}"));
            }
        }
    }
}

/// Every state of a reference has the same energy where there are finitely many; else it is the layer itself.
#[test]
fn references_know_nothing_of_the_parameters_where_that_is_a_distribution() {
    for &kind in KINDS {
        let layer = precise(kind);
        let reference = layer.reference();
        match layer.num_states() {
            Some(count) => {
                let energies = to_f64(reference.energy(layer.states(0..count)));
                assert!(energies.iter().all(|e| *e == energies[0]), "{kind:?}");
            }
            None => assert_eq!(to_f64(reference.bias()), to_f64(layer.bias()), "{kind:?}"),
        }
        assert_ne!(reference.bias_param().id, layer.bias_param().id, "{kind:?}");
    }
}

/// The change of `Γ` on the way from the reference is that of the layers on the way.
#[test]
fn steps_of_the_normaliser_are_differences() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-11, 1e-4);
    for &kind in KINDS {
        let layer = precise(kind);
        let at = inputs(3, UNITS, &device);
        let gamma = |beta: f64| {
            let on_the_way = layer.anneal(&layer.reference(), beta);
            to_f64(on_the_way.cgf(at.clone().mul_scalar(beta)))
        };
        for (from, to) in [(0.0, 1.0), (0.3, 0.31), (0.8, 0.1)] {
            let found = to_f64(layer.cgf_step(at.clone(), from, to));
            let expected: Vec<f64> = gamma(to)
                .iter()
                .zip(gamma(from))
                .map(|(to, from)| to - from)
                .collect();
            assert_close(
                &found,
                &expected,
                slack,
                &format!("{kind:?}, {from} to {to}"),
            );
        }
    }
}

/// Independent units that were fitted to data have the means of the data, and the variances where they have
/// parameters for them; a constant column leaves a finite bias.
#[test]
fn fitted_layers_have_the_means_of_the_data() {
    let device = Device::default();
    for &kind in KINDS {
        // The mean of a label's units is a share, and these make one.
        let (mean, variance) = ([0.3, 0.5, 0.6, 0.25, 0.75], [0.7, 1.2, 0.5, 2.0, 0.3]);
        let layer = kind.fitted(&mean, &variance, &device);
        let zero = Tensor::<2>::zeros([1, UNITS], &device);
        let found = to_f64(layer.mean(zero.clone()));
        assert_close(&found, &mean, 1e-6, &format!("{kind:?}, mean"));
        if kind.with_all_parameters() == kind && !layer.support().is_discrete() {
            let found = to_f64(layer.variance(zero));
            assert_close(&found, &variance, 1e-6, &format!("{kind:?}, variance"));
        }
        let constant = kind.fitted(&[1.0, 1.0, 1.0, 0.0, 1.0], &[0.0; UNITS], &device);
        assert!(
            to_f64(constant.bias()).iter().all(|b| b.is_finite()),
            "{kind:?}"
        );
        assert!(constant.log_partition().is_finite(), "{kind:?}");
    }
}

/// The kind's own type answers as the enum does.
#[test]
fn a_mean_and_a_draw_together_are_the_mean_and_the_draw() {
    let device = Device::default();
    for &kind in KINDS {
        let layer = precise(kind);
        let at = inputs(9, UNITS, &device);
        let (mean, draw) = layer.mean_and_sample(at.clone(), &mut Noise::new(2));
        let alone = layer.sample(at.clone(), &mut Noise::new(2));
        assert_eq!(to_f64(draw), to_f64(alone), "{kind:?}");
        let slack = tolerance(&device, 1e-13, 1e-6);
        assert_close(
            &to_f64(mean),
            &to_f64(layer.mean(at)),
            slack,
            &format!("{kind:?}"),
        );
    }
}
