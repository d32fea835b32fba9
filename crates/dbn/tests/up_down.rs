//! Contrastive wake-sleep: the start, what it learns, its settings and its checkpoints.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};
use dbn::{DataRows, Dbn, UntiedDbn, UpDown, UpDownConfig, enumeration, up_down};
use rbm_data::{Binarisation, Dataset, Values, bars_and_stripes, digits};
use rbm_model::{
    Noise, Rbm, RbmConfig, WeightInit,
    numerics::to_f64,
    store::Archive,
    units::{Bernoulli, Units, UnitsConfig},
};
use rbm_train::{Ending, LearningRate, OptimizerConfig, Schedule};

/// Random weights of about one, and biases.
fn tied(widths: &[usize], device: &Device) -> Dbn {
    let mut seed = 0;
    let mut draw = |shape| {
        seed += 1;
        Noise::new(seed).normal(shape, DType::F64, device)
    };
    let stack = widths.windows(2).map(|pair| {
        let mut binary =
            |n| Units::Bernoulli(Bernoulli::from_bias(draw([1, n]).squeeze_dim::<1>(0)));
        let (visible, hidden) = (binary(pair[0]), binary(pair[1]));
        Rbm::from_parts(visible, hidden, draw([pair[0], pair[1]]))
    });
    Dbn::new(stack.collect()).unwrap()
}

/// First and second moments of draws of the untied network against sums over all states of the tied
/// one, within five standard errors of independent chains.
#[test]
fn untying_leaves_the_distribution_unchanged() {
    let (device, chains) = (Device::flex(), 40_000);
    let dbn = tied(&[4, 3, 3], &device);
    let states: Vec<f64> = (0..16)
        .flat_map(|state: u32| (0..4).map(move |unit| f64::from(state >> unit & 1)))
        .collect();
    let all = Tensor::from_data(
        TensorData::new(states.clone(), [16, 4]),
        (&device, DType::F64),
    );
    let p: Vec<f64> = enumeration::log_probability(&dbn, all)
        .unwrap()
        .iter()
        .map(|x| x.exp())
        .collect();
    assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9);

    let network = UntiedDbn::from(&dbn).generative();
    let mut noise = Noise::new(100);
    let start = network.random_chains(chains, &mut noise);
    let drawn = to_f64(network.generate(start, 60, &mut noise).visible);
    for i in 0..4 {
        for j in i..4 {
            let moment = |rows: &[f64], weight: &dyn Fn(usize) -> f64| -> f64 {
                let rows = rows.chunks(4).enumerate();
                rows.map(|(row, x)| weight(row) * x[i] * x[j]).sum()
            };
            let expected = moment(&states, &|row| p[row]);
            let found = moment(&drawn, &|_| 1.0 / chains as f64);
            let sigma = (expected * (1.0 - expected) / chains as f64).sqrt();
            assert!(
                (found - expected).abs() < 5.0 * sigma,
                "{i} {j}: {found} {expected}"
            );
        }
    }
    // And the way up is the tied one's.
    let v = Noise::new(7).uniform([5, 4], DType::F64, &device);
    let encoded = |dbn: &Dbn| to_f64(dbn.encode(v.clone(), 2));
    assert_eq!(encoded(&UntiedDbn::from(&dbn).recognition()), encoded(&dbn));
}

fn network(device: &Device) -> UntiedDbn {
    let mut noise = Noise::new(1);
    let mut layer = |visible, hidden| {
        let weight = WeightInit::Normal { std: 0.1 };
        RbmConfig::new(visible, hidden)
            .with_weight(weight)
            .init(&mut noise, device)
    };
    UntiedDbn::from(&Dbn::new(vec![layer(64, 12), layer(12, 8), layer(8, 10)]).unwrap())
}

fn rows(count: u32) -> DataRows {
    let data = digits();
    DataRows::new(data, (0..count).collect(), Binarisation::Stochastic).unwrap()
}

fn config() -> UpDownConfig {
    UpDownConfig {
        epochs: 3,
        batch_size: 40,
        k: Schedule::Steps(vec![(0, 1), (2, 3)]),
        learning_rate: LearningRate::Linear {
            from: 0.05,
            to: 0.0,
        },
        ..UpDownConfig::default()
    }
}

fn parameters(network: &UntiedDbn) -> Vec<f64> {
    struct All(Vec<f64>);
    impl burn::module::ModuleVisitor for All {
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            self.0.extend(to_f64(param.val()));
        }
    }
    let mut all = All(Vec::new());
    network.visit(&mut all);
    all.0
}

