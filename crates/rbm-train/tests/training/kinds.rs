//! Training with every kind of units, visible and hidden.

use burn::tensor::{Device, Tensor, TensorData};
use rbm_data::{Batches, Binarisation, Dataset, Values};
use rbm_model::{
    DataStatistics, Noise, Rbm, RbmConfig, WeightInit,
    exact::log_likelihood,
    numerics::to_f64,
    sampling::{Gibbs, Kernel, independent_visible},
    units::UnitsConfig,
};
use rbm_train::{
    Algorithm, Exact, LearningRate, OptimizerConfig, Pcd, Schedule, TrainConfig, Trainer,
    checkpoint, fit,
};

use crate::resume::everything;

const VISIBLE: usize = 5;
const HIDDEN: usize = 4;

/// Every kind on either side, beside binary units.
fn configs() -> Vec<RbmConfig> {
    let config = RbmConfig::new(VISIBLE, HIDDEN);
    let all = UnitsConfig::all().into_iter();
    all.flat_map(|kind| {
        [
            config.clone().with_visible(kind),
            config.clone().with_hidden(kind),
        ]
    })
    .collect()
}

/// A model whose units depend on each other.
fn teacher(config: &RbmConfig, device: &Device) -> Rbm {
    let weights: Vec<f32> = (0..VISIBLE * HIDDEN)
        .map(|k| (0.4 + 2.3 * k as f32).sin())
        .collect();
    let weights = TensorData::new(weights, [VISIBLE, HIDDEN]);
    let fitted =
        |kind: UnitsConfig, units| kind.fitted(&vec![0.5; units], &vec![1.0; units], device);
    Rbm::from_parts(
        fitted(config.visible, VISIBLE),
        fitted(config.hidden, HIDDEN),
        Tensor::from_data(weights, device),
    )
}

/// Rows of the model, by long chains.
fn rows(rbm: &Rbm, count: usize) -> Tensor<2> {
    let (kernel, mut noise) = (Gibbs::new(1), Noise::new(8));
    let start = independent_visible(rbm, count, &mut noise);
    let start = kernel.init(rbm, start, &mut noise);
    kernel.visible_after(rbm, start, 200, &mut noise)
}

fn statistics(rows: &Tensor<2>) -> DataStatistics {
    let mean = rows.clone().mean_dim(0);
    let variance = (rows.clone() - mean.clone()).square().mean_dim(0);
    DataStatistics {
        mean: to_f64(mean),
        variance: to_f64(variance),
    }
}

/// A model of the kinds, trained on the rows.
fn trained(config: &RbmConfig, algorithm: Algorithm, rows: &Tensor<2>) -> Rbm {
    let start = config.clone().with_weight(WeightInit::Normal { std: 0.3 });
    let rbm = start.init_from(&statistics(rows), &mut Noise::new(1), &rows.device());
    let is_real = |kind: UnitsConfig| !kind.support().is_discrete();
    let real = is_real(config.visible) || is_real(config.hidden);
    let from = if real { 0.05 } else { 0.1 };
    let updates = 600;
    let train = TrainConfig {
        algorithm,
        learning_rate: LearningRate::Linear { from, to: 0.0 },
        optimizer: OptimizerConfig::Sgd {
            momentum: Schedule::Constant(0.9),
        },
        epochs: 1,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(train, rbm, updates).unwrap();
    for _ in 0..updates {
        trainer.step(rows.clone()).unwrap();
    }
    trainer.model()
}

/// The likelihood of its rows under the model that drew them is passed by exact training, which has them to
/// fit to, and closely approached by persistent chains.
#[test]
fn the_model_that_drew_the_rows_is_learned() {
    let device = Device::default();
    for config in configs() {
        let teacher = teacher(&config, &device);
        let rows = rows(&teacher, 300);
        let of = |rbm: &Rbm| log_likelihood(rbm, rows.clone()).unwrap();
        let exact = of(&trained(&config, Exact {}.into(), &rows));
        let chains = Pcd {
            k: Schedule::Constant(5),
            chains: Some(500),
        };
        let sampled = of(&trained(&config, chains.into(), &rows));
        let (best, what) = (of(&teacher), (config.visible, config.hidden));
        assert!(exact > best, "{what:?}: {exact} of {best} nats a row");
        assert!(
            sampled > exact - 0.03,
            "{what:?}: {sampled} of {exact} nats a row"
        );
    }
}

/// A run that was stopped in the middle of an epoch goes on to the same bits.
#[test]
fn every_kind_resumes_to_the_bit() {
    let device = Device::default();
    let folder = tempfile::tempdir().unwrap();
    for config in configs() {
        let drawn = rows(&teacher(&config, &device), 60).into_data();
        let drawn: Vec<f32> = drawn.try_to_vec().unwrap();
        let data = Dataset::new("drawn", VISIBLE, Values::Floats(drawn)).unwrap();
        let train: TrainConfig = serde_json::from_str(
            r#"{"algorithm": {"kind": "pcd", "k": 1, "chains": 7}, "optimizer": {"kind": "adam"},
                "learning_rate": {"kind": "constant", "rate": 0.01}, "batch_size": 20, "epochs": 3}"#,
        )
        .unwrap();
        let all: Vec<u32> = (0..60).collect();
        let batches = Batches::new(&data, &all, 20, Binarisation::None, train.seed).unwrap();
        let rbm = config.init(&mut Noise::new(3), &device);
        let path = folder.path().join("checkpoint");
        checkpoint::save(&Trainer::new(train, rbm, batches.len()).unwrap(), &path).unwrap();
        let mut whole = checkpoint::load(&path, &device).unwrap();
        let mut part = checkpoint::load(&path, &device).unwrap();
        fit(&mut whole, &batches, &mut [], &|| false).unwrap();

        for batch in batches.epoch(0, &device).take(2) {
            part.step(batch).unwrap();
        }
        checkpoint::save(&part, &path).unwrap();
        let mut part = checkpoint::load(&path, &device).unwrap();
        fit(&mut part, &batches, &mut [], &|| false).unwrap();
        let (whole, part) = (everything(&whole, &path), everything(&part, &path));
        assert_eq!(part, whole, "{:?} and {:?}", config.visible, config.hidden);
    }
}
