//! How likely held-out data become while a model is trained.

use burn::tensor::Tensor;
use rbm_data::{Batches, DataError, SUBSET_SEED, subset};
use rbm_eval::{
    Ais, AnnealingSchedule, BaselineScores, Baselines, EvaluationConfig, EvaluationData, Evidence,
    LogLikelihood, Method, PseudoLogLikelihood, Verdict, evaluate,
};
use rbm_model::{Rbm, numerics::to_f64, units::Support};
use rbm_train::{BestEpoch, EpochReport, Observer, Trainer};

use super::Watch;

/// By which numbers of a report the best epoch is told, the first that an epoch has: the lower end of
/// the log-likelihood where one was estimated. More is better; no other number of an epoch says how
/// good a model is.
pub const MEASURES: [&str; 2] = ["log_likelihood_low", "pseudo_log_likelihood"];

/// Rows that are watched.
const ROWS: usize = 1000;
/// Training rows that the baselines are made of.
const BASELINE_ROWS: usize = 10_000;
/// Units of work in a pseudo-likelihood, rows times visible times hidden units: a tenth of a second.
const PSEUDO_WORK: usize = 20_000_000;
/// Temperatures: the second number where the first does not close the bracket, and chains, and sweeps of
/// the reverse chains before they anneal.
const STEPS: [usize; 2] = [100, 400];
/// So many nats between the sides are closed: less than epochs differ by.
const CLOSED: f64 = 0.1;
const CHAINS: usize = 64;
/// States times units of the other side that are enumerated: a second or so. Annealing is faster where there
/// are more, and closes its bracket on a model of so few units.
const EXACT_WORK: usize = 1 << 24;
const BURN_IN: usize = 50;

/// Adds the likelihood to the reports of a training. Gray levels on binary units have none.
///
/// The numbers that it adds to the report of an epoch, in nats per row, each of the same rows at every
/// epoch (1,000 at most, drawn at random from the held-out ones, or from the training rows of a run
/// that holds none out):
///
/// | name | at which epochs | what |
/// |---|---|---|
/// | `pseudo_log_likelihood` | each | the exact pseudo-log-likelihood of some of the rows; visible units with two values alone |
/// | `log_likelihood` | those of [`Watch`], the last among them | the log-likelihood: exact where a side has 20 units or fewer and that takes a second or so, else by cheap annealing forward and back |
/// | `log_likelihood_low` | as `log_likelihood` | the lower end of its bracket, the value itself where that is exact: what the best epoch is chosen by ([`MEASURES`]) |
/// | `log_likelihood_high` | as `log_likelihood` | the upper end |
/// | `…_error` | as the number before it | the standard error of its mean over the rows |
/// | `log_likelihood_paired_error` | as `log_likelihood`, where the epoch is not the best one until then | the standard error, over the rows, of the mean difference from the best epoch before: what a fall is told by ([`EarlyStop`](rbm_train::EarlyStop)) |
///
/// Forward annealing alone would not do for a choice: where it fails, a model looks better than it is.
///
/// Cheap annealing is for the shape of the curve and the choice of an epoch: `burnzmann evaluate`
/// measures a model.
///
/// ```
/// use burnzmann::{Likelihood, Watch, data::{Batches, Binarisation}, prelude::*};
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let batches = Batches::new(&data, &rows, 32, Binarisation::None, 1)?;
/// let rbm = RbmConfig::new(16, 8).init(&mut Noise::new(1), &Device::default());
/// let config = TrainConfig { epochs: 100, ..TrainConfig::default() };
/// let mut trainer = Trainer::new(config, rbm, batches.len())?;
/// let mut likelihood = Likelihood::new(&batches, None, &Watch::default());
/// fit(&mut trainer, &batches, &mut [&mut likelihood], &|| false)?;
/// let measured = trainer.history().iter().filter_map(|report| report.get("log_likelihood"));
/// // At the epochs 1, 2, 3, 4, 6, 8 and 10, 20, ..., 100.
/// assert_eq!(measured.count(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Likelihood {
    train: Batches,
    /// Rows that are held out, where there are any.
    held_out: Option<Batches>,
    /// The rows that are watched.
    rows: Vec<u32>,
    /// As many training rows, which the base of annealing is fitted to and chains start at.
    near: Vec<u32>,
    watch: Watch,
    /// The best epoch until now.
    best: Option<Reference>,
    /// Whether the rows are no states of the visible units; none before the first look.
    grey: Option<bool>,
    /// What the rows have without a model, from the first measurement on.
    baselines: Option<BaselineScores>,
    last: Option<Measured>,
}

