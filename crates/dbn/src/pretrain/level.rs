//! The data as one layer sees them.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use rbm_data::{Batches, Binarisation, DataError, Dataset, Values};
use rbm_model::{Noise, Rbm};
use rbm_train::TrainConfig;

use super::labels::beside;
use crate::{DbnConfig, DbnError, Propagation};

/// Rows that are pushed up at once: enough for a product to run at full speed, and a few megabytes.
const BLOCK_ROWS: usize = 2000;
/// The stream of random numbers that draws of a finished layer come from.
const PROPAGATION: u64 = 3;

/// Rows of data, and how they become the states of the visible units of a layer.
#[derive(Clone)]
pub(super) struct Level {
    pub(super) data: Dataset,
    pub(super) rows: Arc<[u32]>,
    pub(super) binarisation: Binarisation,
}

impl Level {
    pub(super) fn batches(&self, train: &TrainConfig) -> Result<Batches, DataError> {
        Batches::new(
            &self.data,
            &self.rows,
            train.batch_size,
            self.binarisation,
            train.seed,
        )
    }

    /// The level of values that are made anew, a row each.
    pub(super) fn of(
        name: String,
        columns: usize,
        values: Values,
        binarisation: Binarisation,
    ) -> Result<Level, DataError> {
        let data = Dataset::new(name, columns, values)?;
        let rows = u32::try_from(data.rows()).expect("a data set has fewer than 2^32 rows");
        Ok(Level {
            data,
            rows: (0..rows).collect(),
            binarisation,
        })
    }
}

/// How the values that a layer hands on become states.
fn binarisation(propagate: Propagation) -> Binarisation {
    match propagate {
        Propagation::DrawnEachEpoch => Binarisation::Stochastic,
        Propagation::DrawnOnce | Propagation::Means => Binarisation::None,
    }
}

/// What a trained layer hands on, of each row in the order of `batches`: means as floats, draws as
/// bytes. Data that are binarised anew each epoch are taken as in epoch 0.
fn pushed_up(
    rbm: &Rbm,
    batches: &Batches,
    propagate: Propagation,
    seed: u64,
    device: &Device,
) -> Values {
    let (rows, dtype) = (batches.rows(), rbm.weight.val().dtype());
    let noise = Noise::new(seed).derive(PROPAGATION);
    let blocks = rows.chunks(BLOCK_ROWS).zip(0..);
    let visible = |block: &[u32]| batches.rows_tensor(block, 0, device).cast(dtype);
    let size = rows.len() * rbm.num_hidden();
    if propagate == Propagation::DrawnOnce {
        let mut data = Vec::with_capacity(size);
        for (block, step) in blocks {
            let h = rbm.sample_hidden(visible(block), &mut noise.at_step(step));
            data.extend(on_host(h).into_iter().map(|x| u8::from(x > 0.5)));
        }
        return Values::Bytes { data, levels: 1 };
    }
    let mut data = Vec::with_capacity(size);
    for (block, _) in blocks {
        // A mean of single precision may round to something beyond 1 on some device.
        let h = rbm.hidden_mean(visible(block)).clamp(0.0, 1.0);
        data.extend(on_host(h));
    }
    Values::Floats(data)
}

/// The data as the first layer sees them: with their classes beside them where it is the top layer of a
/// network that knows classes.
pub(super) fn first_level(
    config: &DbnConfig,
    source: Level,
    labels: Option<&[u8]>,
) -> Result<Level, DbnError> {
    match (labels, config.classes, config.layers.len()) {
        (Some(labels), Some(classes), 1) => {
            let chosen = source.data.select(&source.rows)?;
            let columns = source.data.num_visible();
            let values = beside(&chosen.scaled_values()?, columns, labels, classes);
            let name = source.data.name().to_owned();
            Ok(Level::of(
                name,
                columns + classes,
                values,
                source.binarisation,
            )?)
        }
        _ => Ok(source),
    }
}

/// What a trained layer makes of its data, as the layer above sees it.
pub(super) fn above(
    config: &DbnConfig,
    layer: usize,
    rbm: &Rbm,
    level: &Level,
    labels: Option<&[u8]>,
    device: &Device,
) -> Result<Level, DbnError> {
    let train = config.train(layer);
    let propagate = config.layers[layer - 1].propagate;
    let batches = level.batches(&train)?;
    let mut values = pushed_up(rbm, &batches, propagate, train.seed, device);
    let mut columns = rbm.num_hidden();
    if let (Some(labels), Some(classes)) = (labels, config.classes)
        && layer + 1 == config.layers.len()
    {
        values = beside(&values, columns, labels, classes);
        columns += classes;
    }
    let name = format!("the features of layer {layer}");
    Ok(Level::of(name, columns, values, binarisation(propagate))?)
}

fn on_host(x: Tensor<2>) -> Vec<f32> {
    let data = x.into_data().convert::<f32>();
    data.try_into_vec().expect("the type was asked for")
}

#[cfg(test)]
mod tests {
    use rbm_data::digits;
    use rbm_model::{RbmConfig, WeightInit, numerics::to_f64};

    use super::*;

    fn layer() -> Rbm {
        RbmConfig::new(64, 7)
            .with_weight(WeightInit::Normal { std: 0.5 })
            .init(&mut Noise::new(3), &Device::default())
    }

    /// More rows than a block, in an order of their own, against one product of all of them.
    #[test]
    fn means_are_those_of_the_rows_in_their_order() {
        let (device, data) = (Device::default(), digits());
        let once: Vec<u8> = vec![1; 64 * 5000];
        let long = Dataset::new(
            "long",
            64,
            Values::Bytes {
                data: once,
                levels: 1,
            },
        )
        .unwrap();
        for (data, rows) in [(&data, vec![900, 3, 1200]), (&long, (0..4500).collect())] {
            let batches = Batches::new(data, &rows, 10, Binarisation::Threshold(0.4), 1).unwrap();
            let found = pushed_up(&layer(), &batches, Propagation::Means, 1, &device);
            let v = batches.rows_tensor(&rows, 0, &device);
            let expected = to_f64(layer().hidden_mean(v));
            let Values::Floats(found) = found else {
                panic!("means are floats");
            };
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-6);
            }
        }
    }

    /// Draws of 4500 equal rows: binomial counts, and no two blocks share their numbers.
    #[test]
    fn draws_have_the_means_as_probabilities() {
        let device = Device::default();
        let n = 4500;
        let values = Values::Bytes {
            data: vec![1; 64 * n],
            levels: 1,
        };
        let data = Dataset::new("ones", 64, values).unwrap();
        let rows: Vec<u32> = (0..4500).collect();
        let batches = Batches::new(&data, &rows, 10, Binarisation::None, 1).unwrap();
        let push = |seed| pushed_up(&layer(), &batches, Propagation::DrawnOnce, seed, &device);
        let Values::Bytes { data, levels: 1 } = push(1) else {
            panic!("draws are zeros and ones");
        };
        let p = to_f64(layer().hidden_mean(Tensor::ones([1, 64], &device)));
        for (unit, p) in p.iter().enumerate() {
            let ones: f64 = data
                .iter()
                .skip(unit)
                .step_by(7)
                .map(|&x| f64::from(x))
                .sum();
            let sigma = (n as f64 * p * (1.0 - p)).sqrt();
            assert!((ones - n as f64 * p).abs() <= 5.0 * sigma, "{ones} at {p}");
        }
        assert_ne!(data[..7 * 2000], data[7 * 2000..7 * 4000]);
        assert_eq!(push(1), push(1));
        assert_ne!(push(1), push(2));
    }
}
