//! Through which inverse temperatures annealing goes.

use std::{fmt, str::FromStr};

use rbm_kernels::anneal::Step;
use rbm_model::{
    Noise,
    sampling::annealing::{Path, Totals, statistics::variance},
};
use serde::{Deserialize, Serialize};

use crate::EvalError;

/// The inverse temperatures `0 = β₀ < β₁ < … < β_n = 1` of annealing, by a rule.
///
/// As text: `linear:1000`, `salakhutdinov-murray` (or `sm`), `adaptive:1e-4`.
///
/// ```
/// use rbm_eval::AnnealingSchedule;
///
/// let schedule: AnnealingSchedule = "linear:200".parse()?;
/// assert_eq!(schedule, AnnealingSchedule::Linear { steps: 200 });
/// assert_eq!(AnnealingSchedule::SalakhutdinovMurray.to_string(), "salakhutdinov-murray");
/// let json = r#"{"kind": "adaptive", "target": 0.0001}"#;
/// assert_eq!(serde_json::from_str::<AnnealingSchedule>(json).unwrap(), "adaptive:1e-4".parse()?);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AnnealingSchedule {
    /// Equal steps.
    Linear {
        /// Their number.
        steps: usize,
    },
    /// 500 steps of 10⁻³ to ½, 4,000 of 10⁻⁴ to 0.9, 10,000 of 10⁻⁵ to 1 (R. Salakhutdinov, I.
    /// Murray: *On the quantitative analysis of deep belief networks*, ICML 2008, section 5).
    #[default]
    SalakhutdinovMurray,
    /// Steps in each of which the log-weights of a pilot run spread by the same variance: long
    /// where the path is easy, short at phase transitions. With chains that keep up, the variance
    /// of the whole log-weight is the target times the number of steps.
    ///
    /// The pilot has chains of its own, so the estimate stays unbiased.
    Adaptive {
        /// The variance of the log-weight in a step, nats².
        target: f64,
    },
    /// Just these inverse temperatures.
    Given {
        /// From 0 to 1, rising.
        betas: Vec<f64>,
    },
}

/// The stream of random numbers of the pilot run.
const PILOT: u64 = 4;
/// Chains of the pilot run of an adaptive schedule.
const PILOT_CHAINS: usize = 64;
/// The most steps that an adaptive schedule may take.
const MAX_STEPS: usize = 1_000_000;
/// The longest step of an adaptive schedule: however equal the pilot's chains are, the end of the
/// path is not to be reached in a jump that no chain could follow.
const MAX_STEP: f64 = 0.05;

impl AnnealingSchedule {
    /// The number of steps, where it is known beforehand.
    pub fn num_steps(&self) -> Option<usize> {
        match self {
            Self::Linear { steps } => Some(*steps),
            Self::SalakhutdinovMurray => Some(14_500),
            Self::Adaptive { .. } => None,
            Self::Given { betas } => Some(betas.len().saturating_sub(1)),
        }
    }

    /// The inverse temperatures, from a pilot run where the rule needs one.
    pub(crate) fn betas(
        &self,
        path: &Path,
        noise: &Noise,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<f64>, EvalError> {
        self.validate()?;
        Ok(match self {
            Self::Linear { steps } => {
                let n = *steps;
                (0..=n).map(|k| k as f64 / n as f64).collect()
            }
            Self::SalakhutdinovMurray => {
                let part = |from: u32, to: u32, per_unit: f64| {
                    (from..to).map(move |k| f64::from(k) / per_unit)
                };
                part(0, 500, 1e3)
                    .chain(part(5_000, 9_000, 1e4))
                    .chain(part(90_000, 100_000, 1e5))
                    .chain([1.0])
                    .collect()
            }
            Self::Adaptive { target } => pilot(path, *target, noise, progress)?,
            Self::Given { betas } => betas.clone(),
        })
    }

    /// Whether the rule has a meaning.
    ///
    /// # Errors
    ///
    /// [`EvalError::Setting`], with the value that is wrong.
    pub fn validate(&self) -> Result<(), EvalError> {
        let wrong = |name, expected, found: String| {
            Err(EvalError::Setting {
                name,
                expected,
                found,
            })
        };
        match self {
            Self::Linear { steps: 0 } => {
                wrong("the steps of a linear schedule", "at least 1", "0".into())
            }
            Self::Adaptive { target } if !(*target > 0.0 && target.is_finite()) => wrong(
                "the target of an adaptive schedule",
                "a positive variance",
                target.to_string(),
            ),
            Self::Given { betas }
                if betas.len() < 2
                    || betas[0] != 0.0
                    || betas[betas.len() - 1] != 1.0
                    || !betas.is_sorted_by(|a, b| a < b) =>
            {
                wrong(
                    "the inverse temperatures",
                    "rising numbers, the first 0 and the last 1",
                    format!("{} numbers that are not", betas.len()),
                )
            }
            _ => Ok(()),
        }
    }
}

/// Walks pilot chains along the path, each step as long as the variance allows.
fn pilot(
    path: &Path,
    target: f64,
    noise: &Noise,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<f64>, EvalError> {
    let mut noise = noise.derive(PILOT);
    let mut position = path.start(PILOT_CHAINS, &mut noise);
    let mut betas = vec![0.0];
    let (mut beta, mut width) = (0.0, 1e-3);
    while beta < 1.0 {
        noise = noise.at_step(betas.len() as u64);
        // Variance goes with the square of the width, nearly: two corrections settle it.
        let mut hidden = None;
        for _ in 0..3 {
            width = f64::min(width, 1.0 - beta);
            let step = Step {
                from: beta,
                to: beta + width,
            };
            let (gains, drawn) = path.hidden_step(&position, step, &mut noise);
            hidden = Some((width, drawn));
            let mut totals = Totals::default();
            totals.add(gains);
            let spread = variance(&totals.finish());
            if !spread.is_finite() {
                return Err(EvalError::NotFinite {
                    what: "the log-weight of the pilot run",
                    found: spread,
                });
            }
            let factor = (target / spread.max(1e-300)).sqrt().clamp(0.1, 10.0);
            width = (width * factor).min(MAX_STEP);
            if (0.9..1.1).contains(&factor) {
                break;
            }
        }
        let Some((made, hidden)) = hidden else {
            unreachable!("a step is tried before it is made");
        };
        beta = if made >= 1.0 - beta { 1.0 } else { beta + made };
        betas.push(beta);
        position = path.visible_step(hidden, beta, &mut noise);
        progress(usize_percent(beta), 100);
        if betas.len() > MAX_STEPS {
            let steps = MAX_STEPS;
            return Err(EvalError::ScheduleTooLong {
                beta,
                steps,
                target,
            });
        }
    }
    Ok(betas)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a percentage"
)]
fn usize_percent(beta: f64) -> usize {
    (100.0 * beta) as usize
}

impl fmt::Display for AnnealingSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear { steps } => write!(f, "linear:{steps}"),
            Self::SalakhutdinovMurray => f.write_str("salakhutdinov-murray"),
            Self::Adaptive { target } => write!(f, "adaptive:{target}"),
            Self::Given { betas } => write!(f, "given:{}", betas.len().saturating_sub(1)),
        }
    }
}

