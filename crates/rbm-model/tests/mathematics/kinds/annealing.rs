//! Annealed importance sampling of every pair of kinds.

use burn::tensor::Device;
use rbm_model::{
    Noise, Rbm,
    exact::log_partition,
    sampling::{
        Gibbs, Kernel,
        annealing::{Annealing, LogWeights, Path, Position, Step, Totals, base_rate},
        independent_visible,
    },
};

use super::{draws, name, pairs};

const CHAINS: usize = 1000;
const STEPS: u32 = 60;

/// `log E[f_end / f_start]` by chains that go along the path.
fn weights(path: &Path, start: Position, betas: &[f64], noise: &mut Noise) -> LogWeights {
    let (mut totals, mut position) = (Totals::default(), start);
    for pair in betas.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (next, gains) = Annealing(Step { from, to }).step(path, position, noise);
        totals.add(gains);
        position = next;
    }
    LogWeights::new(totals.finish())
}

/// From the base to the model, and from draws of the model back to the base: both estimates of `log Z` are
/// within five of their standard errors of the exact one. The base is fitted to draws of other units, so it
/// has spreads of its own where the kind has spreads.
#[test]
fn annealing_covers_the_exact_partition_function_from_both_sides() {
    let device = Device::default();
    for rbm in pairs(&device) {
        let exact = log_partition(&rbm).unwrap();
        let base = base_rate(&rbm, draws(&rbm.visible, 200, 9));
        let path = Path::new(&rbm, &base).unwrap();
        let mut noise = Noise::new(6);
        let up: Vec<f64> = (0..=STEPS)
            .map(|k| f64::from(k) / f64::from(STEPS))
            .collect();
        let down: Vec<f64> = up.iter().rev().copied().collect();

        let start = path.start(CHAINS, &mut noise);
        let forward = weights(&path, start, &up, &mut noise);
        check(
            &rbm,
            "forward",
            &forward,
            path.log_base_partition() + forward.log_mean() - exact,
        );

        // Long chains of so small a model are draws of it.
        let kernel = Gibbs::new(1);
        let start = independent_visible(&rbm, CHAINS, &mut noise);
        let start = kernel.init(&rbm, start, &mut noise);
        let start = path.place(kernel.visible_after(&rbm, start, 60, &mut noise));
        let reverse = weights(&path, start, &down, &mut noise);
        check(
            &rbm,
            "reverse",
            &reverse,
            path.log_base_partition() - reverse.log_mean() - exact,
        );
    }
}

fn check(rbm: &Rbm, side: &str, weights: &LogWeights, off: f64) {
    let error = weights.standard_error();
    let what = format!("{}, {side}", name(rbm));
    assert!(
        error > 1e-6 && error < 0.2,
        "{what}: a standard error of {error}"
    );
    assert!(
        off.abs() < 5.0 * error,
        "{what}: off by {off}, standard error {error}"
    );
}

/// Half way along the path the model is `Rbm::anneal`: its `log Z` is between the ends as the path has it.
#[test]
fn the_model_half_way_has_the_partition_function_of_the_path() {
    let device = Device::default();
    for rbm in pairs(&device) {
        let base = rbm.visible.clone();
        let half = rbm.anneal(&base, 0.5);
        // With the model's own units as base nothing of theirs moves, and no constant is lost.
        let expected = log_partition(&half).unwrap();
        let path = Path::new(&rbm, &base).unwrap();
        let betas: Vec<f64> = (0..=STEPS)
            .map(|k| 0.5 * f64::from(k) / f64::from(STEPS))
            .collect();
        let mut noise = Noise::new(8);
        let start = path.start(CHAINS, &mut noise);
        let found = weights(&path, start, &betas, &mut noise);
        check(
            &rbm,
            "half",
            &found,
            path.log_base_partition() + found.log_mean() - expected,
        );
    }
}
