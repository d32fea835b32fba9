//! The way up, the way down, and the loss whose gradient is the wake-sleep update.

use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    objective::{Clamped, Phase, surrogate},
    sampling::Gibbs,
    units::{UnitLayer, Units},
};

use super::UntiedDbn;

/// The states of one update, all of them constants.
pub(super) struct Passes {
    /// Draws on the way up, from the data to the features below the top.
    pub(super) wake: Vec<Tensor<2>>,
    /// Draws on the way down, in the same order: means of the data units, and the features where
    /// the chain of the top ended.
    pub(super) sleep: Vec<Tensor<2>>,
    positive: Phase,
    negative: Phase,
}

impl Passes {
    /// One way up from the data, `k` sweeps in the top, one way down. `label` are the states of the
    /// label units.
    pub(super) fn new(
        network: &UntiedDbn,
        sampler: &UntiedDbn,
        data: Tensor<2>,
        label: Option<Tensor<2>>,
        k: usize,
        noise: &mut Noise,
    ) -> Self {
        let mut wake = vec![data];
        for layer in &sampler.layers {
            let below = wake[wake.len() - 1].clone();
            wake.push(layer.upward().sample_hidden(below, noise));
        }
        let features = wake[wake.len() - 1].clone();
        let visible = match label {
            Some(label) => Tensor::cat(vec![features, label], 1),
            None => features,
        };
        let clamped = Clamped::new(&network.top, visible);
        let (mean, drawn) = clamped.hidden_mean_and_sample(&sampler.top, noise);
        let positive = clamped.with_hidden_mean(&sampler.top, mean);
        let fantasy = Gibbs::new(k).visible_from(&sampler.top, drawn, noise);
        let negative = Clamped::new(&network.top, fantasy.clone()).expected(&sampler.top);

        let mut sleep = vec![sampler.top.visible.without_label(fantasy)];
        for (depth, layer) in sampler.layers.iter().enumerate().rev() {
            let (above, down) = (sleep[sleep.len() - 1].clone(), layer.downward());
            sleep.push(match depth {
                0 => down.visible_mean(above),
                _ => down.sample_visible(above, noise),
            });
        }
        sleep.reverse();
        Self {
            wake,
            sleep,
            positive,
            negative,
        }
    }

    /// What the network knows of the data: all states on the way up, and both sides of the top.
    pub(super) fn states(&self) -> Vec<Tensor<2>> {
        let top = [self.positive.visible(), self.positive.hidden()];
        self.wake.iter().cloned().chain(top).collect()
    }

    /// `-log p(v¹…hˡ | features)` of the states on the way up, in nats per row, shape `[1]`: what the
    /// generative weights learn from. None for a network of one layer.
    pub(super) fn generative_loss(&self, network: &UntiedDbn) -> Option<Tensor<1>> {
        let pairs = network.layers.iter().zip(self.wake.windows(2));
        sum(pairs.map(|(layer, pair)| {
            let rbm = layer.downward();
            let inputs = rbm.visible_inputs(pair[1].clone());
            negative_log_probability(&rbm.visible, inputs, pair[0].clone())
        }))
    }

    /// `-log q(h¹…features | v)` of the states on the way down, in nats per row, shape `[1]`: what
    /// the recognition weights learn from. None for a network of one layer.
    pub(super) fn recognition_loss(&self, network: &UntiedDbn) -> Option<Tensor<1>> {
        let pairs = network.layers.iter().zip(self.sleep.windows(2));
        sum(pairs.map(|(layer, pair)| {
            let rbm = layer.upward();
            let inputs = rbm.hidden_inputs(pair[0].clone());
            negative_log_probability(&rbm.hidden, inputs, pair[1].clone())
        }))
    }

    /// The surrogate of contrastive divergence in the top, shape `[1]`.
    pub(super) fn top_surrogate(&self, top: &Rbm) -> Tensor<1> {
        surrogate(top, self.positive.clone(), self.negative.clone())
    }
}

/// The mean over the rows of `-log p(x | I) = E(x) - I·x + Γ(I)`. For binary units its derivatives
/// are the delta rule, `-xᵀ_above (x - E[x | I])`.
fn negative_log_probability(units: &Units, inputs: Tensor<2>, states: Tensor<2>) -> Tensor<1> {
    let rows = states.dims()[0] as f64;
    let interaction = (inputs.clone() * states.clone()).sum();
    let energy = units.energy(states).sum() + units.cgf(inputs).sum();
    (energy - interaction).mul_scalar(rows.recip())
}