fn run(config: UpDownConfig) -> UpDown {
    let rows = rows(130);
    let mut run = UpDown::new(config, &network(&Device::default()), rows.len()).unwrap();
    let ending = up_down(&mut run, &rows, &|| false, &mut |_| Ok(())).unwrap();
    assert_eq!(ending, Ending::Finished);
    run
}

#[test]
fn every_option_changes_the_network_and_nothing_else_does() {
    let base = parameters(&run(config()).network());
    assert_eq!(base, parameters(&run(config()).network()));
    let changed = [
        UpDownConfig {
            epochs: 4,
            ..config()
        },
        UpDownConfig {
            batch_size: 30,
            ..config()
        },
        UpDownConfig {
            k: 1.into(),
            ..config()
        },
        UpDownConfig {
            optimizer: OptimizerConfig::Sgd {
                momentum: Schedule::Steps(vec![(0, 0.0), (2, 0.5)]),
            },
            ..config()
        },
        UpDownConfig {
            optimizer: OptimizerConfig::Adam {
                beta_1: 0.9,
                beta_2: 0.999,
            },
            ..config()
        },
        UpDownConfig {
            learning_rate: LearningRate::Constant { rate: 0.05 },
            ..config()
        },
        UpDownConfig {
            l2: 0.01,
            ..config()
        },
        UpDownConfig {
            centring: None,
            ..config()
        },
        UpDownConfig {
            centring: Some(0.5),
            ..config()
        },
        UpDownConfig {
            seed: 1,
            ..config()
        },
    ];
    let mut all = vec![base];
    for config in changed {
        let found = parameters(&run(config.clone()).network());
        assert!(found.iter().all(|x| x.is_finite()));
        assert!(!all.contains(&found), "{config:?}");
        all.push(found);
    }
}

#[test]
fn a_saved_run_goes_on_as_the_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    for optimizer in [
        OptimizerConfig::Sgd {
            momentum: Schedule::Steps(vec![(0, 0.5), (2, 0.9)]),
        },
        OptimizerConfig::Adam {
            beta_1: 0.9,
            beta_2: 0.999,
        },
    ] {
        let config = UpDownConfig {
            optimizer,
            ..config()
        };
        let whole = run(config.clone());
        // Four batches an epoch: at an epoch's end, within the second and within the last epoch.
        for updates in [4, 6, 11] {
            let asked = AtomicU64::new(0);
            let stop = || asked.fetch_add(1, Relaxed) + 1 > updates;
            let rows = rows(130);
            let mut part = UpDown::new(config.clone(), &network(&Device::default()), 130).unwrap();
            // As one file, or with the history beside it.
            let mut save = |run: &UpDown| match updates {
                6 => run.save(&path),
                _ => run.save_with_history(&path, "history.jsonl"),
            };
            let ending = up_down(&mut part, &rows, &stop, &mut save).unwrap();
            assert_eq!((ending, part.steps()), (Ending::Interrupted, updates));
            drop(part);
            let mut resumed = UpDown::load(&path, &Device::default()).unwrap();
            assert_eq!(resumed.steps(), updates);
            up_down(&mut resumed, &rows, &|| false, &mut |_| Ok(())).unwrap();
            assert!(
                parameters(&resumed.network()) == parameters(&whole.network()),
                "after {updates}"
            );
            assert_eq!(resumed.history(), whole.history());
            assert_eq!(resumed.history().len(), 3);
        }
    }
}

/// Version 2 had the reports in the header.
#[test]
fn a_run_of_version_2_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let whole = run(config());
    let asked = AtomicU64::new(0);
    let stop = || asked.fetch_add(1, Relaxed) + 1 > 6;
    let mut part = UpDown::new(config(), &network(&Device::default()), 130).unwrap();
    up_down(&mut part, &rows(130), &stop, &mut |_| Ok(())).unwrap();
    part.save(&path).unwrap();
    let mut archive = Archive::load(&path).unwrap();
    let mut header = archive.header().clone();
    header["version"] = 2.into();
    header["history"] = serde_json::to_value(part.history()).unwrap();
    archive.remove("history").unwrap();
    archive.set_header(header);
    archive.save(&path).unwrap();
    let mut resumed = UpDown::load(&path, &Device::default()).unwrap();
    assert_eq!((resumed.steps(), resumed.history().len()), (6, 1));
    up_down(&mut resumed, &rows(130), &|| false, &mut |_| Ok(())).unwrap();
    assert!(parameters(&resumed.network()) == parameters(&whole.network()));
}

