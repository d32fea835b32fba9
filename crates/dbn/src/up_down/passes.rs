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

        let mut sleep = vec![match &sampler.top.visible {
            Units::Labelled(layer) => layer.split(fantasy).0,
            _ => fantasy,
        }];
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
