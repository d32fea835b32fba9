//! A label beside binary units, against sums over every joint state.

use burn::module::Module;
use burn::tensor::Device;
use rbm_model::{
    Noise, Rbm,
    exact::{Enumeration, Side, exact_phase, log_partition, log_probability, moments},
    numerics::{log_sum_exp, to_f64},
    objective::{Clamped, surrogate},
    sampling::{Gibbs, Kernel},
    units::{Bernoulli, Labelled, Units},
};

use crate::fixture::{assert_close, matrix, strong, tolerance, vector};
use crate::plain::{Plain, states};

/// The plain model's last units are the label.
fn rbm(plain: &Plain, classes: usize, device: &Device) -> Rbm {
    Rbm::from_parts(
        Units::Labelled(Labelled::from_bias(vector(&plain.b, device), classes)),
        Units::Bernoulli(Bernoulli::from_bias(vector(&plain.c, device))),
        matrix(&plain.w, device),
    )
}

/// The visible states in which one label is on.
fn allowed(plain: &Plain, classes: usize) -> Vec<Vec<f64>> {
    let n = plain.b.len();
    let one = |v: &Vec<f64>| v[n - classes..].iter().sum::<f64>() == 1.0;
    states(n).filter(one).collect()
}

fn log_z(plain: &Plain, classes: usize) -> f64 {
    let terms = allowed(plain, classes)
        .into_iter()
        .map(|v| -plain.free_energy(&v));
    log_sum_exp(&terms.collect::<Vec<f64>>())
}

/// Either side the one with fewer states: (visible, hidden, classes).
const SHAPES: [(usize, usize, usize); 2] = [(5, 3, 3), (4, 6, 2)];

#[test]
fn log_partition_and_moments_are_sums_over_allowed_states() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-12, 5e-6);
    let mut sides = Vec::new();
    for (visible, hidden, classes) in SHAPES {
        let plain = strong(visible, hidden, None);
        let model = rbm(&plain, classes, &device);
        let expected = log_z(&plain, classes);
        assert_close(
            &[log_partition(&model).unwrap()],
            &[expected],
            slack,
            "log Z",
        );
        let mirrored = log_partition(&model.mirror()).unwrap();
        assert_close(&[mirrored], &[expected], slack, "log Z of the mirror");
        sides.push(Enumeration::new(&model).unwrap().side());

        let all = allowed(&plain, classes);
        let log_p = log_probability(&model, matrix(&all, &device)).unwrap();
        let total: f64 = log_p.iter().map(|x| x.exp()).sum();
        assert_close(&[total], &[1.0], slack, "Σ p(v)");
        let found = moments(&model).unwrap();
        let mean = |i: usize| {
            let terms = all.iter().zip(&log_p).map(|(v, p)| p.exp() * v[i]);
            terms.sum::<f64>()
        };
        let expected: Vec<f64> = (0..visible).map(mean).collect();
        assert_close(&found.visible, &expected, slack, "E[v]");
        let label: f64 = found.visible[visible - classes..].iter().sum();
        assert_close(&[label], &[1.0], slack, "one label");
    }
    assert!(sides.contains(&Side::Visible) && sides.contains(&Side::Hidden));
}

#[test]
fn the_surrogate_has_the_gradient_of_the_loss() {
    let device = Device::default().autodiff();
    let slack = tolerance(&device, 1e-8, 2e-5);
    for (visible, hidden, classes) in SHAPES {
        let plain = strong(visible, hidden, None);
        let rows: Vec<Vec<f64>> = allowed(&plain, classes).into_iter().step_by(3).collect();
        let model = rbm(&plain, classes, &device);
        let positive = Clamped::new(&model, matrix(&rows, &device)).expected(&model);
        let loss = surrogate(&model, positive, exact_phase(&model).unwrap());
        let gradients = loss.backward();
        let mut found = to_f64(model.weight.val().grad(&gradients).unwrap());
        found.extend(to_f64(model.visible.bias().grad(&gradients).unwrap()));
        found.extend(to_f64(model.hidden.bias().grad(&gradients).unwrap()));

        let at = plain.parameters();
        let loss = |k: usize, by: f64| {
            let mut values = at.clone();
            values[k] += by;
            let plain = plain.with_parameters(&values);
            let mean: f64 = rows.iter().map(|v| plain.free_energy(v)).sum();
            mean / rows.len() as f64 + log_z(&plain, classes)
        };
        let slope = |k: usize| (loss(k, 1e-5) - loss(k, -1e-5)) / 2e-5;
        let expected: Vec<f64> = (0..found.len()).map(slope).collect();
        assert_close(&found, &expected, slack, "gradient");
    }
}

/// Gibbs sampling forgets its start and keeps to states with one label: first moments and those of
/// each feature with each class within 4.5 standard errors.
#[test]
fn chains_reach_the_joint_distribution() {
    let device = Device::default();
    let (n, classes) = (20_000, 3);
    let plain = strong(5, 3, None);
    let model = rbm(&plain, classes, &device).valid();
    let mut noise = Noise::new(3);
    let start = matrix(&vec![vec![1.0, 1.0, 0.0, 0.0, 1.0]; n], &device);
    let kernel = Gibbs::new(60);
    let state = kernel.init(&model, start, &mut noise);
    let (state, _) = kernel.step(&model, state, &mut noise);
    let drawn = to_f64(state.visible);
    assert!(drawn.chunks(5).all(|v| v[2..].iter().sum::<f64>() == 1.0));
    let all = allowed(&plain, classes);
    let log_z = log_z(&plain, classes);
    for i in 0..5 {
        for j in 0..2 {
            let p: f64 = all
                .iter()
                .map(|v| v[i] * v[j] * (-plain.free_energy(v) - log_z).exp())
                .sum();
            let count: f64 = drawn.chunks(5).map(|v| v[i] * v[j]).sum();
            let z = (count / n as f64 - p) / (p * (1.0 - p) / n as f64).sqrt();
            assert!(z.abs() < 4.5, "units {i} and {j}: {z} sigma");
        }
    }
}

/// The same number of units, and other groups of them.
#[test]
#[should_panic(expected = "annealing needs a base of the same kind of units")]
fn labels_of_other_classes_are_no_base() {
    let device = Device::flex();
    let of = |classes| Units::Labelled(Labelled::from_bias(vector(&[0.0; 5], &device), classes));
    let _ = of(3).anneal(&of(2), 0.5);
}
