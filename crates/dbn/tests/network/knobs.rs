//! Every setting changes the outcome, and what does not fit is said.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use burn::tensor::Device;
use dbn::{DbnConfig, PretrainObserver, Pretrainer, Propagation, pretrain};
use rbm_data::{Batches, Binarisation, Dataset, Values, digits};
use rbm_model::{Rbm, WeightInit, numerics::to_f64, units::UnitsConfig};

fn base() -> DbnConfig {
    let mut config = DbnConfig::new(64, &[12, 64]);
    for layer in &mut config.layers {
        (layer.train.batch_size, layer.train.epochs) = (20, 2);
    }
    config
}

/// All the parameters of the network that comes of it.
fn outcome(config: DbnConfig, binarisation: Binarisation) -> Vec<f64> {
    let (data, rows) = (digits(), (0..60).collect::<Vec<u32>>());
    let dbn = pretrain(config, &data, &rows, binarisation, &Device::default()).unwrap();
    let of = |rbm: &Rbm| {
        [
            to_f64(rbm.weight.val()),
            to_f64(rbm.visible.bias()),
            to_f64(rbm.hidden.bias()),
        ]
        .concat()
    };
    dbn.stack.iter().flat_map(of).collect()
}

#[test]
fn every_setting_changes_the_network() {
    type Change = fn(&mut DbnConfig);
    let changes: [(&str, Change); 12] = [
        ("nothing", |_| ()),
        ("visible", |c| {
            c.visible = UnitsConfig::Gaussian { learn_sigma: false }
        }),
        ("classes", |c| c.classes = Some(10)),
        ("num_hidden", |c| c.layers[0].num_hidden = 11),
        ("weight", |c| {
            c.layers[1].weight = WeightInit::Normal { std: 0.1 }
        }),
        ("weight of the first", |c| {
            c.layers[0].weight = WeightInit::Scaled { input: 0.1 }
        }),
        ("mirror_start", |c| c.layers[1].mirror_start = true),
        ("propagate drawn_once", |c| {
            c.layers[0].propagate = Propagation::DrawnOnce;
        }),
        ("propagate means", |c| {
            c.layers[0].propagate = Propagation::Means;
        }),
        ("seed of the second", |c| c.layers[1].train.seed = 1),
        ("epochs of the second", |c| c.layers[1].train.epochs = 3),
        ("l2 of the first", |c| c.layers[0].train.l2 = 0.1),
    ];
    let all = changes.map(|(name, change)| {
        let mut config = base();
        change(&mut config);
        (name, outcome(config, Binarisation::Stochastic))
    });
    for (i, (one, left)) in all.iter().enumerate() {
        for (other, right) in &all[i + 1..] {
            assert_ne!(left, right, "{one} and {other}");
        }
    }
    let plain = outcome(base(), Binarisation::Stochastic);
    assert_eq!(plain, all[0].1, "a run is repeated by its configuration");
    assert_ne!(
        plain,
        outcome(base(), Binarisation::Threshold(0.5)),
        "binarisation"
    );
}

/// What the top layer hands on has no reader, and is not made.
#[test]
fn the_top_layer_hands_nothing_on() {
    let mut config = base();
    config.layers[1].propagate = Propagation::DrawnOnce;
    let binarisation = Binarisation::Stochastic;
    assert_eq!(outcome(config, binarisation), outcome(base(), binarisation));
}

/// Notes which layer is trained.
struct Layer<'a>(&'a AtomicUsize);

impl PretrainObserver for Layer<'_> {
    fn on_layer(&mut self, layer: usize, below: &[Rbm], batches: &Batches) {
        assert_eq!(below.len(), layer - 1);
        if let Some(below) = below.last() {
            let labels = if batches.dataset().num_visible() > 12 {
                10
            } else {
                0
            };
            assert_eq!(batches.dataset().num_visible(), below.num_hidden() + labels);
        }
        self.0.store(layer, Relaxed);
    }
}

/// The second layer before its training, and the first one after its own, on the digits' first rows.
fn before_the_second_layer(config: DbnConfig) -> (Rbm, Rbm) {
    let (data, rows) = (digits(), (0..60).collect::<Vec<u32>>());
    let device = Device::default();
    let binarisation = Binarisation::Stochastic;
    let mut run = Pretrainer::new(config, &data, &rows, binarisation, &device).unwrap();
    let first = AtomicUsize::new(0);
    run.run(&mut [&mut Layer(&first)], &|| first.load(Relaxed) == 2)
        .unwrap();
    let start = run.trainer().unwrap().model();
    (start, run.dbn().unwrap().stack[0].clone())
}

