//! Who watches a greedy training.

use std::error::Error;

use rbm_data::Batches;
use rbm_model::Rbm;
use rbm_train::{Best, EpochReport, Observer, StepInfo, Trainer};

/// A watcher of a greedy training: it may measure, draw and write, and it changes nothing of the run.
///
/// Layers are counted from 1 at the data. What watches one RBM serves here too: an
/// [`rbm_train::Observer`] made for a layer's batches can be called from
/// [`on_epoch`](Self::on_epoch).
///
/// ```
/// use burn::tensor::Device;
/// use dbn::{DbnConfig, PretrainObserver, Pretrainer};
/// use rbm_data::{Binarisation, bars_and_stripes};
/// use rbm_train::StepInfo;
///
/// /// Counts the updates of each of two layers.
/// #[derive(Default)]
/// struct Updates([u64; 2]);
///
/// impl PretrainObserver for Updates {
///     fn on_step(&mut self, layer: usize, _info: &StepInfo) {
///         self.0[layer - 1] += 1;
///     }
/// }
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let mut config = DbnConfig::new(16, &[12, 8]);
/// for (layer, epochs) in config.layers.iter_mut().zip([3, 5]) {
///     layer.train.epochs = epochs;
///     layer.train.batch_size = 16; // two batches an epoch
/// }
/// let mut updates = Updates::default();
/// let mut run = Pretrainer::new(config, &data, &rows, Binarisation::None, &Device::default())?;
/// run.run(&mut [&mut updates], &|| false)?;
/// assert_eq!(updates.0, [6, 10]);
/// # Ok::<(), dbn::DbnError>(())
/// ```
pub trait PretrainObserver: Send {
    /// Before a layer is trained, or trained on. `below` are the finished layers, from the data up, and
    /// `batches` what this one sees of the data.
    fn on_layer(&mut self, _layer: usize, _below: &[Rbm], _batches: &Batches) {}

    /// After each update.
    fn on_step(&mut self, _layer: usize, _info: &StepInfo) {}

    /// After each epoch of a layer of a run that [holds rows out](crate::Pretrainer::with_held_out), before
    /// [`on_epoch`](Self::on_epoch): what it adds to the report by the names of
    /// [`Pretrainer::MEASURES`](crate::Pretrainer::MEASURES) decides which epoch is stacked.
    ///
    /// # Errors
    ///
    /// Whatever should end the run.
    fn on_held_out(
        &mut self,
        _layer: usize,
        _batches: &Batches,
        _held_out: &Batches,
        _trainer: &Trainer,
        _report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }

    /// After each epoch of a layer, before the checkpoint: `report` goes into the layer's history.
    ///
    /// # Errors
    ///
    /// Whatever should end the run.
    fn on_epoch(
        &mut self,
        _layer: usize,
        _batches: &Batches,
        _trainer: &Trainer,
        _report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

/// What an observer gives back: any error ends the run.
pub(super) type Watched = Result<(), Box<dyn Error + Send + Sync>>;

/// The observers of a greedy training as one observer of the layer at hand.
pub(super) struct OfLayer<'a, 'b> {
    pub(super) layer: usize,
    pub(super) batches: &'a Batches,
    pub(super) held_out: Option<&'a Batches>,
    /// The best epoch until now.
    pub(super) best: &'a mut Best,
    pub(super) observers: &'a mut [&'b mut dyn PretrainObserver],
    /// Writes a checkpoint, and the best epoch.
    pub(super) save: &'a mut (dyn FnMut(&Trainer, &mut Best) -> Watched + Send),
}

impl Observer for OfLayer<'_, '_> {
    fn on_step(&mut self, info: &StepInfo) {
        for observer in self.observers.iter_mut() {
            observer.on_step(self.layer, info);
        }
    }

    fn on_epoch(&mut self, trainer: &Trainer, report: &mut EpochReport) -> Watched {
        if let Some(held_out) = self.held_out {
            for observer in self.observers.iter_mut() {
                observer.on_held_out(self.layer, self.batches, held_out, trainer, report)?;
            }
        }
        for observer in self.observers.iter_mut() {
            observer.on_epoch(self.layer, self.batches, trainer, report)?;
        }
        if self.held_out.is_some() {
            self.best.look(trainer, report);
        }
        Ok(())
    }

    fn on_checkpoint(&mut self, trainer: &Trainer) -> Watched {
        (self.save)(trainer, self.best)
    }
}
