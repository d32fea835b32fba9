//! Annealed importance sampling, forward and back.

use burn::tensor::{Int, Tensor};
use rbm_kernels::anneal::Step;
use rbm_model::{
    Noise, Rbm,
    sampling::{
        Kernel,
        annealing::{Annealing, Path, Position, Totals},
    },
    units::Units,
};
use serde::{Deserialize, Serialize};

use super::{AisEstimate, AnnealingSchedule, Origin, ReverseEstimate};
use crate::{EvalError, LogWeights};

/// Annealed importance sampling of `log Z` along the path from a base of independent units to the
/// model.
///
/// Chains start in the base and follow the rising inverse temperature by Gibbs sampling; each
/// gathers `log w = Σ log f_k(v_k) - log f_{k-1}(v_k)` in double precision. A step costs two
/// products of `chains × visible × hidden`. Memory is bounded by the batch, not by the number of
/// chains; the numbers depend on the seed and the batch, not on the number of threads.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_eval::{Ais, AnnealingSchedule};
/// use rbm_model::{Noise, RbmConfig, exact::log_partition};
///
/// let rbm = RbmConfig::new(8, 5).init(&mut Noise::new(1), &Device::default());
/// let ais = Ais { schedule: AnnealingSchedule::Linear { steps: 200 }, chains: 100, ..Ais::default() };
/// let estimate = ais.run(&rbm, &rbm.visible, &mut |_, _| ())?;
/// assert!((estimate.log_partition.value - log_partition(&rbm)?).abs() < 0.05);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
///
/// # References
///
/// R. M. Neal: *Annealed importance sampling*, Statistics and Computing 11, 2001, equations 2-5;
/// R. Salakhutdinov, I. Murray: *On the quantitative analysis of deep belief networks*, ICML 2008,
/// section 4.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ais {
    /// The inverse temperatures.
    pub schedule: AnnealingSchedule,
    /// The number of chains, two or more.
    pub chains: usize,
    /// The most chains that move at once.
    pub batch: usize,
    /// The seed of all draws.
    pub seed: u64,
    /// The probability with which an interval is to hold the truth, in (0, 1).
    pub confidence: f64,
}

impl Default for Ais {
    /// 100 chains over the schedule of Salakhutdinov and Murray, 95 % intervals.
    fn default() -> Self {
        Self {
            schedule: AnnealingSchedule::default(),
            chains: 100,
            batch: 500,
            seed: 0,
            confidence: 0.95,
        }
    }
}

/// Temperatures between two reports of the progress: to enter the [pool](rbm_kernels::on_pool) and to
/// leave it takes as long as a part of one.
const TOGETHER: usize = 64;

/// The streams of random numbers of the three kinds of chains.
const FORWARD: u64 = 1;
const REVERSE: u64 = 2;
const BURN_IN: u64 = 3;

