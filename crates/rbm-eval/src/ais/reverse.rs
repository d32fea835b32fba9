//! What annealing back from the model gives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Interval, LogWeights};

/// Where the chains that anneal back come from. The upper bound holds as far as they are draws of
/// the model.
///
/// ```
/// use rbm_eval::Origin;
/// let text = Origin::Data { burn_in: 500 }.to_string();
/// assert_eq!(text, "data after 500 Gibbs sweeps");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// The states given are draws of the model already (exact ones, or ends of long chains).
    Model,
    /// The states given are data, moved by this many Gibbs sweeps of the model.
    Data {
        /// The number of sweeps.
        burn_in: usize,
    },
    /// The states given are anything else, draws of the base say, moved by this many Gibbs sweeps.
    Chains {
        /// The number of sweeps.
        burn_in: usize,
    },
}

impl Origin {
    /// The number of Gibbs sweeps before annealing begins.
    pub fn burn_in(self) -> usize {
        match self {
            Self::Model => 0,
            Self::Data { burn_in } | Self::Chains { burn_in } => burn_in,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model => f.write_str("draws of the model"),
            Self::Data { burn_in } => write!(f, "data after {burn_in} Gibbs sweeps"),
            Self::Chains { burn_in } => write!(f, "chains of {burn_in} Gibbs sweeps"),
        }
    }
}

/// An estimate of `log Z` by annealing from draws of the model back to the base, in nats.
///
/// `E[1/w] = Z₀/Z` exactly where the chains start in the model's distribution, so
/// `log Z₀ - log mean(1/w)` lies above `log Z` in expectation: a stochastic upper bound.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::{Ais, Origin};
/// use rbm_model::{Noise, RbmConfig, exact::log_partition};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let ais = Ais { schedule: "linear:50".parse()?, ..Ais::default() };
/// let (start, origin) = (Tensor::zeros([80, 6], &device), Origin::Chains { burn_in: 50 });
/// let estimate = ais.run_reverse(&rbm, &rbm.visible, start, origin, &mut |_, _| ())?;
/// assert_eq!(estimate.chains, 80);
/// assert!((estimate.log_partition.value - log_partition(&rbm)?).abs() < 0.05);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
///
/// # References
///
/// Y. Burda, R. B. Grosse, R. Salakhutdinov: *Accurate and conservative estimates of MRF
/// log-likelihood using reverse annealing*, AISTATS 2015, section 3 (from whose estimator, RAISE,
/// this one differs in that the chains start in the model, not at test data); R. B. Grosse, Z.
/// Ghahramani, R. P. Adams: *Sandwiching the marginal likelihood using bidirectional Monte Carlo*,
/// 2015.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReverseEstimate {
    /// `log Z₀ - log mean(1/w)`, with its confidence interval.
    pub log_partition: Interval,
    /// The [standard error](LogWeights::standard_error) of `log_partition`.
    pub standard_error: f64,
    /// How many equal weights would do as well.
    pub effective_sample_size: f64,
    /// The variance of `log w`, nats².
    pub log_weight_variance: f64,
    /// The number of chains.
    pub chains: usize,
    /// The number of steps of the inverse temperature.
    pub betas: usize,
    /// Where the chains started.
    pub origin: Origin,
    /// `log Z₀` of the base with the hidden layer's reference, exact.
    pub log_base_partition: f64,
    /// `log w` of each chain: of the path as the forward chains would have walked it.
    pub log_weights: LogWeights,
}

impl ReverseEstimate {
    pub(super) fn new(
        log_base_partition: f64,
        betas: usize,
        origin: Origin,
        log_weights: LogWeights,
        confidence: f64,
    ) -> Self {
        let reciprocal = log_weights.reciprocal();
        let ratio = reciprocal.interval(confidence);
        Self {
            log_partition: Interval {
                low: log_base_partition - ratio.high,
                value: log_base_partition - ratio.value,
                high: log_base_partition - ratio.low,
            },
            standard_error: reciprocal.standard_error(),
            effective_sample_size: reciprocal.effective_sample_size(),
            log_weight_variance: log_weights.variance(),
            chains: log_weights.as_slice().len(),
            betas,
            origin,
            log_base_partition,
            log_weights,
        }
    }
}
