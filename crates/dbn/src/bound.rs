//! A bound on the likelihood of a network of any size.

use burn::module::Module;
use burn::tensor::Tensor;
use rbm_eval::{
    Ais, EvaluationConfig, EvaluationData, FreeEnergyGap, LogPartition, Method, Progress, Verdict,
    evaluate,
};
use rbm_model::Noise;
use serde::{Deserialize, Serialize};

use crate::{Dbn, DbnError, free_energy::RowBound, labels::blocks};

/// How the bound is estimated.
///
/// ```
/// use dbn::BoundConfig;
///
/// let config: BoundConfig = serde_json::from_str(r#"{"draws": 100}"#)?;
/// assert_eq!(config.evaluation.ais.chains, 100);
/// assert!(serde_json::from_str::<BoundConfig>(r#"{"draw": 100}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoundConfig {
    /// Draws from `q(h | v)` for each row, two or more.
    pub draws: usize,
    /// The seed of these draws.
    pub seed: u64,
    /// How `log Z` of the top layer is found.
    pub evaluation: EvaluationConfig,
}

impl Default for BoundConfig {
    fn default() -> Self {
        Self {
            draws: 20,
            seed: 0,
            evaluation: EvaluationConfig {
                ais: Ais::default(),
                ..EvaluationConfig::default()
            },
        }
    }
}

/// A lower bound on the mean log-likelihood, in nats per row.
///
/// See [`log_likelihood_bound`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::{BoundConfig, Dbn, log_likelihood_bound};
/// use rbm_eval::EvaluationData;
/// use rbm_model::{Noise, RbmConfig, WeightInit};
///
/// // Without weights each pixel is a fair coin, and the bound is the likelihood: 8 log ½.
/// let (device, none) = (Device::default(), WeightInit::Normal { std: 0.0 });
/// let layer = |visible, hidden| {
///     RbmConfig::new(visible, hidden).with_weight(none).init(&mut Noise::new(1), &device)
/// };
/// let dbn = Dbn::new(vec![layer(8, 6), layer(6, 4)])?;
/// let data = EvaluationData::new(Tensor::zeros([5, 8], &device));
/// let bound = log_likelihood_bound(&dbn, &data, &BoundConfig::default(), &mut |_| ())?;
/// assert!((bound.value + 8.0 * 2f64.ln()).abs() < 1e-4);
/// assert!(bound.low <= bound.value && bound.value <= bound.high);
/// // The top layer has 6 and 4 units, all free: 2¹⁰ states of weight one.
/// assert!((bound.log_partition.value - 10.0 * 2f64.ln()).abs() < 1e-4);
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LikelihoodBound {
    /// The mean of the bound over the rows.
    pub value: f64,
    /// With `log Z` at its upper side.
    pub low: f64,
    /// With `log Z` at its lower side.
    pub high: f64,
    /// The standard error of `value` that comes of the draws from `q`; that of `log Z` is beside it.
    pub standard_error: f64,
    /// `log Z` of the top layer.
    pub log_partition: LogPartition,
    /// How `log Z` was found: never [`Method::Auto`].
    pub method: Method,
    /// How much likelier training rows are by the bound, in nats per row; where there are training rows.
    #[serde(default)]
    pub gap: Option<FreeEnergyGap>,
    /// Whether the estimate of `log Z` is reliable, and, with training data beside rows that were held out, whether
    /// the network overfits by the bound.
    pub verdict: Verdict,
}

/// A stream of random numbers each for what `log Z` is measured on and for the bound itself.
const FEATURES: u64 = 1;
const DRAWS: u64 = 2;
const OF_TRAINING: u64 = 3;

/// What the verdict's gap is measured by.
const BY: &str = "the bound on the likelihood of the data";

