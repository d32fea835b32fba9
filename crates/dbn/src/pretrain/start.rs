//! Where a layer starts.

use burn::tensor::{Device, Tensor};
use rbm_data::Batches;
use rbm_model::{
    DataStatistics, Noise, Rbm,
    numerics::to_f64,
    units::{Bernoulli, Labelled, Units, UnitsConfig},
};

use crate::DbnConfig;

/// The stream of random numbers that the first weights are drawn from.
const START: u64 = 2;
/// Rows that are looked at together.
const BLOCK_ROWS: usize = 2000;

/// The first model of a layer: the mirror of the one below where that is asked for, with small random
/// weights for what it is wider; random weights elsewhere. Visible biases are those of the data, but for
/// a mirror's.
pub(super) fn start(
    config: &DbnConfig,
    layer: usize,
    below: Option<&Rbm>,
    batches: &Batches,
    device: &Device,
) -> Rbm {
    let shape = config.rbm(layer);
    let data = statistics(batches, shape.visible, device);
    let mut noise = Noise::new(config.train(layer).seed).derive(START);
    let random = shape.init_from(&data, &mut noise, device);
    match below {
        Some(below) if config.layers[layer - 1].mirror_start => {
            widened(&mirror(below, &random.visible), &random)
        }
        _ => random,
    }
}

/// The mirror with further hidden units: those of the random model that it has not itself.
fn widened(mirror: &Rbm, random: &Rbm) -> Rbm {
    let (own, all) = (mirror.num_hidden(), random.num_hidden());
    if own == all {
        return mirror.clone();
    }
    let weight = random.weight.val().narrow(1, own, all - own);
    let bias = random.hidden.bias().narrow(0, own, all - own);
    Rbm::from_parts(
        mirror.visible.fresh(),
        Units::Bernoulli(Bernoulli::from_bias(Tensor::cat(
            vec![mirror.hidden.bias(), bias],
            0,
        ))),
        Tensor::cat(vec![mirror.weight.val(), weight], 1),
    )
}

/// The mirror of the layer below. Label units join it without weights, at the rates of the classes:
/// the features keep their distribution.
fn mirror(below: &Rbm, visible: &Units) -> Rbm {
    let mirror = below.mirror();
    let Units::Labelled(fitted) = visible else {
        return mirror;
    };
    let rates = fitted
        .bias
        .val()
        .narrow(0, fitted.num_features(), fitted.classes());
    let bias = Tensor::cat(vec![mirror.visible.bias(), rates], 0);
    let weight = mirror.weight.val();
    let none = Tensor::zeros(
        [fitted.classes(), mirror.num_hidden()],
        (&weight.device(), weight.dtype()),
    );
    Rbm::from_parts(
        Units::Labelled(Labelled::from_bias(bias, fitted.classes())),
        mirror.hidden.fresh(),
        Tensor::cat(vec![weight, none], 0),
    )
}

/// Means and variances of the columns; for zeros and ones the second follow from the first.
fn statistics(batches: &Batches, kind: UnitsConfig, device: &Device) -> DataStatistics {
    let mean: Vec<f64> = batches.column_means().into_iter().map(f64::from).collect();
    if kind.support().is_zero_one() {
        let variance = mean.iter().map(|m| m * (1.0 - m)).collect();
        return DataStatistics { mean, variance };
    }
    let rows = batches.rows();
    let centre = Tensor::<1>::from_data(mean.as_slice(), device).unsqueeze::<2>();
    let mut variance = vec![0.0; mean.len()];
    for block in rows.chunks(BLOCK_ROWS) {
        let x = batches.rows_tensor(block, 0, device);
        let squares = (x - centre.clone()).square().sum_dim(0);
        for (variance, sum) in variance.iter_mut().zip(to_f64(squares)) {
            *variance += sum / rows.len() as f64;
        }
    }
    DataStatistics { mean, variance }
}

#[cfg(test)]
mod tests {
    use rbm_data::{Binarisation, Dataset, Values};

    use super::*;

    #[test]
    fn real_columns_start_at_their_own_mean_and_spread() {
        let values = Values::Floats(vec![1.0, -2.0, 3.0, 0.0, 5.0, 2.0]);
        let data = Dataset::new("toy", 2, values).unwrap();
        let batches = Batches::new(&data, &[0, 1, 2], 3, Binarisation::None, 1).unwrap();
        let mut config = DbnConfig::new(2, &[3]);
        config.visible = UnitsConfig::Gaussian { learn_sigma: true };
        let rbm = start(&config, 1, None, &batches, &Device::default());
        let Units::Gaussian(layer) = rbm.visible else {
            panic!("the units asked for");
        };
        let log_sigma = to_f64(layer.log_sigma.unwrap().val());
        assert_eq!(to_f64(layer.bias.val()), [3.0, 0.0]);
        for x in log_sigma {
            assert!((x - (8f64 / 3.0).sqrt().ln()).abs() < 1e-6, "{x}");
        }
    }
}