fn sum(terms: impl Iterator<Item = Tensor<1>>) -> Option<Tensor<1>> {
    terms.reduce(|sum, term| sum + term)
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, Param};
    use burn::tensor::{DType, Device, TensorData};
    use rbm_model::{
        numerics::to_f64,
        units::{Bernoulli, Labelled},
    };

    use super::*;
    use crate::Dbn;

    type Rows = Vec<Vec<f64>>;

    fn rows(x: Tensor<2>) -> Rows {
        let width = x.dims()[1];
        to_f64(x).chunks(width).map(<[f64]>::to_vec).collect()
    }

    fn draw(shape: [usize; 2], seed: u64, device: &Device) -> Tensor<2> {
        let plain = device.clone().without_autodiff();
        let x = Noise::new(seed).normal(shape, DType::F64, &plain);
        Tensor::from_data(x.into_data(), (device, DType::F64))
    }

    /// A network of 5-4-3 units with a label of two classes and 4 hidden units on top, all weights
    /// of both directions random.
    fn network(device: &Device) -> UntiedDbn {
        let bias = |n, seed| draw([1, n], seed, device).squeeze_dim::<1>(0);
        let binary = |n, seed| Units::Bernoulli(Bernoulli::from_bias(bias(n, seed)));
        let rbm = |visible: Units, n, seed| {
            let m = visible.num_units();
            Rbm::from_parts(visible, binary(n, seed), draw([m, n], seed + 1, device))
        };
        let labelled = Units::Labelled(Labelled::from_bias(bias(5, 9), 2));
        let stack = vec![
            rbm(binary(5, 1), 4, 2),
            rbm(binary(4, 4), 3, 5),
            rbm(labelled, 4, 7),
        ];
        let mut untied = UntiedDbn::from(&Dbn::new(stack).unwrap());
        for (layer, seed) in untied.layers.iter_mut().zip(20..) {
            let shape = layer.generative.val().dims();
            layer.generative = Param::from_tensor(draw(shape, seed, device));
        }
        untied
    }

    /// The mean of the units above `below`, or, with the weights the other way round, below.
    fn logistic(states: &Rows, weight: &Rows, bias: &[f64], transposed: bool) -> Rows {
        let unit = |row: &[f64], j: usize| {
            let weight = |i: usize| {
                if transposed {
                    weight[j][i]
                } else {
                    weight[i][j]
                }
            };
            let inputs: f64 = row.iter().enumerate().map(|(i, x)| x * weight(i)).sum();
            1.0 / (1.0 + (-bias[j] - inputs).exp())
        };
        let one = |row: &Vec<f64>| (0..bias.len()).map(|j| unit(row, j)).collect();
        states.iter().map(one).collect()
    }

    /// `-(1/N) Σ below ⊗ (above)`, the update of a weight matrix `[below, above]`.
    fn outer(below: &Rows, above: &Rows) -> Vec<f64> {
        let n = below.len() as f64;
        let entry = |i: usize, j: usize| {
            let sum: f64 = below.iter().zip(above).map(|(b, a)| b[i] * a[j]).sum();
            -sum / n
        };
        let (rows, columns) = (below[0].len(), above[0].len());
        (0..rows)
            .flat_map(|i| (0..columns).map(move |j| (i, j)))
            .map(|(i, j)| entry(i, j))
            .collect()
    }

    fn difference(a: &Rows, b: &Rows) -> Rows {
        let row = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a - b).collect();
        a.iter().zip(b).map(row).collect()
    }

    fn close(what: &str, found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{what}: {found} {expected}"
            );
        }
    }

    /// Appendix B in plain loops: every update of both directions and of the top.
    #[test]
    fn the_gradient_is_the_delta_rule() {
        let device = Device::flex();
        let network = network(&device.clone().autodiff());
        let sampler = network.valid();
        let data = Noise::new(30).uniform([6, 5], DType::F64, &device);
        let label = TensorData::from([
            [1f64, 0.0],
            [0.0, 1.0],
            [0.0, 1.0],
            [1.0, 0.0],
            [1.0, 0.0],
            [0.0, 1.0],
        ]);
        let label = Tensor::<2>::from_data(label, (&device, DType::F64));
        let mut noise = Noise::new(31);
        let passes = Passes::new(&network, &sampler, data, Some(label.clone()), 3, &mut noise);
        let gradients = (passes.generative_loss(&network).unwrap()
            + passes.recognition_loss(&network).unwrap()
            + passes.top_surrogate(&network.top))
        .backward();
        let matrix = |param: &Param<Tensor<2>>| to_f64(param.val().grad(&gradients).unwrap());
        let vector = |units: &Units| to_f64(units.bias().grad(&gradients).unwrap());

        let wake: Vec<Rows> = passes.wake.iter().cloned().map(rows).collect();
        let sleep: Vec<Rows> = passes.sleep.iter().cloned().map(rows).collect();
        let ones = vec![vec![1.0]; 6];
        for (l, layer) in sampler.layers.iter().enumerate() {
            let down = rows(layer.generative.val());
            let predicted = logistic(&wake[l + 1], &down, &to_f64(layer.visible.bias()), true);
            let missed = difference(&wake[l], &predicted);
            let tuned = &network.layers[l];
            close(
                "generative",
                &matrix(&tuned.generative),
                &outer(&missed, &wake[l + 1]),
            );
            close(
                "generative bias",
                &vector(&tuned.visible),
                &outer(&ones, &missed),
            );

            let up = rows(layer.recognition.val());
            let predicted = logistic(&sleep[l], &up, &to_f64(layer.hidden.bias()), false);
            let missed = difference(&sleep[l + 1], &predicted);
            close(
                "recognition",
                &matrix(&tuned.recognition),
                &outer(&sleep[l], &missed),
            );
            close(
                "recognition bias",
                &vector(&tuned.hidden),
                &outer(&ones, &missed),
            );
        }
        // The top: the statistics of the clamped states minus those of the chain's end.
        let (weight, bias) = (
            rows(sampler.top.weight.val()),
            to_f64(sampler.top.hidden.bias()),
        );
        let label = rows(label);
        let clamped: Rows = wake[2]
            .iter()
            .zip(&label)
            .map(|(f, y)| [&f[..], y].concat())
            .collect();
        let ended = rows(passes.negative.visible());
        let with = |visible: &Rows| {
            let hidden = logistic(visible, &weight, &bias, false);
            (
                outer(visible, &hidden),
                outer(&ones, visible),
                outer(&ones, &hidden),
            )
        };
        let (positive, negative) = (with(&clamped), with(&ended));
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
        let top = &network.top;
        close(
            "top",
            &matrix(&top.weight),
            &minus(&positive.0, &negative.0),
        );
        close(
            "top visible",
            &vector(&top.visible),
            &minus(&positive.1, &negative.1),
        );
        close(
            "top hidden",
            &vector(&top.hidden),
            &minus(&positive.2, &negative.2),
        );
        // The way down begins where the chain ended.
        for (features, visible) in sleep[2].iter().zip(&ended) {
            assert_eq!(features[..], visible[..3]);
        }
    }

    /// The states between data and features are draws with the conditional means: counts of many
    /// equal rows, within five binomial standard deviations.
    #[test]
    fn the_passes_follow_each_its_own_weights() {
        let (device, n) = (Device::flex(), 20_000usize);
        let network = network(&device).train();
        let sampler = network.valid();
        let row = Noise::new(40).uniform([1, 5], DType::F64, &device);
        let label = Tensor::<2>::zeros([n, 2], (&device, DType::F64));
        let data = row.clone().expand([n, 5]);
        let mut noise = Noise::new(41);
        let passes = Passes::new(&network, &sampler, data, Some(label), 1, &mut noise);
        let expected = to_f64(sampler.layers[0].upward().hidden_mean(row));
        let found = to_f64(passes.wake[1].clone().mean_dim(0));
        for (found, p) in found.iter().zip(expected) {
            let sigma = (p * (1.0 - p) / n as f64).sqrt();
            assert!((found - p).abs() < 5.0 * sigma, "{found} {p}");
        }
        // Down: given the layer above, and the data units at their means.
        let down = sampler.layers[1].downward();
        let (above, below) = (passes.sleep[2].clone(), passes.sleep[1].clone());
        let missed = to_f64((below.clone() - down.visible_mean(above.clone())).mean_dim(0));
        let spread = to_f64(
            down.visible
                .variance(down.visible_inputs(above))
                .mean_dim(0),
        );
        for (missed, variance) in missed.iter().zip(spread) {
            assert!(
                missed.abs() < 5.0 * (variance / n as f64).sqrt(),
                "{missed}"
            );
        }
        let means = to_f64(sampler.layers[0].downward().visible_mean(below));
        close("data", &to_f64(passes.sleep[0].clone()), &means);
    }
}
