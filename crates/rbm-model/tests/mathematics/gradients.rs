//! The surrogate's derivative is the gradient of the negative log-likelihood.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fraction of a count is a count"
)]

use burn::module::Module;
use burn::tensor::{DType, Device, Gradients, Tensor};
use rbm_model::{
    Noise, Rbm,
    exact::{exact_phase, moments},
    numerics::to_f64,
    objective::{Clamped, Phase, surrogate},
    units::{Gaussian, UnitLayer, Units},
};

use crate::fixture::{assert_close, matrix, pairs, rbm, strong, tolerance};
use crate::plain::{Plain, states};

/// w, b, c, log σ in a row.
fn flat(rbm: &Rbm, gradients: &Gradients) -> Vec<f64> {
    let of = |x: &Tensor<1>| x.grad(gradients).map_or(vec![], to_f64);
    let mut all = to_f64(rbm.weight.val().grad(gradients).unwrap());
    all.extend(of(&rbm.visible.bias()));
    all.extend(of(&rbm.hidden.bias()));
    for units in [&rbm.visible, &rbm.hidden] {
        if let Units::Gaussian(Gaussian {
            log_sigma: Some(s), ..
        }) = units
        {
            all.extend(of(&s.val()));
        }
    }
    all
}

fn data(plain: &Plain) -> Vec<Vec<f64>> {
    let n = plain.b.len();
    if plain.log_sigma.is_some() {
        (0..7)
            .map(|r| {
                (0..n)
                    .map(|i| ((3 * r + 5 * i) as f64).sin() * 1.5)
                    .collect()
            })
            .collect()
    } else {
        states(n).skip(3).step_by(5).collect()
    }
}

#[test]
fn with_an_exact_negative_phase_it_is_the_central_difference_of_the_loss() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-8, 2e-5);
    // Fewer hidden units than visible ones and the other way: either side is enumerated.
    for plain in pairs(4, 3).into_iter().chain(pairs(3, 4)) {
        let rows = data(&plain);
        let model = rbm(&plain, &device);
        let positive = Clamped::new(&model, matrix(&rows, &device)).expected(&model);
        let loss = surrogate(&model, positive, exact_phase(&model).unwrap());
        let found = flat(&model, &loss.backward());
        let mut expected = plain.numerical_gradient(&rows);
        expected.truncate(found.len()); // a spread that is fixed has no gradient
        assert_close(&found, &expected, slack, "gradient");
    }
}

/// Gaussian hidden units: the loss as seen from the other side, `log p(h)` of the mirror.
#[test]
fn gaussian_hidden_units_have_the_right_gradient_too() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-8, 2e-5);
    let plain = strong(3, 4, Some(0.3));
    let rows: Vec<Vec<f64>> = states(4).skip(1).step_by(2).collect();
    let model = rbm(&plain, &device).mirror();
    let positive = Clamped::new(&model, matrix(&rows, &device)).expected(&model);
    let loss = surrogate(&model, positive, exact_phase(&model).unwrap());
    let gradients = loss.backward();

    let at = plain.parameters();
    let loss = |values: &[f64]| {
        let plain = plain.with_parameters(values);
        let mean: f64 = rows.iter().map(|h| plain.log_weight(h)).sum::<f64>() / rows.len() as f64;
        plain.log_partition() - mean
    };
    let expected: Vec<f64> = (0..at.len())
        .map(|k| {
            let moved = |by: f64| {
                let mut values = at.clone();
                values[k] += by;
                loss(&values)
            };
            (moved(1e-5) - moved(-1e-5)) / 2e-5
        })
        .collect();
    let (w, rest) = expected.split_at(12);
    let weight = to_f64(model.weight.val().grad(&gradients).unwrap().transpose());
    assert_close(&weight, w, slack, "weights");
    let (b, rest) = rest.split_at(3);
    let hidden = to_f64(model.hidden.bias().grad(&gradients).unwrap());
    assert_close(&hidden, b, slack, "bias of the Gaussian units");
    let (c, s) = rest.split_at(4);
    let visible = to_f64(model.visible.bias().grad(&gradients).unwrap());
    assert_close(&visible, c, slack, "bias of the Bernoulli units");
    let Units::Gaussian(Gaussian {
        log_sigma: Some(log_sigma),
        ..
    }) = &model.hidden
    else {
        panic!("the mirror's hidden units are Gaussian");
    };
    let found = to_f64(log_sigma.val().grad(&gradients).unwrap());
    assert_close(&found, s, slack, "log σ");
}

