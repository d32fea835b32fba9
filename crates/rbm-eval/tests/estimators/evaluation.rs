//! One call for everything.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use rbm_eval::{
    AnnealingSchedule, EvalError, Evaluation, EvaluationConfig, EvaluationData, Method,
    PseudoLogLikelihood, Stage, evaluate,
};
use rbm_model::{Noise, Rbm, RbmConfig, exact::log_likelihood};

use crate::fixture::{ais, binary, exact_draws, real};

fn config(method: Method) -> EvaluationConfig {
    EvaluationConfig {
        method,
        ais: ais(200, 100, 3),
        reverse: true,
        burn_in: 400,
    }
}

/// Every method that claims the log-likelihood has it, for binary and for real units; the bracket
/// of a model that mixes closes and is believed.
#[test]
fn all_methods_agree_on_a_model_that_mixes() {
    for rbm in [binary(10, 6, 0.7), real(6, 5, 0.4)] {
        let data =
            EvaluationData::new(exact_draws(&rbm, 300, 1)).with_training(exact_draws(&rbm, 300, 2));
        let truth = log_likelihood(&rbm, data.rows.clone()).unwrap();
        for method in [Method::Auto, Method::Exact] {
            let found = evaluate(&rbm, &data, &config(method), &mut |_| ()).unwrap();
            assert_eq!(found.method, Method::Exact);
            assert!((found.log_likelihood.value - truth).abs() < 1e-10);
            assert_eq!(found.log_likelihood.low, found.log_likelihood.high);
            assert!(found.verdict.trustworthy && found.verdict.overfits == Some(false));
        }
        for schedule in ["linear:200", "adaptive:0.001"] {
            let mut config = config(Method::Ais);
            config.ais.schedule = schedule.parse().unwrap();
            let mut stages = Vec::new();
            let found = evaluate(&rbm, &data, &config, &mut |progress| {
                assert!(progress.done <= progress.total);
                if stages.last() != Some(&progress.stage) {
                    stages.push(progress.stage);
                }
            })
            .unwrap();
            let adaptive = matches!(config.ais.schedule, AnnealingSchedule::Adaptive { .. });
            let expected = [Stage::Pilot, Stage::Forward, Stage::BurnIn, Stage::Reverse];
            assert_eq!(stages, expected[usize::from(!adaptive)..]);
            let z = found.log_partition.unwrap();
            let off = found.log_likelihood.value - truth;
            assert!(off.abs() < 4.5 * z.standard_error, "{off} {z:?}");
            let l = found.log_likelihood;
            assert!(l.low <= truth && truth <= l.high, "{l:?} {truth}");
            assert!(found.verdict.trustworthy, "{}", found.verdict);
            assert_eq!(found.verdict.chains_mix, Some(true), "{}", found.verdict);
            assert_eq!((found.chains, found.forward.is_some()), (Some(100), true));
        }
    }
}

/// A model that is being trained, on a device with autodiff, is measured as it is: same numbers, and
/// no tape.
#[test]
fn a_model_with_autodiff_is_measured_without_it() {
    let plain = RbmConfig::new(9, 5).init(&mut Noise::new(1), &Device::default());
    let taped = plain.clone().train();
    assert!(taped.device().is_autodiff());
    let rows = Noise::new(2).bernoulli(Tensor::full([40, 9], 0.4, &Device::default()));
    for method in [Method::Exact, Method::Ais, Method::Pseudo] {
        let measure = |rbm: &Rbm, device: &Device| {
            let data =
                EvaluationData::new(rows.clone().to_device(device)).with_training(rows.clone());
            evaluate(rbm, &data, &config(method), &mut |_| ()).unwrap()
        };
        let expected = measure(&plain, &plain.device());
        for device in [plain.device(), taped.device()] {
            let found = measure(&taped, &device);
            assert_eq!(found.log_likelihood, expected.log_likelihood, "{method}");
        }
    }
}