/// The variational bound on the mean log-likelihood of `data.rows`, averaged over draws from `q`, with
/// `log Z` of the top layer by annealing or, where that layer is small, exact.
///
/// For one layer it is the log-likelihood itself. `log Z` is annealed from the rates of the features of
/// `data.training` where that is there, and overfitting is looked for: by the bound on both sets of rows,
/// so leave it out where the rows are not held out. A label beside the top layer's features is summed out.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::{BoundConfig, Dbn, enumeration, log_likelihood_bound};
/// use rbm_eval::EvaluationData;
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(8, 6), layer(6, 4)])?;
/// let v = Noise::new(2).bernoulli(Tensor::full([5, 8], 0.5, &device));
/// let data = EvaluationData::new(v.clone());
/// let bound = log_likelihood_bound(&dbn, &data, &BoundConfig::default(), &mut |_| ())?;
/// let exact: f64 = enumeration::bound(&dbn, v)?.iter().sum::<f64>() / 5.0;
/// assert!((bound.value - exact).abs() < 5.0 * bound.standard_error + 1e-4);
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # References
///
/// G. E. Hinton, S. Osindero, Y.-W. Teh, 2006, section 4; R. Salakhutdinov, I. Murray: *On the
/// quantitative analysis of deep belief networks*, ICML 2008.
///
/// # Errors
///
/// [`DbnError::Config`] for fewer than two draws or a method without `log Z`; [`DbnError::Eval`]
/// where the top layer cannot be measured, or the data have no row or another width.
pub fn log_likelihood_bound(
    dbn: &Dbn,
    data: &EvaluationData,
    config: &BoundConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<LikelihoodBound, DbnError> {
    DbnError::unless(config.draws >= 2, "draws", config.draws, "2 or more a row")?;
    let holds = config.evaluation.method != Method::Pseudo;
    let expected = "a method that gives log Z";
    DbnError::unless(holds, "evaluation.method", "pseudo", expected)?;
    check_width(dbn, data)?;
    let dbn = dbn.valid();
    let (device, dtype) = (dbn.device(), dbn.top().weight.val().dtype());
    let cast = |x: &Tensor<2>| x.clone().without_autodiff().to_device(&device).cast(dtype);
    let rows = cast(&data.rows);
    let noise = Noise::new(config.seed);

    let mut of_features = noise.derive(FEATURES);
    let mut features = |v: &Tensor<2>| {
        let top = blocks(v).map(|block| dbn.chains_at(block, &mut of_features).visible);
        Tensor::cat(top.collect(), 0)
    };
    let mut of_top = EvaluationData::new(features(&rows));
    of_top.training = data.training.as_ref().map(|rows| features(&cast(rows)));
    // The verdict is of log Z: a gap between features of two sets is not one of the data.
    of_top.features = true;
    let evaluation = evaluate(dbn.top(), &of_top, &config.evaluation, progress)?;
    let log_partition = evaluation
        .log_partition
        .expect("every other method gives log Z");
    let mut verdict = evaluation.verdict;

    let bounds = dbn.row_bounds(rows.clone(), config.draws, &noise.derive(DRAWS));
    let gap = data.training.as_ref().map(|training| {
        let of_training = noise.derive(OF_TRAINING);
        let training = dbn.row_bounds(cast(training), config.draws, &of_training);
        gap(&training, &bounds)
    });
    if let Some(gap) = &gap {
        verdict.add_gap(gap, dbn.widths()[0], Some(BY));
    }
    let sum: f64 = bounds.iter().map(|row| row.value).sum();
    let variance: f64 = bounds.iter().map(|row| row.variance).sum();
    let count = rows.dims()[0] as f64;
    let mean = sum / count;
    Ok(LikelihoodBound {
        value: mean - log_partition.value,
        low: mean - log_partition.high,
        high: mean - log_partition.low,
        standard_error: variance.sqrt() / count,
        log_partition,
        method: evaluation.method,
        gap,
        verdict,
    })
}

/// How much likelier the training rows are than the others, by the bound, each with its spread over the
/// rows: `log Z` drops out of the difference.
fn gap(training: &[RowBound], held_out: &[RowBound]) -> FreeEnergyGap {
    let mean = |rows: &[RowBound]| rows.iter().map(|x| x.value).sum::<f64>() / rows.len() as f64;
    let variance = |rows: &[RowBound]| {
        let centre = mean(rows);
        let squares: f64 = rows.iter().map(|x| (x.value - centre).powi(2)).sum();
        let n = rows.len() as f64;
        squares / (n - 1.0).max(1.0) / n
    };
    FreeEnergyGap {
        value: mean(training) - mean(held_out),
        standard_error: (variance(training) + variance(held_out)).sqrt(),
    }
}

fn check_width(dbn: &Dbn, data: &EvaluationData) -> Result<(), DbnError> {
    let expected = dbn.widths()[0];
    let sets = [
        ("the data", Some(&data.rows)),
        ("the training data", data.training.as_ref()),
    ];
    for (what, set) in sets {
        if let Some([rows, found]) = set.map(Tensor::dims) {
            if found != expected {
                let error = rbm_eval::EvalError::Width {
                    what,
                    expected,
                    found,
                };
                return Err(error.into());
            }
            if rows == 0 {
                let (least, found) = (1, 0);
                let error = rbm_eval::EvalError::TooFewRows { what, least, found };
                return Err(error.into());
            }
        }
    }
    Ok(())
}
