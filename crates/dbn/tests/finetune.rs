//! Tuning by Burn's learner: what it changes, when it stops, and how it goes on.

use burn::module::Module;
use burn::tensor::Device;
use dbn::{
    Autoencoder, DataRows, Dbn, DbnClassifier, DbnError, Finetune, FinetuneConfig, Finetuned,
    Regularisation,
};
use rbm_data::{Batches, Binarisation, Dataset, Values, digits};
use rbm_model::{Noise, RbmConfig, numerics::to_f64, units::UnitsConfig};
use rbm_train::{Ending, LearningRate, OptimizerConfig, Schedule};

fn rows(range: std::ops::Range<u32>) -> DataRows {
    DataRows::new(digits(), range.collect(), Binarisation::None).unwrap()
}

fn network() -> DbnClassifier {
    DbnClassifier::random(&[64, 20, 15], 10, &mut Noise::new(1), &Device::default()).unwrap()
}

fn autoencoder() -> Autoencoder {
    let mut noise = Noise::new(2);
    let mut layer =
        |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &Device::default());
    Autoencoder::from_dbn(&Dbn::new(vec![layer(64, 20), layer(20, 10)]).unwrap()).unwrap()
}

fn config() -> FinetuneConfig {
    FinetuneConfig {
        epochs: 2,
        batch_size: 50,
        optimizer: OptimizerConfig::Sgd {
            momentum: Schedule::Constant(0.9),
        },
        learning_rate: LearningRate::Linear { from: 0.1, to: 0.0 },
        ..FinetuneConfig::default()
    }
}

fn weights<M: Module>(network: &M) -> Vec<f64> {
    struct All(Vec<f64>);
    impl burn::module::ModuleVisitor for All {
        fn visit_float<const D: usize>(
            &mut self,
            param: &burn::module::Param<burn::tensor::Tensor<D>>,
        ) {
            self.0.extend(to_f64(param.val()));
        }
    }
    let mut all = All(Vec::new());
    network.visit(&mut all);
    all.0
}

fn tuned(config: FinetuneConfig) -> Finetuned<DbnClassifier> {
    let run = Finetune::new(config).unwrap();
    run.classifier(network(), &rows(0..200)).unwrap()
}

#[test]
fn every_option_changes_the_network_and_nothing_else_does() {
    let base = weights(&tuned(config()).model);
    assert_eq!(base, weights(&tuned(config()).model));
    let regularisation = Regularisation::default();
    let with = |regularisation| FinetuneConfig {
        regularisation,
        ..config()
    };
    let momentum = |momentum| OptimizerConfig::Sgd {
        momentum: Schedule::Constant(momentum),
    };
    let changed = [
        FinetuneConfig {
            epochs: 3,
            ..config()
        },
        FinetuneConfig {
            batch_size: 40,
            ..config()
        },
        FinetuneConfig {
            seed: 1,
            ..config()
        },
        FinetuneConfig {
            optimizer: momentum(0.5),
            ..config()
        },
        FinetuneConfig {
            optimizer: OptimizerConfig::Adam {
                beta_1: 0.9,
                beta_2: 0.999,
            },
            ..config()
        },
        FinetuneConfig {
            learning_rate: LearningRate::Constant { rate: 0.1 },
            ..config()
        },
        with(Regularisation {
            input_dropout: 0.2,
            ..regularisation
        }),
        with(Regularisation {
            hidden_dropout: 0.5,
            ..regularisation
        }),
        with(Regularisation {
            max_norm: Some(3.0),
            ..regularisation
        }),
        with(Regularisation {
            l2: 0.01,
            ..regularisation
        }),
        FinetuneConfig {
            frozen: true,
            ..config()
        },
    ];
    let mut all = vec![base];
    for config in changed {
        let found = weights(&tuned(config.clone()).model);
        assert!(found.iter().all(|w| w.is_finite()));
        assert!(!all.contains(&found), "{config:?}");
        all.push(found);
    }
}

