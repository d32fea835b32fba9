//! A training with everything decided.

use burn::tensor::Device;
use rbm_data::Batches;
use rbm_model::{Rbm, RbmConfig};
use rbm_train::{
    BestEpoch, Ending, Fall, FitError, Observer, TrainConfig, Trainer, fit, metrics::Monitor,
};

use super::{Likelihood, Watch, start};
use crate::{Binarise, Error, Table};

/// The rows of a training as its visible units see them, and how it is watched: what
/// [`Training`](crate::Training) and the command line have in common.
#[doc(hidden)]
pub struct Run {
    /// The rows to train on.
    pub train: Batches,
    /// The rows that are held out, where there are any.
    pub held_out: Option<Batches>,
    /// When it is measured, and when it ends early.
    pub watch: Watch,
}

/// How a training went.
#[doc(hidden)]
pub struct Outcome {
    /// How it came to its end.
    pub ending: Ending,
    /// How the likelihood fell, where that ended it.
    pub fall: Option<Fall>,
    /// The last log-likelihood beside what needs no model, in sentences.
    pub measured: Vec<String>,
}

impl Outcome {
    /// Of a training that ended early before, and is not gone on with.
    pub fn ended() -> Self {
        Self {
            ending: Ending::Ended,
            fall: None,
            measured: Vec::new(),
        }
    }
}

impl Run {
    /// A training on a table whose numbers have their scale.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where values do not suit the binarisation, or a row does not exist.
    pub fn new(
        table: &Table,
        binarise: Binarise,
        config: &TrainConfig,
        watch: Watch,
    ) -> Result<Self, Error> {
        let batches = |rows: &[u32]| {
            let (size, seed) = (config.batch_size, config.seed);
            Batches::new(&table.train, rows, size, binarise.into(), seed)
        };
        let held_out = match &table.validation_rows[..] {
            [] => None,
            rows => Some(batches(rows)?),
        };
        Ok(Self {
            train: batches(&table.train_rows)?,
            held_out,
            watch,
        })
    }

    /// A new trainer, from the parameters of `first` where there is such a model, else from the statistics of
    /// the training rows.
    ///
    /// # Errors
    ///
    /// [`Error`] where such a model cannot be trained so.
    pub fn trainer(
        &self,
        model: &RbmConfig,
        config: &TrainConfig,
        first: Option<Rbm>,
        device: &Device,
    ) -> Result<Trainer, Error> {
        start::new(model, config, &self.train, first, device)
    }

    /// Trains to the end. `best` is the best epoch until now of a run that goes on.
    ///
    /// # Errors
    ///
    /// As [`fit`].
    pub fn fit(
        &self,
        trainer: &mut Trainer,
        best: Option<(BestEpoch, Rbm)>,
        observers: &mut [&mut dyn Observer],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Outcome, FitError> {
        let held_out = self.held_out.as_ref();
        let mut monitor = Monitor::new(&self.train, held_out);
        let mut likelihood = Likelihood::new(&self.train, held_out, &self.watch).resumed(best);
        let mut early = held_out.and_then(|_| self.watch.early_stop(trainer.config().epochs));
        let mut all: Vec<&mut dyn Observer> = vec![&mut monitor, &mut likelihood];
        for observer in observers {
            all.push(&mut **observer);
        }
        if let Some(early) = &mut early {
            all.push(early);
        }
        let ending = fit(trainer, &self.train, &mut all, stop)?;
        drop(all);
        let fall = early.filter(|_| ending == Ending::Ended);
        Ok(Outcome {
            ending,
            fall: fall.and_then(|mut early| early.look(trainer.history())),
            measured: likelihood.summary(),
        })
    }
}