#[test]
fn one_side_alone_is_not_reliable() {
    let rbm = binary(10, 6, 0.7);
    let data = EvaluationData::new(exact_draws(&rbm, 100, 1));
    let mut config = config(Method::Ais);
    config.reverse = false;
    let found = evaluate(&rbm, &data, &config, &mut |_| ()).unwrap();
    assert!(!found.verdict.trustworthy && found.reverse.is_none());
    assert!(found.verdict.to_string().contains("Run the reverse side"));
}

#[test]
fn a_pseudo_likelihood_is_called_one() {
    let rbm = binary(10, 6, 0.7);
    let rows = exact_draws(&rbm, 100, 1);
    let found = evaluate(
        &rbm,
        &EvaluationData::new(rows.clone()),
        &config(Method::Pseudo),
        &mut |_| (),
    );
    let found = found.unwrap();
    let expected = PseudoLogLikelihood::exact(&rbm, rows).unwrap();
    assert_eq!(found.log_likelihood.value, expected.mean);
    assert!(found.log_partition.is_none() && !found.verdict.trustworthy);
    assert!(found.verdict.to_string().contains("no likelihood"));
}

/// Training data that the model was made of, and held-out data that are noise to it.
#[test]
fn overfitting_shows_in_the_free_energies() {
    let rbm = binary(10, 6, 2.5);
    let data = EvaluationData::new(exact_draws(&binary(10, 6, 0.0), 400, 1))
        .with_training(exact_draws(&rbm, 400, 2));
    let found = evaluate(&rbm, &data, &config(Method::Exact), &mut |_| ()).unwrap();
    assert_eq!(found.verdict.overfits, Some(true), "{}", found.verdict);
    assert!(found.verdict.to_string().contains("overfits"));
}

#[test]
fn json_holds_what_the_command_line_promises() {
    let rbm = binary(8, 5, 0.7);
    let data = EvaluationData::new(exact_draws(&rbm, 50, 1));
    let found = evaluate(&rbm, &data, &config(Method::Ais), &mut |_| ()).unwrap();
    let json = serde_json::to_value(&found).unwrap();
    for field in [
        "/method",
        "/log_partition/value",
        "/log_partition/standard_error",
        "/log_partition/low",
        "/log_partition/high",
        "/log_likelihood/value",
        "/log_likelihood/low",
        "/log_likelihood/high",
        "/ess",
        "/chains",
        "/betas",
        "/log_weight_variance",
        "/verdict/trustworthy",
        "/seconds",
    ] {
        assert!(json.pointer(field).is_some_and(|x| !x.is_null()), "{field}");
    }
    let text = serde_json::to_string(&found).unwrap();
    let back: Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!((back.method, back.chains), (Method::Ais, Some(100)));
    let config: EvaluationConfig = serde_json::from_str(r#"{"method": "ais"}"#).unwrap();
    // What the command does where nothing is said.
    assert_eq!(config.ais.chains, 1000);
    assert_eq!(
        config.ais.schedule,
        AnnealingSchedule::Linear { steps: 5000 }
    );
    assert!(serde_json::from_str::<EvaluationConfig>(r#"{"metod": "ais"}"#).is_err());
}

#[test]
fn data_that_do_not_fit_are_refused() {
    let rbm = binary(8, 5, 0.7);
    let rows = exact_draws(&binary(7, 5, 0.7), 10, 1);
    let error = evaluate(
        &rbm,
        &EvaluationData::new(rows.clone()),
        &config(Method::Auto),
        &mut |_| (),
    );
    let (what, expected, found) = ("the data", 8, 7);
    let width = EvalError::Width {
        what,
        expected,
        found,
    };
    assert_eq!(error.unwrap_err(), width);
    let mut config = config(Method::Ais);
    config.burn_in = 3;
    let data = EvaluationData::new(exact_draws(&rbm, 10, 1));
    let error = evaluate(&rbm, &data, &config, &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, EvalError::TooFewRows { found: 3, .. }),
        "{error}"
    );
}
