//! Chains and reconstructions against sums over all states.

use rbm_eval::{FreeEnergyGap, Mixing, Reconstruction};
use rbm_model::{Noise, exact::log_partition, numerics::to_f64, units::UnitLayer};

use crate::fixture::{binary, exact_draws, matrix, plain_base, real, states};

/// Chains from either side end at the model's mean free energy, `Σ p(v)F(v)`.
#[test]
fn chains_end_at_the_mean_free_energy_of_the_model() {
    let rbm = binary(8, 6, 0.8);
    let log_z = log_partition(&rbm).unwrap();
    let free = to_f64(rbm.free_energy(states(8)));
    let expected: f64 = free.iter().map(|f| (-f - log_z).exp() * f).sum();
    let square: f64 = free.iter().map(|f| (-f - log_z).exp() * f * f).sum();
    let data = matrix(vec![1.0; 8], 8);
    let (chains, sweeps) = (200, 400);
    let base = plain_base(&rbm);
    let run = Mixing::measure(&rbm, &base, data, chains, sweeps, 5, &mut |_, _| ());
    let (mixing, ends) = run.unwrap();
    assert_eq!(ends.dims(), [chains, 8]);
    // The second half of each chain is worth sweeps/2τ draws.
    let draws = (chains * sweeps / 2) as f64 / mixing.autocorrelation_time;
    let error = ((square - expected * expected) / draws).sqrt();
    for (side, found) in [("data", mixing.from_data), ("base", mixing.from_base)] {
        let z = (found - expected) / error;
        assert!(
            z.abs() < 4.5,
            "{side}: {found} against {expected}, {z} sigma"
        );
    }
    assert!(error < 0.05 && mixing.agrees() && mixing.is_long_enough());
    assert!(
        (1.0..20.0).contains(&mixing.autocorrelation_time),
        "{mixing:?}"
    );
}

/// Over draws of the hidden states at one row, against their distribution.
#[test]
fn reconstructions_have_the_expected_error() {
    for rbm in [binary(5, 4, 1.2), real(5, 4, 0.6)] {
        let row = vec![1.0, 0.0, 1.0, 1.0, 0.0];
        let one = matrix(row.clone(), 5);
        let p = to_f64(rbm.hidden_mean(one.clone()));
        let hidden = states(4);
        let on = to_f64(hidden.clone());
        let weights: Vec<f64> = on
            .chunks(4)
            .map(|h| {
                let terms = h.iter().zip(&p).map(|(h, p)| h * p + (1.0 - h) * (1.0 - p));
                terms.product()
            })
            .collect();
        let means = to_f64(rbm.visible.mean(rbm.visible_inputs(hidden)));
        let error = |m: &[f64]| {
            m.iter()
                .zip(&row)
                .map(|(m, v)| (m - v).powi(2))
                .sum::<f64>()
        };
        let entropy = |m: &[f64]| {
            let terms = m.iter().zip(&row);
            terms
                .map(|(m, v)| -(v * m + (1.0 - v) * (1.0 - m)).ln())
                .sum::<f64>()
        };
        let expected = |of: &dyn Fn(&[f64]) -> f64| -> f64 {
            means.chunks(5).zip(&weights).map(|(m, w)| w * of(m)).sum()
        };
        let many = one.repeat_dim(0, 20_000);
        let found = Reconstruction::new(&rbm, many, &mut Noise::new(3));
        let z = (found.squared_error - expected(&error)) / found.standard_error;
        assert!(z.abs() < 4.5, "{z} sigma");
        if let Some(cross_entropy) = found.cross_entropy {
            let truth = expected(&entropy);
            let square = expected(&|m| entropy(m).powi(2));
            let z = (cross_entropy - truth) / ((square - truth * truth) / 20_000.0).sqrt();
            assert!(z.abs() < 4.5, "{z} sigma");
        }
    }
}

/// The gap is the difference of the exact log-likelihoods.
#[test]
fn a_free_energy_gap_is_a_difference_of_likelihoods() {
    let rbm = binary(8, 6, 1.0);
    let (training, held_out) = (exact_draws(&rbm, 70, 1), exact_draws(&rbm, 50, 2));
    let likelihood = |rows| rbm_model::exact::log_likelihood(&rbm, rows).unwrap();
    let expected = likelihood(training.clone()) - likelihood(held_out.clone());
    let gap = FreeEnergyGap::new(&rbm, training, held_out);
    assert!((gap.value - expected).abs() < 1e-12, "{gap:?} {expected}");
    assert!(gap.standard_error > 0.05 && gap.standard_error < 1.0);
}
