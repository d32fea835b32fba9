//! A trained model with what is known about it.

mod judged;

use std::{fmt, path::Path};

use burn::tensor::Tensor;
use rbm_data::{Batches, Dataset};
use rbm_eval::{Evaluation, EvaluationConfig, EvaluationData, Progress, evaluate};
use rbm_model::{
    Rbm,
    store::{StoreError, save_with_notes},
};
use rbm_train::{Best, BestEpoch, Ending, EpochReport, Fall, Trainer};
use serde_json::Value;

pub use judged::{among_training, sample_of_training};

use crate::{Error, Outcome, Preparation, Run, Table, pictures::draw};

/// A trained model: what [`Training::fit`](crate::Training::fit) gives.
///
/// ```
/// use burnzmann::{Table, Training, model::store, prelude::Device};
///
/// let fitted = Training::new().hidden(16).epochs(20).fit(&Table::digits())?;
/// println!("{}", fitted.evaluate()?); // nats per row with their bracket, and a verdict
///
/// // What each hidden unit makes of the rows that were held out for judging.
/// let rows = fitted.rows(fitted.table().judged(), &fitted.table().test_rows)?;
/// assert_eq!(fitted.model.forward(rows).dims(), [180, 16]);
///
/// let folder = tempfile::tempdir().unwrap();
/// fitted.save(folder.path())?;
/// fitted.draw(folder.path())?;
/// assert!(folder.path().join("filters.png").is_file());
/// let again = store::load(folder.path(), &Device::default())?;
/// assert_eq!(again.weight.val().into_data(), fitted.model.weight.val().into_data());
/// # Ok::<(), burnzmann::Error>(())
/// ```
pub struct Fitted {
    /// The model: that of the best epoch where rows are held out, else of the last one.
    pub model: Rbm,
    best: Option<BestEpoch>,
    trainer: Trainer,
    table: Table,
    preparation: Preparation,
    run: Run,
    outcome: Outcome,
    said: Vec<String>,
}

impl fmt::Debug for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fitted")
            .field("model", &self.model.config())
            .field("best", &self.best)
            .field("preparation", &self.preparation)
            .finish_non_exhaustive()
    }
}

/// Rows that are on the device at a time.
const BLOCK: usize = 1000;

impl Fitted {
    pub(crate) fn new(
        trainer: Trainer,
        best: Best,
        table: Table,
        preparation: Preparation,
        run: Run,
        outcome: Outcome,
        said: Vec<String>,
    ) -> Result<Self, Error> {
        let held_out = !table.validation_rows.is_empty();
        let model = best.model(&trainer.device())?.filter(|_| held_out);
        Ok(Self {
            model: model.unwrap_or_else(|| trainer.model()),
            best: best.found().cloned(),
            trainer,
            table,
            preparation,
            run,
            outcome,
            said,
        })
    }

    /// The reports of the epochs.
    pub fn history(&self) -> &[EpochReport] {
        self.trainer.history()
    }

    /// The epoch that was best by the lower end of its log-likelihood; none where no likelihood was measured.
    /// The model is of that epoch where rows are held out.
    pub fn best(&self) -> Option<&BestEpoch> {
        self.best.as_ref()
    }

    /// How the training came to its end.
    pub fn ending(&self) -> Ending {
        self.outcome.ending
    }

    /// How the held-out likelihood fell, where that ended the training.
    pub fn fall(&self) -> Option<&Fall> {
        self.outcome.fall.as_ref()
    }