/// `∂l/∂W = -⟨v σ(c + vW)ᵀ⟩_data + ⟨v hᵀ⟩_model`, and the biases likewise.
#[test]
fn it_is_the_difference_of_moments() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-12, 5e-6);
    let plain = strong(4, 3, None);
    let rows = data(&plain);
    let model = rbm(&plain, &device);
    let positive = Clamped::new(&model, matrix(&rows, &device)).expected(&model);
    let loss = surrogate(&model, positive, exact_phase(&model).unwrap());
    let found = flat(&model, &loss.backward());

    let of_model = moments(&model).unwrap();
    let mut expected = of_model.interaction;
    expected.extend(of_model.visible);
    expected.extend(of_model.hidden);
    let share = 1.0 / rows.len() as f64;
    for v in &rows {
        let p: Vec<f64> = (0..3)
            .map(|j| {
                let input: f64 = v.iter().zip(&plain.w).map(|(v, w)| v * w[j]).sum();
                1.0 / (1.0 + (-(plain.c[j] + input)).exp())
            })
            .collect();
        for (i, v) in v.iter().enumerate() {
            for (j, p) in p.iter().enumerate() {
                expected[i * 3 + j] -= share * v * p;
            }
            expected[12 + i] -= share * v;
        }
        for (j, p) in p.iter().enumerate() {
            expected[16 + j] -= share * p;
        }
    }
    assert_close(&found, &expected, slack, "moments");
}

/// With the probabilities on the tape the derivative gains `Σ E ∂p/∂θ`, which is no part of the
/// gradient: it must be far from it on the same model.
#[test]
fn letting_the_derivative_through_the_probabilities_is_wrong() {
    let device = Device::default().autodiff();
    let plain = strong(4, 3, None);
    let rows = data(&plain);
    let model = rbm(&plain, &device);
    let v = matrix(&rows, &device);
    let attached = model.energy(v.clone(), model.hidden_mean(v)).mean();
    let negative = exact_phase(&model).unwrap().mean_energy(&model);
    let found = flat(&model, &(attached - negative).backward());
    let expected = plain.numerical_gradient(&rows);
    let worst = found
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(
        worst > 0.05,
        "the attached form came within {worst} of the gradient"
    );
}

/// The gradient of `mean F(v⁺) - mean F(v⁻)`, and so no worse than any draw.
#[test]
fn rao_blackwellised_it_is_the_gradient_of_free_energies() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-12, 5e-6);
    for plain in pairs(5, 3) {
        let model = rbm(&plain, &device);
        let rows = data(&plain);
        let (up, down) = rows.split_at(3);
        let (up, down) = (matrix(up, &device), matrix(down, &device));
        let phase = |v: &Tensor<2>| Clamped::new(&model, v.clone()).expected(&model);
        let loss = surrogate(&model, phase(&up), phase(&down));
        let found = flat(&model, &loss.backward());
        let free = model.free_energy(up).mean() - model.free_energy(down).mean();
        assert_close(&found, &flat(&model, &free.backward()), slack, "∂F");
    }
}

