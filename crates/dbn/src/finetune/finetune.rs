//! One call that tunes a network.

use std::path::PathBuf;
use std::sync::Arc;

use burn::train::{
    InferenceStep, Interrupter, Learner, LearnerModel, SupervisedTraining, TrainStep,
    logger::InMemoryMetricLogger,
    metric::{AccuracyMetric, LossMetric},
};
use rbm_model::store::StoreError;
use rbm_train::{Ending, EpochReport, TrainConfigError, internal::History as Lines};

use super::{
    FinetuneConfig,
    checkpoints::{RunFolder, RunHeader},
    history::{History, Patience},
    recorder::{EpochSoFar, OnEpoch, Recorder},
};
use crate::{Autoencoder, Batch, BatchLoader, DataRows, DbnClassifier, DbnError};

/// The tuning of an unrolled network by backpropagation, with Burn's learner.
///
/// Measured in each epoch: `train_loss` in nats per row and, for a classifier, `train_error`, both
/// averages over the updates of the epoch (with dropout where there is any), and with validation rows
/// `validation_loss` and `validation_error`. Losses are without the penalty on the weights, errors
/// are shares of the rows.
///
/// The order of the rows, the weights and the dropout follow from the seed: two runs of the same
/// configuration are the same, and so is one that was interrupted and [resumed](Self::resume).
///
/// ```
/// use dbn::{DataRows, DbnClassifier, Finetune, FinetuneConfig};
/// use burn::tensor::Device;
/// use rbm_data::{Binarisation, digits};
/// use rbm_model::Noise;
///
/// let data = digits();
/// let rows = |range: std::ops::Range<u32>| {
///     DataRows::new(data.clone(), range.collect(), Binarisation::None)
/// };
/// let network = DbnClassifier::random(&[64, 30], 10, &mut Noise::new(1), &Device::default())?;
/// let config = FinetuneConfig { epochs: 5, batch_size: 10, ..FinetuneConfig::default() };
/// let tuned = Finetune::new(config)?.classifier(network, &rows(0..1000)?)?;
/// assert_eq!(tuned.history.len(), 5);
/// assert!(tuned.model.error_rate(&rows(1000..1500)?)? < 0.3);
/// # Ok::<(), dbn::DbnError>(())
/// ```
pub struct Finetune {
    config: FinetuneConfig,
    validation: Option<DataRows>,
    folder: Option<PathBuf>,
    resume: bool,
    on_epoch: Option<OnEpoch>,
    interrupter: Interrupter,
    #[cfg(feature = "dashboard")]
    dashboard: bool,
}

/// A network after its tuning.
///
/// ```
///
/// use burn::tensor::Device;
/// use dbn::{DataRows, DbnClassifier, Finetune, FinetuneConfig};
/// use rbm_data::{Binarisation, digits};
/// use rbm_model::Noise;
/// use rbm_train::Ending;
///
/// let rows = DataRows::new(digits(), (0..100).collect(), Binarisation::None)?;
/// let network = DbnClassifier::random(&[64, 5], 10, &mut Noise::new(1), &Device::default())?;
/// let config = FinetuneConfig { epochs: 2, ..FinetuneConfig::default() };
/// let tuned = Finetune::new(config)?.classifier(network, &rows)?;
/// // Nothing was held out to choose an epoch by: it is the last one.
/// assert_eq!((tuned.epoch, tuned.ending), (2, Ending::Finished));
/// let epochs: Vec<u64> = tuned.history.iter().map(|report| report.epoch).collect();
/// assert_eq!(epochs, [1, 2]);
/// # Ok::<(), dbn::DbnError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finetuned<M> {
    /// The network, without a tape.
    pub model: M,
    /// What was measured in each epoch.
    pub history: Vec<EpochReport>,
    /// The epoch that the network is from, counted from 1. The network of an interrupted run has
    /// besides what was done of the next one.
    pub epoch: u64,
    /// How the run came to its end.
    pub ending: Ending,
}

impl Finetune {
    /// A run as configured, without validation, files or display.
    ///
    /// # Errors
    ///
    /// [`DbnError::Config`] where the configuration is not valid.
    pub fn new(config: FinetuneConfig) -> Result<Self, DbnError> {
        config.validate()?;
        Ok(Self {
            config,
            validation: None,
            folder: None,
            resume: false,
            on_epoch: None,
            interrupter: Interrupter::new(),
            #[cfg(feature = "dashboard")]
            dashboard: false,
        })
    }

