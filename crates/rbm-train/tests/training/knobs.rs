//! Every setting does something, and what it says.

use burn::tensor::{Device, Tensor};
use rbm_data::{Batches, Binarisation, digits};
use rbm_model::{Noise, Rbm, RbmConfig, numerics::to_f64, units::UnitsConfig};
use rbm_train::{TrainConfig, Trainer, fit};

const BASE: &str = r#"{"algorithm": {"kind": "pcd", "k": 1}, "batch_size": 20, "epochs": 2,
    "optimizer": {"kind": "sgd", "momentum": 0.5}}"#;

fn start(seed: u64) -> Rbm {
    RbmConfig::new(64, 12).init(&mut Noise::new(seed), &Device::default())
}

fn weights_after(config: &TrainConfig) -> Vec<f64> {
    let data = digits();
    let rows: Vec<u32> = (0..100).collect();
    let batches = Batches::new(
        &data,
        &rows,
        config.batch_size,
        Binarisation::Threshold(0.5),
        config.seed,
    )
    .unwrap();
    let mut trainer = Trainer::new(config.clone(), start(1), batches.len()).unwrap();
    fit(&mut trainer, &batches, &mut [], &|| false).unwrap();
    to_f64(trainer.model().weight.val())
}

fn changed(changes: serde_json::Value) -> TrainConfig {
    let mut config: serde_json::Value = serde_json::from_str(BASE).unwrap();
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

#[test]
fn every_setting_changes_the_result() {
    let base = weights_after(&changed(serde_json::json!({})));
    assert_eq!(
        base,
        weights_after(&changed(serde_json::json!({}))),
        "a run repeats"
    );
    let changes = [
        serde_json::json!({"algorithm": {"kind": "cd", "k": 1}}),
        serde_json::json!({"algorithm": {"kind": "pcd", "k": 2}}),
        serde_json::json!({"algorithm": {"kind": "pcd", "k": [[0, 1], [1, 3]]}}),
        serde_json::json!({"algorithm": {"kind": "pcd", "k": 1, "chains": 7}}),
        serde_json::json!({"algorithm": {"kind": "exact"}}),
        serde_json::json!({"hidden_statistics": "drawn"}),
        serde_json::json!({"optimizer": {"kind": "sgd"}}),
        serde_json::json!({"optimizer": {"kind": "sgd", "momentum": [[0, 0.5], [1, 0.9]]}}),
        serde_json::json!({"optimizer": {"kind": "sgd", "momentum": [[0, 0.5], [1, 0.0]]}}),
        serde_json::json!({"optimizer": {"kind": "adam"}}),
        serde_json::json!({"optimizer": {"kind": "adam", "beta_1": 0.5}}),
        serde_json::json!({"optimizer": {"kind": "adam", "beta_2": 0.9}}),
        serde_json::json!({"learning_rate": {"kind": "constant", "rate": 0.1}}),
        serde_json::json!({"learning_rate": {"kind": "linear", "from": 0.1, "to": 0.01}}),
        serde_json::json!({"learning_rate": {"kind": "cosine", "from": 0.1, "to": 0.0}}),
        serde_json::json!({"learning_rate": {"kind": "exponential", "from": 0.1, "to": 0.001}}),
        serde_json::json!({"l1": 0.01}),
        serde_json::json!({"l2": 0.01}),
        serde_json::json!({"centring": null}),
        serde_json::json!({"centring": 0.5}),
        serde_json::json!({"batch_size": 10}),
        serde_json::json!({"epochs": 3}),
        serde_json::json!({"seed": 43}),
    ];
    let mut seen = vec![("nothing".to_owned(), base)];
    for change in changes {
        let weights = weights_after(&changed(change.clone()));
        for (other, known) in &seen {
            assert_ne!(&weights, known, "{change} gives what {other} gives");
        }
        seen.push((change.to_string(), weights));
    }
}

/// One update without noise, so that the difference is the penalty alone.
#[test]
fn penalties_shrink_the_weights_by_their_gradient() {
    let device = Device::default();
    let v = Tensor::<2>::zeros([4, 6], &device);
    let rate = 0.1;
    let rbm = RbmConfig::new(6, 3).init(&mut Noise::new(3), &device);
    let before = to_f64(rbm.weight.val());
    let step = |l1: f64, l2: f64| {
        let config = serde_json::json!({"algorithm": {"kind": "exact"}, "l1": l1, "l2": l2,
            "learning_rate": {"kind": "constant", "rate": rate}});
        let config = serde_json::from_value(config).unwrap();
        let mut trainer = Trainer::new(config, rbm.clone(), 10).unwrap();
        trainer.step(v.clone()).unwrap();
        let rbm = trainer.model();
        (to_f64(rbm.weight.val()), to_f64(rbm.visible.bias()))
    };
    let (plain, bias) = step(0.0, 0.0);
    let (l1, l2) = (0.2, 0.3);
    let (penalised, bias_penalised) = step(l1, l2);
    assert_eq!(bias, bias_penalised, "biases are not penalised");
    for ((w, plain), penalised) in before.iter().zip(&plain).zip(&penalised) {
        let expected = plain - rate * (l1 * w.signum() + l2 * w);
        assert!(
            (penalised - expected).abs() < 1e-7,
            "{penalised} {expected}"
        );
    }
}

/// CD-1 of a batch is what its formula says: `W + ε (⟨v h⟩⁺ - ⟨v h⟩⁻)`, the negative phase drawn
/// anew here with the same noise.
#[test]
fn an_update_is_the_formula() {
    use rbm_model::{objective::Clamped, sampling::Gibbs};
    let device = Device::default();
    let rbm = start(4);
    let noise = Noise::new(9);
    let v = noise
        .derive(3)
        .bernoulli(Tensor::full([50, 64], 0.4, &device));
    let config = serde_json::json!({"algorithm": {"kind": "cd", "k": 3}, "centring": null, "seed": 9,
        "learning_rate": {"kind": "constant", "rate": 0.5}});
    let mut trainer =
        Trainer::new(serde_json::from_value(config).unwrap(), rbm.clone(), 9).unwrap();
    trainer.step(v.clone()).unwrap();

    let mut noise = noise.derive(1).at_step(0); // the stream of training
    let h = Clamped::new(&rbm, v.clone()).sample_hidden(&rbm, &mut noise);
    let fantasy = Gibbs::new(3).visible_from(&rbm, h, &mut noise);
    let statistics = |v: Tensor<2>| {
        v.clone()
            .transpose()
            .matmul(rbm.hidden_mean(v))
            .mul_scalar(0.02)
    };
    let expected = rbm.weight.val() + (statistics(v) - statistics(fantasy)).mul_scalar(0.5);
    let found = to_f64(trainer.model().weight.val());
    for (found, expected) in found.iter().zip(to_f64(expected)) {
        assert!((found - expected).abs() < 2e-6, "{found} {expected}");
    }
}

#[test]
fn a_run_that_diverges_stops_at_once_and_says_where() {
    let device = Device::default();
    let rbm = RbmConfig::new(6, 3)
        .with_visible(UnitsConfig::Gaussian { learn_sigma: true })
        .init(&mut Noise::new(1), &device);
    let config = serde_json::json!({"learning_rate": {"kind": "constant", "rate": 1.0}});
    let mut trainer = Trainer::new(serde_json::from_value(config).unwrap(), rbm, 1000).unwrap();
    let huge = Tensor::<2>::full([10, 6], 1e6, &device);
    let error = (0..1000)
        .find_map(|_| trainer.step(huge.clone()).err())
        .unwrap();
    let message = error.to_string();
    assert!(message.contains("lower the learning rate"), "{message}");
    assert!(
        message.contains(&format!("update {}", error.step)),
        "{message}"
    );
    assert!(!error.value.is_finite() && error.step < 200, "{message}");
}

#[test]
#[should_panic(expected = "a batch has a column for each visible unit")]
fn a_batch_of_another_width_panics() {
    let mut trainer = Trainer::new(TrainConfig::default(), start(1), 10).unwrap();
    let _ = trainer.step(Tensor::zeros([3, 63], &Device::default()));
}

#[test]
fn a_data_set_of_another_width_or_length_is_refused() {
    let data = digits();
    let rows: Vec<u32> = (0..100).collect();
    let batches = Batches::new(&data, &rows, 20, Binarisation::None, 1).unwrap();
    let narrow = RbmConfig::new(63, 2).init(&mut Noise::new(1), &Device::default());
    let mut trainer = Trainer::new(TrainConfig::default(), narrow, 5).unwrap();
    let error = fit(&mut trainer, &batches, &mut [], &|| false).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expects 63 columns, and the data have 64"),
        "{error}"
    );
    let mut trainer = Trainer::new(TrainConfig::default(), start(1), 6).unwrap();
    let error = fit(&mut trainer, &batches, &mut [], &|| false).unwrap_err();
    assert!(error.to_string().contains("6 batches an epoch"), "{error}");
    let config = serde_json::json!({"algorithm": {"kind": "exact"}});
    let wide = RbmConfig::new(64, 64).init(&mut Noise::new(1), &Device::default());
    let mut trainer = Trainer::new(serde_json::from_value(config).unwrap(), wide, 5).unwrap();
    let error = fit(&mut trainer, &batches, &mut [], &|| false).unwrap_err();
    assert!(error.to_string().contains("at most 25"), "{error}");
}
