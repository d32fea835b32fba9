//! Values written down once, and models whose answer needs no sum.

use burn::tensor::{Device, Tensor};
use rbm_eval::{Ais, AnnealingSchedule, EvalError, Origin, PseudoLogLikelihood, base_rate};
use rbm_model::{Noise, Rbm, exact::log_partition, numerics::to_f64};

use crate::fixture::{ais, bernoulli, binary, exact_draws, g3, gaussian, matrix, real, states};

/// log Z = (V + H) log 2, every weight the same, in both precisions and by every schedule.
#[test]
fn g1_without_parameters_is_exact() {
    for (v, h, expected) in [
        (4, 3, 4.852_030_263_919_617),
        (784, 500, 890.000_979_838_969_8),
    ] {
        let double = Rbm::from_parts(
            bernoulli(vec![0.0; v]),
            bernoulli(vec![0.0; h]),
            matrix(vec![0.0; v * h], h),
        );
        let device = Device::default();
        let layer = |n| rbm_model::units::UnitsConfig::Bernoulli.init(n, &device);
        let single = Rbm::from_parts(layer(v), layer(h), Tensor::zeros([v, h], &device));
        for rbm in [double, single] {
            for schedule in [
                AnnealingSchedule::Linear { steps: 50 },
                AnnealingSchedule::Adaptive { target: 1e-4 },
            ] {
                let ais = Ais {
                    schedule,
                    chains: 8,
                    ..Ais::default()
                };
                let found = ais.run(&rbm, &rbm.visible, &mut |_, _| ()).unwrap();
                assert!((found.log_partition.value - expected).abs() < 1e-9);
                assert!(found.log_weight_variance == 0.0 && found.standard_error == 0.0);
                assert!((found.effective_sample_size - 8.0).abs() < 1e-9);
                let start = Tensor::ones([8, v], &device);
                let origin = Origin::Model;
                let back = ais.run_reverse(&rbm, &rbm.visible, start, origin, &mut |_, _| ());
                let back = back.unwrap();
                assert!((back.log_partition.value - expected).abs() < 1e-9);
                assert!(back.log_weight_variance == 0.0);
            }
        }
    }
}

/// Without weights but with biases the model is its own base: exact again. For Gaussian units
/// log Z = Σ log σ√2π + Σ softplus(c).
#[test]
fn layers_without_weights_between_them_are_exact() {
    let c = vec![0.3, -1.2];
    let softplus: f64 = c.iter().map(|c: &f64| c.exp().ln_1p()).sum();
    let binary_part: f64 = [1.0f64, -2.0, 0.5].iter().map(|b| b.exp().ln_1p()).sum();
    let real_part = 3.0 * 0.5 * std::f64::consts::TAU.ln() + 0.2 - 0.1 + 0.4;
    for (visible, part) in [
        (bernoulli(vec![1.0, -2.0, 0.5]), binary_part),
        (
            gaussian(vec![1.0, -2.0, 0.5], Some(vec![0.2, -0.1, 0.4])),
            real_part,
        ),
    ] {
        let rbm = Rbm::from_parts(visible, bernoulli(c.clone()), matrix(vec![0.0; 6], 2));
        let found = ais(40, 10, 3)
            .run(&rbm, &rbm.visible, &mut |_, _| ())
            .unwrap();
        assert!((found.log_partition.value - part - softplus).abs() < 1e-12);
        assert!(found.log_weight_variance < 1e-24);
        assert!((log_partition(&rbm).unwrap() - part - softplus).abs() < 1e-12);
    }
}

#[test]
fn g3_pseudo_log_likelihood() {
    let v = matrix(vec![1.0, 0.0, 1.0, 1.0, 0.0, 1.0], 6);
    let found = PseudoLogLikelihood::exact(&g3(), v).unwrap();
    assert!(
        (found.mean + 4.963_432_817_065_233).abs() < 1e-12,
        "{found:?}"
    );
}