/// What later epochs are compared with.
struct Reference {
    /// The lower end of its log-likelihood.
    low: f64,
    model: Rbm,
}

/// The newest log-likelihood.
struct Measured {
    epoch: u64,
    method: Method,
    value: LogLikelihood,
}

impl Likelihood {
    /// The likelihood of the held-out rows, of the training rows where there are none, measured as often as
    /// `watch` says.
    pub fn new(train: &Batches, held_out: Option<&Batches>, watch: &Watch) -> Self {
        let drawn = |batches: &Batches| subset(batches.rows(), ROWS, SUBSET_SEED);
        Self {
            rows: drawn(held_out.unwrap_or(train)),
            near: drawn(train),
            train: train.clone(),
            held_out: held_out.cloned(),
            watch: watch.clone(),
            best: None,
            grey: None,
            baselines: None,
            last: None,
        }
    }

    /// The same in a run that goes on, whose best epoch until now is this one, with its model.
    #[must_use]
    pub fn resumed(self, best: Option<(BestEpoch, Rbm)>) -> Self {
        let best = best
            .filter(|(found, _)| found.measure == MEASURES[0])
            .map(|(found, model)| Reference {
                low: found.value,
                model,
            });
        Self { best, ..self }
    }

    fn watched(&self) -> &Batches {
        self.held_out.as_ref().unwrap_or(&self.train)
    }

    fn name_of_rows(&self) -> &'static str {
        if self.held_out.is_some() {
            "held-out rows"
        } else {
            "training rows"
        }
    }

    /// Whether the rows are such as the units cannot have.
    fn is_grey(&mut self, support: Support, rows: &Tensor<2>) -> bool {
        let grey = || {
            let columns = rows.dims()[1];
            let values = to_f64(rows.clone());
            !values
                .chunks_exact(columns)
                .all(|row| support.is_state(row))
        };
        *self.grey.get_or_insert_with(grey)
    }

    /// What the watched rows have without a model.
    fn baselines(&self, rbm: &Rbm, trainer: &Trainer) -> Result<Option<BaselineScores>, DataError> {
        let mut baselines = Baselines::new(&rbm.visible);
        let rows = self
            .watched()
            .try_rows_tensor(&self.rows, 0, &trainer.device())?;
        Ok(if self.held_out.is_some() {
            for some in subset(self.train.rows(), BASELINE_ROWS, SUBSET_SEED).chunks(ROWS) {
                baselines.add(&self.train.try_rows_tensor(some, 0, &trainer.device())?);
            }
            baselines.scores(&rows)
        } else {
            baselines.add(&rows);
            baselines.leave_one_out(&rows)
        })
    }

    fn measure(&self, rbm: &Rbm, trainer: &Trainer, rows: Tensor<2>) -> Result<Measured, Failure> {
        let near = self
            .train
            .try_rows_tensor(&self.near, 0, &trainer.device())?;
        let mut data = EvaluationData::new(rows).with_training(near);
        // Of the verdict, what it says of log Z is all that is wanted.
        data.features = true;
        let method = if takes_long(rbm) {
            Method::Ais
        } else {
            Method::Auto
        };
        let config = |steps| EvaluationConfig {
            method,
            ais: Ais {
                schedule: AnnealingSchedule::Linear { steps },
                chains: CHAINS,
                seed: trainer.config().seed,
                ..Ais::default()
            },
            burn_in: BURN_IN,
            ..EvaluationConfig::default()
        };
        let [few, many] = STEPS;
        let mut found = evaluate(rbm, &data, &config(few), &mut |_| ())?;
        let width = found.log_likelihood.high - found.log_likelihood.low;
        if !(found.verdict.trustworthy && width <= CLOSED) {
            found = evaluate(rbm, &data, &config(many), &mut |_| ())?;
        }
        Ok(Measured {
            epoch: 0,
            method: found.method,
            value: found.log_likelihood,
        })
    }

    /// What to say at the end of a run: the last log-likelihood beside what needs no model.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(last) = &self.last {
            let LogLikelihood {
                value, low, high, ..
            } = last.value;
            let how = match last.method {
                Method::Exact => "exact".to_owned(),
                _ => format!("between {low:.2} and {high:.2} by cheap annealing"),
            };
            let beside = self.baselines.map_or(String::new(), |scores| {
                let table = scores.table.map_or(String::new(), |table| {
                    format!(", a table of the training rows: {table:.2}")
                });
                format!("; independent units: {:.2}{table}", scores.independent)
            });
            lines.push(format!(
                "log-likelihood of {} {} after epoch {}: {value:.2} nats per row ({how}){beside}",
                self.rows.len(),
                self.name_of_rows(),
                last.epoch
            ));
            if self.is_poor(&last.value) {
                lines.push(
                    "warning: the model is poor, worse than what needs no training: train \
                     longer, at a smaller rate, with more Gibbs steps or another seed (`burnzmann \
                     evaluate` says more)"
                        .to_owned(),
                );
            }
        }
        lines
    }

    fn is_poor(&self, found: &LogLikelihood) -> bool {
        let evidence = Evidence {
            baselines: self.baselines,
            log_likelihood: Some(*found),
            ..Evidence::default()
        };
        Verdict::new(&evidence).is_poor()
    }
}

