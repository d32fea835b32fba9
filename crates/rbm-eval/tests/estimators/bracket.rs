//! Annealing back, and both directions together.

use rbm_eval::{Ais, Bar, Bracket, Origin};
use rbm_model::exact::log_partition;

use crate::fixture::{ais, binary, exact_draws, moments, plain_base, real};

/// From exact draws of the model: `E[1/w] = Z₀/Z`, and in expectation forward ≤ exact ≤ reverse,
/// significantly so in short runs, with BAR in between and closer than either.
#[test]
fn forward_and_reverse_bracket_the_truth_and_bar_is_closest() {
    for (name, rbm) in [
        ("Bernoulli", binary(8, 6, 1.2)),
        ("Gaussian", real(5, 4, 0.7)),
    ] {
        let (base, truth) = (plain_base(&rbm), log_partition(&rbm).unwrap());
        let (steps, chains) = (2, 12);
        let (mut below, mut above, mut between) = (vec![], vec![], vec![]);
        let (mut inverse, mut bars_stated) = (vec![], 0.0);
        let mut ordered = 0;
        for seed in 0..400 {
            let ais = ais(steps, chains, 500 + seed);
            let forward = ais.run(&rbm, &base, &mut |_, _| ()).unwrap();
            let start = exact_draws(&rbm, chains, seed);
            let origin = Origin::Model;
            let reverse = ais.run_reverse(&rbm, &base, start, origin, &mut |_, _| ());
            let reverse = reverse.unwrap();
            let log_base = forward.log_base_partition;
            let bar = Bar::new(&forward.log_weights, &reverse.log_weights);
            below.push(forward.log_partition.value - truth);
            above.push(reverse.log_partition.value - truth);
            between.push(log_base + bar.log_ratio - truth);
            bars_stated += bar.standard_error.powi(2) / 400.0;
            let ratio = |w: &f64| (truth - log_base - w).exp();
            inverse.extend(reverse.log_weights.as_slice().iter().map(ratio));
            let bracket = Bracket::new(&forward, &reverse);
            ordered +=
                usize::from(bracket.ordered && bracket.low <= truth && truth <= bracket.high);
        }
        let (mean, error) = moments(&inverse);
        let z = (mean - 1.0) / error;
        assert!(
            z.abs() < 4.5 && error < 0.05,
            "{name}: E[1/w] Z/Z₀ = {mean}, {z} sigma"
        );

        let z = |errors: &[f64]| {
            let (mean, error) = moments(errors);
            mean / error
        };
        assert!(
            z(&below) < -2.0 && z(&above) > 2.0,
            "{name}: {} {}",
            z(&below),
            z(&above)
        );
        assert!(
            z(&between).abs() < 4.5,
            "{name}: BAR is off by {} sigma",
            z(&between)
        );
        let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let (forward, reverse, both) = (square(&below), square(&above), square(&between));
        assert!(
            both < 0.8 * forward.min(reverse),
            "{name}: {both} {forward} {reverse}"
        );
        assert!(
            (0.5..2.0).contains(&(bars_stated / both)),
            "{name}: {bars_stated} {both}"
        );
        // Each end misses with probability 2.5 % at most, so both hold in 95 % of the runs or more. Their
        // number is binomial, and this is 4.5 of its standard deviations below that.
        let (runs, coverage) = (400.0, Ais::default().confidence);
        let least = runs * coverage - 4.5 * f64::sqrt(runs * coverage * (1.0 - coverage));
        assert!(
            ordered as f64 >= least,
            "{name}: {ordered} of {runs} brackets hold the truth, fewer than {least:.0}"
        );
    }
}

/// The burn-in is what makes states draws of the model: without it the reverse side is wrong by
/// many sigma, with it it is not.
#[test]
fn burn_in_makes_any_start_a_draw_of_the_model() {
    let rbm = binary(8, 6, 0.8);
    let (base, truth) = (plain_base(&rbm), log_partition(&rbm).unwrap());
    let start = || crate::fixture::matrix(vec![1.0; 8 * 4000], 8);
    let run = |origin| {
        let ais = ais(40, 2, 3);
        let found = ais
            .run_reverse(&rbm, &base, start(), origin, &mut |_, _| ())
            .unwrap();
        assert_eq!((found.chains, found.origin), (4000, origin));
        (found.log_partition.value - truth) / found.standard_error
    };
    let cold = run(Origin::Model);
    let warm = run(Origin::Chains { burn_in: 50 });
    assert!(cold.abs() > 10.0, "{cold} sigma");
    assert!(warm.abs() < 4.5, "{warm} sigma");
}