    /// Measures each epoch on these rows.
    #[must_use]
    pub fn validation(mut self, rows: DataRows) -> Self {
        self.validation = Some(rows);
        self
    }

    /// Keeps the checkpoints of the last epoch and of the best one in this folder, which is made
    /// where it is missing. A run that is there already is overwritten.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self.resume = false;
        self
    }

    /// As [`folder`](Self::folder), but goes on from the last checkpoint in it, where there is one.
    #[must_use]
    pub fn resume(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self.resume = true;
        self
    }

    /// Calls `report` after each epoch, from a thread of the learner's.
    #[must_use]
    pub fn on_epoch(mut self, report: impl FnMut(&EpochReport) + Send + Sync + 'static) -> Self {
        self.on_epoch = Some(Box::new(report));
        self
    }

    /// A handle that ends the run after the update that is being made. What is then in the folder is
    /// the last whole epoch.
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    /// Shows Burn's dashboard in the terminal.
    #[cfg(feature = "dashboard")]
    #[must_use]
    pub fn dashboard(mut self) -> Self {
        self.dashboard = true;
        self
    }

    /// Tunes a classifier on rows with labels.
    ///
    /// # Errors
    ///
    /// [`DbnError`] where rows do not fit the network, a label is missing or no class, a class has
    /// no row to train on, the loss is no number any more, or files cannot be read or written.
    pub fn classifier(
        self,
        network: DbnClassifier,
        train: &DataRows,
    ) -> Result<Finetuned<DbnClassifier>, DbnError> {
        train.check_classes(network.num_classes())?;
        if let Some(rows) = &self.validation {
            rows.check_labels(network.num_classes())?;
        }
        let hidden = network.hidden.iter().map(|layer| layer.dims()[0]);
        let shape = Shape {
            kind: "classifier",
            widths: hidden.chain(network.output.weight.dims()).collect(),
        };
        let network = DbnClassifier {
            regularisation: self.config.regularisation,
            frozen: self.config.frozen,
            ..network
        };
        self.launch(network, shape, train, |learning| {
            learning.metrics((LossMetric::new(), AccuracyMetric::new()))
        })
    }

    /// Tunes an autoencoder.
    ///
    /// # Errors
    ///
    /// [`DbnError`] where rows do not fit the network, the loss is no number any more, files
    /// cannot be read or written, or the configuration freezes the hidden layers, which are all that
    /// there is.
    pub fn autoencoder(
        self,
        network: Autoencoder,
        train: &DataRows,
    ) -> Result<Finetuned<Autoencoder>, DbnError> {
        let expected = "false for an autoencoder, which has no layer besides the hidden ones";
        TrainConfigError::unless(!self.config.frozen, "frozen", true, expected)?;
        let layers = network.encoder.iter().chain(&network.decoder);
        let shape = Shape {
            kind: "autoencoder",
            widths: layers.map(|layer| layer.dims()[0]).collect(),
        };
        let regularisation = self.config.regularisation;
        let network = Autoencoder {
            regularisation,
            ..network
        };
        self.launch(network, shape, train, |learning| {
            learning.metrics((LossMetric::new(),))
        })
    }

    fn launch<M>(
        self,
        network: M,
        shape: Shape,
        train: &DataRows,
        metrics: impl FnOnce(SupervisedTraining<M>) -> SupervisedTraining<M>,
    ) -> Result<Finetuned<M>, DbnError>
    where
        M: LearnerModel + TrainStep<Input = Batch> + InferenceStep<Input = Batch>,
    {
        let config = self.config.clone();
        if config.patience.is_some() && self.validation.is_none() {
            return Err(DbnError::NoValidation);
        }
        for rows in [Some(train), self.validation.as_ref()]
            .into_iter()
            .flatten()
        {
            rows.check_columns(shape.widths[0])?;
        }
        let scratch = self.scratch()?;
        let folder = scratch.as_ref().map(|scratch| scratch.path().to_owned());
        let folder = self.folder.clone().or(folder).map(RunFolder);
        let (begin, lines) = match &folder {
            Some(folder) => self.begin(folder, shape, train.len())?,
            None => (0, Lines::default()),
        };
        let history = History::new(lines.reports().to_vec());
        let patience = config.patience.map(|epochs| Patience {
            history: history.clone(),
            epochs,
        });

        let device = network.devices()[0].clone();
        let loader = |rows: Option<DataRows>| {
            let (size, seed) = (config.batch_size, config.seed);
            BatchLoader::new(rows, size, seed, begin as u64, &device)
        };
        let rows = train;
        let (train, validation) = (loader(Some(train.clone())), loader(self.validation.clone()));
        let steps_per_epoch = train.len();
        let total = usize::try_from(config.epochs).unwrap_or(usize::MAX);
        let updates = total.saturating_mul(steps_per_epoch);
        let optimizer = config.optimizer.init(0);
        let scheduler = config.learning_rate.scheduler(updates);
        // Without files of its own the learner has no use for a folder, but asks for one.
        let path = folder.as_ref().map_or(PathBuf::new(), |f| f.0.clone());
        let learning = SupervisedTraining::new(path, Arc::new(train), Arc::new(validation));
        let ended = patience.as_ref().is_some_and(|p| p.is_over(begin));
        let mut learning = metrics(learning)
            .num_epochs(if ended { begin } else { total })
            .with_application_logger(None)
            // Kept in memory: the default writes a file for each metric of each epoch.
            .with_metric_logger(InMemoryMetricLogger::new())
            .with_interrupter(self.interrupter.clone());
        if let Some(patience) = patience {
            learning = learning.early_stopping(patience);
        }
        if let Some(folder) = &folder {
            learning = folder.attached(learning, &history, lines)?;
            if begin > 0 {
                folder.check(network.clone(), optimizer.clone(), begin)?;
                learning = learning.checkpoint(begin);
            }
        }
        let recorder = self.recorder(&history, steps_per_epoch, begin);
        let learner = Learner::new(network.train(), optimizer, scheduler);
        let result = learning.renderer(Box::new(recorder)).launch(learner);

        if let Some(error) = result.error {
            return Err(DbnError::Learner(error.to_string()));
        }
        let reports = history.reports().clone();
        if let Some(last) = reports.last()
            && last.get("train_loss").is_none()
        {
            let inputs = rows.blocks(&device).map(|(inputs, _)| inputs);
            return Err(DbnError::diverged(last.epoch, &result.model, inputs));
        }
        let ending = match result.interrupted {
            None => Ending::Finished,
            Some(_) => Ending::Interrupted,
        };
        let (mut model, mut epoch) = (result.model, reports.len());
        if let (Some(_), Some(best), Some(folder)) =
            (config.patience, history.best_epoch(), &folder)
            && best != epoch
        {
            (model, epoch) = (folder.network(model, best)?, best);
        }
        Ok(Finetuned {
            model,
            history: reports,
            epoch: epoch as u64,
            ending,
        })
    }

    /// The best epoch is known afterwards, so its weights have to be kept somewhere.
    fn scratch(&self) -> Result<Option<tempfile::TempDir>, StoreError> {
        if self.folder.is_some() || self.config.patience.is_none() {
            return Ok(None);
        }
        let folder = tempfile::tempdir();
        let folder = folder.map_err(StoreError::io("make a folder in", std::env::temp_dir()))?;
        Ok(Some(folder))
    }

    /// The epochs that are done in the folder, and what was measured in them.
    fn begin(
        &self,
        folder: &RunFolder,
        shape: Shape,
        train_rows: usize,
    ) -> Result<(usize, Lines), DbnError> {
        let header = RunHeader {
            config: self.config.clone(),
            network: shape.kind.to_owned(),
            widths: shape.widths,
            train_rows,
            validation_rows: self.validation.as_ref().map_or(0, DataRows::len),
        };
        if self.resume
            && let Some(resumed) = folder.resume(&header)?
        {
            return Ok(resumed);
        }
        folder.begin(&header)?;
        Ok((0, Lines::default()))
    }

    fn recorder(self, history: &History, steps_per_epoch: usize, begin: usize) -> Recorder {
        Recorder {
            history: history.clone(),
            steps_per_epoch: steps_per_epoch as u64,
            validates: self.validation.is_some(),
            #[cfg(feature = "dashboard")]
            screen: self.dashboard.then(|| {
                use burn::train::renderer::{MetricsRenderer, tui::TuiMetricsRendererWrapper};
                let begin = (begin > 0).then_some(begin);
                let screen = TuiMetricsRendererWrapper::new(self.interrupter.clone(), begin);
                Box::new(screen) as Box<dyn MetricsRenderer>
            }),
            #[cfg(not(feature = "dashboard"))]
            screen: {
                // Where its display begins.
                let _ = begin;
                None
            },
            interrupter: self.interrupter,
            on_epoch: self.on_epoch,
            epoch: EpochSoFar::default(),
        }
    }
}

/// What kind of network it is, and how large.
struct Shape {
    kind: &'static str,
    widths: Vec<usize>,
}
