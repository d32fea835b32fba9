//! Who watches a greedy training.

use std::error::Error;

use rbm_data::Batches;
use rbm_model::Rbm;
use rbm_train::{EpochReport, Observer, StepInfo, Trainer};

/// A watcher of a greedy training: it may measure, draw and write, and it changes nothing of the run.
///
/// Layers are counted from 1 at the data. What watches one RBM serves here too: an
/// [`rbm_train::Observer`] made for a layer's batches can be called from
/// [`on_epoch`](Self::on_epoch).
pub trait PretrainObserver: Send {
    /// Before a layer is trained, or trained on. `below` are the finished layers, from the data up, and
    /// `batches` what this one sees of the data.
    fn on_layer(&mut self, _layer: usize, _below: &[Rbm], _batches: &Batches) {}

    /// After each update.
    fn on_step(&mut self, _layer: usize, _info: &StepInfo) {}

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
    pub(super) batches: &'a Batches<'a>,
    pub(super) observers: &'a mut [&'b mut dyn PretrainObserver],
    /// Writes a checkpoint.
    pub(super) save: &'a mut (dyn FnMut(&Trainer) -> Watched + Send),
}

impl Observer for OfLayer<'_, '_> {
    fn on_step(&mut self, info: &StepInfo) {
        for observer in self.observers.iter_mut() {
            observer.on_step(self.layer, info);
        }
    }

    fn on_epoch(&mut self, trainer: &Trainer, report: &mut EpochReport) -> Watched {
        for observer in self.observers.iter_mut() {
            observer.on_epoch(self.layer, self.batches, trainer, report)?;
        }
        Ok(())
    }

    fn on_checkpoint(&mut self, trainer: &Trainer) -> Watched {
        (self.save)(trainer)
    }
}