/// Bars and stripes, whose entropy is that of 30 patterns: the exact likelihood of the network goes
/// from that of a random one to well above that of independent pixels.
#[test]
fn it_raises_the_exact_likelihood() {
    let data = bars_and_stripes(4).unwrap();
    let count = u32::try_from(data.rows()).unwrap();
    let rows = DataRows::new(data.clone(), (0..count).collect(), Binarisation::None);
    let rows = rows.unwrap();
    let (device, mut noise) = (Device::default(), Noise::new(3));
    let mut layer = |visible, hidden| {
        let weight = WeightInit::Normal { std: 0.1 };
        RbmConfig::new(visible, hidden)
            .with_weight(weight)
            .init(&mut noise, &device)
    };
    let start = UntiedDbn::from(&Dbn::new(vec![layer(16, 10), layer(10, 10)]).unwrap());
    let mut values = vec![0f32; data.rows() * 16];
    for (row, out) in values.chunks_mut(16).enumerate() {
        data.copy_row(row, out);
    }
    let v = Tensor::<2>::from_data(TensorData::new(values, [data.rows(), 16]), &device);
    let likelihood = |network: &UntiedDbn| {
        let log_p = enumeration::log_probability(&network.generative(), v.clone()).unwrap();
        log_p.iter().sum::<f64>() / log_p.len() as f64
    };
    let config = UpDownConfig {
        epochs: 1500,
        batch_size: 16,
        k: 5.into(),
        learning_rate: LearningRate::Linear { from: 0.1, to: 0.0 },
        ..UpDownConfig::default()
    };
    let mut run = UpDown::new(config, &start, rows.len()).unwrap();
    up_down(&mut run, &rows, &|| false, &mut |_| Ok(())).unwrap();
    let (before, after) = (likelihood(&start), likelihood(&run.network()));
    // Independent fair pixels give 16 log ½ = -11.1.
    assert!(before < -11.0 && after > -8.0, "{before} to {after}");
}

/// Four classes of patterns, one quarter of the pixels each: told apart by free energy after a short
/// run, and drawn by class.
#[test]
fn labels_in_the_top_layer_are_learned() {
    let mut noise = Noise::new(5);
    let device = Device::default();
    let labels: Vec<u8> = (0..200).map(|row| row % 4).collect();
    let uniform = to_f64(noise.uniform([200, 16], DType::F32, &device));
    let values = uniform.iter().enumerate().map(|(i, &u)| {
        let (class, pixel) = (usize::from(labels[i / 16]), i % 16);
        let p = if pixel / 4 == class { 0.9 } else { 0.1 };
        if u < p { 1.0 } else { 0.0 }
    });
    let data = Dataset::new("quarters", 16, Values::Floats(values.collect())).unwrap();
    let data = data.with_labels(labels.clone()).unwrap();
    let rows = DataRows::new(data.clone(), (0..200).collect(), Binarisation::None).unwrap();
    let weight = WeightInit::Normal { std: 0.1 };
    let below = RbmConfig::new(16, 12)
        .with_weight(weight)
        .init(&mut noise, &device);
    let labelled = UnitsConfig::Labelled { classes: 4 };
    let top = RbmConfig::new(16, 20)
        .with_visible(labelled)
        .with_weight(weight);
    let top = top.init(&mut noise, &device);
    let start = UntiedDbn::from(&Dbn::new(vec![below, top]).unwrap());
    let mut values = vec![0f32; 200 * 16];
    for (row, out) in values.chunks_mut(16).enumerate() {
        data.copy_row(row, out);
    }
    let v = Tensor::<2>::from_data(TensorData::new(values, [200, 16]), &device);
    let wrong = |network: &UntiedDbn| {
        let classes = network.recognition().classify(v.clone()).unwrap().argmax(1);
        let found = classes.into_data();
        let pairs = found.iter::<i64>().zip(&labels);
        pairs
            .filter(|(found, label)| *found != i64::from(**label))
            .count()
    };
    assert!(wrong(&start) > 100);
    let config = UpDownConfig {
        epochs: 400,
        batch_size: 20,
        k: 2.into(),
        learning_rate: LearningRate::Linear { from: 0.1, to: 0.0 },
        ..UpDownConfig::default()
    };
    let mut run = UpDown::new(config.clone(), &start, 200).unwrap();
    up_down(&mut run, &rows, &|| false, &mut |_| Ok(())).unwrap();
    let network = run.network();
    assert!(wrong(&network) <= 10, "{} of 200 wrong", wrong(&network));
    // Drawn of class 2, its quarter is the brightest.
    let drawn = network
        .generative()
        .generate_classes(&[2; 200], 50, &mut noise)
        .unwrap();
    let means = to_f64(drawn.mean.mean_dim(0));
    let quarters: Vec<f64> = means.chunks(4).map(|q| q.iter().sum()).collect();
    assert!(
        (0..4).all(|q| q == 2 || quarters[q] < 0.5 * quarters[2]),
        "{quarters:?}"
    );

    // What does not fit is said.
    let few = DataRows::new(data, (0..3).collect(), Binarisation::None).unwrap();
    let mut run = UpDown::new(config.clone(), &start, 3).unwrap();
    let error = up_down(&mut run, &few, &|| false, &mut |_| Ok(()))
        .unwrap_err()
        .to_string();
    assert!(error.contains("found none of class 3"), "{error}");
    let mut run = UpDown::new(config, &start, 7).unwrap();
    let error = up_down(&mut run, &rows, &|| false, &mut |_| Ok(()))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected 7 rows") && error.contains("found 200"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_is_said() {
    let error = |network: &UntiedDbn, rows: &DataRows, config| {
        let mut run = UpDown::new(config, network, rows.len()).unwrap();
        up_down(&mut run, rows, &|| false, &mut |_| Ok(()))
            .unwrap_err()
            .to_string()
    };
    let device = Device::default();
    let narrow = UntiedDbn::from(
        &Dbn::new(vec![
            RbmConfig::new(63, 4).init(&mut Noise::new(1), &device),
        ])
        .unwrap(),
    );
    let message = error(&narrow, &rows(10), config());
    assert!(message.contains("rows of 63 values"), "{message}");
    let huge = (0..640)
        .map(|i| if i % 2 == 0 { 1e30 } else { -1e30 })
        .collect();
    let data = Dataset::new("huge", 64, Values::Floats(huge)).unwrap();
    let rows = DataRows::new(data, (0..10).collect(), Binarisation::None).unwrap();
    let message = error(&network(&device), &rows, config());
    assert!(message.contains("training diverged in epoch"), "{message}");
    let invalid = UpDownConfig {
        batch_size: 0,
        ..config()
    };
    let message = UpDown::new(invalid, &narrow, 10).err().unwrap().to_string();
    assert_eq!(message, "batch_size is 0: expected 1 row or more");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network");
    network(&device).save(&path).unwrap();
    let message = UpDown::load(&path, &device).err().unwrap().to_string();
    assert!(
        message.contains("a burnzmann-up-down file of version 3"),
        "{message}"
    );
}