/// Against the definition over all states of the model: `p(v_i | v_{-i})` is `p(v)` over the sum of
/// `p(v)` and `p(v^i)`. Then the stochastic version, which has it as expectation.
#[test]
fn pseudo_log_likelihood_is_the_sum_of_conditionals() {
    let rbm = binary(7, 5, 1.2);
    let all = states(7);
    let log_p = rbm_model::exact::log_probability(&rbm, all.clone()).unwrap();
    let expected: f64 = (0..128usize)
        .flat_map(|s| (0..7).map(move |i| (s, s ^ 1 << i)))
        .map(|(s, flipped)| -(log_p[flipped] - log_p[s]).exp().ln_1p())
        .sum();
    let exact = PseudoLogLikelihood::exact(&rbm, all.clone()).unwrap();
    assert!((exact.mean - expected / 128.0).abs() < 1e-12, "{exact:?}");
    assert!(exact.exact && exact.rows == 128);

    let many = all.repeat_dim(0, 200);
    let found = PseudoLogLikelihood::stochastic(&rbm, many, &mut Noise::new(2)).unwrap();
    let z = (found.mean - exact.mean) / found.standard_error;
    assert!(z.abs() < 4.5 && found.standard_error < 0.1, "{z} sigma");
}

/// The same settings give the same weights, another seed others, and each batch its own.
#[test]
fn runs_repeat_and_progress_reaches_its_end() {
    let rbm = binary(6, 4, 1.0);
    let mut ais = ais(20, 30, 5);
    ais.batch = 7;
    let mut calls = Vec::new();
    let run = |calls: &mut Vec<(usize, usize)>, ais: &Ais| {
        let mut progress = |done, total| calls.push((done, total));
        let found = ais.run(&rbm, &rbm.visible, &mut progress).unwrap();
        found.log_weights.as_slice().to_vec()
    };
    let first = run(&mut calls, &ais);
    assert_eq!(first.len(), 30);
    // Five batches of twenty temperatures, and the total known from the beginning.
    assert_eq!(calls, [20, 40, 60, 80, 100].map(|done| (done, 100)));
    assert_eq!(run(&mut calls, &ais), first);
    ais.seed = 6;
    assert_ne!(run(&mut calls, &ais), first);
    assert_ne!(first[..7], first[7..14]);
}

#[test]
fn wrong_settings_and_broken_models_are_refused() {
    let rbm = binary(6, 4, 1.0);
    let refused = |ais: Ais| ais.run(&rbm, &rbm.visible, &mut |_, _| ()).unwrap_err();
    for (ais, name) in [
        (ais(10, 1, 0), "number of chains"),
        (
            Ais {
                batch: 0,
                ..ais(10, 5, 0)
            },
            "batch",
        ),
        (
            Ais {
                confidence: 1.0,
                ..ais(10, 5, 0)
            },
            "confidence",
        ),
        (ais(0, 5, 0), "linear schedule"),
    ] {
        let error = refused(ais).to_string();
        assert!(error.contains(name), "{error}");
    }
    let start = exact_draws(&binary(5, 4, 1.0), 10, 0);
    let error = ais(10, 5, 0).run_reverse(&rbm, &rbm.visible, start, Origin::Model, &mut |_, _| ());
    assert!(matches!(error, Err(EvalError::Width { found: 5, .. })));

    let mut values = to_f64(rbm.weight.val());
    values[3] = f64::NAN;
    let broken = Rbm::from_parts(rbm.visible.clone(), rbm.hidden.clone(), matrix(values, 4));
    let error = ais(10, 5, 0).run(&broken, &rbm.visible, &mut |_, _| ());
    assert!(
        matches!(error, Err(EvalError::NotFinite { .. })),
        "{error:?}"
    );
}

/// The base has the data's means and, for real units, their spreads, whatever the model's are.
#[test]
fn base_rates_are_those_of_the_data() {
    let data = matrix(vec![1.0, 4.0, 0.0, 0.0, 0.0, 2.0, 0.0, 6.0], 2);
    let model = real(2, 3, 0.5);
    let base = base_rate(&model, data);
    let rbm_model::units::Units::Gaussian(layer) = &base else {
        panic!("a base of another kind")
    };
    let mean = to_f64(layer.bias.val());
    let sigma = to_f64(layer.log_sigma.as_ref().unwrap().val().exp());
    assert!((mean[0] - 0.25).abs() < 1e-6 && (mean[1] - 3.0).abs() < 1e-6);
    assert!((sigma[0] - 0.1875f64.sqrt()).abs() < 1e-6, "{sigma:?}");
    assert!((sigma[1] - 5f64.sqrt()).abs() < 1e-6);
}