#[test]
fn no_hidden_unit_has_longer_weights_than_the_limit() {
    let limit = 2.5;
    let config = FinetuneConfig {
        regularisation: Regularisation {
            max_norm: Some(limit),
            ..Regularisation::default()
        },
        ..config()
    };
    let norms = |network: &DbnClassifier| -> Vec<f64> {
        let layers = network.hidden.iter();
        layers
            .flat_map(|layer| to_f64(layer.linear.weight.val().square().sum_dim(0).sqrt()))
            .collect()
    };
    assert!(norms(&network()).iter().any(|&norm| norm > 2.0 * limit));
    let network = tuned(config).model;
    let norms = norms(&network);
    assert!(
        norms.iter().all(|&norm| norm <= limit * (1.0 + 1e-6)),
        "{norms:?}"
    );
    assert!(norms.iter().any(|&norm| norm > limit * (1.0 - 1e-6)));
}

/// From zeros, one update on all rows is minus the rate times the mean of `f (p - y)ᵀ`, with the same
/// probability for each class; the features stay what they are, to the bit.
#[test]
fn frozen_layers_stay_below_a_logistic_regression() {
    let (rate, count, classes) = (0.5, 200, 10);
    let update = FinetuneConfig {
        epochs: 1,
        batch_size: count,
        optimizer: OptimizerConfig::Sgd {
            momentum: Schedule::Constant(0.0),
        },
        learning_rate: LearningRate::Constant { rate },
        frozen: true,
        ..config()
    };
    let penalised = FinetuneConfig {
        regularisation: Regularisation {
            l2: 0.01,
            ..Regularisation::default()
        },
        epochs: 3,
        ..update.clone()
    };
    let start = network();
    for config in [update.clone(), penalised] {
        assert_eq!(weights(&tuned(config).model.hidden), weights(&start.hidden));
    }

    let data = digits();
    let labels: Vec<u8> = data.labels().unwrap()[..count].to_vec();
    let numbers: Vec<u32> = (0..200).collect();
    let all = Batches::new(&data, &numbers, count, Binarisation::None, 1).unwrap();
    let inputs = all.rows_tensor(&numbers, 0, &Device::default());
    let features = to_f64(start.activities(inputs).pop().unwrap());
    let width = features.len() / count;
    let mut expected = vec![0.0; width * classes];
    for (f, &label) in features.chunks(width).zip(&labels) {
        for (i, f) in f.iter().enumerate() {
            for class in 0..classes {
                let y = f64::from(u8::from(class == usize::from(label)));
                expected[i * classes + class] += rate * f * (y - 0.1) / count as f64;
            }
        }
    }
    let found = to_f64(tuned(update).model.output.weight.val());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

/// The averages of Burn's metrics are those of the whole validation set.
#[test]
fn the_validation_is_what_the_network_measures_itself() {
    let validation = rows(200..300);
    let run = Finetune::new(config())
        .unwrap()
        .validation(validation.clone());
    let tuned = run.classifier(network(), &rows(0..200)).unwrap();
    let found = tuned.history[1].get("validation_error").unwrap();
    let expected = tuned.model.error_rate(&validation).unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    assert_eq!((tuned.epoch, tuned.ending), (2, Ending::Finished));
    assert_eq!(tuned.history[1].step, 8);
    let losses: Vec<f64> = tuned
        .history
        .iter()
        .map(|r| r.get("train_loss").unwrap())
        .collect();
    assert!(losses[1] < losses[0], "{losses:?}");

    let run = Finetune::new(config())
        .unwrap()
        .validation(validation.clone());
    let tuned = run.autoencoder(autoencoder(), &rows(0..200)).unwrap();
    let found = tuned.history[1].get("validation_loss").unwrap();
    let expected = tuned.model.reconstruction_loss(&validation).unwrap();
    assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
    let before = autoencoder().reconstruction_loss(&validation).unwrap();
    assert!(expected < before, "{expected} {before}");
}

#[test]
fn an_interrupted_run_goes_on_as_the_whole_one() {
    for adam in [false, true] {
        let config = FinetuneConfig {
            epochs: 6,
            optimizer: if adam {
                OptimizerConfig::Adam {
                    beta_1: 0.9,
                    beta_2: 0.999,
                }
            } else {
                config().optimizer
            },
            regularisation: Regularisation {
                hidden_dropout: 0.3,
                ..Regularisation::default()
            },
            ..config()
        };
        let run = || {
            let run = Finetune::new(config.clone()).unwrap();
            run.validation(rows(200..260))
        };
        let whole = run().classifier(network(), &rows(0..200)).unwrap();
        assert_eq!(whole.history.len(), 6);

        let folder = tempfile::tempdir().unwrap();
        let first = run().resume(folder.path());
        let interrupter = first.interrupter();
        let first = first.on_epoch(move |report| {
            if report.epoch == 2 {
                interrupter.stop(None);
            }
        });
        let part = first.classifier(network(), &rows(0..200)).unwrap();
        assert_eq!(part.ending, Ending::Interrupted);
        assert!(part.history.len() < 6);
        // Another start: what counts is in the folder.
        let other =
            DbnClassifier::random(&[64, 20, 15], 10, &mut Noise::new(5), &Device::default());
        let resumed = run().resume(folder.path());
        let resumed = resumed.classifier(other.unwrap(), &rows(0..200)).unwrap();
        assert_eq!(resumed.history, whole.history);
        assert!(
            weights(&resumed.model) == weights(&whole.model),
            "adam: {adam}"
        );
        // A run that is over is only loaded.
        let again = run().resume(folder.path());
        let again = again.classifier(network(), &rows(0..200)).unwrap();
        assert!(weights(&again.model) == weights(&whole.model));
        assert_eq!(again.history, whole.history);
    }
}

#[test]
fn early_stopping_gives_the_best_network() {
    let validation = rows(200..400);
    let config = FinetuneConfig {
        epochs: 60,
        patience: Some(3),
        // Too much, so that the validation soon goes up and down.
        learning_rate: LearningRate::Constant { rate: 0.8 },
        ..config()
    };
    let run = Finetune::new(config)
        .unwrap()
        .validation(validation.clone());
    let tuned = run.classifier(network(), &rows(0..200)).unwrap();
    let errors: Vec<f64> = tuned
        .history
        .iter()
        .map(|report| report.get("validation_error").unwrap())
        .collect();
    let smallest = errors.iter().copied().fold(f64::MAX, f64::min);
    let best = errors.iter().position(|&e| e == smallest).unwrap() + 1;
    assert!(errors.len() < 60, "{errors:?}");
    assert_eq!(errors.len(), best + 3, "{errors:?}");
    assert_eq!(tuned.epoch, best as u64);
    let found = tuned.model.error_rate(&validation).unwrap();
    assert!((found - smallest).abs() < 1e-9, "{found} {smallest}");
}

#[test]
fn what_cannot_be_is_said() {
    let run = || Finetune::new(config()).unwrap();
    let message =
        |result: Result<Finetuned<DbnClassifier>, DbnError>| result.unwrap_err().to_string();
    let small = |labels: Option<Vec<u8>>| {
        let values = Values::Floats(vec![0.5; 4 * 64]);
        let mut data = Dataset::new("small", 64, values).unwrap();
        if let Some(labels) = labels {
            data = data.with_labels(labels).unwrap();
        }
        DataRows::new(data, (0..4).collect(), Binarisation::None).unwrap()
    };
    let network = |classes| {
        DbnClassifier::random(&[64, 5], classes, &mut Noise::new(1), &Device::default()).unwrap()
    };
    let cases = [
        (
            run().classifier(network(3), &small(None)),
            "found none; load the labels",
        ),
        (
            run().classifier(network(3), &small(Some(vec![0, 1, 2, 3]))),
            "found 3 in row 3",
        ),
        (
            run().classifier(network(4), &small(Some(vec![0, 1, 3, 3]))),
            "each of the 4 classes to train on, found none of class 2",
        ),
        (
            run()
                .validation(small(Some(vec![0, 1, 2, 3])))
                .classifier(network(3), &small(Some(vec![0, 1, 2, 2]))),
            "found 3 in row 3",
        ),
        (
            run().classifier(
                DbnClassifier::random(&[63, 5], 10, &mut Noise::new(1), &Device::default())
                    .unwrap(),
                &rows(0..100),
            ),
            "rows of 63 values, one for each input of the network; found 64",
        ),
        (
            Finetune::new(FinetuneConfig {
                patience: Some(1),
                ..config()
            })
            .unwrap()
            .classifier(network(3), &small(Some(vec![0, 1, 2, 2]))),
            "patience needs rows to validate on",
        ),
    ];
    for (result, expected) in cases {
        let found = message(result);
        assert!(found.contains(expected), "{found}");
    }
    let one = DbnClassifier::random(&[64, 5], 1, &mut Noise::new(1), &Device::default());
    assert!(
        one.unwrap_err()
            .to_string()
            .contains("two classes or more: found 1")
    );
    let none = DbnClassifier::random(&[64], 10, &mut Noise::new(1), &Device::default());
    assert!(none.unwrap_err().to_string().contains("one layer or more"));
    let labelled = UnitsConfig::Labelled { classes: 3 };
    let top = RbmConfig::new(8, 4).with_visible(labelled);
    let dbn = Dbn::new(vec![top.init(&mut Noise::new(1), &Device::default())]).unwrap();
    let message = DbnClassifier::from_dbn(&dbn, 3).unwrap_err().to_string();
    assert!(message.starts_with("layer 1 has label units"), "{message}");
    assert_eq!(
        Autoencoder::from_dbn(&dbn).unwrap_err().to_string(),
        message
    );
    let invalid = Finetune::new(FinetuneConfig {
        epochs: 0,
        ..config()
    })
    .err()
    .unwrap();
    assert_eq!(invalid.to_string(), "epochs is 0: expected 1 or more");
    let frozen = Finetune::new(FinetuneConfig {
        frozen: true,
        ..config()
    });
    let error = frozen.unwrap().autoencoder(autoencoder(), &rows(0..100));
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("frozen is true: expected false"),
        "{error}"
    );
}

