//! What a command wants of its data.

use burnzmann::data::{Scale, Scaling};
use burnzmann::model::units::UnitsConfig;

use super::{Preparation, check::check, summary::summary};
use crate::{Binarise, CliError, Sets, sets::all_rows};

/// What the options say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// `--scale`.
    pub(crate) scale: Option<Scaling>,
    /// `--binarise`.
    pub(crate) binarise: Option<Binarise>,
}

impl Asked {
    /// Whether the user said what the numbers are.
    pub(super) fn is_something(&self) -> bool {
        self.scale.is_some() || self.binarise.is_some()
    }
}

/// What the data are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A model is to be trained on them.
    Training,
    /// A model was trained on them.
    Trained,
    /// A model is shown them that was trained on others.
    Shown,
}

/// What a command wants of its data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// What the options say.
    pub(crate) asked: Asked,
    /// What was fixed at training, where it is known.
    pub(crate) stored: Option<Preparation>,
    /// How binary units are given gray levels where nothing is said.
    pub(crate) usual: Binarise,
    /// The kind of the visible units.
    pub(crate) units: UnitsConfig,
    /// What the data are for.
    pub(crate) purpose: Purpose,
    /// Whether nothing is said about them.
    pub(crate) quiet: bool,
}

impl Wanted {
    /// The data as the visible units take them, with what was done to them: the options, else what was
    /// fixed at training, else what is usual. Says what was read on standard error.
    ///
    /// `from_test` says that rows of the test set with files of its own are wanted.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where the values are none for these units, or none is left to tell rows
    /// apart by.
    pub(crate) fn prepare(
        &self,
        sets: Sets,
        from_test: bool,
    ) -> Result<(Sets, Preparation), CliError> {
        let stored = self.stored.as_ref();
        let binarise = Preparation::binarise(self.asked.binarise, stored, self.units, self.usual);
        let auto = || {
            let all = all_rows(&sets.train);
            let rows = match self.purpose {
                Purpose::Shown => &all,
                Purpose::Training | Purpose::Trained => &sets.train_rows,
            };
            sets.train.survey().auto(rows).unwrap_or(Scale::NONE)
        };
        let scale = match (self.asked.scale, &self.stored) {
            (Some(Scaling::By(scale)), _) => Some(scale),
            (Some(Scaling::Auto), _) | (None, None) => Some(auto()),
            (None, Some(stored)) => stored.scale,
        };
        let found = Preparation { scale, binarise };
        self.compare(&found, &sets);
        let Sets { train, test, .. } = sets;
        let scaled = |data: burnzmann::data::Dataset| {
            let scale = found.scale_of(&data);
            data.with_scale(scale)
        };
        let sets = Sets {
            train: scaled(train),
            test: test.map(scaled),
            ..sets
        };
        let data = match &sets.test {
            Some(test) if from_test => test,
            _ => &sets.train,
        };
        let notes = check(self, binarise, data)?;
        if !self.quiet {
            errln!("{}", summary(data, binarise).map_err(CliError::bad_input)?);
            for note in notes {
                errln!("note: {note}");
            }
        }
        Ok((sets, found))
    }

    /// Says where the options differ from what the model was trained with.
    fn compare(&self, found: &Preparation, sets: &Sets) {
        let Some(stored) = self.stored.filter(|_| !self.quiet) else {
            return;
        };
        let [now, then] = [found, &stored].map(|preparation| preparation.scale_of(&sets.train));
        if now != then {
            errln!(
                "note: --scale: numbers are divided by {} here, and were divided by {} when the model was \
                 trained",
                now.divisor(),
                then.divisor()
            );
        }
        if found.binarise != stored.binarise {
            errln!(
                "note: --binarise is {} here, and was {} when the model was trained",
                found.binarise,
                stored.binarise
            );
        }
    }
}
