//! Centring of both directions: gradients as if the units that weights come from were measured from
//! their means on the way up.
//!
//! Without it, weights and biases pull at one another, and the top learns a state that is everyone's
//! mean and no image. A recognition weight is centred by its lower unit, a generative one by its
//! upper unit, and those of the top by both.

use std::path::Path;

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use rbm_model::{
    store::{Archive, StoreError},
    units::UnitLayer,
};
use rbm_train::{Centring, internal::moving_mean};

use super::{UntiedDbn, passes::Passes};

/// Moving averages of the states on the way up: of the data and each layer of features, and of the
/// visible units (features and labels) and hidden units of the top.
#[derive(Clone, Debug)]
pub(super) struct Offsets(Vec<Tensor<1>>);

impl Offsets {
    /// The averages after one more batch; its means where there were none.
    pub(super) fn after(previous: Option<&Self>, passes: &Passes, rate: f64) -> Self {
        let states = passes.states().into_iter();
        Self(match previous {
            None => states
                .map(|states| states.mean_dim(0).squeeze_dim::<1>(0))
                .collect(),
            Some(Self(old)) => old
                .iter()
                .zip(states)
                .map(|(mean, states)| moving_mean(mean, states, rate))
                .collect(),
        })
    }

    /// Centres the gradients of all weights, and those of the biases with them.
    pub(super) fn apply(&self, network: &UntiedDbn, gradients: &mut GradientsParams) {
        let means = &self.0;
        for (layer, pair) in network.layers.iter().zip(means.windows(2)) {
            let (below, above) = (pair[0].clone(), pair[1].clone());
            let none = |mean: &Tensor<1>| mean.clone().zeros_like();
            let upwards = Centring::new(below.clone(), none(&above));
            let downwards = Centring::new(none(&below), above);
            upwards.apply(&layer.upward(), gradients);
            downwards.apply(&layer.downward(), gradients);
        }
        let [.., visible, hidden] = &means[..] else {
            unreachable!("the top has two layers");
        };
        let top = Centring::new(visible.clone(), hidden.clone());
        top.apply(&network.top, gradients);
    }

    pub(super) fn store_in(&self, archive: &mut Archive) {
        for (i, mean) in self.0.iter().enumerate() {
            archive.insert(name(i), mean.to_data());
        }
    }

    /// The averages of a run of this network.
    pub(super) fn from_archive(
        archive: &mut Archive,
        network: &UntiedDbn,
        path: &Path,
    ) -> Result<Self, StoreError> {
        let weight = network.top.weight.val();
        let (device, dtype) = (weight.device().without_autodiff(), weight.dtype());
        let mut means = Vec::new();
        for (i, width) in widths(network).into_iter().enumerate() {
            let expected = || format!("`{}`, {width} finite numbers", name(i));
            let data = archive.remove(&name(i));
            let data =
                data.ok_or_else(|| StoreError::content(path, expected(), "no such tensor"))?;
            let shape = data.shape().as_slice();
            let finite = data.dtype().is_float() && data.iter::<f64>().all(f64::is_finite);
            if shape != [width] || !finite {
                let found = format!("shape {shape:?}, or others");
                return Err(StoreError::content(path, expected(), found));
            }
            means.push(Tensor::from_data(data, (&device, dtype)));
        }
        Ok(Self(means))
    }
}

/// Units of each layer that is averaged.
fn widths(network: &UntiedDbn) -> Vec<usize> {
    let layers = network.layers.iter();
    let mut widths: Vec<_> = layers.map(|layer| layer.visible.num_units()).collect();
    let features = network.layers.last();
    widths.push(features.map_or(network.num_visible(), |layer| layer.hidden.num_units()));
    widths.extend([network.top.num_visible(), network.top.num_hidden()]);
    widths
}

