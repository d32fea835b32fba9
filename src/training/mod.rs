//! Training in one call, with every default of the command line.

mod defaults;
mod likelihood;
mod run;
mod start;
mod watch;

use burn::tensor::Device;
use rbm_model::{Rbm, RbmConfig, units::UnitsConfig};
use rbm_train::{Algorithm, Best, LEAST_UPDATES, Observer, TrainConfig, default_epochs};

pub use defaults::{affordable, default_hidden};
pub use likelihood::{Likelihood, MEASURES, measured_by};
pub use run::{Outcome, Run};
pub use watch::Watch;

use crate::device::select;
use crate::{Binarise, Error, Fitted, Prepared, Purpose, Table, Wanted};

/// Trains a model on a [`Table`], with every default of `burnzmann train`: the number of hidden units and of
/// epochs, first parameters from the statistics of the data, the likelihood of held-out rows, early stopping,
/// and the model of the best epoch. The same seed gives the same model as the command line, bit for bit on the
/// CPU.
///
/// ```
/// use burnzmann::{Table, Training};
///
/// let fitted = Training::new().hidden(16).epochs(30).seed(1).fit(&Table::digits())?;
/// assert_eq!(fitted.model.num_hidden(), 16);
/// let found = fitted.evaluate()?;
/// // Better than pixels that know nothing of each other.
/// assert!(found.log_likelihood.value > found.baselines.unwrap().independent, "{found}");
/// # Ok::<(), burnzmann::Error>(())
/// ```
#[derive(Default)]
pub struct Training<'a> {
    hidden: Option<usize>,
    visible_units: UnitsConfig,
    hidden_units: UnitsConfig,
    config: TrainConfig,
    /// The number of epochs where it was stated.
    epochs: Option<u64>,
    watch: Watch,
    first: Option<Rbm>,
    device: Option<Device>,
    observers: Vec<&'a mut dyn Observer>,
    stop: Option<&'a (dyn Fn() -> bool + Sync)>,
}

impl<'a> Training<'a> {
    /// A training with the defaults of the command line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of hidden units. By default as many as visible ones, at most 200; where rows are held out, at most
    /// a fifth of the training rows, or 10.
    #[must_use]
    pub fn hidden(mut self, units: usize) -> Self {
        self.hidden = Some(units);
        self
    }

    /// Visible units of this kind. By default binary ones.
    ///
    /// ```
    /// use burnzmann::{Table, Training, prelude::UnitsConfig};
    ///
    /// let rows: Vec<[f32; 2]> = (0..100u8).map(|i| [f32::from(i % 7), f32::from(i) * 0.1]).collect();
    /// let gaussian = UnitsConfig::Gaussian { learn_sigma: true };
    /// let fitted = Training::new().visible_units(gaussian).epochs(2).fit(&Table::from_rows(&rows)?)?;
    /// assert_eq!(fitted.model.config().visible, gaussian);
    /// # Ok::<(), burnzmann::Error>(())
    /// ```
    #[must_use]
    pub fn visible_units(mut self, kind: UnitsConfig) -> Self {
        self.visible_units = kind;
        self
    }

    /// Hidden units of this kind. By default binary ones.
    #[must_use]
    pub fn hidden_units(mut self, kind: UnitsConfig) -> Self {
        self.hidden_units = kind;
        self
    }

    /// Sets all settings of the training at once, the number of epochs among them; what was set before by
    /// [`seed`](Self::seed), [`batch_size`](Self::batch_size) and so on is replaced.
    ///
    /// ```
    /// use burnzmann::{Table, Training, train::{LearningRate, TrainConfig}};
    ///
    /// let learning_rate = LearningRate::Constant { rate: 0.05 };
    /// let config = TrainConfig { epochs: 3, learning_rate, ..TrainConfig::default() };
    /// let fitted = Training::new().config(config).fit(&Table::bars_and_stripes(4)?)?;
    /// assert_eq!(fitted.history().len(), 3);
    /// # Ok::<(), burnzmann::Error>(())
    /// ```
    #[must_use]
    pub fn config(mut self, config: TrainConfig) -> Self {
        self.epochs = Some(config.epochs);
        self.config = config;
        self
    }

    /// Sets the number of passes over the data. By default 10, and more where the data are few.
    #[must_use]
    pub fn epochs(mut self, epochs: u64) -> Self {
        self.epochs = Some(epochs);
        self
    }

