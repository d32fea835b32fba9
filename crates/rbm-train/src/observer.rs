//! Who watches a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{StepInfo, Trainer};

/// What was measured at the end of an epoch.
///
/// ```
/// use rbm_train::EpochReport;
///
/// let mut report = EpochReport::new(3, 1500);
/// report.insert("reconstruction_error", 0.02);
/// assert_eq!(report.get("reconstruction_error"), Some(0.02));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochReport {
    /// Epochs finished.
    pub epoch: u64,
    /// Updates made.
    pub step: u64,
    /// The numbers by name. JSON has no NaN, so what is not a number is absent.
    pub metrics: BTreeMap<String, f64>,
}

impl EpochReport {
    /// A report without numbers.
    pub fn new(epoch: u64, step: u64) -> Self {
        Self {
            epoch,
            step,
            metrics: BTreeMap::new(),
        }
    }

    /// Adds a number; one that is not finite is left out.
    pub fn insert(&mut self, name: impl Into<String>, value: f64) {
        if value.is_finite() {
            self.metrics.insert(name.into(), value);
        }
    }

    /// A number by name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied()
    }
}

/// A watcher of a run: it may measure, draw, write and log, and it may end the run; it changes nothing
/// else of it.
///
/// Measuring what `rbm-train` does not know (a likelihood, say) is done by an observer that adds
/// numbers to the report; observers later in the list see them. It may be called on another thread than
/// the one that made it.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_data::{Batches, Binarisation, bars_and_stripes};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Observer, StepInfo, TrainConfig, Trainer, fit};
///
/// /// Keeps the learning rate of each update.
/// #[derive(Default)]
/// struct Rates(Vec<f64>);
///
/// impl Observer for Rates {
///     fn on_step(&mut self, info: &StepInfo) {
///         self.0.push(info.learning_rate);
///     }
/// }
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let batches = Batches::new(&data, &rows, 8, Binarisation::None, 1)?;
/// let rbm = RbmConfig::new(16, 8).init(&mut Noise::new(1), &Device::default());
/// let mut trainer = Trainer::new(TrainConfig { epochs: 1, ..TrainConfig::default() }, rbm, batches.len())?;
/// let mut rates = Rates::default();
/// fit(&mut trainer, &batches, &mut [&mut rates], &|| false)?;
/// // Four batches of eight rows; the rate falls from 0.1 to zero.
/// for (found, expected) in rates.0.iter().zip([0.1, 0.075, 0.05, 0.025]) {
///     assert!((found - expected).abs() < 1e-9, "{:?}", rates.0);
/// }
/// assert_eq!(rates.0.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Observer: Send {
    /// After each update.
    fn on_step(&mut self, _info: &StepInfo) {}

    /// After each epoch, before the checkpoint: `report` goes into the run's history.
    ///
    /// # Errors
    ///
    /// Whatever should end the run.
    fn on_epoch(
        &mut self,
        _trainer: &Trainer,
        _report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(())
    }

    /// Whether the run ends here, though it has epochs left: asked between epochs, and before the first
    /// one. An answer that follows from the trainer alone (its [history](Trainer::history), say) ends a run
    /// that was interrupted and resumed at the same epoch as one that was not.
    fn ends(&mut self, _trainer: &Trainer) -> bool {
        false
    }

    /// After each checkpointable moment: an epoch's end, or an interruption in the middle of one.
    ///
    /// # Errors
    ///
    /// Whatever should end the run.
    fn on_checkpoint(
        &mut self,
        _trainer: &Trainer,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(())
    }
}