fn name(i: usize) -> String {
    format!("centring.{i}")
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::tensor::{DType, Device};
    use rbm_model::{Noise, Rbm, RbmConfig, WeightInit, numerics::to_f64};

    use super::*;
    use crate::Dbn;

    /// Each direction of a layer is a generalised linear model of one layer given the other. Measured
    /// from their means, the inputs `(x - m) W + b'` with `b' = b + m W` are the same, and so is a step.
    #[test]
    fn it_is_a_step_of_the_centred_directions() {
        let device = Device::flex();
        let mut noise = Noise::new(1);
        let mut layer = |visible, hidden| -> Rbm {
            let weight = WeightInit::Normal { std: 1.0 };
            let config = RbmConfig::new(visible, hidden).with_weight(weight);
            config.init(&mut noise, &device).cast(DType::F64)
        };
        let stack = vec![layer(5, 4), layer(4, 3), layer(3, 2)];
        let network = UntiedDbn::from(&Dbn::new(stack).unwrap());
        let (taped, mut noise) = (network.clone().train(), Noise::new(2));
        let data = Noise::new(3).uniform([7, 5], DType::F64, &device);
        let passes = Passes::new(&taped, &network, data, None, 1, &mut noise);
        let loss = passes.top_surrogate(&taped.top)
            + passes.generative_loss(&taped).unwrap()
            + passes.recognition_loss(&taped).unwrap();
        let mut gradients = GradientsParams::from_grads(loss.backward(), &taped);
        Offsets::after(None, &passes, 0.3).apply(&taped, &mut gradients);

        let rows = |x: &Tensor<2>| -> Vec<Vec<f64>> {
            let width = x.dims()[1];
            to_f64(x.clone())
                .chunks(width)
                .map(<[f64]>::to_vec)
                .collect()
        };
        let mean = |x: &Tensor<2>| to_f64(x.clone().mean_dim(0));
        for (depth, layer) in network.layers.iter().enumerate() {
            let (up, down) = (layer.upward(), layer.downward());
            let biases = [up.hidden.bias_param().id, down.visible.bias_param().id];
            let wake = [&passes.wake[depth], &passes.wake[depth + 1]];
            let sleep = [&passes.sleep[depth], &passes.sleep[depth + 1]];
            // Inputs, what they should have given, what they give, and where they are measured from.
            let upwards = (
                sleep[0],
                sleep[1],
                up.hidden_mean(sleep[0].clone()),
                mean(wake[0]),
            );
            let downwards = (
                wake[1],
                wake[0],
                down.visible_mean(wake[1].clone()),
                mean(wake[1]),
            );
            let weights = [layer.recognition.id, layer.generative.id];
            for (way, (inputs, targets, given, from)) in [upwards, downwards].iter().enumerate() {
                let (inputs, targets, given) = (rows(inputs), rows(targets), rows(given));
                let [m, n] = [inputs[0].len(), targets[0].len()];
                let error = |r: usize, j: usize| (given[r][j] - targets[r][j]) / 7.0;
                let weight = |i: usize, j: usize| -> f64 {
                    (0..7).map(|r| (inputs[r][i] - from[i]) * error(r, j)).sum()
                };
                // A step of b' and of W is one of b = b' - m W.
                let bias = |j: usize| -> f64 {
                    let shift: f64 = (0..m).map(|i| from[i] * weight(i, j)).sum();
                    (0..7).map(|r| error(r, j)).sum::<f64>() - shift
                };
                let found = to_f64(gradients.get::<2>(weights[way]).unwrap());
                for (place, found) in found.iter().enumerate() {
                    let (i, j) = match way {
                        0 => (place / n, place % n),
                        _ => (place % m, place / m),
                    };
                    assert!(
                        (found - weight(i, j)).abs() < 1e-12,
                        "{depth} {way} {i} {j}"
                    );
                }
                // Where the features below the top begin, the top's own bias is another one.
                let found = to_f64(gradients.get::<1>(biases[way]).unwrap());
                for (j, found) in found.iter().enumerate() {
                    assert!((found - bias(j)).abs() < 1e-12, "{depth} {way} {j}");
                }
            }
        }
    }
}
