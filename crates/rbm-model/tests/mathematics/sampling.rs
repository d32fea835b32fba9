//! Draws have the distribution they are said to have.

use burn::tensor::Device;
use rand::RngExt;
use rbm_kernels::PhiloxRng;
use rbm_model::{
    Noise,
    numerics::to_f64,
    sampling::{ClampedGibbs, Gibbs, GibbsState, Kernel, independent_visible},
    units::UnitLayer,
};

use crate::fixture::{matrix, rbm, strong};
use crate::plain::{Plain, states};

/// Exact draws of `v` by inverting the distribution function.
fn exact_draws(plain: &Plain, n: usize) -> Vec<Vec<f64>> {
    let all: Vec<Vec<f64>> = states(plain.b.len()).collect();
    let log_z = plain.log_partition();
    let p = all.iter().map(|v| (-plain.free_energy(v) - log_z).exp());
    let cumulative: Vec<f64> = p
        .scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum)
        })
        .collect();
    let mut rng = PhiloxRng::new(77, 0);
    (0..n)
        .map(|_| {
            let u: f64 = rng.random();
            let k = cumulative.partition_point(|&c| c < u).min(all.len() - 1);
            all[k].clone()
        })
        .collect()
}

/// Chains that start in the model's distribution stay in it: the joint histogram of (v, h) is
/// within 1.3 times a bound on the distance that counting alone explains.
#[test]
fn no_drift_from_exact_draws() {
    let device = Device::default();
    let plain = strong(5, 3, None);
    let model = rbm(&plain, &device);
    let n = 20_000;
    let start = matrix(&exact_draws(&plain, n), &device);
    let log_z = plain.log_partition();
    let mut p = vec![0.0; 1 << 8];
    for (s, v) in states(5).enumerate() {
        for (t, h) in states(3).enumerate() {
            p[s << 3 | t] = (-plain.energy(&v, &h) - log_z).exp();
        }
    }
    // The expected total variation of counts from their probabilities is half of
    // Σ √(2 p (1 - p) / πn); its own spread is far smaller.
    let floor: f64 = p
        .iter()
        .map(|p| (p * (1.0 - p) / n as f64).sqrt() / 2.0)
        .sum();
    for steps in [1, 4, 16] {
        let mut noise = Noise::new(10 + steps as u64);
        let kernel = Gibbs::new(steps);
        let state = kernel.init(&model, start.clone(), &mut noise);
        let (state, _) = kernel.step(&model, state, &mut noise);
        let (v, h) = (to_f64(state.visible), to_f64(state.hidden));
        let mut counts = vec![0.0; p.len()];
        for (v, h) in v.chunks(5).zip(h.chunks(3)) {
            let bits = |x: &[f64]| {
                x.iter()
                    .enumerate()
                    .map(|(i, x)| usize::from(*x == 1.0) << i)
                    .sum::<usize>()
            };
            counts[bits(v) << 3 | bits(h)] += 1.0 / n as f64;
        }
        let distance: f64 = counts
            .iter()
            .zip(&p)
            .map(|(a, b)| (a - b).abs())
            .sum::<f64>()
            / 2.0;
        assert!(
            distance < 1.3 * floor,
            "k = {steps}: {distance} against {floor}"
        );
    }
}

/// From one fixed state, far from equilibrium, after one sweep: the hidden state belongs to the
/// visible one beside it. A stale pair passes every test at equilibrium and fails this one.
#[test]
fn the_hidden_state_belongs_to_the_final_visible_one() {
    hidden_belongs_to_visible(&Gibbs::new(1));
    let known = matrix(&[vec![1.0, 0.0, 0.0, 0.0, 1.0]], &Device::default());
    hidden_belongs_to_visible(&ClampedGibbs::new(known, 1));
}

fn hidden_belongs_to_visible(kernel: &impl Kernel<State = GibbsState>) {
    let device = Device::default();
    let plain = strong(5, 3, None);
    let model = rbm(&plain, &device);
    let n = 40_000;
    let start = matrix(&vec![vec![1.0, 1.0, 0.0, 1.0, 0.0]; n], &device);
    let mut noise = Noise::new(4);
    let state = kernel.init(&model, start, &mut noise);
    let (state, _) = kernel.step(&model, state, &mut noise);
    let mean = to_f64(model.hidden_mean(state.visible.clone()));
    let (v, h) = (to_f64(state.visible), to_f64(state.hidden));
    for j in 0..3 {
        // The residual alone, and against each visible unit.
        for i in 0..=5 {
            let (mut sum, mut variance) = (0.0, 0.0);
            for row in 0..n {
                let factor = if i == 5 { 1.0 } else { v[row * 5 + i] };
                let p = mean[row * 3 + j];
                sum += factor * (h[row * 3 + j] - p);
                variance += factor * p * (1.0 - p);
            }
            // A unit that is held at zero has no residual against it.
            if variance == 0.0 {
                continue;
            }
            let z = sum / variance.sqrt();
            assert!(z.abs() < 4.5, "unit {j} against {i}: {z} sigma");
        }
    }
}

