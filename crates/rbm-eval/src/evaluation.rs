//! One call for a log-likelihood with its verdict.

use std::{fmt, time::Instant};

use burn::tensor::Tensor;
use rbm_model::{
    Rbm,
    exact::Enumeration,
    numerics::{log_add_exp, log_sum_exp, to_f64},
    sampling::annealing::statistics::mean,
    units::Support,
};
use serde::{Deserialize, Serialize};

use crate::{
    AisEstimate, AnnealingSchedule, BaselineScores, Baselines, Bracket, EvalError,
    EvaluationConfig, EvaluationData, Evidence, FreeEnergyGap, Method, Mixing, Origin, Progress,
    PseudoLogLikelihood, ReverseEstimate, Stage, Verdict, base_rate,
    free_energy_gap::{BLOCK, free_energies},
};

/// Why nothing is said of overfitting where the caller gave no reason.
const NO_TRAINING: &str = "the rows that the model was trained on were not given";

/// `log Z`, in nats.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::{EvaluationConfig, EvaluationData, evaluate};
/// use rbm_model::{Noise, RbmConfig, WeightInit};
///
/// // All 24 units are free: 2²⁴ states of weight one.
/// let config = RbmConfig::new(16, 8).with_weight(WeightInit::Normal { std: 0.0 });
/// let rbm = config.init(&mut Noise::new(1), &Device::default());
/// let data = EvaluationData::new(Tensor::zeros([5, 16], &Device::default()));
/// let evaluation = evaluate(&rbm, &data, &EvaluationConfig::default(), &mut |_| ())?;
///
/// let log_z = evaluation.log_partition.expect("eight hidden units are summed over");
/// assert!((log_z.value - 24.0 * 2f64.ln()).abs() < 1e-6);
/// // An exact value has no width.
/// assert_eq!((log_z.low, log_z.high, log_z.standard_error), (log_z.value, log_z.value, 0.0));
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogPartition {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The lower side.
    pub low: f64,
    /// The upper side.
    pub high: f64,
}

/// The mean log-likelihood, in nats per row.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::{EvaluationConfig, EvaluationData, evaluate};
/// use rbm_model::{Noise, RbmConfig, WeightInit};
///
/// // Sixteen fair coins.
/// let config = RbmConfig::new(16, 8).with_weight(WeightInit::Normal { std: 0.0 });
/// let rbm = config.init(&mut Noise::new(1), &Device::default());
/// let data = EvaluationData::new(Tensor::zeros([5, 16], &Device::default()));
/// let evaluation = evaluate(&rbm, &data, &EvaluationConfig::default(), &mut |_| ())?;
///
/// let nats = evaluation.log_likelihood;
/// assert!((nats.value + 16.0 * 2f64.ln()).abs() < 1e-6);
/// assert_eq!((nats.low, nats.high), (nats.value, nats.value)); // exact
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogLikelihood {
    /// The value.
    pub value: f64,
    /// With `log Z` at its upper side. For the pseudo-log-likelihood, two standard errors down.
    pub low: f64,
    /// With `log Z` at its lower side. For the pseudo-log-likelihood, two standard errors up.
    pub high: f64,
}

/// A measured log-likelihood: what `burnzmann evaluate --json` prints.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::{EvaluationConfig, EvaluationData, Method, evaluate};
/// use rbm_model::{Noise, RbmConfig, WeightInit};
///
/// // Few enough hidden units to be summed over: nothing is estimated.
/// let config = RbmConfig::new(16, 8).with_weight(WeightInit::Normal { std: 0.0 });
/// let rbm = config.init(&mut Noise::new(1), &Device::default());
/// let data = EvaluationData::new(Tensor::zeros([5, 16], &Device::default()));
/// let evaluation = evaluate(&rbm, &data, &EvaluationConfig::default(), &mut |_| ())?;
///
/// assert_eq!(evaluation.method, Method::Exact);
/// assert_eq!((evaluation.ess, evaluation.chains, evaluation.betas), (None, None, None));
/// let json = serde_json::to_value(&evaluation).unwrap();
/// assert_eq!(json["method"], "exact");
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// The method that was used: never [`Method::Auto`].
    pub method: Method,
    /// `log Z`; absent for the pseudo-likelihood.
    pub log_partition: Option<LogPartition>,
    /// The mean log-likelihood of the rows; their mean pseudo-log-likelihood for that method.
    pub log_likelihood: LogLikelihood,
    /// The effective sample size of the forward chains.
    pub ess: Option<f64>,
    /// The number of forward chains.
    pub chains: Option<usize>,
    /// The number of steps of the inverse temperature.
    pub betas: Option<usize>,
    /// The variance of `log w` over the forward chains.
    pub log_weight_variance: Option<f64>,
    /// What the same rows have without a model. Absent for the pseudo-likelihood, for binary units
    /// that are given other values, and where a real-valued column is constant.
    #[serde(default)]
    pub baselines: Option<BaselineScores>,
    /// Whether it is reliable.
    pub verdict: Verdict,
    /// The number of rows.
    #[serde(default)]
    pub rows: usize,
    /// Wall time.
    pub seconds: f64,
    /// The forward run, with its weights.
    #[serde(skip)]
    pub forward: Option<AisEstimate>,
    /// The reverse run, with its weights.
    #[serde(skip)]
    pub reverse: Option<ReverseEstimate>,
}