/// By which number of its report an epoch is the best one, in words.
pub fn measured_by(best: &BestEpoch) -> String {
    let measure = match best.measure.as_str() {
        "log_likelihood_low" => "the lower end of its log-likelihood",
        "pseudo_log_likelihood" => "its pseudo-log-likelihood",
        other => other,
    };
    format!("by {measure}, {:.2} nats per row", best.value)
}

/// Whether an enumeration of the states of the smaller side takes more than a second or so.
fn takes_long(rbm: &Rbm) -> bool {
    let (visible, hidden) = (rbm.num_visible(), rbm.num_hidden());
    let states = u32::try_from(visible.min(hidden))
        .ok()
        .and_then(|units| 2usize.checked_pow(units));
    states.is_none_or(|states| states.saturating_mul(visible.max(hidden)) > EXACT_WORK)
}

/// The standard error of a mean; not a number where there is one value alone.
fn standard_error(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|x| (x - mean).powi(2));
    (squares.sum::<f64>() / (n - 1.0) / n).sqrt()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Observer for Likelihood {
    fn on_epoch(&mut self, trainer: &Trainer, report: &mut EpochReport) -> Result<(), Failure> {
        let rbm = trainer.model();
        let rows = self
            .watched()
            .try_rows_tensor(&self.rows, 0, &trainer.device())?;
        let support = rbm.visible.support();
        if support.is_discrete() && self.is_grey(support, &rows) {
            return Ok(());
        }
        // It is defined for units with two values alone.
        if support.has_two_values() {
            // All units of a few rows, and not one unit of many: without noise the curve can be read.
            let affordable = PSEUDO_WORK / (rbm.num_visible() * rbm.num_hidden()).max(1);
            let few = rows.dims()[0].min(affordable.max(10));
            // The rows are in the order in which they were drawn: the first ones are a draw, too.
            let pseudo = PseudoLogLikelihood::exact(&rbm, rows.clone().narrow(0, 0, few))?;
            report.insert("pseudo_log_likelihood", pseudo.mean);
            report.insert("pseudo_log_likelihood_error", pseudo.standard_error);
        }

        let epochs = trainer.config().epochs;
        if !self.watch.is_measured(report.epoch, epochs) {
            return Ok(());
        }
        if self.last.is_none() {
            self.baselines = self.baselines(&rbm, trainer)?;
        }
        // Of the mean over the rows, however well log Z is known.
        let free = to_f64(rbm.free_energy(rows.clone()));
        report.insert("log_likelihood_error", standard_error(&free));
        let found = self.measure(&rbm, trainer, rows.clone())?;
        report.insert("log_likelihood", found.value.value);
        report.insert("log_likelihood_low", found.value.low);
        report.insert("log_likelihood_high", found.value.high);
        match &self.best {
            // The same rows under both models: what some rows have more than others in each drops out, and
            // so does log Z.
            Some(best) if found.value.low <= best.low => {
                let before = to_f64(best.model.free_energy(rows));
                let change: Vec<f64> = free.iter().zip(&before).map(|(a, b)| a - b).collect();
                report.insert("log_likelihood_paired_error", standard_error(&change));
            }
            _ => {
                self.best = Some(Reference {
                    low: found.value.low,
                    model: rbm,
                });
            }
        }
        self.last = Some(Measured {
            epoch: report.epoch,
            ..found
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use rbm_data::{Binarisation, Dataset, Values};
    use rbm_model::{
        Noise, RbmConfig,
        units::{Bernoulli, Units, UnitsConfig},
    };
    use rbm_train::{Best, TrainConfig};

    use super::*;

    /// Groups of visible units, of units in a group, and of hidden units that turn a group on.
    const GROUPS: usize = 4;
    const SIZE: usize = 12;
    const HIDDEN: usize = 6;

    /// A model of patterns, in each of which one group is on: `x` is the input of a pattern's hidden
    /// units, which each unit of the group that is off lowers by `w`, and each of another one that is
    /// on. Too large on both sides to be enumerated.
    fn patterns(w: f64, x: f64) -> Rbm {
        let (visible, hidden) = (GROUPS * SIZE, GROUPS * HIDDEN);
        let device = Device::default();
        let sign = |i: usize, j: usize| if i / SIZE == j / HIDDEN { w } else { -w };
        let weight: Vec<f64> = (0..visible)
            .flat_map(|i| (0..hidden).map(move |j| sign(i, j)))
            .collect();
        let layer = |n: usize, bias: f64| {
            Units::Bernoulli(Bernoulli::from_bias(Tensor::full([n], bias, &device)))
        };
        let c = x - w * SIZE as f64;
        let weight = Tensor::from_data(TensorData::new(weight, [visible, hidden]), &device);
        Rbm::from_parts(layer(visible, 0.0), layer(hidden, c), weight)
    }

    /// `-F` of rows with so many units on in each group.
    fn minus_free_energy(w: f64, x: f64, on: [usize; GROUPS]) -> f64 {
        let all: usize = on.iter().sum();
        let input = |n: usize| x - w * SIZE as f64 + w * (2.0 * n as f64 - all as f64);
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        let of_group = on.map(|n| HIDDEN as f64 * softplus(input(n)));
        of_group.iter().sum()
    }

    /// The log-likelihood of rows that have one unit less than a pattern: `Z` is a sum over the numbers
    /// of units that are on.
    fn truth(w: f64, x: f64) -> f64 {
        let mut choose = [1.0; SIZE + 1];
        for n in 1..=SIZE {
            choose[n] = choose[n - 1] * (SIZE - n + 1) as f64 / n as f64;
        }
        let all = 0..=SIZE;
        let mut terms = Vec::new();
        for a in all.clone() {
            for b in all.clone() {
                for c in all.clone() {
                    for d in all.clone() {
                        let ways: f64 = [a, b, c, d].iter().map(|&n| f64::ln(choose[n])).sum();
                        terms.push(ways + minus_free_energy(w, x, [a, b, c, d]));
                    }
                }
            }
        }
        let log_partition = rbm_model::numerics::log_sum_exp(&terms);
        minus_free_energy(w, x, [SIZE - 1, 0, 0, 0]) - log_partition
    }

    /// Rows with two labels are no states, though their values are zeros and ones: they have no likelihood.
    #[test]
    fn rows_without_one_label_have_no_likelihood() {
        let config = RbmConfig::new(4, 2).with_visible(UnitsConfig::Labelled { classes: 2 });
        let of = |last: [f32; 4]| {
            let rows = [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], last];
            let data = Dataset::new("labels", 4, Values::Floats(rows.concat())).unwrap();
            let batches = Batches::new(&data, &[0, 1, 2], 3, Binarisation::None, 1).unwrap();
            let rbm = config.init(&mut Noise::new(1), &Device::default());
            let trainer = Trainer::new(TrainConfig::default(), rbm, 1).unwrap();
            let each = Watch {
                likelihood_every: Some(1),
                ..Watch::default()
            };
            let mut report = EpochReport::new(1, 1);
            let mut likelihood = Likelihood::new(&batches, None, &each);
            likelihood.on_epoch(&trainer, &mut report).unwrap();
            report.get("log_likelihood")
        };
        assert!(of([1.0, 1.0, 0.0, 1.0]).is_some());
        assert_eq!(of([1.0, 1.0, 1.0, 1.0]), None);
    }

    /// A sharp model of patterns, none of which the rows quite are, and a soft one. Forward annealing
    /// finds none of the patterns of the sharp one: by that number alone it is the better model, and in
    /// truth it is the worse one by many nats.
    #[test]
    fn the_best_epoch_is_not_the_one_that_annealing_fails_for() {
        let one_off = |row: usize, i: usize| i / SIZE == row / SIZE && i != row;
        let rows = GROUPS * SIZE;
        let values = (0..rows)
            .flat_map(|row| (0..rows).map(move |i| f32::from(u8::from(one_off(row, i)))))
            .collect();
        let data = Dataset::new("patterns", rows, Values::Floats(values)).unwrap();
        let all: Vec<u32> = (0..48).collect();
        let batches = Batches::new(&data, &all, 48, Binarisation::None, 1).unwrap();

        let (sharp, soft) = ((4.0, 6.8785), (0.2, 3.0));
        assert!(truth(sharp.0, sharp.1) < truth(soft.0, soft.1) - 5.0);
        let rows = batches.rows_tensor(&all, 0, &Device::default());
        let flattered = |(w, x): (f64, f64), seed| {
            let forward = EvaluationConfig {
                ais: Ais {
                    schedule: AnnealingSchedule::Linear { steps: STEPS[1] },
                    chains: CHAINS,
                    seed,
                    ..Ais::default()
                },
                reverse: false,
                ..EvaluationConfig::default()
            };
            let data = EvaluationData::new(rows.clone());
            let found = evaluate(&patterns(w, x), &data, &forward, &mut |_| ()).unwrap();
            found.log_likelihood
        };
        for seed in [1, 2, TrainConfig::default().seed] {
            assert!(flattered(sharp, seed).low > flattered(soft, seed).value + 1.0);
        }

        let folder = tempfile::tempdir().unwrap();
        let mut best = Best::new(folder.path().join("best.safetensors"), &MEASURES);
        let each = Watch {
            likelihood_every: Some(1),
            ..Watch::default()
        };
        let mut likelihood = Likelihood::new(&batches, None, &each);
        for (epoch, (w, x)) in [(1, soft), (2, sharp)] {
            let trainer = Trainer::new(TrainConfig::default(), patterns(w, x), 1).unwrap();
            let mut report = EpochReport::new(epoch, epoch);
            likelihood.on_epoch(&trainer, &mut report).unwrap();
            let low = report.get("log_likelihood_low").unwrap();
            assert!(low < truth(w, x) + 0.1, "{low} {}", truth(w, x));
            best.look(&trainer, &report);
        }
        let found = best.found().unwrap();
        assert_eq!((found.epoch, found.measure.as_str()), (1, MEASURES[0]));
        let said = measured_by(found);
        assert!(
            said.contains("the lower end of its log-likelihood"),
            "{said}"
        );
        let said = likelihood.summary().join("\n");
        assert!(said.contains("of 48 training rows after epoch 2"), "{said}");
    }
}
