//! What annealing forward gives.

use serde::{Deserialize, Serialize};

use crate::{Interval, LogWeights};

/// An estimate of `log Z` by annealing from the base to the model, in nats.
///
/// `E[w] = Z/Z₀` exactly, at any length of the schedule; the logarithm of a mean of finitely many
/// weights lies below `log E[w]` in expectation, so this is a stochastic lower bound.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_eval::Ais;
/// use rbm_model::{Noise, RbmConfig};
///
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &Device::default());
/// let ais = Ais { schedule: "linear:50".parse()?, ..Ais::default() };
/// let estimate = ais.run(&rbm, &rbm.visible, &mut |_, _| ())?;
/// assert_eq!((estimate.chains, estimate.betas), (100, 50));
/// assert!(estimate.effective_sample_size > 90.0);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AisEstimate {
    /// `log Z₀ + log mean w`, with its confidence interval.
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
    /// `log Z₀` of the base with the hidden layer's reference, exact.
    pub log_base_partition: f64,
    /// `log w` of each chain.
    pub log_weights: LogWeights,
}

impl AisEstimate {
    pub(super) fn new(
        log_base_partition: f64,
        betas: usize,
        log_weights: LogWeights,
        confidence: f64,
    ) -> Self {
        let ratio = log_weights.interval(confidence);
        Self {
            log_partition: Interval {
                low: log_base_partition + ratio.low,
                value: log_base_partition + ratio.value,
                high: log_base_partition + ratio.high,
            },
            standard_error: log_weights.standard_error(),
            effective_sample_size: log_weights.effective_sample_size(),
            log_weight_variance: log_weights.variance(),
            chains: log_weights.as_slice().len(),
            betas,
            log_base_partition,
            log_weights,
        }
    }
}