/// Drawn hidden states give the same gradient on average and a larger spread. Over many small batches of
/// random rows both means and both variances are sums over all states: `E[v_i p_j]`, and
/// `Var[v_i p_j] / rows` for means, to which draws add `E[v_i p_j (1 - p_j)] / rows`.
#[test]
fn draws_have_the_same_mean_and_a_larger_variance() {
    const BATCHES: usize = 400;
    const ROWS: usize = 4;
    let device = Device::default().autodiff();
    let plain = strong(4, 3, None);
    let model = rbm(&plain, &device);
    let all: Vec<Vec<f64>> = states(4).collect();
    let mut noise = Noise::new(8);
    let gradient = |phase: Phase| {
        let gradients = phase.mean_energy(&model).backward();
        to_f64(model.weight.val().grad(&gradients).unwrap())
    };
    let (mut drawn, mut expected) = (Vec::new(), Vec::new());
    for batch in 0..BATCHES {
        // Any row is as likely as any other.
        let uniform = noise.uniform([1, ROWS], DType::F32, &Device::default());
        let rows: Vec<Vec<f64>> = to_f64(uniform)
            .iter()
            .map(|u| all[(u * 16.0) as usize].clone())
            .collect();
        let v = matrix(&rows, &device);
        let hidden = model.sample_hidden(v.clone(), &mut Noise::new(9).at_step(batch as u64));
        drawn.push(gradient(Phase::drawn(&model, v.clone(), hidden)));
        expected.push(gradient(Clamped::new(&model, v).expected(&model)));
    }
    let (mut total_drawn, mut total_expected) = (0.0, 0.0);
    for (i, j) in (0..4).flat_map(|i| (0..3).map(move |j| (i, j))) {
        let p = |v: &Vec<f64>| {
            let input: f64 = v.iter().zip(&plain.w).map(|(v, w)| v * w[j]).sum();
            1.0 / (1.0 + (-(plain.c[j] + input)).exp())
        };
        let over_states = |f: &dyn Fn(&Vec<f64>) -> f64| all.iter().map(f).sum::<f64>() / 16.0;
        let mean = over_states(&|v| v[i] * p(v));
        let of_means = over_states(&|v| (v[i] * p(v)).powi(2)) - mean * mean;
        let of_draws = over_states(&|v| v[i] * p(v) * (1.0 - p(v)));
        for (what, runs, variance) in [
            ("drawn", &drawn, (of_means + of_draws) / ROWS as f64),
            ("expected", &expected, of_means / ROWS as f64),
        ] {
            let x: Vec<f64> = runs.iter().map(|run| run[i * 3 + j]).collect();
            let n = BATCHES as f64;
            let power = |k: i32| x.iter().map(|x| (x + mean).powi(k)).sum::<f64>() / n;
            // The gradient of an energy has a minus sign, so these are deviations.
            let (first, second, fourth) = (power(1), power(2), power(4));
            let error = (variance / n).sqrt();
            assert!(
                first.abs() < 4.5 * error,
                "{what} W[{i}, {j}]: {first} {error}"
            );
            let error = ((fourth - second * second) / n).sqrt();
            let off = second - variance;
            assert!(
                off.abs() < 4.5 * error,
                "variance, {what} W[{i}, {j}]: {off} {error}"
            );
            match what {
                "drawn" => total_drawn += second,
                _ => total_expected += second,
            }
        }
    }
    // And this is why means are taken: here draws vary half as much again, and more.
    assert!(
        total_drawn > 1.5 * total_expected,
        "{total_drawn} {total_expected}"
    );
}

/// The gradient costs nothing that sampling does not read: no parameter's gradient is touched by a
/// model without a tape.
#[test]
fn sampling_leaves_no_tape() {
    let device = Device::default().autodiff();
    let model = rbm(&strong(4, 3, None), &device);
    let v = matrix(&states(4).collect::<Vec<_>>(), &device);
    let h = model.sample_hidden(v.clone(), &mut Noise::new(1));
    assert!(!h.is_tracked());
    assert!(!model.sample_visible(h, &mut Noise::new(1)).is_tracked());
    let clamped = Clamped::new(&model, v);
    assert!(!clamped.hidden_mean(&model).is_tracked());
    assert!(
        !clamped
            .sample_hidden(&model, &mut Noise::new(1))
            .is_tracked()
    );
    assert!(!model.valid().weight.val().is_tracked());
    assert!(model.visible.num_units() == 4);
}
