//! The estimated bound against the exact one.

use dbn::{BoundConfig, Dbn, enumeration, log_likelihood_bound};
use rbm_eval::{EvaluationData, Method};

use crate::fixture::{matrix, network, plain, repeated, tolerance};
use crate::plain::states;

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Over seeds the deviations have the size that the standard error says.
#[test]
fn the_estimate_is_the_exact_bound_within_its_error() {
    for (widths, classes) in [(&[5, 4, 3][..], 0), (&[4, 3, 3, 2], 0), (&[4, 3, 2], 3)] {
        let dbn = network(&plain(widths, classes));
        let v = matrix(&states(widths[0]));
        let data = EvaluationData::new(v.clone());
        let expected = mean(&enumeration::bound(&dbn, v).unwrap());
        let scores: Vec<f64> = (0..20)
            .map(|seed| {
                let config = BoundConfig {
                    draws: 10,
                    seed,
                    ..BoundConfig::default()
                };
                let bound = log_likelihood_bound(&dbn, &data, &config, &mut |_| ()).unwrap();
                assert_eq!(bound.method, Method::Exact);
                (bound.value - expected) / bound.standard_error
            })
            .collect();
        // Twenty normal scores: their mean within 4.5/√20, their mean square within 4.5 of its
        // own standard deviations √(2/20), and far from zero.
        assert!(mean(&scores).abs() < 4.5 / 20f64.sqrt(), "{scores:?}");
        let square = mean(&scores.iter().map(|z| z * z).collect::<Vec<_>>());
        assert!((0.2..2.5).contains(&square), "{widths:?}: {square}");
    }
}

/// The gap is one of the data, and not of the top layer's features: how much higher the exact bound of the
/// training rows is.
#[test]
fn the_gap_is_that_of_the_bound() {
    let dbn = network(&plain(&[5, 4, 3], 0));
    let all = states(5);
    let (low, high) = all.split_at(12);
    let mut data = EvaluationData::new(matrix(high));
    data.training = Some(matrix(low));
    let config = BoundConfig {
        draws: 4000,
        ..BoundConfig::default()
    };
    let bound = log_likelihood_bound(&dbn, &data, &config, &mut |_| ()).unwrap();
    let exact = |rows: &[Vec<f64>]| mean(&enumeration::bound(&dbn, matrix(rows)).unwrap());
    let expected = exact(low) - exact(high);
    // 12 and 20 rows with the spread that the bound itself says, and the same at most for the other set.
    let tolerance = 4.5 * 2.0 * bound.standard_error;
    let gap = bound.gap.unwrap();
    assert!(
        (gap.value - expected).abs() < tolerance && tolerance < 0.2 * expected.abs(),
        "{gap:?} {expected} {tolerance}"
    );
    let text = bound.verdict.to_string();
    assert!(
        text.contains("by the bound on the likelihood of the data"),
        "{text}"
    );
    data.training = None;
    let bound = log_likelihood_bound(&dbn, &data, &config, &mut |_| ()).unwrap();
    assert_eq!((bound.gap, bound.verdict.overfits), (None, None));
}

/// With a mirror on top the bound is the likelihood along every path: nothing to average.
#[test]
fn below_a_mirror_the_estimate_has_no_spread() {
    let one = network(&plain(&[5, 4], 0));
    let dbn = Dbn::new(vec![one.stack[0].clone(), one.stack[0].mirror()]).unwrap();
    let v = matrix(&states(5));
    let data = EvaluationData::new(v.clone());
    let bound = log_likelihood_bound(&dbn, &data, &BoundConfig::default(), &mut |_| ()).unwrap();
    let expected = mean(&enumeration::log_probability(&one, v).unwrap());
    assert!((bound.value - expected).abs() < tolerance(1e-11, 1e-4));
    assert!(bound.standard_error < tolerance(1e-12, 1e-5));
}

/// Annealing instead of the sum, with the label among the annealed units.
#[test]
fn annealing_finds_the_same_bound() {
    for classes in [0, 3] {
        let dbn = network(&plain(&[5, 4, 3], classes));
        let v = matrix(&states(5));
        let mut data = EvaluationData::new(v.clone());
        data.training = Some(v.clone());
        let mut config = BoundConfig {
            draws: 200,
            ..BoundConfig::default()
        };
        config.evaluation.method = Method::Ais;
        config.evaluation.ais.chains = 500;
        config.evaluation.ais.schedule = "linear:500".parse().unwrap();
        let bound = log_likelihood_bound(&dbn, &data, &config, &mut |_| ()).unwrap();
        let expected = mean(&enumeration::bound(&dbn, v).unwrap());
        let error = bound
            .standard_error
            .hypot(bound.log_partition.standard_error);
        assert!(
            (bound.value - expected).abs() < 4.5 * error,
            "{} {expected} {error}",
            bound.value
        );
        assert!(bound.low <= bound.value && bound.value <= bound.high);
        assert!(bound.high > bound.low && bound.method == Method::Ais);
    }
}

#[test]
fn settings_and_data_that_do_not_fit_are_refused() {
    let dbn = network(&plain(&[4, 3, 2], 0));
    let run = |v, config: &BoundConfig| {
        let data = EvaluationData::new(v);
        let result = log_likelihood_bound(&dbn, &data, config, &mut |_| ());
        result.unwrap_err().to_string()
    };
    let good = BoundConfig::default();
    let v = repeated(&[1.0; 4], 2);
    let one = BoundConfig {
        draws: 1,
        ..good.clone()
    };
    assert_eq!(run(v.clone(), &one), "draws is 1: expected 2 or more a row");
    let mut pseudo = good.clone();
    pseudo.evaluation.method = Method::Pseudo;
    assert!(run(v, &pseudo).starts_with("evaluation.method is pseudo"));
    let narrow = repeated(&[1.0; 3], 2);
    assert!(run(narrow, &good).starts_with("the data has 3 units: the model has 4"));
}