impl FromStr for AnnealingSchedule {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        let wrong = || EvalError::Setting {
            name: "the schedule",
            expected: "`linear:STEPS`, `salakhutdinov-murray` or `adaptive:VARIANCE`",
            found: format!("`{text}`"),
        };
        let schedule = match text.split_once(':') {
            None if text == "salakhutdinov-murray" || text == "sm" => Self::SalakhutdinovMurray,
            Some(("linear", steps)) => Self::Linear {
                steps: steps.parse().map_err(|_| wrong())?,
            },
            Some(("adaptive", target)) => Self::Adaptive {
                target: target.parse().map_err(|_| wrong())?,
            },
            _ => return Err(wrong()),
        };
        schedule.validate()?;
        Ok(schedule)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::{RbmConfig, WeightInit};

    use super::*;

    fn path(std: f64) -> Path {
        let config = RbmConfig::new(12, 10).with_weight(WeightInit::Normal { std });
        let rbm = config.init(&mut Noise::new(5), &Device::default());
        Path::new(&rbm, &rbm.visible).unwrap()
    }

    fn betas(schedule: &AnnealingSchedule, std: f64) -> Vec<f64> {
        let noise = Noise::new(2);
        schedule.betas(&path(std), &noise, &mut |_, _| ()).unwrap()
    }

    #[test]
    fn every_schedule_rises_from_zero_to_one() {
        for (schedule, known) in [
            (AnnealingSchedule::Linear { steps: 7 }, Some(7)),
            (AnnealingSchedule::SalakhutdinovMurray, Some(14_500)),
            (AnnealingSchedule::Adaptive { target: 1e-3 }, None),
        ] {
            assert_eq!(schedule.num_steps(), known);
            let betas = betas(&schedule, 0.5);
            assert_eq!((betas[0], *betas.last().unwrap()), (0.0, 1.0));
            assert!(betas.is_sorted_by(|a, b| a < b), "{schedule}");
            let given = AnnealingSchedule::Given { betas };
            assert_eq!(given.validate(), Ok(()));
            if known.is_some() {
                assert_eq!(given.num_steps(), known);
            }
        }
        let sm = betas(&AnnealingSchedule::SalakhutdinovMurray, 0.5);
        for (k, beta) in [
            (1, 1e-3),
            (500, 0.5),
            (501, 0.5001),
            (4500, 0.9),
            (4501, 0.900_01),
        ] {
            assert!((sm[k] - beta).abs() < 1e-12, "beta {k} is {}", sm[k]);
        }
    }

    /// The number of steps goes with the inverse root of the target, and with the strength of the
    /// model; the last step is not counted, which may be cut short.
    #[test]
    fn the_target_sets_the_length_of_the_steps() {
        let steps = |target, std| betas(&AnnealingSchedule::Adaptive { target }, std).len() - 1;
        let (coarse, fine) = (steps(1e-3, 1.0), steps(1e-5, 1.0));
        let ratio = fine as f64 / coarse as f64;
        assert!((8.0..12.0).contains(&ratio), "{coarse} and {fine} steps");
        assert!(steps(1e-3, 2.0) > coarse);
        // No model, no work: only the bound on a single step is left.
        assert!(steps(1e-3, 0.0) <= 22);
    }

    #[test]
    fn wrong_schedules_are_refused() {
        for text in [
            "",
            "linear",
            "linear:0",
            "linear:-1",
            "adaptive:0",
            "adaptive:nan",
            "cosine:3",
        ] {
            assert!(text.parse::<AnnealingSchedule>().is_err(), "{text}");
        }
        for betas in [
            vec![],
            vec![0.0],
            vec![0.0, 0.5],
            vec![0.0, 0.6, 0.6, 1.0],
            vec![0.1, 1.0],
        ] {
            assert!(AnnealingSchedule::Given { betas }.validate().is_err());
        }
        for schedule in [
            AnnealingSchedule::Linear { steps: 12 },
            AnnealingSchedule::Adaptive { target: 2.5e-4 },
        ] {
            assert_eq!(schedule.to_string().parse(), Ok(schedule));
        }
    }
}