/// States that are cut short are an error of the file.
#[test]
fn a_damaged_state_is_an_error() {
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    // Without momentum there is no state to damage.
    let config = UpDownConfig {
        optimizer: OptimizerConfig::Sgd {
            momentum: 0.5.into(),
        },
        ..config()
    };
    let mut run = UpDown::new(config, &network(&device), 10).unwrap();
    up_down(&mut run, &rows(10), &|| false, &mut |_| Ok(())).unwrap();
    run.save(&path).unwrap();
    let whole = Archive::load(&path).unwrap();
    let mut without = whole.clone();
    without.remove("centring.1").unwrap();
    without.save(&path).unwrap();
    let message = UpDown::load(&path, &device).err().unwrap().to_string();
    assert!(message.contains("`centring.1`, 12 finite"), "{message}");
    for name in ["optimizer", "schedule"] {
        let bytes = whole.clone().remove(name).unwrap().as_bytes().to_vec();
        for length in [0, 1, 40] {
            let mut archive = whole.clone();
            let cut = TensorData::from_bytes_vec(bytes[..length].to_vec(), [length], DType::U8);
            archive.insert(name, cut);
            archive.save(&path).unwrap();
            let error = UpDown::load(&path, &device).err();
            let error = error.unwrap_or_else(|| panic!("{name} of {length} bytes was taken"));
            let error = error.to_string();
            assert!(
                error.contains("states of the optimiser"),
                "{name} {length}: {error}"
            );
        }
    }
}

/// Finite parameters and rows that no loss can hold: the column is named, and the rate is not to blame alone.
#[test]
fn a_divergence_with_finite_parameters_names_the_column() {
    let device = Device::flex();
    let config = |visible, hidden, units| RbmConfig::new(visible, hidden).with_visible(units);
    let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
    let mut noise = Noise::new(1);
    let bottom = config(4, 3, gaussian).init(&mut noise, &device);
    let top = config(3, 2, UnitsConfig::Bernoulli).init(&mut noise, &device);
    let network = UntiedDbn::from(&Dbn::new(vec![bottom, top]).unwrap());
    let mut run = UpDown::new(UpDownConfig::default(), &network, 2).unwrap();
    let inputs = Tensor::from_floats([[0.0, 1.0, 2.0, 3.0], [0.0, 1e25, 2.0, 3.0]], &device);
    let batch = dbn::Batch {
        inputs,
        labels: None,
        noise: Noise::new(2),
    };
    let message = run.step(batch).unwrap_err().to_string();
    assert!(
        message.contains("though every parameter is one: the data have")
            && message.contains("in column 1"),
        "{message}"
    );
}
