//! Training out of equilibrium.

use rbm_model::{
    objective::Clamped,
    sampling::{Gibbs, GibbsState, Kernel, random_visible},
};
use serde::{Deserialize, Serialize};

use super::{
    AlgorithmSettings, Phases, Rejection, SharedKernel, TrainingAlgorithm, Update,
    settings::{check_chains, check_sweeps},
};
use crate::{Schedule, Step, TrainConfigError};

/// Chains restarted at random states for each update: `k` sweeps from such states become a sampler of the data
/// (A. Decelle, C. Furtlehner, B. Seoane: *Equilibrium and non-equilibrium regimes in the learning of
/// restricted Boltzmann machines*, Advances in Neural Information Processing Systems 34, 2021; "Rdm-k" there).
///
/// With few sweeps the gradient is biased, and the model is one whose chains are like the data after `k` sweeps
/// and not at equilibrium. Draw from it with `k` sweeps from [random states](random_visible).
///
/// ```
/// use rbm_train::{Algorithm, Rdm};
///
/// let rdm: Algorithm = serde_json::from_str(r#"{"kind": "rdm", "k": 50}"#)?;
/// assert_eq!(rdm, Rdm { k: 50.into(), chains: None }.into());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rdm {
    /// Gibbs sweeps per update.
    pub k: Schedule<usize>,
    /// The number of chains; as many as a batch has rows where absent.
    #[serde(default)]
    pub chains: Option<usize>,
}

impl Default for Rdm {
    /// Ten sweeps, and as many chains as a batch has rows.
    fn default() -> Self {
        Self {
            k: 10.into(),
            chains: None,
        }
    }
}

impl AlgorithmSettings for Rdm {
    fn summary(&self) -> &'static str {
        "Chains restarted at random states for each update"
    }

    fn validate(&self) -> Result<(), TrainConfigError> {
        check_sweeps(&self.k)?;
        check_chains(self.chains)
    }

    fn start(&self) -> Box<dyn TrainingAlgorithm> {
        Box::new(RandomStarts::new(self.clone(), Gibbs::new(1)))
    }

    fn sweeps(&mut self) -> Option<&mut Schedule<usize>> {
        Some(&mut self.k)
    }

    fn chains(&mut self) -> Option<&mut Option<usize>> {
        Some(&mut self.chains)
    }
}

/// [`Rdm`] with any kernel of Gibbs states.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, sampling::Gibbs};
/// use rbm_train::{RandomStarts, Rdm, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let algorithm = RandomStarts::new(Rdm::default(), Gibbs::new(1));
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?.with_algorithm(algorithm);
/// assert_eq!(trainer.step(Tensor::ones([10, 6], &device))?.k, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RandomStarts {
    settings: Rdm,
    kernel: Box<dyn SharedKernel>,
}

impl RandomStarts {
    /// The algorithm with `k` steps of this kernel in an update.
    pub fn new<K>(settings: Rdm, kernel: K) -> Self
    where
        K: Kernel<State = GibbsState> + Send + Sync + 'static,
    {
        Self {
            settings,
            kernel: Box::new(kernel),
        }
    }
}

impl TrainingAlgorithm for RandomStarts {
    fn phases(
        &mut self,
        step: &Step<'_>,
        update: &mut Update<'_>,
    ) -> Result<Phases, Box<Rejection>> {
        let (model, k) = (update.model, self.settings.k.at(update.epoch));
        let chains = self.settings.chains.unwrap_or(update.config.batch_size);
        let visible = random_visible(model, chains, update.noise);
        let start = self.kernel.init(model, visible, update.noise);
        let fantasy = self.kernel.visible_after(model, start, k, update.noise);
        let negative = update.phase_of(Clamped::new(model, fantasy));
        let positive = update.phase_of(Clamped::new(model, step.batch()));
        Ok(Phases::new(step.weighted(positive), negative, k))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};
    use rbm_model::{
        Noise, Rbm,
        numerics::to_f64,
        units::{Bernoulli, Units},
    };

    use super::*;
    use crate::TrainConfig;

    const VISIBLE: usize = 6;
    const HIDDEN: usize = 4;
    const CHAINS: usize = 20_000;
    /// What each weight is worth; biases let half of the units be on, and a little more of the visible ones.
    const COUPLING: f64 = 1.0;
    const FIELD: f64 = 0.1;

