//! Annealing forward.

use rbm_eval::{Ais, AnnealingSchedule};
use rbm_model::{Rbm, exact::log_partition};

use crate::fixture::{ais, binary, moments, plain_base, real};

/// Models with errors of a few tenths of a nat in a short run.
fn models() -> [(&'static str, Rbm); 2] {
    [
        ("Bernoulli", binary(8, 6, 1.2)),
        ("Gaussian", real(5, 4, 0.6)),
    ]
}

/// `E[w] = Z/Z₀` at any length of the schedule: over all the chains of many runs the mean of `w/Z`
/// is one. The weights vary by factors here, so a bias of a few per cent would show.
#[test]
fn weights_are_unbiased() {
    for (name, rbm) in models() {
        let (base, truth) = (plain_base(&rbm), log_partition(&rbm).unwrap());
        for (steps, chains) in [(1, 40_000), (3, 40_000), (20, 20_000)] {
            let run = ais(steps, chains, 7)
                .run(&rbm, &base, &mut |_, _| ())
                .unwrap();
            let ratio = |w: &f64| (run.log_base_partition + w - truth).exp();
            let ratios: Vec<f64> = run.log_weights.as_slice().iter().map(ratio).collect();
            let (mean, error) = moments(&ratios);
            let z = (mean - 1.0) / error;
            assert!(z.abs() < 4.5, "{name}, {steps} steps: {mean}, {z} sigma");
            assert!(error < 0.05, "{name}, {steps} steps: no power, {error}");
        }
    }
}

/// Over 200 runs: a 95 % interval holds the truth in 90 to 99 %, the value lies below the truth on
/// average (a lower bound), and the standard error is the spread of the values.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    for (name, rbm) in models() {
        let (base, truth) = (plain_base(&rbm), log_partition(&rbm).unwrap());
        for (steps, chains) in [(5, 40), (30, 20), (100, 100)] {
            let runs: Vec<_> = (0..200)
                .map(|seed| {
                    let ais = ais(steps, chains, 1000 + seed);
                    ais.run(&rbm, &base, &mut |_, _| ()).unwrap()
                })
                .collect();
            let held = runs.iter().filter(|run| {
                let interval = run.log_partition;
                interval.low <= truth && truth <= interval.high
            });
            let held = held.count();
            let what = format!("{name}, {steps} steps of {chains} chains");
            assert!((180..=198).contains(&held), "{what}: {held} of 200");

            let values: Vec<f64> = runs.iter().map(|run| run.log_partition.value).collect();
            let (mean, error) = moments(&values);
            assert!(mean < truth + 4.5 * error, "{what}: {mean} above {truth}");
            let spread = error * 200f64.sqrt();
            let stated = runs
                .iter()
                .map(|run| run.standard_error.powi(2))
                .sum::<f64>()
                / 200.0;
            // The larger of two errors is stated, so it may exceed the spread, not fall short.
            let ratio = stated.sqrt() / spread;
            assert!((0.75..1.6).contains(&ratio), "{what}: error ratio {ratio}");
        }
    }
}

/// Long and narrow, short and wide, adaptive: each meets the truth within its error.
#[test]
fn many_ways_to_the_same_number() {
    for (name, rbm) in models() {
        let (base, truth) = (plain_base(&rbm), log_partition(&rbm).unwrap());
        for (schedule, chains) in [
            (AnnealingSchedule::Linear { steps: 4000 }, 10),
            (AnnealingSchedule::Linear { steps: 10 }, 4000),
            (AnnealingSchedule::Adaptive { target: 1e-3 }, 200),
            (AnnealingSchedule::SalakhutdinovMurray, 10),
        ] {
            let ais = Ais {
                schedule: schedule.clone(),
                chains,
                seed: 11,
                ..Ais::default()
            };
            let run = ais.run(&rbm, &base, &mut |_, _| ()).unwrap();
            let z = (run.log_partition.value - truth) / run.standard_error;
            assert!(z.abs() < 4.5, "{name}, {schedule}: {z} sigma");
            assert!(
                run.standard_error < 0.1,
                "{name}, {schedule}: {}",
                run.standard_error
            );
        }
    }
}

/// The variance of log w is what an adaptive schedule aims at: its target a step.
#[test]
fn an_adaptive_schedule_keeps_its_promise() {
    let rbm = binary(8, 6, 1.2);
    let base = plain_base(&rbm);
    for target in [1e-2, 1e-3] {
        let ais = Ais {
            schedule: AnnealingSchedule::Adaptive { target },
            chains: 2000,
            seed: 4,
            ..Ais::default()
        };
        let run = ais.run(&rbm, &base, &mut |_, _| ()).unwrap();
        let per_step = run.log_weight_variance / run.betas as f64;
        // Successive steps of a chain are correlated, which adds to the sum of the variances.
        assert!(
            (0.7..3.0).contains(&(per_step / target)),
            "{per_step} against {target}"
        );
    }
}
