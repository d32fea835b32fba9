//! What is wanted of data, and what was made of them.

use rbm_data::{Dataset, Scale, Scaling};
use rbm_model::units::UnitsConfig;

use super::{Preparation, check::check, summary::summary};
use crate::{Binarise, Error, Table, table::all_rows};

/// What a user says of the values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// `--scale`.
    pub scale: Option<Scaling>,
    /// `--binarise`.
    pub binarise: Option<Binarise>,
}

impl Asked {
    /// Whether the user said what the numbers are.
    pub(super) fn is_something(&self) -> bool {
        self.scale.is_some() || self.binarise.is_some()
    }
}

/// What the data are for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A model is to be trained on them.
    Training,
    /// A model was trained on them.
    Trained,
    /// A model is shown them that was trained on others.
    Shown,
}

/// What is wanted of data.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// What the user says.
    pub asked: Asked,
    /// What was fixed at training, where it is known.
    pub stored: Option<Preparation>,
    /// How binary units are given gray levels where nothing is said.
    pub usual: Binarise,
    /// The kind of the visible units.
    pub units: UnitsConfig,
    /// What the data are for.
    pub purpose: Purpose,
}

/// Data as the visible units take them.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The data, which have their scale.
    pub table: Table,
    /// What was done to them.
    pub preparation: Preparation,
    /// What is worth saying of it: notes, and a line about what was read.
    pub said: Vec<String>,
}

impl Wanted {
    /// The data as the visible units take them, with what was done to them: what the user says, else what
    /// was fixed at training, else what is usual.
    ///
    /// `from_test` says that rows of the test set with files of its own are wanted.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] where the values are none for these units, or none is left to tell rows apart by.
    pub fn prepare(&self, table: Table, from_test: bool) -> Result<Prepared, Error> {
        let stored = self.stored.as_ref();
        let binarise = Preparation::binarise(self.asked.binarise, stored, self.units, self.usual);
        let auto = || {
            let all = all_rows(&table.train);
            let rows = match self.purpose {
                Purpose::Shown => &all,
                Purpose::Training | Purpose::Trained => &table.train_rows,
            };
            table.train.survey().auto(rows).unwrap_or(Scale::NONE)
        };
        let scale = match (self.asked.scale, &self.stored) {
            (Some(Scaling::By(scale)), _) => Some(scale),
            (Some(Scaling::Auto), _) | (None, None) => Some(auto()),
            (None, Some(stored)) => stored.scale,
        };
        let preparation = Preparation { scale, binarise };
        let mut said = self.differences(&preparation, &table.train);
        let scaled = |data: Dataset| {
            let scale = preparation.scale_of(&data);
            data.with_scale(scale)
        };
        let table = Table {
            train: scaled(table.train),
            test: table.test.map(scaled),
            ..table
        };
        let data = if from_test {
            table.judged()
        } else {
            &table.train
        };
        let notes = check(self, binarise, data)?;
        said.push(summary(data, binarise)?);
        said.extend(notes.into_iter().map(|note| format!("note: {note}")));
        Ok(Prepared {
            table,
            preparation,
            said,
        })
    }

    /// Where the user says something else than the model was trained with.
    fn differences(&self, found: &Preparation, data: &Dataset) -> Vec<String> {
        let mut said = Vec::new();
        let Some(stored) = self.stored else {
            return said;
        };
        let [now, then] = [found, &stored].map(|preparation| preparation.scale_of(data));
        if now != then {
            said.push(format!(
                "note: --scale: numbers are divided by {} here, and were divided by {} when the model was \
                 trained",
                now.divisor(),
                then.divisor()
            ));
        }
        if found.binarise != stored.binarise {
            said.push(format!(
                "note: --binarise is {} here, and was {} when the model was trained",
                found.binarise, stored.binarise
            ));
        }
        said
    }
}
