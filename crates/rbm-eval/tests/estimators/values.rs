//! What stands beside a value, against sums in plain loops: the gap to the training rows, the ends of an
//! interval, and whether the whole is believed.

use rbm_eval::{
    Ais, AnnealingSchedule, Bracket, EvaluationConfig, EvaluationData, Evidence, FreeEnergyGap,
    Method, Verdict, evaluate,
};
use rbm_model::{Rbm, numerics::to_f64};

use crate::fixture::{ais, binary, exact_draws, plain_base};

/// `-log Σ_h exp(-E(v, h))` of a binary model, a loop over its hidden states.
fn free_energy(rbm: &Rbm, v: &[f64]) -> f64 {
    let hidden = rbm.num_hidden();
    let (w, b) = (to_f64(rbm.weight.val()), to_f64(rbm.visible.bias()));
    let c = to_f64(rbm.hidden.bias());
    let mut sum = 0.0;
    for state in 0..1usize << hidden {
        let mut energy = 0.0;
        for (i, v) in v.iter().enumerate() {
            energy -= v * b[i];
        }
        for j in (0..hidden).filter(|j| state >> j & 1 == 1) {
            energy -= c[j];
            for (i, v) in v.iter().enumerate() {
                energy -= v * w[i * hidden + j];
            }
        }
        sum += f64::exp(-energy);
    }
    -sum.ln()
}

/// The mean, and the square of its standard error.
fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mut mean = 0.0;
    for x in x {
        mean += x / n;
    }
    let mut squares = 0.0;
    for x in x {
        squares += (x - mean) * (x - mean);
    }
    (mean, squares / (n - 1.0) / n)
}

/// Held-out rows less training rows, with the error of both: of more rows than are computed at once, and of
/// unequal numbers of them.
#[test]
fn a_free_energy_gap_is_the_difference_of_two_means_of_sums() {
    let rbm = binary(6, 3, 1.3);
    let training = exact_draws(&rbm, 4_300, 1);
    let held_out = exact_draws(&binary(6, 3, 0.2), 900, 2);
    let of = |rows: &burn::tensor::Tensor<2>| {
        let rows = to_f64(rows.clone());
        let values: Vec<f64> = rows.chunks(6).map(|v| free_energy(&rbm, v)).collect();
        moments(&values)
    };
    let (train, test) = (of(&training), of(&held_out));
    let expected = (test.0 - train.0, (test.1 + train.1).sqrt());
    assert!(expected.0 > 0.1 && expected.1 > 0.01, "{expected:?}");
    let gap = FreeEnergyGap::new(&rbm, training.clone(), held_out.clone());
    assert!(
        (gap.value - expected.0).abs() < 1e-10,
        "{gap:?} {expected:?}"
    );
    assert!(
        (gap.standard_error - expected.1).abs() < 1e-10,
        "{gap:?} {expected:?}"
    );
    // And the other way round it is as large, and negative.
    let back = FreeEnergyGap::new(&rbm, held_out, training);
    assert!((back.value + expected.0).abs() < 1e-10, "{back:?}");
}

/// The ends of a pseudo-log-likelihood lie two standard errors away, in loops over rows and units.
#[test]
fn a_pseudo_likelihood_has_ends_two_errors_away() {
    let rbm = binary(6, 4, 1.1);
    let rows = exact_draws(&rbm, 60, 3);
    let mut values = Vec::new();
    for v in to_f64(rows.clone()).chunks(6) {
        let mut sum = 0.0;
        for i in 0..6 {
            let mut flipped = v.to_vec();
            flipped[i] = 1.0 - flipped[i];
            let (own, other) = (free_energy(&rbm, v), free_energy(&rbm, &flipped));
            sum -= (1.0 + (own - other).exp()).ln();
        }
        values.push(sum);
    }
    let (mean, square) = moments(&values);
    let config = EvaluationConfig {
        method: Method::Pseudo,
        ..EvaluationConfig::default()
    };
    let found = evaluate(&rbm, &EvaluationData::new(rows), &config, &mut |_| ()).unwrap();
    let found = found.log_likelihood;
    assert!(square.sqrt() > 0.05, "{square}");
    for (found, expected) in [
        (found.value, mean),
        (found.low, mean - 2.0 * square.sqrt()),
        (found.high, mean + 2.0 * square.sqrt()),
    ] {
        assert!((found - expected).abs() < 1e-10, "{found} {expected}");
    }
}

/// A bracket that closes is not enough: weights that are worth a few equal ones do not know their own mean.
#[test]
fn a_closed_bracket_of_too_few_effective_chains_is_not_reliable() {
    let rbm = binary(6, 4, 0.5);
    let mut forward = ais(50, 100, 1)
        .run(&rbm, &plain_base(&rbm), &mut |_, _| ())
        .unwrap();
    let value = forward.log_partition.value;
    let bracket = Bracket {
        low: value - 0.1,
        best: value,
        high: value + 0.1,
        standard_error: 0.05,
        ordered: true,
    };
    // 20 are enough, or half of the chains where these are fewer than 40.
    for (chains, worth, enough) in [
        (100, 20.0, true),
        (100, 19.9, false),
        (100, 3.0, false),
        (30, 15.0, true),
        (30, 14.9, false),
    ] {
        (forward.chains, forward.effective_sample_size) = (chains, worth);
        let verdict = Verdict::new(&Evidence {
            forward: Some(&forward),
            bracket: Some(bracket),
            num_visible: 6,
            ..Evidence::default()
        });
        assert_eq!(verdict.bracket_closes, Some(true), "{verdict}");
        assert_eq!(verdict.enough_chains, Some(enough), "{verdict}");
        assert_eq!(
            verdict.trustworthy, enough,
            "{worth} of {chains}: {verdict}"
        );
        let believed = verdict.to_string().starts_with("Reliable estimate.");
        assert_eq!(believed, enough, "{verdict}");
    }
}

/// However equal the chains of a pilot run are, no step is longer than a twentieth of the path: without any
/// weights the log-weights do not spread at all.
#[test]
fn no_step_of_an_adaptive_schedule_is_longer_than_a_twentieth() {
    for (scale, target) in [(0.0, 1e-3), (0.3, 10.0), (1.5, 1e-2)] {
        let rbm = binary(6, 4, scale);
        let ais = Ais {
            schedule: AnnealingSchedule::Adaptive { target },
            ..Ais::default()
        };
        let betas = ais.betas(&rbm, &plain_base(&rbm), &mut |_, _| ()).unwrap();
        let longest = betas.windows(2).map(|pair| pair[1] - pair[0]);
        let longest = longest.fold(0.0, f64::max);
        assert!(longest <= 0.05 + 1e-12, "{scale} {target}: {longest}");
        assert!(betas.len() > 20, "{scale} {target}: {}", betas.len());
        if scale < 1.0 {
            assert!(longest > 0.049, "{scale} {target}: {longest}");
        }
    }
}