/// What was measured, in a few lines: nats per row with their bracket, `log Z`, what needs no model, and the
/// verdict.
impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nats = &self.log_likelihood;
        let what = match self.method {
            Method::Pseudo => "pseudo-log-likelihood",
            _ => "log-likelihood",
        };
        let (rows, method) = (self.rows, self.method);
        writeln!(
            f,
            "{what}  {:.3} nats per row  [{:.3}, {:.3}]  of {rows} rows, by {method}",
            nats.value, nats.low, nats.high
        )?;
        if let Some(z) = &self.log_partition {
            writeln!(
                f,
                "log Z  {:.3}  [{:.3}, {:.3}]  standard error {:.3}",
                z.value, z.low, z.high, z.standard_error
            )?;
        }
        if let (Some(chains), Some(betas), Some(ess), Some(variance)) =
            (self.chains, self.betas, self.ess, self.log_weight_variance)
        {
            writeln!(
                f,
                "{chains} chains, {betas} temperatures, effective sample size {ess:.1}, variance of \
                 log w {variance:.3}"
            )?;
        }
        if let Some(baselines) = &self.baselines {
            let table = baselines.table.map_or(String::new(), |table| {
                format!(", a table of rows {table:.3}")
            });
            let independent = baselines.independent;
            writeln!(
                f,
                "without a model  independent units {independent:.3}{table}"
            )?;
        }
        write!(f, "{}", self.verdict)
    }
}

/// The most units that `auto` enumerates: 2²⁰ rows are seconds of work.
const AUTO_UNITS: u32 = 20;

/// The mean log-likelihood of `data.rows` under `rbm`, with the evidence for it.
///
/// # Errors
///
/// [`EvalError`] where the method does not apply to the model, a setting is out of range, the data
/// have no row or another width, or a number is not finite.
pub fn evaluate(
    rbm: &Rbm,
    data: &EvaluationData,
    config: &EvaluationConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<Evaluation, EvalError> {
    let clock = Instant::now();
    check(rbm, data)?;
    let method = match config.method {
        Method::Auto if is_cheap(rbm) => Method::Exact,
        Method::Auto => Method::Ais,
        method => method,
    };
    let evidence = evidence(rbm, data, method);
    let mut evaluation = match method {
        Method::Pseudo => pseudo(rbm, data, &evidence)?,
        Method::Exact => exact(rbm, data, evidence, progress)?,
        Method::Auto | Method::Ais => annealed(rbm, data, config, evidence, progress)?,
    };
    let found = evaluation.log_likelihood.value;
    if !found.is_finite() {
        let what = "the log-likelihood";
        return Err(EvalError::NotFinite { what, found });
    }
    evaluation.rows = data.rows.dims()[0];
    evaluation.seconds = clock.elapsed().as_secs_f64();
    Ok(evaluation)
}

/// What is known before `log Z` is.
fn evidence<'a>(rbm: &Rbm, data: &'a EvaluationData, method: Method) -> Evidence<'a> {
    let mut evidence = Evidence {
        num_visible: rbm.num_visible(),
        other_values: !rbm.visible.support().is_binary(),
        ..Evidence::default()
    };
    if data.features {
        return evidence;
    }
    match &data.training {
        Some(training) => {
            let gap = FreeEnergyGap::new(rbm, training.clone(), data.rows.clone());
            evidence.overfitting = Some(gap);
        }
        None => {
            let why = data.without_training.as_deref();
            evidence.not_compared = Some(why.unwrap_or(NO_TRAINING));
        }
    }
    let support = rbm.visible.support();
    if support.is_discrete() {
        let grey = grey_rows(&data.rows, support);
        evidence.grey_rows = Some((grey, data.rows.dims()[0]));
    }
    if method != Method::Pseudo {
        evidence.baselines = baselines(rbm, data);
    }
    evidence
}

/// The number of rows that are no states of the units.
fn grey_rows(rows: &Tensor<2>, support: Support) -> usize {
    let [count, columns] = rows.dims();
    let mut grey = 0;
    for first in (0..count).step_by(BLOCK) {
        let block = to_f64(rows.clone().narrow(0, first, BLOCK.min(count - first)));
        let rows = block.chunks_exact(columns);
        grey += rows.filter(|row| !support.is_state(row)).count();
    }
    grey
}

