//! Rows that are held out, as each layer sees them.

use rbm_data::Dataset;

use super::{
    labels::labels,
    level::{Level, above, first_level},
    pretrainer::{Pretrainer, source},
};
use crate::DbnError;

/// Rows that are not trained on.
pub(super) struct HeldOut {
    /// The class of each row.
    pub(super) labels: Option<Vec<u8>>,
    pub(super) level: Level,
}

impl Pretrainer {
    /// The numbers of a report that tell which epoch of a layer is the best, where rows are held out: the
    /// first of them that there is, and the largest.
    pub const MEASURES: [&'static str; 3] = [
        "log_likelihood_low",
        "log_likelihood",
        "pseudo_log_likelihood",
    ];

    /// The same run with rows of `data` that are held out. Each layer that is trained from here on is
    /// stacked as it was at its best epoch by an observer's [measures](Self::MEASURES) of these rows, and
    /// without any, as it was at its last one.
    ///
    /// A run that is [resumed](Self::resume) is given the same rows again.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dbn::{DbnConfig, PretrainObserver, Pretrainer};
    /// use rbm_data::{Batches, Binarisation, digits};
    /// use rbm_train::{EpochReport, Trainer, metrics};
    ///
    /// /// Any number that is larger for better models would do.
    /// struct Measure;
    /// impl PretrainObserver for Measure {
    ///     fn on_held_out(
    ///         &mut self,
    ///         _layer: usize,
    ///         _batches: &Batches,
    ///         held_out: &Batches,
    ///         trainer: &Trainer,
    ///         report: &mut EpochReport,
    ///     ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    ///         let rows = held_out.rows_tensor(held_out.rows(), 0, &trainer.device());
    ///         let error = metrics::reconstruction_error(&trainer.model(), rows);
    ///         report.insert("pseudo_log_likelihood", -error);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let (data, rows) = (digits(), (0..600).collect::<Vec<u32>>());
    /// let mut config = DbnConfig::new(64, &[30, 20]);
    /// config.layers[0].train.epochs = 3;
    /// config.layers[1].train.epochs = 3;
    /// let (device, binarisation) = (Device::default(), Binarisation::Stochastic);
    /// let run = Pretrainer::new(config, &data, &rows[..500], binarisation, &device)?;
    /// let mut run = run.with_held_out(&data, &rows[500..])?;
    /// run.run(&mut [&mut Measure], &|| false)?;
    /// assert_eq!(run.dbn()?.num_layers(), 2);
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), of these rows.
    pub fn with_held_out(mut self, data: &Dataset, rows: &[u32]) -> Result<Self, DbnError> {
        if data.num_visible() != self.config.num_visible {
            return Err(DbnError::Columns {
                data: data.name().to_owned(),
                expected: self.config.num_visible,
                found: data.num_visible(),
            });
        }
        let first = source(data, rows, self.source.binarisation());
        first.batches(&self.config.train(1))?;
        let classes = self.config.classes;
        let labels = classes
            .map(|classes| labels(data, rows, classes))
            .transpose()?;
        let mut level = first_level(&self.config, first, labels.as_deref())?;
        for (rbm, layer) in self.finished.iter().zip(1..self.config.layers.len()) {
            level = above(
                &self.config,
                layer,
                rbm,
                &level,
                labels.as_deref(),
                &self.device,
            )?;
        }
        self.held_out = Some(HeldOut { labels, level });
        Ok(self)
    }
}
