//! The two sides of the gradient, by every algorithm.

use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    exact::exact_phase,
    objective::{Clamped, Phase},
    sampling::{Gibbs, GibbsState, Kernel},
    units::UnitLayer,
};

use crate::{Algorithm, HiddenStatistics, Trainer};

impl Trainer {
    /// The two sides of the gradient. The hidden statistics of both come from the product that is
    /// on the tape, and the persistent chains are left where the negative phase ends.
    pub(crate) fn phases(
        &mut self,
        sampler: &Rbm,
        batch: Tensor<2>,
        noise: &mut Noise,
    ) -> (Phase, Phase, usize) {
        let rbm = &self.rbm;
        let drawn = self.config.hidden_statistics == HiddenStatistics::Drawn;
        let phase = |clamped: Clamped, mean: Tensor<2>, sample: Tensor<2>| {
            if drawn {
                clamped.drawn(sample)
            } else {
                clamped.with_hidden_mean(sampler, mean)
            }
        };
        let clamped = Clamped::new(rbm, batch);
        match &self.config.algorithm {
            Algorithm::Cd { k } => {
                let k = k.at(self.epoch);
                let (mean, sample) = clamped.hidden_mean_and_sample(sampler, noise);
                let positive = phase(clamped, mean, sample.clone());
                let fantasy = Gibbs::new(k).visible_from(sampler, sample, noise);
                let clamped = Clamped::new(rbm, fantasy);
                let negative = if drawn {
                    let sample = clamped.sample_hidden(sampler, noise);
                    clamped.drawn(sample)
                } else {
                    clamped.expected(sampler)
                };
                (positive, negative, k)
            }
            Algorithm::Pcd { k, chains } => {
                let k = k.at(self.epoch);
                let chains = chains.unwrap_or(self.config.batch_size);
                let start = match self.chains.take() {
                    Some(state) => state.hidden,
                    None => first_state(sampler, chains, noise).hidden,
                };
                let gibbs = Gibbs::new(k);
                let (positive, visible) = if drawn {
                    let sample = clamped.sample_hidden(sampler, noise);
                    let visible = gibbs.visible_from(sampler, start, noise);
                    (clamped.drawn(sample), visible)
                } else {
                    // Neither needs the other: a thread that has no part in one has one in the other.
                    rbm_kernels::join(
                        || clamped.expected(sampler),
                        || gibbs.visible_from(sampler, start, noise),
                    )
                };
                let clamped = Clamped::new(rbm, visible.clone());
                let (mean, hidden) = clamped.hidden_mean_and_sample(sampler, noise);
                let negative = phase(clamped, mean, hidden.clone());
                self.chains = Some(GibbsState { visible, hidden });
                (positive, negative, k)
            }
            Algorithm::Exact => {
                let positive = clamped.expected(sampler);
                let negative = exact_phase(rbm).unwrap_or_else(|error| panic!("{error}"));
                (positive, negative, 0)
            }
        }
    }
}

/// Chains at draws of the visible units alone: no data are needed, and at a data-driven start they
/// already have the data's means.
fn first_state(rbm: &Rbm, chains: usize, noise: &mut Noise) -> GibbsState {
    let weight = rbm.weight.val();
    let inputs = Tensor::zeros(
        [chains, rbm.num_visible()],
        (&weight.device(), weight.dtype()),
    );
    let visible = rbm.visible.sample(inputs, noise);
    Gibbs::new(1).init(rbm, visible, noise)
}