/// After one sweep from a fixed state the visible mean is the one that enumeration gives.
#[test]
fn one_sweep_has_the_transition_probability() {
    let device = Device::default();
    for plain in crate::fixture::pairs(5, 3) {
        let model = rbm(&plain, &device);
        let n = 40_000;
        let from = vec![1.0, 0.0, 0.0, 1.0, 1.0];
        let p = to_f64(model.hidden_mean(matrix(std::slice::from_ref(&from), &device)));
        let (mut mean, mut square) = (vec![0.0; 5], vec![0.0; 5]);
        for h in states(3) {
            let weight: f64 = h
                .iter()
                .zip(&p)
                .map(|(h, p)| h * p + (1.0 - h) * (1.0 - p))
                .product();
            let h = matrix(&[h], &device);
            let m = to_f64(model.visible_mean(h.clone()));
            let s = to_f64(model.visible.variance(model.visible_inputs(h)));
            for i in 0..5 {
                mean[i] += weight * m[i];
                square[i] += weight * (s[i] + m[i] * m[i]);
            }
        }
        let start = matrix(&vec![from; n], &device);
        let mut noise = Noise::new(6);
        let hidden = model.sample_hidden(start, &mut noise);
        let v = to_f64(Gibbs::new(1).visible_from(&model, hidden, &mut noise));
        for i in 0..5 {
            let found = v.iter().skip(i).step_by(5).sum::<f64>() / n as f64;
            let variance = square[i] - mean[i] * mean[i];
            let z = (found - mean[i]) / (variance / n as f64).sqrt();
            assert!(
                z.abs() < 4.5,
                "unit {i}: {found} against {}: {z} sigma",
                mean[i]
            );
            // The second moment sees a wrong spread of Gaussian units; its own variance is bounded
            // by twice the square for normal mixtures of this kind.
            let found = v.iter().skip(i).step_by(5).map(|x| x * x).sum::<f64>() / n as f64;
            let slack = 4.5 * square[i] * (3.0 / n as f64).sqrt();
            assert!(
                (found - square[i]).abs() < slack,
                "unit {i}: E[v²] {found} {}",
                square[i]
            );
        }
    }
}

/// Chains with two visible units held converge to the conditional distribution of the other three,
/// which is a sum over all states; a start elsewhere is forgotten, and what is held stays.
#[test]
fn missing_units_have_the_conditional_distribution() {
    let device = Device::default();
    let plain = strong(5, 3, None);
    let model = rbm(&plain, &device);
    let n = 20_000;
    for held in [[1.0, 0.0], [0.0, 1.0]] {
        let full = |u: &[f64]| vec![held[0], u[0], u[1], held[1], u[2]];
        let weights: Vec<f64> = states(3)
            .map(|u| (-plain.free_energy(&full(&u))).exp())
            .collect();
        let total: f64 = weights.iter().sum();
        let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let floor: f64 = p
            .iter()
            .map(|p| (p * (1.0 - p) / n as f64).sqrt() / 2.0)
            .sum();
        let known = matrix(&[vec![1.0, 0.0, 0.0, 1.0, 0.0]], &device);
        let kernel = ClampedGibbs::new(known, 40);
        let mut noise = Noise::new(21);
        let start = matrix(&vec![full(&[1.0, 1.0, 1.0]); n], &device);
        let state = kernel.init(&model, start, &mut noise);
        let (state, _) = kernel.step(&model, state, &mut noise);
        let mut counts = vec![0.0; 8];
        for v in to_f64(state.visible).chunks(5) {
            assert_eq!([v[0], v[3]], held);
            let bits = [v[1], v[2], v[4]].into_iter().enumerate();
            let state: usize = bits.map(|(i, x)| usize::from(x == 1.0) << i).sum();
            counts[state] += 1.0 / n as f64;
        }
        let distance: f64 = counts
            .iter()
            .zip(&p)
            .map(|(a, b)| (a - b).abs())
            .sum::<f64>()
            / 2.0;
        assert!(
            distance < 2.0 * floor,
            "{distance} against {floor}: {counts:?} {p:?}"
        );
    }
}

/// Without hidden units a visible one is on with the logistic function of its bias.
#[test]
fn independent_draws_know_the_biases_alone() {
    let device = Device::default();
    let plain = strong(5, 3, None);
    let model = rbm(&plain, &device);
    let n = 40_000;
    let v = to_f64(independent_visible(&model, n, &mut Noise::new(8)));
    for (i, b) in plain.b.iter().enumerate() {
        let p = 1.0 / (1.0 + (-b).exp());
        let found = v.iter().skip(i).step_by(5).sum::<f64>() / n as f64;
        let z = (found - p) / (p * (1.0 - p) / n as f64).sqrt();
        assert!(z.abs() < 4.5, "unit {i}: {found} against {p}");
    }
}