/// What the rows have without a model: by the training rows, or each by the others.
fn baselines(rbm: &Rbm, data: &EvaluationData) -> Option<BaselineScores> {
    if let Some(baselines) = &data.baselines {
        return baselines.scores(&data.rows);
    }
    let mut baselines = Baselines::new(&rbm.visible);
    baselines.add(data.near());
    match data.training {
        Some(_) => baselines.scores(&data.rows),
        None => baselines.leave_one_out(&data.rows),
    }
}

fn check(rbm: &Rbm, data: &EvaluationData) -> Result<(), EvalError> {
    let sets = [
        ("the data", Some(&data.rows)),
        ("the training data", data.training.as_ref()),
    ];
    for (what, set) in sets {
        let Some([rows, found]) = set.map(Tensor::dims) else {
            continue;
        };
        let expected = rbm.num_visible();
        if found != expected {
            return Err(EvalError::Width {
                what,
                expected,
                found,
            });
        }
        if rows == 0 {
            return Err(EvalError::TooFewRows {
                what,
                least: 1,
                found: 0,
            });
        }
    }
    Ok(())
}

fn is_cheap(rbm: &Rbm) -> bool {
    Enumeration::new(rbm).is_ok_and(|states| states.num_states() <= 1 << AUTO_UNITS)
}

fn pseudo(
    rbm: &Rbm,
    data: &EvaluationData,
    evidence: &Evidence<'_>,
) -> Result<Evaluation, EvalError> {
    let found = PseudoLogLikelihood::exact(rbm, data.rows.clone())?;
    let mut verdict = Verdict::new(evidence);
    verdict.findings.insert(
        0,
        "A pseudo-likelihood is no likelihood, nor a bound on one: it compares stages of one \
         training run, not models."
            .into(),
    );
    let log_likelihood = LogLikelihood {
        value: found.mean,
        low: found.mean - 2.0 * found.standard_error,
        high: found.mean + 2.0 * found.standard_error,
    };
    Ok(report(Method::Pseudo, None, log_likelihood, verdict))
}