    /// What was read and made of it, and the last log-likelihood beside what needs no model: the sentences that
    /// `burnzmann train` prints.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        self.said
            .iter()
            .chain(&self.outcome.measured)
            .map(|line| &line[..])
    }

    /// How the numbers of the data became values of the visible units.
    pub fn preparation(&self) -> Preparation {
        self.preparation
    }

    /// What was trained on; its numbers have the scale of the [preparation](Self::preparation).
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The last state of the training, which can be saved as a [checkpoint](rbm_train::checkpoint) or trained
    /// on.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// Rows of a data set that has the scale of the [table](Self::table), as the visible units take them,
    /// `[rows, visible]`.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where a row does not exist, or a value cannot be binarised. Values are not compared with
    /// those that the units take.
    pub fn rows(&self, data: &Dataset, rows: &[u32]) -> Result<Tensor<2>, Error> {
        let binarisation = self.preparation.binarise.into();
        let batches = Batches::new(data, rows, BLOCK, binarisation, 0)?;
        Ok(batches.try_rows_tensor(rows, 0, &self.trainer.device())?)
    }

    /// The log-likelihood of the table's rows to judge by, with its bracket and a verdict on its reliability:
    /// what `burnzmann evaluate` says of a run.
    ///
    /// # Errors
    ///
    /// [`Error`] where the table has no such rows, or the model cannot be measured.
    pub fn evaluate(&self) -> Result<Evaluation, Error> {
        self.evaluate_with(&EvaluationConfig::default(), &mut |_| ())
    }

    /// As [`evaluate`](Self::evaluate), by a method and with settings of one's own; `progress` is called while
    /// it goes.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate).
    pub fn evaluate_with(
        &self,
        config: &EvaluationConfig,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Evaluation, Error> {
        let table = &self.table;
        if table.test_rows.is_empty() {
            return Err(Error::Input(format!(
                "{}: the table has no rows to judge by; give it test rows",
                table.train.name()
            )));
        }
        let data = EvaluationData::new(self.rows(table.judged(), &table.test_rows)?);
        let trained_on = match &table.test {
            None => among_training(&table.train_rows, &table.test_rows),
            Some(_) => None,
        };
        let data = match trained_on {
            Some(why) => data.without_training(why),
            None => {
                let rows = |rows: &[u32]| self.rows(&table.train, rows);
                let (few, baselines) =
                    sample_of_training(&self.model.visible, &table.train_rows, rows)?;
                let mut data = data.with_training(few);
                data.baselines = Some(baselines);
                data
            }
        };
        Ok(evaluate(&self.model, &data, config, progress)?)
    }

    /// Draws filters, reconstructions, fantasy particles and learning curves into a folder: the pictures that
    /// `burnzmann train` leaves.
    ///
    /// # Errors
    ///
    /// [`Error::Plot`] where the folder does not exist or cannot be written.
    pub fn draw(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        let (train, held_out) = (&self.run.train, self.run.held_out.as_ref());
        let watched = held_out.unwrap_or(train);
        draw(folder.as_ref(), &self.trainer, &self.model, train, watched)
    }

    /// Saves the model in `folder`, with how its data were prepared, so that every command that is given the
    /// folder as a model prepares data in the same way. It is no run: `resume` and `report` need one.
    /// [`store::load`](rbm_model::store::load) reads it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] where the folder cannot be written.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        let best = self
            .best()
            .filter(|_| !self.table.validation_rows.is_empty());
        save_model(&self.model, best, self.preparation.notes(), folder.as_ref())?;
        Ok(())
    }
}

/// Saves a model in a folder, with the epoch that it is of, where it is not the last one, and notes.
///
/// # Errors
///
/// [`StoreError`] where the folder cannot be written.
pub fn save_model(
    rbm: &Rbm,
    best: Option<&BestEpoch>,
    notes: Value,
    folder: &Path,
) -> Result<(), StoreError> {
    let Some(best) = best else {
        return save_with_notes(rbm, notes, folder);
    };
    let mut all = serde_json::to_value(best).expect("an epoch is plain data");
    for (name, note) in notes.as_object().into_iter().flatten() {
        all[name] = note.clone();
    }
    // With its epoch in the header, as in the file of the best epoch.
    save_with_notes(rbm, all, folder)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::store;

    use crate::{Table, Training};

    /// A model of another shape was saved there before.
    #[test]
    fn a_folder_that_is_saved_to_again_has_one_model() {
        let folder = tempfile::tempdir().unwrap();
        for hidden in [4, 6] {
            let fitted = Training::new()
                .hidden(hidden)
                .epochs(1)
                .fit(&Table::digits())
                .unwrap();
            fitted.save(folder.path()).unwrap();
            let again = store::load(folder.path(), &Device::default()).unwrap();
            assert_eq!(
                again.weight.val().into_data(),
                fitted.model.weight.val().into_data()
            );
        }
    }
}
