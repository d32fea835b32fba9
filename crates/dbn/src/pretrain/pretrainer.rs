//! The state of a greedy training.

use std::path::Path;
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::Device;
use rbm_data::{Binarisation, Dataset};
use rbm_model::Rbm;
use rbm_train::{Best, Ending, EpochReport, Trainer, fit};
use serde_json::Value;

use super::{
    PretrainObserver,
    folder::{Folder, Source},
    held_out::HeldOut,
    labels::labels_of_all,
    level::{Level, above, first_level},
    observer::{OfLayer, Watched},
    start::start,
};
use crate::{Dbn, DbnConfig, DbnError};

/// Checkpoints are no more frequent than this: epochs on tiny data pass faster than a disk syncs.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// A deep belief network in greedy training: the finished layers, the [`Trainer`] of the one at hand,
/// and the data as that one sees them.
///
/// What a finished layer makes of the data is computed once, in blocks on the device, and kept on
/// the host. Everything follows from the configuration and the data, so that a run which is gone on
/// with from its [folder](Self::in_folder) is, on CPU backends, bit for bit the run that was never
/// interrupted.
///
/// ```
/// use burn::tensor::Device;
/// use dbn::{DbnConfig, Pretrainer};
/// use rbm_data::{Binarisation, bars_and_stripes};
/// use rbm_train::Ending;
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let mut config = DbnConfig::new(16, &[12, 8]);
/// config.layers[1].train.epochs = 3;
/// let device = Device::default();
/// let mut run = Pretrainer::new(config, &data, &rows, Binarisation::None, &device)?;
/// assert_eq!(run.run(&mut [], &|| false)?, Ending::Finished);
/// assert_eq!(run.dbn()?.widths(), [16, 12, 8]);
/// assert_eq!(run.history()[1].len(), 3);
/// # Ok::<(), dbn::DbnError>(())
/// ```
pub struct Pretrainer {
    pub(super) config: DbnConfig,
    pub(super) device: Device,
    /// The class of each row.
    labels: Option<Vec<u8>>,
    pub(super) finished: Vec<Rbm>,
    history: Vec<Vec<EpochReport>>,
    /// The data of the layer at hand.
    level: Level,
    /// Rows that are held out, as that layer sees them.
    pub(super) held_out: Option<HeldOut>,
    trainer: Option<Trainer>,
    /// What the whole is trained on.
    pub(super) source: Source,
    folder: Option<Folder>,
    /// What the file of the first layer says besides.
    notes: Value,
}

impl Pretrainer {
    /// A run at its beginning, on these rows of `data`.
    ///
    /// # Errors
    ///
    /// [`DbnError`] where the configuration is not valid or does not fit the data: another number of
    /// columns, labels that are missing or out of range, a class without an example.
    pub fn new(
        config: DbnConfig,
        data: &Dataset,
        rows: &[u32],
        binarisation: Binarisation,
        device: &Device,
    ) -> Result<Self, DbnError> {
        let source = source(data, rows, binarisation);
        Self::from_source(config, source, device)
    }

    /// The run in a folder that [`in_folder`](Self::in_folder) began, from where it stands, on the
    /// same data.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); and where the folder holds no run, a damaged one, or one on other
    /// data.
    pub fn resume(
        folder: &Path,
        data: &Dataset,
        rows: &[u32],
        binarisation: Binarisation,
        device: &Device,
    ) -> Result<Self, DbnError> {
        let source = source(data, rows, binarisation);
        let (folder, config) = Folder::open(folder, Source::of(&source))?;
        let mut run = Self::from_source(config, source, device)?;
        while run.finished.len() < run.config.layers.len() {
            let layer = run.finished.len() + 1;
            let trainer = folder.checkpoint(layer, &run.config.train(layer), &run.device)?;
            match folder.finished(layer, &run.config.rbm(layer), &run.device)? {
                Some(rbm) => {
                    let history = trainer.map(|trainer| trainer.history().to_vec());
                    run.stack(rbm, history.unwrap_or_default())?;
                }
                None => {
                    run.trainer = trainer;
                    break;
                }
            }
        }
        run.folder = Some(folder);
        Ok(run)
    }

