//! Models with a label beside their visible units.

use burn::tensor::Tensor;
use rbm_eval::{
    Bracket, EvalError, EvaluationConfig, EvaluationData, Method, Origin, PseudoLogLikelihood,
    Reconstruction, base_rate, evaluate,
};
use rbm_model::{
    Noise, Rbm,
    exact::{log_likelihood, log_partition},
    numerics::to_f64,
    units::{Labelled, UnitLayer, Units},
};

use crate::fixture::{ais, binary, vector};

/// Three features and a label of four classes; with the label hidden in the mirror.
fn labelled() -> Rbm {
    let plain = binary(7, 5, 1.2);
    let bias = to_f64(plain.visible.bias());
    let visible = Units::Labelled(Labelled::from_bias(vector(bias), 4));
    Rbm::from_parts(visible, plain.hidden.clone(), plain.weight.val())
}

fn all_states(units: &Units) -> Tensor<2> {
    units.states(0..units.num_states().unwrap())
}

/// Forward within its error, and the bracket around the truth, with the label on either side.
#[test]
fn annealing_brackets_log_z() {
    for rbm in [labelled(), labelled().mirror()] {
        let base = base_rate(&rbm, all_states(&rbm.visible));
        let expected = log_partition(&rbm).unwrap();
        let ais = ais(300, 400, 3);
        let forward = ais.run(&rbm, &base, &mut |_, _| ()).unwrap();
        let z = (forward.log_partition.value - expected) / forward.standard_error;
        assert!(z.abs() < 4.5, "{z} sigma from {expected}");
        let start = all_states(&rbm.visible).repeat_dim(0, 20);
        let origin = Origin::Chains { burn_in: 200 };
        let reverse = ais.run_reverse(&rbm, &base, start, origin, &mut |_, _| ());
        let bracket = Bracket::new(&forward, &reverse.unwrap());
        assert!((bracket.best - expected).abs() < 4.5 * bracket.standard_error.max(1e-3));
        assert!(bracket.gap() < 0.5);
    }
}

#[test]
fn an_evaluation_sums_or_anneals() {
    let rbm = labelled();
    let rows = all_states(&rbm.visible);
    let data = EvaluationData::new(rows.clone());
    let mut config = EvaluationConfig::default();
    let expected = log_likelihood(&rbm, rows).unwrap();
    let found = evaluate(&rbm, &data, &config, &mut |_| ()).unwrap();
    assert_eq!(found.method, Method::Exact);
    assert!((found.log_likelihood.value - expected).abs() < 1e-10);
    config.method = Method::Ais;
    config.ais = ais(300, 400, 1);
    let found = evaluate(&rbm, &data, &config, &mut |_| ()).unwrap();
    let error = found.log_partition.unwrap().standard_error;
    assert!((found.log_likelihood.value - expected).abs() < 4.5 * error);
}

/// `-log p(v | h)` at the hidden states that were drawn, normalised by hand.
#[test]
fn reconstruction_knows_that_labels_compete() {
    let rbm = labelled();
    let rows = all_states(&rbm.visible);
    let found = Reconstruction::new(&rbm, rows.clone(), &mut Noise::new(6));
    let hidden = rbm.sample_hidden(rows.clone(), &mut Noise::new(6));
    let inputs = rbm.visible_inputs(hidden);
    let weights = |v: Tensor<2>| {
        let linear = (v.clone() * inputs.clone()).sum_dim(1).squeeze_dim::<1>(1);
        to_f64(linear - rbm.visible.energy(v))
    };
    let (own, n) = (weights(rows.clone()), rows.dims()[0]);
    let mut total = vec![0.0; n];
    for state in 0..n {
        let same = rows.clone().narrow(0, state, 1).repeat_dim(0, n);
        for (total, w) in total.iter_mut().zip(weights(same)) {
            *total += w.exp();
        }
    }
    let terms = own.iter().zip(&total).map(|(w, total)| total.ln() - w);
    let expected = terms.sum::<f64>() / n as f64;
    let cross_entropy = found.cross_entropy.unwrap();
    assert!(
        (cross_entropy - expected).abs() < 1e-10,
        "{cross_entropy} {expected}"
    );
}

#[test]
fn what_has_no_meaning_for_a_label_is_refused() {
    let rbm = labelled();
    let error = PseudoLogLikelihood::exact(&rbm, all_states(&rbm.visible)).unwrap_err();
    assert!(
        error.to_string().contains("labelled visible units"),
        "{error}"
    );
    let other = Units::Labelled(Labelled::from_bias(rbm.visible.bias(), 3));
    let error = ais(10, 10, 1)
        .run(&rbm, &other, &mut |_, _| ())
        .unwrap_err();
    let expected = EvalError::Width {
        what: "the label of the base",
        expected: 4,
        found: 3,
    };
    assert_eq!(error, expected);
}