    /// At most so many rows in a batch. By default 100.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.config.batch_size = rows;
        self
    }

    /// What supplies the negative phase. By default persistent contrastive divergence.
    #[must_use]
    pub fn algorithm(mut self, algorithm: impl Into<Algorithm>) -> Self {
        self.config.algorithm = algorithm.into();
        self
    }

    /// The learning rate of the first update; it falls to zero on a straight line, unless
    /// [`config`](Self::config) says otherwise. By default 0.1.
    #[must_use]
    pub fn learning_rate(mut self, rate: f64) -> Self {
        *self.config.learning_rate.first_mut() = rate;
        self
    }

    /// Random seed. By default 42.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Sets the device. By default that of the variable `BURN_DEVICE`, else the fastest that was compiled in;
    /// [`device::select`](crate::device::select) has them by name.
    #[must_use]
    pub fn device(mut self, device: Device) -> Self {
        self.device = Some(device);
        self
    }

    /// Begins from the parameters of this model; its shape and its units are those of the training.
    #[must_use]
    pub fn start(mut self, model: Rbm) -> Self {
        let shape = model.config();
        (self.visible_units, self.hidden_units) = (shape.visible, shape.hidden);
        self.hidden = Some(shape.num_hidden);
        self.first = Some(model);
        self
    }

    /// When the likelihood is measured, and when the training ends early. By default about ten times, and where
    /// the likelihood has clearly fallen for three tenths of the epochs.
    #[must_use]
    pub fn watch(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// Ends where the held-out likelihood has clearly fallen for so many epochs.
    #[must_use]
    pub fn patience(mut self, epochs: u64) -> Self {
        (self.watch.early_stop, self.watch.patience) = (true, Some(epochs));
        self
    }

    /// Trains all the epochs, however the held-out likelihood falls. The model is that of the best epoch anyway.
    #[must_use]
    pub fn no_early_stop(mut self) -> Self {
        self.watch.early_stop = false;
        self
    }

    /// Shows each update and each epoch to an observer: progress, measurements of one's own. It sees the
    /// numbers of [`Likelihood`] and [`Monitor`](rbm_train::metrics::Monitor) in the report of the epoch.
    ///
    /// ```
    /// use burnzmann::{Table, Training, prelude::*, train::{EpochReport, Observer}};
    ///
    /// /// Keeps the likelihood of each epoch.
    /// #[derive(Default)]
    /// struct Curve(Vec<f64>);
    ///
    /// impl Observer for Curve {
    ///     fn on_epoch(
    ///         &mut self,
    ///         _trainer: &Trainer,
    ///         report: &mut EpochReport,
    ///     ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    ///         self.0.extend(report.get("log_likelihood"));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut curve = Curve::default();
    /// Training::new().hidden(8).epochs(4).observer(&mut curve).fit(&Table::bars_and_stripes(4)?)?;
    /// assert_eq!(curve.0.len(), 4);
    /// # Ok::<(), burnzmann::Error>(())
    /// ```
    #[must_use]
    pub fn observer(mut self, observer: &'a mut dyn Observer) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets a function that is called between updates and says whether to stop there.
    #[must_use]
    pub fn stop(mut self, stop: &'a (dyn Fn() -> bool + Sync)) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Trains the model.
    ///
    /// # Errors
    ///
    /// [`Error`] where the settings are out of range, do not fit the table or need more memory than a machine
    /// has, and where the training diverges or an observer fails.
    pub fn fit(self, table: &Table) -> Result<Fitted, Error> {
        let (visible, rows) = (table.train.num_visible(), table.train_rows.len());
        let held_out = !table.validation_rows.is_empty();
        let TrainConfig {
            epochs: usual,
            batch_size,
            ..
        } = self.config;
        let default = || default_epochs(usual, LEAST_UPDATES, rows, batch_size);
        let config = TrainConfig {
            epochs: self.epochs.unwrap_or_else(default),
            ..self.config
        };
        config.validate()?;
        let device = self.device.map_or_else(|| select(None), Ok)?;
        let hidden = self.hidden;
        let hidden = hidden.unwrap_or_else(|| default_hidden(visible, rows, held_out));
        let model = RbmConfig::new(visible, hidden)
            .with_visible(self.visible_units)
            .with_hidden(self.hidden_units);
        model.validate()?;
        check(&self.watch, self.first.as_ref(), &model, table)?;
        affordable(&model, &config, rows)?;
        let wanted = Wanted {
            asked: table.asked,
            stored: None,
            usual: Binarise::Threshold,
            units: model.visible,
            purpose: Purpose::Training,
        };
        let Prepared {
            table,
            preparation,
            said,
        } = wanted.prepare(table.clone(), false)?;

        let run = Run::new(&table, preparation.binarise, &config, self.watch)?;
        let mut trainer = run.trainer(&model, &config, self.first, &device)?;
        // Kept in memory alone: no file has this name.
        let mut best = Best::new("", &MEASURES);
        let mut observers: Vec<&mut dyn Observer> = Vec::new();
        for observer in self.observers {
            observers.push(observer);
        }
        observers.push(&mut best);
        let stop = self.stop.unwrap_or(&|| false);
        let outcome = run.fit(&mut trainer, None, &mut observers, stop)?;
        Fitted::new(trainer, best, table, preparation, run, outcome, said)
    }
}

fn check(
    watch: &Watch,
    first: Option<&Rbm>,
    model: &RbmConfig,
    table: &Table,
) -> Result<(), Error> {
    let (name, columns) = (table.train.name(), table.train.num_visible());
    if let Some(first) = first.filter(|first| first.num_visible() != columns) {
        return Err(Error::Input(format!(
            "{name}: the model to start from has {} visible units, and the data have {columns} columns; give \
             the data that the model is for",
            first.num_visible()
        )));
    }
    if let Some(first) = first.map(Rbm::config) {
        let of = |config: &RbmConfig| {
            let RbmConfig {
                num_hidden,
                visible,
                hidden,
                ..
            } = config;
            format!("{num_hidden} hidden units, {visible:?} visible and {hidden:?} hidden ones")
        };
        let (found, asked) = (of(&first), of(model));
        if found != asked {
            return Err(Error::Input(format!(
                "the model to start from has {found}, and {asked} were asked for; leave the number and the \
                 kinds of units out, they are the model's"
            )));
        }
    }
    let rows = [&table.train_rows, &table.validation_rows];
    let count = table.train.rows();
    if let Some(row) = rows
        .into_iter()
        .flatten()
        .find(|&&row| row as usize >= count)
    {
        return Err(Error::Input(format!(
            "{name}: the split names row {row}, and there are {count} rows, counted from 0; split the rows \
             that there are"
        )));
    }
    let patience = watch.patience.filter(|_| watch.early_stop);
    match (patience, table.validation_rows.is_empty()) {
        (Some(0), _) => Err(Error::Input(
            "patience is 0: expected a number of epochs, 1 or more".to_owned(),
        )),
        (Some(_), true) => Err(Error::Input(format!(
            "{name}: patience is for tables that hold rows out, and of this one all rows are trained on; \
             leave it out"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rbm_data::{Split, digits};
    use rbm_model::Noise;

    use super::*;

    /// Whatever the order of the calls.
    #[test]
    fn a_model_to_start_from_is_what_was_asked_for() {
        let model = RbmConfig::new(64, 5).init(&mut Noise::new(1), &Device::default());
        let of = || Training::new().epochs(1).start(model.clone());
        assert!(of().hidden(5).fit(&Table::digits()).is_ok());
        let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
        for (training, found) in [
            (of().hidden(6), "6 hidden units"),
            (of().visible_units(gaussian), "Gaussian"),
            (of().hidden_units(gaussian), "Gaussian"),
        ] {
            let error = training.fit(&Table::digits()).unwrap_err();
            assert!(
                error.is_bad_input() && error.to_string().contains(found),
                "{error}"
            );
        }
    }

    #[test]
    fn rows_that_do_not_exist_are_refused() {
        let parts = |train: &[u32], validation: &[u32]| Split {
            train: train.to_vec(),
            validation: validation.to_vec(),
            test: Vec::new(),
        };
        for split in [parts(&[0, 9999], &[1]), parts(&[0, 2], &[1797])] {
            let error = Training::new()
                .fit(&Table::with_split(digits(), split))
                .unwrap_err();
            assert!(
                error.is_bad_input() && error.to_string().contains("1797 rows"),
                "{error}"
            );
        }
    }
}