fn exact(
    rbm: &Rbm,
    data: &EvaluationData,
    evidence: Evidence<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Evaluation, EvalError> {
    let states = Enumeration::new(rbm)?;
    let total = states.num_blocks();
    let mut value = f64::NEG_INFINITY;
    for block in 0..total {
        value = log_add_exp(value, log_sum_exp(&states.log_weights(block)));
        let stage = Stage::Enumeration;
        let done = block + 1;
        progress(Progress { stage, done, total });
    }
    let log_partition = LogPartition {
        value,
        standard_error: 0.0,
        low: value,
        high: value,
    };
    let log_likelihood = log_likelihood(rbm, data, &log_partition);
    let verdict = Verdict::new(&Evidence {
        exact: true,
        log_likelihood: Some(log_likelihood),
        ..evidence
    });
    Ok(Evaluation {
        baselines: evidence.baselines,
        ..report(Method::Exact, Some(log_partition), log_likelihood, verdict)
    })
}

fn annealed(
    rbm: &Rbm,
    data: &EvaluationData,
    config: &EvaluationConfig,
    evidence: Evidence<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Evaluation, EvalError> {
    let near = data.near();
    let base = base_rate(rbm, near.clone());
    let mut ais = config.ais.clone();
    if let AnnealingSchedule::Adaptive { .. } = ais.schedule {
        // Once for both directions.
        let betas = ais.betas(rbm, &base, &mut steps_of(Stage::Pilot, progress))?;
        ais.schedule = AnnealingSchedule::Given { betas };
    }
    let forward = ais.run(rbm, &base, &mut steps_of(Stage::Forward, progress))?;
    let (mut mixing, mut reverse) = (None, None);
    if config.reverse {
        let (found, ends) = Mixing::measure(
            rbm,
            &base,
            near.clone(),
            ais.chains.min(ais.batch).max(2),
            config.burn_in,
            ais.seed,
            &mut steps_of(Stage::BurnIn, progress),
        )?;
        mixing = Some(found);
        let mut steps = steps_of(Stage::Reverse, progress);
        let run = ais.run_reverse(rbm, &base, ends, Origin::Model, &mut steps)?;
        let burn_in = config.burn_in;
        reverse = Some(ReverseEstimate {
            origin: Origin::Data { burn_in },
            ..run
        });
    }
    let bracket = reverse
        .as_ref()
        .map(|reverse| Bracket::new(&forward, reverse));
    let log_partition = match bracket {
        Some(bracket) => LogPartition {
            value: bracket.best,
            standard_error: bracket.standard_error,
            low: bracket.low,
            high: bracket.high,
        },
        None => LogPartition {
            value: forward.log_partition.value,
            standard_error: forward.standard_error,
            low: forward.log_partition.low,
            high: forward.log_partition.high,
        },
    };
    let log_likelihood = log_likelihood(rbm, data, &log_partition);
    let verdict = Verdict::new(&Evidence {
        forward: Some(&forward),
        bracket,
        mixing,
        log_likelihood: Some(log_likelihood),
        ..evidence
    });
    Ok(Evaluation {
        baselines: evidence.baselines,
        ess: Some(forward.effective_sample_size),
        chains: Some(forward.chains),
        betas: Some(forward.betas),
        log_weight_variance: Some(forward.log_weight_variance),
        forward: Some(forward),
        reverse,
        ..report(Method::Ais, Some(log_partition), log_likelihood, verdict)
    })
}

/// The steps of one stage as progress of the whole.
fn steps_of(stage: Stage, progress: &mut dyn FnMut(Progress)) -> impl FnMut(usize, usize) {
    move |done, total| progress(Progress { stage, done, total })
}

fn log_likelihood(rbm: &Rbm, data: &EvaluationData, log_partition: &LogPartition) -> LogLikelihood {
    let minus_free_energy = -mean(&free_energies(rbm, data.rows.clone()));
    LogLikelihood {
        value: minus_free_energy - log_partition.value,
        low: minus_free_energy - log_partition.high,
        high: minus_free_energy - log_partition.low,
    }
}

fn report(
    method: Method,
    log_partition: Option<LogPartition>,
    log_likelihood: LogLikelihood,
    verdict: Verdict,
) -> Evaluation {
    Evaluation {
        method,
        log_partition,
        log_likelihood,
        ess: None,
        chains: None,
        betas: None,
        log_weight_variance: None,
        baselines: None,
        verdict,
        rows: 0,
        seconds: 0.0,
        forward: None,
        reverse: None,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::{Noise, RbmConfig, units::UnitsConfig};

    use super::*;
    use crate::{Ais, AnnealingSchedule};

    fn rbm(visible: usize, hidden: usize) -> Rbm {
        RbmConfig::new(visible, hidden).init(&mut Noise::new(1), &Device::default())
    }

    #[test]
    fn what_has_too_many_states_is_annealed() {
        let config = EvaluationConfig {
            ais: Ais {
                chains: 4,
                schedule: AnnealingSchedule::Linear { steps: 10 },
                ..Ais::default()
            },
            reverse: false,
            ..EvaluationConfig::default()
        };
        for (hidden, expected) in [(8, Method::Exact), (21, Method::Ais)] {
            let data = EvaluationData::new(Tensor::zeros([3, 24], &Device::default()));
            let found = evaluate(&rbm(24, hidden), &data, &config, &mut |_| ()).unwrap();
            assert_eq!(found.method, expected);
        }
    }

    /// A row without a label or with two is no state of labelled units, though its values are zeros and ones.
    #[test]
    fn rows_without_one_label_are_never_called_reliable() {
        let device = Device::default();
        let config = RbmConfig::new(4, 2).with_visible(UnitsConfig::Labelled { classes: 2 });
        let rbm = config.init(&mut Noise::new(1), &device);
        let of = |last: [f32; 4]| {
            let rows = [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], last];
            let data = EvaluationData::new(Tensor::<2>::from_floats(rows, &device));
            let config = EvaluationConfig::default();
            evaluate(&rbm, &data, &config, &mut |_| ()).unwrap().verdict
        };
        assert_eq!(of([1.0, 1.0, 0.0, 1.0]).rows_are_states, Some(true));
        for wrong in [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0]] {
            let verdict = of(wrong);
            assert!(!verdict.trustworthy && verdict.rows_are_states == Some(false));
            let said = verdict.to_string();
            assert!(
                said.contains("1 of 3 rows have values that the units cannot have"),
                "{said}"
            );
        }
    }

    /// Rates of (n + ½)/(N + 1), by the other rows or by those of training.
    #[test]
    fn independent_units_stand_beside_every_likelihood() {
        let device = Device::default();
        let rows = [[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]];
        let rows = Tensor::<2>::from_floats(rows, &device);
        let of = |data| {
            let config = EvaluationConfig::default();
            let found = evaluate(&rbm(2, 2), &data, &config, &mut |_| ()).unwrap();
            found.baselines.expect("binary rows").independent
        };
        let others = (6.0 * 0.625f64.ln() + 2.0 * 0.125f64.ln()) / 4.0;
        assert!((of(EvaluationData::new(rows.clone())) - others).abs() < 1e-12);
        // One row of training, of ones: rates of three quarters.
        let training = Tensor::<2>::ones([1, 2], &device);
        let by_training = (4.0 * 0.75f64.ln() + 4.0 * 0.25f64.ln()) / 4.0;
        let found = of(EvaluationData::new(rows).with_training(training));
        assert!((found - by_training).abs() < 1e-12);
    }
}