    fn biases() -> (f64, f64) {
        let visible = FIELD - COUPLING * HIDDEN as f64 / 2.0;
        (visible, -COUPLING * VISIBLE as f64 / 2.0)
    }

    /// All weights are positive: the states with all units on and all off are likely, and a coin for each
    /// unit, where chains begin, is far from both.
    fn model() -> Rbm {
        let device = Device::default();
        let (visible, hidden) = biases();
        let units = |count: usize, bias: f64| {
            Units::Bernoulli(Bernoulli::from_bias(Tensor::full([count], bias, &device)))
        };
        let weight = Tensor::full([VISIBLE, HIDDEN], COUPLING, &device);
        Rbm::from_parts(units(VISIBLE, visible), units(HIDDEN, hidden), weight)
    }

    /// `E[v_i h_j]`, the same for all pairs, by a sum over all states in plain loops.
    fn exact_product() -> f64 {
        let (b, c) = biases();
        let (mut sum, mut total) = (0.0, 0.0);
        for state in 0u32..1 << (VISIBLE + HIDDEN) {
            let v = f64::from((state & ((1 << VISIBLE) - 1)).count_ones());
            let h = f64::from((state >> VISIBLE).count_ones());
            let weight = (b * v + c * h + COUPLING * v * h).exp();
            total += weight;
            sum += weight * v * h / (VISIBLE * HIDDEN) as f64;
        }
        sum / total
    }

    /// The negative phase of an update.
    fn negative(k: usize, batch: f64, seed: u64) -> rbm_model::objective::Phase {
        let rbm = model();
        let settings = Rdm {
            k: k.into(),
            chains: Some(CHAINS),
        };
        let mut algorithm = RandomStarts::new(settings, Gibbs::new(1));
        let config = TrainConfig::default();
        let mut noise = Noise::new(seed);
        let batch = Tensor::full([3, VISIBLE], batch, &Device::default());
        let mut update = Update {
            model: &rbm,
            config: &config,
            epoch: 0,
            step: 7,
            noise: &mut noise,
        };
        let phases = algorithm.phases(&Step::new(batch), &mut update);
        phases.expect("nothing is rejected").negative
    }

    /// The mean of all products `v_i h_j` over the chains, and its standard error.
    fn product(k: usize) -> (f64, f64) {
        let phase = negative(k, 1.0, 3);
        let of_rows = |states: Tensor<2>| to_f64(states.mean_dim(1));
        let (v, h) = (of_rows(phase.visible()), of_rows(phase.hidden()));
        assert_eq!(v.len(), CHAINS);
        let n = CHAINS as f64;
        let products: Vec<f64> = v.iter().zip(h).map(|(v, h)| v * h).collect();
        let mean = products.iter().sum::<f64>() / n;
        let variance = products.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        (mean, (variance / n).sqrt())
    }

    /// With enough sweeps the gradient is that of the likelihood; with few, units of the chains agree less than
    /// those of the model do, since a coin for each unit does not agree with any other.
    #[test]
    fn chains_come_to_equilibrium_from_below() {
        let exact = exact_product();
        let (mean, error) = product(300);
        assert!((mean - exact).abs() < 5.0 * error, "{mean} {error} {exact}");
        let (one, error_of_one) = product(1);
        let (three, error_of_three) = product(3);
        assert!(three + 10.0 * error_of_three < exact, "{three} {exact}");
        assert!(one + 10.0 * error_of_one < three, "{one} {three}");
    }

    /// The chains know neither the data nor the update before.
    #[test]
    fn chains_start_at_random() {
        let rows = |phase: rbm_model::objective::Phase| to_f64(phase.visible());
        let once = rows(negative(2, 1.0, 5));
        assert_eq!(once, rows(negative(2, 0.0, 5)));
        assert_ne!(once, rows(negative(2, 1.0, 6)));

        let rbm = model();
        let config = TrainConfig::default();
        let mut algorithm = Rdm::default().start();
        let mut update = |seed| {
            let batch = Tensor::full([3, VISIBLE], 1.0, &Device::default());
            let mut update = Update {
                model: &rbm,
                config: &config,
                epoch: 0,
                step: 0,
                noise: &mut Noise::new(seed),
            };
            let phases = algorithm.phases(&Step::new(batch), &mut update);
            rows(phases.expect("nothing is rejected").negative)
        };
        let first = update(1);
        assert_ne!(first, update(2));
        assert_eq!(first, update(1));
    }
}