impl Ais {
    /// Anneals from `base`, independent visible units ([`base_rate`](crate::base_rate)), to `rbm`.
    /// `progress` is called now and then with the steps done and their total.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where a setting is out of range, the base does not belong to the model, or a
    /// weight is not finite.
    pub fn run(
        &self,
        rbm: &Rbm,
        base: &Units,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<AisEstimate, EvalError> {
        let path = self.path(rbm, base)?;
        let betas = self.schedule.betas(&path, &self.noise(), progress)?;
        let log_weights = self.chains(&path, &betas, FORWARD, progress, |batch, noise| {
            path.start(batch.len(), noise)
        })?;
        let log_base = path.log_base_partition();
        Ok(AisEstimate::new(
            log_base,
            betas.len() - 1,
            log_weights,
            self.confidence,
        ))
    }

    /// Anneals from draws of `rbm` back to `base`: as many chains as there are rows in `states`,
    /// `[chains, visible]`, and `origin` says what these are and how far they are moved first.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); and where `states` has fewer than two rows or another width.
    pub fn run_reverse(
        &self,
        rbm: &Rbm,
        base: &Units,
        states: Tensor<2>,
        origin: Origin,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<ReverseEstimate, EvalError> {
        let [rows, width] = states.dims();
        if width != rbm.num_visible() {
            return Err(EvalError::Width {
                what: "the start of the reverse chains",
                expected: rbm.num_visible(),
                found: width,
            });
        }
        let reverse = Self {
            chains: rows,
            ..self.clone()
        };
        let path = reverse.path(rbm, base)?;
        let mut betas = self.schedule.betas(&path, &self.noise(), progress)?;
        betas.reverse();
        let log_weights = reverse.chains(&path, &betas, REVERSE, progress, |batch, _| {
            let mut position = path.place(states.clone().slice([batch.clone()]));
            let mut noise = self.noise().derive(BURN_IN).derive(batch.start as u64);
            let kernel = Annealing::at(1.0);
            path.on_workers(|| {
                for sweep in 0..origin.burn_in() {
                    noise = noise.at_step(sweep as u64);
                    position = kernel.step(&path, position.clone(), &mut noise).0;
                }
            });
            position
        })?;
        Ok(ReverseEstimate::new(
            path.log_base_partition(),
            betas.len() - 1,
            origin,
            // Gathered from the model to the base, the weights are those of the way there, inverted.
            log_weights.reciprocal(),
            self.confidence,
        ))
    }

    /// The inverse temperatures that this would anneal through: for an adaptive schedule, those
    /// that the pilot run finds. Put them into [`AnnealingSchedule::Given`] to run it once for both sides.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn betas(
        &self,
        rbm: &Rbm,
        base: &Units,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<f64>, EvalError> {
        let path = self.path(rbm, base)?;
        self.schedule.betas(&path, &self.noise(), progress)
    }

    /// Moves all chains through `betas`, a batch at a time, and gathers
    /// `Σ log f_{β_k}(v) - log f_{β_{k-1}}(v)`.
    fn chains(
        &self,
        path: &Path,
        betas: &[f64],
        stream: u64,
        progress: &mut dyn FnMut(usize, usize),
        start: impl Fn(std::ops::Range<usize>, &mut Noise) -> Position,
    ) -> Result<LogWeights, EvalError> {
        let steps = betas.len() - 1;
        let total = steps * self.chains.div_ceil(self.batch);
        let mut log_weights = Vec::with_capacity(self.chains);
        let mut done = 0;
        while log_weights.len() < self.chains {
            let first = log_weights.len();
            let batch = first..(first + self.batch).min(self.chains);
            let mut noise = self.noise().derive(stream).derive(first as u64);
            let mut position = start(batch, &mut noise);
            let mut totals = Totals::default();
            for first in (0..steps).step_by(TOGETHER) {
                let together = first..(first + TOGETHER).min(steps);
                done += together.len();
                path.on_workers(|| {
                    for k in together {
                        noise = noise.at_step(k as u64 + 1);
                        let (from, to) = (betas[k], betas[k + 1]);
                        let step = Step { from, to };
                        let (gains, hidden) = path.hidden_step(&position, step, &mut noise);
                        totals.add(gains);
                        // Of the last step the weight is all that is wanted.
                        if k + 1 < steps {
                            position = path.visible_step(hidden, to, &mut noise);
                        }
                    }
                });
                progress(done, total);
            }
            log_weights.extend(totals.finish());
        }
        if let Some(&found) = log_weights.iter().find(|w| !w.is_finite()) {
            let what = "the log-weight of a chain";
            return Err(EvalError::NotFinite { what, found });
        }
        Ok(LogWeights::new(log_weights))
    }

    fn path(&self, rbm: &Rbm, base: &Units) -> Result<Path, EvalError> {
        self.validate()?;
        Ok(Path::new(rbm, base)?)
    }

    fn noise(&self) -> Noise {
        Noise::new(self.seed)
    }

    /// Whether every setting is in its range.
    ///
    /// # Errors
    ///
    /// [`EvalError::Setting`], with the setting that is wrong.
    pub fn validate(&self) -> Result<(), EvalError> {
        let wrong = |name, expected, found: String| {
            Err(EvalError::Setting {
                name,
                expected,
                found,
            })
        };
        if self.chains < 2 {
            return wrong("the number of chains", "2 or more", self.chains.to_string());
        }
        if self.batch == 0 {
            return wrong("the batch of chains", "1 or more", "0".into());
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return wrong(
                "the confidence",
                "a number between 0 and 1",
                self.confidence.to_string(),
            );
        }
        self.schedule.validate()
    }
}

/// `chains` rows of `data`, evenly over the set, around again where it is too short.
pub(crate) fn starts(data: &Tensor<2>, chains: usize) -> Tensor<2> {
    let rows = data.dims()[0];
    #[expect(clippy::cast_possible_wrap, reason = "a number of rows")]
    let index: Vec<i64> = (0..chains)
        .map(|chain| {
            if chains <= rows {
                (chain * rows / chains) as i64
            } else {
                (chain % rows) as i64
            }
        })
        .collect();
    let index = Tensor::<1, Int>::from_data(index.as_slice(), &data.device());
    data.clone().select(0, index)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::numerics::to_f64;

    use super::*;

    /// Not the first rows: a set that is sorted by class would have its chains in one of them.
    #[test]
    fn chains_start_at_rows_from_the_whole_set() {
        let data = Tensor::<1>::from_floats([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &Device::default());
        let data = data.reshape([6, 1]);
        let of = |chains| to_f64(starts(&data, chains));
        assert_eq!(of(3), [0.0, 2.0, 4.0]);
        assert_eq!(of(6), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(of(8), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 1.0]);
    }
}
