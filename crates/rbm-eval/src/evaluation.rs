//! One call for a log-likelihood with its verdict.

use std::time::Instant;

use burn::tensor::Tensor;
use rbm_model::{
    Rbm,
    exact::Enumeration,
    numerics::{log_add_exp, log_sum_exp},
};
use serde::{Deserialize, Serialize};

use crate::{
    Ais, AisEstimate, Bracket, EvalError, Evidence, FreeEnergyGap, Method, Mixing, Origin,
    Progress, PseudoLogLikelihood, ReverseEstimate, Schedule, Stage, Verdict, base_rate,
    free_energy_gap::free_energies, statistics::mean,
};

/// The rows that a model is measured on.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::EvaluationData;
///
/// let mut data = EvaluationData::new(Tensor::zeros([10, 4], &Device::default()));
/// data.training = Some(Tensor::zeros([90, 4], &Device::default()));
/// assert_eq!(data.rows.dims(), [10, 4]);
/// ```
#[derive(Clone, Debug)]
pub struct EvaluationData {
    /// The rows whose log-likelihood is wanted, `[rows, visible]`.
    pub rows: Tensor<2>,
    /// Training data, `[rows, visible]`: where they are given, the base of annealing is fitted to
    /// them, the chains started at data start there, and overfitting is looked for.
    pub training: Option<Tensor<2>>,
}

impl EvaluationData {
    /// These rows, without training data.
    pub fn new(rows: Tensor<2>) -> Self {
        Self {
            rows,
            training: None,
        }
    }
}

/// How to measure.
///
/// ```
/// use rbm_eval::{EvaluationConfig, Method, Schedule};
///
/// let json = r#"{"method": "ais", "ais": {"chains": 500, "schedule": {"kind": "linear", "steps": 2000}}}"#;
/// let config: EvaluationConfig = serde_json::from_str(json).unwrap();
/// assert_eq!((config.method, config.ais.chains), (Method::Ais, 500));
/// assert_eq!(config.ais.schedule, Schedule::Linear { steps: 2000 });
/// assert!(config.reverse);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluationConfig {
    /// By which method.
    pub method: Method,
    /// The settings of annealing.
    pub ais: Ais,
    /// Whether to anneal back as well, from as many chains, one batch of them at most. Without it
    /// nothing bounds `log Z` from above.
    pub reverse: bool,
    /// Gibbs sweeps of the reverse chains from data before they anneal, 8 or more.
    pub burn_in: usize,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            method: Method::default(),
            ais: Ais::default(),
            reverse: true,
            burn_in: 1000,
        }
    }
}

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
    /// Whether to believe it.
    pub verdict: Verdict,
    /// Wall time.
    pub seconds: f64,
    /// The forward run, with its weights.
    #[serde(skip)]
    pub forward: Option<AisEstimate>,
    /// The reverse run, with its weights.
    #[serde(skip)]
    pub reverse: Option<ReverseEstimate>,
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
    let overfitting = data
        .training
        .clone()
        .map(|training| FreeEnergyGap::new(rbm, training, data.rows.clone()));
    let evidence = Evidence {
        overfitting,
        num_visible: rbm.num_visible(),
        ..Evidence::default()
    };
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
    evaluation.seconds = clock.elapsed().as_secs_f64();
    Ok(evaluation)
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
    let verdict = Verdict::new(&Evidence {
        exact: true,
        ..evidence
    });
    let log_likelihood = log_likelihood(rbm, data, &log_partition);
    Ok(report(
        Method::Exact,
        Some(log_partition),
        log_likelihood,
        verdict,
    ))
}

fn annealed(
    rbm: &Rbm,
    data: &EvaluationData,
    config: &EvaluationConfig,
    evidence: Evidence<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Evaluation, EvalError> {
    let near = data.training.as_ref().unwrap_or(&data.rows);
    let base = base_rate(rbm, near.clone());
    let mut ais = config.ais.clone();
    if let Schedule::Adaptive { .. } = ais.schedule {
        // Once for both directions.
        let betas = ais.betas(rbm, &base, &mut steps_of(Stage::Pilot, progress))?;
        ais.schedule = Schedule::Given { betas };
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
    let verdict = Verdict::new(&Evidence {
        forward: Some(&forward),
        bracket,
        mixing,
        ..evidence
    });
    let log_likelihood = log_likelihood(rbm, data, &log_partition);
    Ok(Evaluation {
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
        verdict,
        seconds: 0.0,
        forward: None,
        reverse: None,
    }
}