/// With its label units without weights, a mirror beside a label is the mirror.
#[test]
fn a_mirror_start_is_the_mirror_before_training() {
    for classes in [None, Some(10)] {
        let mut config = base();
        config.classes = classes;
        config.layers[1].mirror_start = true;
        let (start, below) = before_the_second_layer(config);
        let weight = start.weight.val();
        let expected = to_f64(below.weight.val().transpose());
        assert_eq!(to_f64(weight.clone().narrow(0, 0, 12)), expected);
        assert_eq!(to_f64(start.hidden.bias()), to_f64(below.visible.bias()));
        let bias = to_f64(start.visible.bias());
        assert_eq!(bias[..12], to_f64(below.hidden.bias()));
        if classes.is_some() {
            assert_eq!(to_f64(weight.narrow(0, 12, 10)), vec![0.0; 640]);
            let data = digits();
            let labels = data.labels().unwrap();
            for (class, bias) in bias[12..].iter().enumerate() {
                let count = labels[..60]
                    .iter()
                    .filter(|&&l| usize::from(l) == class)
                    .count();
                assert!((bias - (count as f64 / 60.0).ln()).abs() < 1e-5);
            }
        }
    }
}

/// A layer wider than the mirror has the random weights of its further units, and the mirror's own.
#[test]
fn a_wider_layer_starts_as_the_mirror_and_small_random_weights() {
    let mut config = base();
    config.layers[1].num_hidden = 70;
    let start = |mirror: bool| {
        let mut config = config.clone();
        config.layers[1].mirror_start = mirror;
        before_the_second_layer(config)
    };
    let ((wide, below), (random, _)) = (start(true), start(false));
    let part = |rbm: &Rbm, from, units| to_f64(rbm.weight.val().narrow(1, from, units));
    let mirror = below.mirror();
    assert_eq!(part(&wide, 0, 64), to_f64(mirror.weight.val()));
    assert_eq!(part(&wide, 64, 6), part(&random, 64, 6));
    assert!(
        part(&wide, 64, 6)
            .iter()
            .all(|w| w.abs() < 0.1 && *w != 0.0)
    );
    let bias = to_f64(wide.hidden.bias());
    assert_eq!(bias[..64], to_f64(below.visible.bias()));
    assert_eq!(bias[64..], [0.0; 6]);
    assert_eq!(to_f64(wide.visible.bias()), to_f64(below.hidden.bias()));
}

#[test]
fn data_that_do_not_fit_are_refused() {
    let device = Device::default();
    let data = digits();
    let refused = |config: DbnConfig, data: &Dataset, rows: &[u32]| {
        let run = Pretrainer::new(config, data, rows, Binarisation::Stochastic, &device);
        run.err().unwrap().to_string()
    };
    let error = refused(DbnConfig::new(63, &[5]), &data, &[0, 1]);
    assert!(
        error.contains("expected rows of 63 values") && error.contains("found 64"),
        "{error}"
    );
    let mut config = base();
    config.classes = Some(5);
    let rows: Vec<u32> = (0..60).collect();
    let error = refused(config.clone(), &data, &rows);
    assert!(error.contains("expected labels below 5"), "{error}");
    config.classes = Some(12);
    let error = refused(config.clone(), &data, &rows);
    assert!(error.contains("found none of class 10"), "{error}");
    let bare = Dataset::new("bare", 64, Values::Floats(vec![0.5; 640])).unwrap();
    let error = refused(config, &bare, &[0, 1]);
    assert!(error.starts_with("bare: expected a label"), "{error}");
    let error = refused(base(), &data, &[0, 1797]);
    assert!(error.contains("row numbers below 1797"), "{error}");
    let wide = Dataset::new("wide", 64, Values::Floats(vec![1.5; 640])).unwrap();
    let error = refused(base(), &wide, &[0, 1]);
    assert!(error.contains("a probability in [0, 1]"), "{error}");
}

/// A network of one layer may have its label beside the data themselves.
#[test]
fn one_layer_learns_data_and_labels_together() {
    let (data, rows) = (digits(), (0..1000).collect::<Vec<u32>>());
    let mut config = DbnConfig::new(64, &[50]);
    config.classes = Some(10);
    (
        config.layers[0].train.epochs,
        config.layers[0].train.batch_size,
    ) = (30, 20);
    let device = Device::default();
    let dbn = pretrain(config, &data, &rows, Binarisation::Stochastic, &device).unwrap();
    assert_eq!(dbn.widths(), [64, 50]);
    let test: Vec<u32> = (1000..1797).collect();
    let batches = Batches::new(&data, &test, 100, Binarisation::None, 1).unwrap();
    let log_p = to_f64(
        dbn.classify(batches.rows_tensor(&test, 0, &device))
            .unwrap(),
    );
    let right = log_p.chunks(10).zip(&test).filter(|(log_p, row)| {
        let best = log_p
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .unwrap()
            .0;
        best == usize::from(data.labels().unwrap()[**row as usize])
    });
    let right = right.count();
    // Guessing is right for one in ten.
    assert!(right > 797 * 7 / 10, "{right} of 797");
}
