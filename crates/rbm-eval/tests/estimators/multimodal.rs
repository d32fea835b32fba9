//! Models with modes far apart: where annealing goes wrong, and what says so.

use burn::tensor::{Device, Tensor};
use rbm_eval::{
    Ais, AnnealingSchedule, Bracket, EvaluationConfig, EvaluationData, Method, Mixing, Origin,
    evaluate,
};
use rbm_model::{Rbm, exact::log_partition};

use crate::fixture::{ais, bernoulli, matrix};

/// Two modes: all units off, and all on, the second `gain` nats heavier. The hidden units switch
/// together with the visible ones, and half-way states are improbable at `beta = 1`.
fn two_modes(visible: usize, hidden: usize, gain: f64) -> Rbm {
    let (v, h) = (visible as f64, hidden as f64);
    // E(all on) - E(all off) = V·b + H·c + V·H·w = gain, with b and c so low that neither layer
    // can switch on alone.
    let (b, c) = (-3.0, -6.0);
    let w = (gain - v * b - h * c) / (v * h);
    Rbm::from_parts(
        bernoulli(vec![b; visible]),
        bernoulli(vec![c; hidden]),
        matrix(vec![w; visible * hidden], hidden),
    )
}

/// The known case: the value looks fine, with nearly equal weights, and misses the mode that
/// holds the mass. The reverse chains, and the chains from data, sit in that mode.
#[test]
fn a_confidently_wrong_value_is_caught() {
    let rbm = two_modes(20, 12, 8.0);
    let truth = log_partition(&rbm).unwrap();
    let data = Tensor::ones([50, 20], &Device::default());
    let base = bernoulli(vec![-3.0; 20]);
    let config = Ais {
        schedule: AnnealingSchedule::Linear { steps: 1000 },
        chains: 100,
        seed: 2,
        ..Ais::default()
    };
    let forward = config.run(&rbm, &base, &mut |_, _| ()).unwrap();
    // Fine by every number of its own ..
    assert!(forward.effective_sample_size > 90.0 && forward.standard_error < 0.05);
    // .. and wrong by nats, all in the direction that flatters the model.
    assert!(
        forward.log_partition.high < truth - 5.0,
        "{forward:?} {truth}"
    );

    let (mixing, ends) = Mixing::measure(&rbm, &base, data, 100, 200, 1, &mut |_, _| ()).unwrap();
    assert!(!mixing.agrees(), "{mixing:?}");
    let origin = Origin::Data { burn_in: 200 };
    let reverse = config
        .run_reverse(&rbm, &base, ends, origin, &mut |_, _| ())
        .unwrap();
    let bracket = Bracket::new(&forward, &reverse);
    assert!(
        bracket.ordered && bracket.low < truth && truth < bracket.high,
        "{bracket:?}"
    );
    let verdict = rbm_eval::Verdict::new(&rbm_eval::Evidence {
        forward: Some(&forward),
        bracket: Some(bracket),
        mixing: Some(mixing),
        num_visible: 20,
        ..rbm_eval::Evidence::default()
    });
    assert!(!verdict.trustworthy && verdict.enough_chains == Some(true));
    assert_eq!(
        (verdict.bracket_closes, verdict.chains_mix),
        (Some(false), Some(false))
    );
    let text = verdict.to_string();
    assert!(
        text.contains("stays open") && text.contains("still apart"),
        "{text}"
    );
}

/// `patterns` regions of units that are on together: states of 12 units each. A pattern holds `gain`
/// nats more than all the disordered states together, but to reach it from those nearly all of its
/// units have to be on by chance, and all others off.
fn patterns(patterns: usize, units: usize, gain: f64) -> Rbm {
    let (size, hidden, w) = (12, 6, 4.0);
    let free = units as f64 * 2f64.ln();
    let c = (gain + free) / 6.0 - w * 12.0;
    let sign = |i: usize, j: usize| if i / size == j / hidden { w } else { -w };
    let all = patterns * hidden;
    let weight = (0..units).flat_map(|i| (0..all).map(move |j| sign(i, j)));
    Rbm::from_parts(
        bernoulli(vec![0.0; units]),
        bernoulli(vec![c; all]),
        matrix(weight.collect(), all),
    )
}

/// Rows that are pattern 0, pattern 1, .. in turn.
fn pattern_rows(patterns: usize, units: usize, rows: usize) -> Tensor<2> {
    let unit = |row: usize, i: usize| f64::from(u8::from(i / 12 == row % patterns));
    let all = (0..rows).flat_map(|row| (0..units).map(move |i| unit(row, i)));
    matrix(all.collect(), units)
}

/// A model that has learned patterns which its data alternate between, so that no base of
/// independent units is near any of them: as after CD-1, forward annealing stays in the disordered
/// states, all of its chains alike.
#[test]
fn an_evaluation_sees_learned_patterns_that_annealing_misses() {
    let rbm = patterns(2, 24, 8.0);
    let truth = log_partition(&rbm).unwrap();
    let data = EvaluationData::new(pattern_rows(2, 24, 60));
    let mut config = EvaluationConfig {
        method: Method::Ais,
        ais: ais(500, 100, 1),
        reverse: false,
        burn_in: 200,
    };
    let naive = evaluate(&rbm, &data, &config, &mut |_| ()).unwrap();
    let forward = naive.forward.unwrap();
    assert!(forward.effective_sample_size > 90.0 && forward.standard_error < 0.05);
    assert!(forward.log_partition.high < truth - 5.0, "{truth}");

    config.reverse = true;
    let found = evaluate(&rbm, &data, &config, &mut |_| ()).unwrap();
    let z = found.log_partition.unwrap();
    assert!(z.low < truth && truth < z.high, "{z:?} {truth}");
    let verdict = found.verdict;
    assert!(!verdict.trustworthy && verdict.enough_chains == Some(true));
    assert_eq!(
        (verdict.bracket_closes, verdict.chains_mix),
        (Some(false), Some(false)),
        "{verdict}"
    );
}

/// One pattern: from a uniform base a short run is wrong by many nats, from the base rates of the
/// data it is not.
#[test]
fn the_base_rates_of_the_data_save_a_short_run() {
    let rbm = patterns(1, 24, 8.0);
    let truth = log_partition(&rbm).unwrap();
    let fitted = rbm_eval::base_rate(&rbm, pattern_rows(1, 24, 100));
    let uniform = bernoulli(vec![0.0; 24]);
    let off = |base| {
        let run = ais(100, 100, 3).run(&rbm, base, &mut |_, _| ()).unwrap();
        run.log_partition.value - truth
    };
    let (uniform, fitted) = (off(&uniform), off(&fitted));
    assert!(uniform < -5.0, "uniform base: {uniform} nats");
    assert!(fitted.abs() < 0.1, "base of the data: {fitted} nats");
}
