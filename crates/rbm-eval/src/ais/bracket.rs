//! Both sides of `log Z`.

use serde::{Deserialize, Serialize};

use super::{AisEstimate, ReverseEstimate};
use crate::Bar;

/// `log Z` between the lower side of annealing forward and the upper side of annealing back, nats.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::{Ais, Bracket, Origin, AnnealingSchedule};
/// use rbm_model::{Noise, RbmConfig, exact::log_partition};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(8, 5).init(&mut Noise::new(1), &device);
/// let ais = Ais { schedule: AnnealingSchedule::Linear { steps: 100 }, chains: 50, ..Ais::default() };
/// let forward = ais.run(&rbm, &rbm.visible, &mut |_, _| ())?;
/// let start = Tensor::<2>::zeros([50, 8], &device);
/// let origin = Origin::Chains { burn_in: 100 };
/// let reverse = ais.run_reverse(&rbm, &rbm.visible, start, origin, &mut |_, _| ())?;
/// let bracket = Bracket::new(&forward, &reverse);
/// assert!(bracket.gap() < 0.1 && (bracket.best - log_partition(&rbm)?).abs() < 0.05);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bracket {
    /// The lower end of the forward estimate's confidence interval.
    pub low: f64,
    /// The value by [Bennett's acceptance ratio](Bar), held between the two ends.
    pub best: f64,
    /// The upper end of the reverse estimate's confidence interval.
    pub high: f64,
    /// The standard error of `best`.
    pub standard_error: f64,
    /// Whether the two sides lie in their order. Where the reverse side is significantly below the
    /// forward one, the reverse chains were no draws of the model, and the two have changed places
    /// in `low` and `high`.
    pub ordered: bool,
}

impl Bracket {
    /// The bracket of a forward and a reverse run over the same base and schedule.
    ///
    /// # Panics
    ///
    /// Where the two runs had different bases.
    pub fn new(forward: &AisEstimate, reverse: &ReverseEstimate) -> Self {
        assert!(
            (forward.log_base_partition - reverse.log_base_partition).abs() < 1e-9,
            "both sides of a bracket anneal along the same path"
        );
        let bar = Bar::new(&forward.log_weights, &reverse.log_weights);
        let (lower, upper) = (forward.log_partition.low, reverse.log_partition.high);
        let (low, high) = (lower.min(upper), lower.max(upper));
        Self {
            low,
            best: (forward.log_base_partition + bar.log_ratio).clamp(low, high),
            high,
            standard_error: bar.standard_error,
            ordered: lower <= upper,
        }
    }

    /// The distance of the two sides.
    pub fn gap(&self) -> f64 {
        self.high - self.low
    }
}