    /// The name that the data of the run in a folder had. [`resume`](Self::resume) refuses data of another
    /// name: where they are the same by other evidence, they take this one
    /// ([`Dataset::with_name`]).
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`] where the folder holds no run.
    pub fn data_name(folder: &Path) -> Result<String, DbnError> {
        Ok(Folder::data_name(folder)?)
    }

    fn from_source(config: DbnConfig, source: Level, device: &Device) -> Result<Self, DbnError> {
        config.validate()?;
        let origin = Source::of(&source);
        let (data, rows) = (&source.data, &source.rows);
        if data.num_visible() != config.num_visible {
            return Err(DbnError::Columns {
                data: data.name().to_owned(),
                expected: config.num_visible,
                found: data.num_visible(),
            });
        }
        // Refused now, and not after hours of training: rows, and what is to be a probability.
        source.batches(&config.train(1))?;
        let labels = config
            .classes
            .map(|classes| labels_of_all(data, rows, classes))
            .transpose()?;
        let level = first_level(&config, source, labels.as_deref())?;
        Ok(Self {
            config,
            device: device.clone().without_autodiff(),
            labels,
            finished: Vec::new(),
            history: Vec::new(),
            level,
            held_out: None,
            trainer: None,
            source: origin,
            folder: None,
            notes: Value::Null,
        })
    }

    /// The same run, whose files of the first layer say these things as well: the fields of an object, as in
    /// [`rbm_model::store::save_with_notes`]. The layers above do not see the data, and their files say nothing
    /// of them. Notes are given before [`in_folder`](Self::in_folder), and to a run that is resumed again.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dbn::{DbnConfig, Pretrainer};
    /// use rbm_data::{Binarisation, bars_and_stripes};
    /// use rbm_model::store;
    ///
    /// let (data, rows) = (bars_and_stripes(4)?, (0..32).collect::<Vec<u32>>());
    /// let mut config = DbnConfig::new(16, &[6]);
    /// config.layers[0].train.epochs = 1;
    /// let folder = tempfile::tempdir().unwrap();
    /// let device = Device::default();
    /// let run = Pretrainer::new(config, &data, &rows, Binarisation::None, &device)?;
    /// let mut run = run.with_notes(serde_json::json!({"of": "bars"})).in_folder(folder.path())?;
    /// run.run(&mut [], &|| false)?;
    /// assert_eq!(store::notes_of(&folder.path().join("layer-1"))?["of"], "bars");
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    #[must_use]
    pub fn with_notes(self, notes: Value) -> Self {
        Self { notes, ..self }
    }

    /// What the file of a layer says besides.
    fn notes_of(&self, layer: usize) -> Value {
        if layer == 1 {
            self.notes.clone()
        } else {
            Value::Null
        }
    }

    /// The same run, not begun yet, on top of layers that are trained already, from the data up: only
    /// the others are left to do, on what these make of the data.
    ///
    /// # Errors
    ///
    /// [`DbnError::Trained`] where there are more of them than the configuration has layers, or one
    /// has other units than it says.
    ///
    /// # Panics
    ///
    /// Where a layer is done already, or the run is in a folder.
    pub fn with_trained(mut self, layers: Vec<Rbm>) -> Result<Self, DbnError> {
        assert!(
            self.finished.is_empty() && self.folder.is_none(),
            "trained layers are given before the run begins"
        );
        for (rbm, layer) in layers.into_iter().zip(1..) {
            self.config.accepts(layer, &rbm)?;
            self.stack(rbm.valid().to_device(&self.device), Vec::new())?;
        }
        Ok(self)
    }

    /// The same run, not begun yet, with checkpoints in `folder`: at the end of each epoch, though no more than one
    /// a second, at an interruption, and with each finished layer.
    ///
    /// # Errors
    ///
    /// [`DbnError::Occupied`] where the folder has a run in it, [`DbnError::Store`] where it cannot
    /// be written.
    ///
    /// # Panics
    ///
    /// Where a layer has been trained in this run already: its checkpoint would be missing in the folder.
    pub fn in_folder(mut self, folder: &Path) -> Result<Self, DbnError> {
        assert!(
            self.history.iter().all(Vec::is_empty),
            "a run is put into a folder before it begins"
        );
        let (config, source) = (self.config.clone(), self.source.clone());
        let finished = self.finished.iter().zip(1..);
        let finished = finished.map(|(rbm, layer)| (rbm, self.notes_of(layer)));
        self.folder = Some(Folder::begin(folder, config, source, finished)?);
        Ok(self)
    }

    /// Trains from wherever the run is until all layers are done or `stop`, which is asked between
    /// updates, says so.
    ///
    /// # Errors
    ///
    /// [`DbnError::Fit`] where training diverges or an observer fails, [`DbnError::Store`] where a
    /// checkpoint cannot be written.
    pub fn run(
        &mut self,
        observers: &mut [&mut dyn PretrainObserver],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Ending, DbnError> {
        while self.finished.len() < self.config.layers.len() {
            if self.train_layer(observers, stop)? == Ending::Interrupted {
                return Ok(Ending::Interrupted);
            }
        }
        Ok(Ending::Finished)
    }

    fn train_layer(
        &mut self,
        observers: &mut [&mut dyn PretrainObserver],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Ending, DbnError> {
        let layer = self.finished.len() + 1;
        let train = self.config.train(layer);
        let batches = self.level.batches(&train)?;
        let mut trainer = match self.trainer.take() {
            Some(trainer) => trainer,
            None => {
                let below = self.finished.last();
                let rbm = start(&self.config, layer, below, &batches, &self.device);
                Trainer::new(train, rbm, batches.len())
                    .map_err(|source| DbnError::Train { layer, source })?
            }
        };
        for observer in observers.iter_mut() {
            observer.on_layer(layer, &self.finished, &batches);
        }
        let held_out = match &self.held_out {
            Some(held_out) => Some(held_out.level.batches(&self.config.train(layer))?),
            None => None,
        };
        let folder = self.folder.as_ref();
        let mut best = match folder {
            // A file that is damaged is moved aside; the epochs to come are looked at.
            Some(folder) => Best::resume(folder.best(layer), &Self::MEASURES).0,
            None => Best::new("", &Self::MEASURES),
        }
        .with_notes(self.notes_of(layer));
        let mut last = Instant::now();
        let mut save = |trainer: &Trainer, best: &mut Best| -> Watched {
            if let Some(folder) = folder
                && last.elapsed() >= CHECKPOINT_EVERY
            {
                folder.save_best(layer, best)?;
                folder.save(layer, trainer)?;
                last = Instant::now();
            }
            Ok(())
        };
        let mut of_layer = OfLayer {
            layer,
            batches: &batches,
            held_out: held_out.as_ref(),
            best: &mut best,
            observers,
            save: &mut save,
        };
        let ending = fit(&mut trainer, &batches, &mut [&mut of_layer], stop)
            .map_err(|source| DbnError::Fit { layer, source })?;
        if let Some(folder) = folder {
            // First: a checkpoint must not know of a better epoch than the file.
            folder.save_best(layer, &mut best)?;
            folder.save(layer, &trainer)?;
        }
        if ending == Ending::Interrupted {
            self.trainer = Some(trainer);
            return Ok(ending);
        }
        let rbm = best.model(&self.device)?.unwrap_or_else(|| trainer.model());
        if let Some(folder) = folder {
            folder.finish(layer, &rbm, self.notes_of(layer))?;
        }
        let history = trainer.history().to_vec();
        self.stack(rbm, history)?;
        Ok(ending)
    }

    /// Puts a trained layer on the others, and makes the data of the next one.
    fn stack(&mut self, rbm: Rbm, history: Vec<EpochReport>) -> Result<(), DbnError> {
        let layer = self.finished.len() + 1;
        if layer < self.config.layers.len() {
            let (config, device) = (&self.config, &self.device);
            let labels = self.labels.as_deref();
            self.level = above(config, layer, &rbm, &self.level, labels, device)?;
            if let Some(held_out) = &mut self.held_out {
                let labels = held_out.labels.as_deref();
                held_out.level = above(config, layer, &rbm, &held_out.level, labels, device)?;
            }
        }
        self.finished.push(rbm);
        self.history.push(history);
        Ok(())
    }

    /// The configuration of the run.
    pub fn config(&self) -> &DbnConfig {
        &self.config
    }

    /// The layers that are done, as a network.
    ///
    /// # Errors
    ///
    /// [`DbnError::NoLayers`] before the first is.
    pub fn dbn(&self) -> Result<Dbn, DbnError> {
        Dbn::new(self.finished.clone())
    }

    /// The reports of the epochs of each layer that is done, from the data up.
    pub fn history(&self) -> &[Vec<EpochReport>] {
        &self.history
    }

    /// The training of the layer at hand, where it was interrupted.
    pub fn trainer(&self) -> Option<&Trainer> {
        self.trainer.as_ref()
    }
}

pub(super) fn source(data: &Dataset, rows: &[u32], binarisation: Binarisation) -> Level {
    Level {
        data: data.clone(),
        rows: rows.into(),
        binarisation,
    }
}

/// Trains a network greedily, from beginning to end, on rows of a data set.
///
/// ```
/// use burn::tensor::Device;
/// use dbn::{DbnConfig, pretrain};
/// use rbm_data::{Binarisation, digits};
///
/// let (data, rows) = (digits(), (0..500).collect::<Vec<u32>>());
/// let mut config = DbnConfig::new(64, &[30, 20]);
/// config.classes = Some(10);
/// config.layers[0].train.epochs = 2;
/// let dbn = pretrain(config, &data, &rows, Binarisation::Stochastic, &Device::default())?;
/// assert_eq!((dbn.widths(), dbn.classes()), (vec![64, 30, 20], Some(10)));
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # Errors
///
/// As [`Pretrainer::new`] and [`Pretrainer::run`].
pub fn pretrain(
    config: DbnConfig,
    data: &Dataset,
    rows: &[u32],
    binarisation: Binarisation,
    device: &Device,
) -> Result<Dbn, DbnError> {
    let mut run = Pretrainer::new(config, data, rows, binarisation, device)?;
    run.run(&mut [], &|| false)?;
    run.dbn()
}