#[test]
fn a_diverging_run_and_a_foreign_folder_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let other = FinetuneConfig {
        seed: 7,
        ..config()
    };
    let first = Finetune::new(config()).unwrap().folder(folder.path());
    first.classifier(network(), &rows(0..200)).unwrap();
    let run = Finetune::new(other.clone()).unwrap().resume(folder.path());
    let error = run
        .classifier(network(), &rows(0..200))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("config.seed is 7") && error.contains("begun with 42"),
        "{error}"
    );
    // Damage: named, and no panic.
    let damaged = folder.path().join("optim-2.bpk");
    std::fs::write(&damaged, b"x").unwrap();
    let run = Finetune::new(config()).unwrap().resume(folder.path());
    let error = run
        .classifier(network(), &rows(0..200))
        .unwrap_err()
        .to_string();
    assert!(error.contains("optim-2.bpk"), "{error}");
    // Begun anew, nothing of it is left.
    let run = Finetune::new(other).unwrap().folder(folder.path());
    run.classifier(network(), &rows(0..200)).unwrap();

    let values = (0..640)
        .map(|i| if i % 2 == 0 { 1e30 } else { -1e30 })
        .collect();
    let data = Dataset::new("huge", 64, Values::Floats(values)).unwrap();
    let rows = DataRows::new(data, (0..10).collect(), Binarisation::None).unwrap();
    let run = Finetune::new(config()).unwrap();
    let mut noise = Noise::new(3);
    let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
    let rbm = RbmConfig::new(64, 5)
        .with_visible(gaussian)
        .init(&mut noise, &Device::default());
    let network = Autoencoder::from_dbn(&Dbn::new(vec![rbm]).unwrap()).unwrap();
    let error = run.autoencoder(network, &rows).unwrap_err().to_string();
    assert!(
        error.contains("diverged in epoch 1: `encoder.0."),
        "{error}"
    );
}
