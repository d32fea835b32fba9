//! The parameters of the best epoch of a run.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use rbm_model::{
    Rbm,
    store::{self, StoreError},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{EpochReport, Observer, Trainer, rotation::move_aside};

/// The model of a run's best epoch in a file of its own, beside the newest checkpoints.
///
/// The best epoch is the one with the largest value of a measure that its report has; the first of
/// equals. Where there are several measures, an epoch that has an earlier one of the list is better
/// than all that have a later one alone: a likelihood that is estimated at some epochs decides among
/// these, and a cheaper measure only until there is one.
///
/// The file says which epoch it is from, so a resumed run goes on from there: epochs that were looked
/// at before it was written are not looked at again.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, store};
/// use rbm_train::{Best, EpochReport, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 1)?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("best.safetensors");
/// let mut best = Best::new(&path, &["log_likelihood"]);
/// for (epoch, value) in [(1, -4.0), (2, -3.5), (3, -3.7)] {
///     trainer.step(Tensor::ones([10, 6], &device))?;
///     let mut report = EpochReport::new(epoch, trainer.steps());
///     report.insert("log_likelihood", value);
///     best.look(&trainer, &report);
/// }
/// best.write()?;
/// assert_eq!(Best::read(&path)?.epoch, 2);
/// assert_eq!(store::load(&path, &device)?.num_hidden(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Best {
    path: PathBuf,
    measures: Vec<String>,
    found: Option<BestEpoch>,
    /// The parameters of `found`, where this process looked at that epoch.
    held: Option<Rbm>,
    /// Whether the file has them.
    written: bool,
    /// What the file says besides.
    notes: Map<String, Value>,
}

/// Which epoch is the best, and why.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Best, EpochReport, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 1)?;
/// trainer.step(Tensor::ones([10, 6], &device))?;
/// let mut report = EpochReport::new(1, trainer.steps());
/// report.insert("log_likelihood", -4.0);
/// let folder = tempfile::tempdir()?;
/// let mut best = Best::new(folder.path().join("best.safetensors"), &["log_likelihood"]);
/// best.look(&trainer, &report);
/// let found = best.found().expect("an epoch was looked at");
/// assert_eq!((found.epoch, found.step), (1, 1));
/// assert_eq!((found.measure.as_str(), found.value), ("log_likelihood", -4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestEpoch {
    /// The epoch, counted from 1.
    pub epoch: u64,
    /// Updates made until its end.
    pub step: u64,
    /// The number of its report that decided.
    pub measure: String,
    /// That number.
    pub value: f64,
}

/// The names of the fields of [`BestEpoch`]; what a file says beside them is for others.
const FIELDS: [&str; 4] = ["epoch", "step", "measure", "value"];

impl Best {
    /// The best epoch of a run that begins, in the file at `path`; larger values of the `measures`
    /// are better, and earlier ones count before later ones.
    pub fn new(path: impl Into<PathBuf>, measures: &[&str]) -> Self {
        Self {
            path: path.into(),
            measures: measures.iter().map(|&name| name.to_owned()).collect(),
            found: None,
            held: None,
            written: true,
            notes: Map::new(),
        }
    }

    /// The same, whose file says these things as well: an object's fields, beside which epoch it is.
    #[must_use]
    pub fn with_notes(self, notes: Value) -> Self {
        let notes = match notes {
            Value::Object(notes) => notes,
            _ => Map::new(),
        };
        Self { notes, ..self }
    }

    /// The best epoch of a run that goes on: what the file at `path` says, if there is one.
    ///
    /// A file that is damaged is moved aside (`.damaged` ends its name) and what is wrong with it
    /// returned beside a beginning as that of [`new`](Self::new).
    pub fn resume(path: impl Into<PathBuf>, measures: &[&str]) -> (Self, Option<StoreError>) {
        let mut best = Self::new(path, measures);
        if !best.path.exists() {
            return (best, None);
        }
        match Self::read(&best.path) {
            Ok(found) => {
                best.found = Some(found);
                (best, None)
            }
            Err(error) => {
                move_aside(&best.path);
                (best, Some(error))
            }
        }
    }

    /// Which epoch the file at `path` is from; [`store::load`] has its model.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file is missing, damaged, or was not written by [`write`](Self::write).
    pub fn read(path: &Path) -> Result<BestEpoch, StoreError> {
        let mut notes = store::notes_of(path)?;
        if let Value::Object(notes) = &mut notes {
            notes.retain(|name, _| FIELDS.contains(&name.as_str()));
        }
        serde_json::from_value(notes).map_err(|error| {
            let expected = "the model of a run's best epoch";
            StoreError::content(path, expected, error.to_string())
        })
    }

    /// The best epoch until now.
    pub fn found(&self) -> Option<&BestEpoch> {
        self.found.as_ref()
    }

    /// Looks at an epoch that has just ended, and keeps its parameters where it is the best.
    pub fn look(&mut self, trainer: &Trainer, report: &EpochReport) {
        let Some((rank, measure, value)) = self.measured(report) else {
            return;
        };
        let better = self.found.as_ref().is_none_or(|found| {
            let held = self.measures.iter().position(|name| *name == found.measure);
            match held {
                Some(held) if held < rank => false,
                Some(held) if held == rank => report.epoch > found.epoch && value > found.value,
                // A measure that decides before the one there is, or that one is not asked for now.
                _ => true,
            }
        });
        if better {
            self.found = Some(BestEpoch {
                epoch: report.epoch,
                step: report.step,
                measure,
                value,
            });
            self.held = Some(trainer.model());
            self.written = false;
        }
    }

    /// The model of the best epoch until now: what was looked at, or what is in the file of a run that
    /// goes on; none where no epoch was measured.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read any more.
    pub fn model(&self, device: &Device) -> Result<Option<Rbm>, StoreError> {
        match (&self.held, &self.found) {
            (Some(rbm), _) => Ok(Some(rbm.clone())),
            (None, Some(_)) => store::load(&self.path, device).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Writes the file where there is a better epoch than the one in it.
    ///
    /// Called before the checkpoint of the same moment is written, it makes a run that is killed
    /// between the two find the same best epoch again.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the file that was there before is whole then.
    pub fn write(&mut self) -> Result<(), StoreError> {
        if let (Some(rbm), Some(found), false) = (&self.held, &self.found, self.written) {
            let mut notes = self.notes.clone();
            if let Value::Object(epoch) =
                serde_json::to_value(found).expect("an epoch is plain data")
            {
                notes.extend(epoch);
            }
            let notes = notes.into();
            store::save_file_with_notes(rbm, notes, &self.path)?;
            self.written = true;
        }
        Ok(())
    }

    /// The first measure that a report has, with its place in the list.
    fn measured(&self, report: &EpochReport) -> Option<(usize, String, f64)> {
        let mut names = self.measures.iter().enumerate();
        names.find_map(|(rank, name)| Some((rank, name.clone(), report.get(name)?)))
    }
}

/// Looks at each epoch, and writes nothing.
impl Observer for Best {
    fn on_epoch(
        &mut self,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.look(trainer, report);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};
    use rbm_model::{Noise, RbmConfig};

    use super::*;
    use crate::TrainConfig;

    const MEASURES: [&str; 2] = ["sharp", "cheap"];

    /// A run that looks at an epoch for each pair of numbers, the first of them maybe not measured.
    struct Run {
        trainer: Trainer,
        best: Best,
        weights: Vec<Vec<f32>>,
    }

    impl Run {
        fn new(best: Best) -> Self {
            let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &Device::default());
            Self {
                trainer: Trainer::new(TrainConfig::default(), rbm, 1).unwrap(),
                best,
                weights: Vec::new(),
            }
        }

        fn epochs(&mut self, numbers: &[(Option<f64>, f64)]) {
            for (sharp, cheap) in numbers {
                let batch = Tensor::ones([2, 4], &Device::default());
                self.trainer.step(batch).unwrap();
                self.weights.push(weights(&self.trainer.model()));
                let epoch = self.weights.len() as u64;
                let mut report = EpochReport::new(epoch, self.trainer.steps());
                report.insert("sharp", sharp.unwrap_or(f64::NAN));
                report.insert("cheap", *cheap);
                self.best.look(&self.trainer, &report);
            }
        }

        fn written(&mut self) -> (BestEpoch, Vec<f32>) {
            self.best.write().unwrap();
            let path = &self.best.path;
            let rbm = store::load(path, &Device::default()).unwrap();
            (Best::read(path).unwrap(), weights(&rbm))
        }
    }

    fn weights(rbm: &Rbm) -> Vec<f32> {
        rbm.weight.val().into_data().iter::<f32>().collect()
    }

    fn path(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("best.safetensors")
    }

    #[test]
    fn a_run_that_gets_worse_leaves_the_parameters_from_before_that() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::new(Best::new(path(&folder), &MEASURES));
        run.epochs(&[(None, -3.0), (None, -2.0), (None, -2.0), (None, -2.5)]);
        let held = run.best.model(&Device::default()).unwrap().unwrap();
        let held = self::weights(&held);
        let (epoch, weights) = run.written();
        assert!(held == weights);
        let expected = BestEpoch {
            epoch: 2,
            step: 2,
            measure: "cheap".into(),
            value: -2.0,
        };
        assert_eq!(epoch, expected);
        assert!(weights == run.weights[1] && weights != run.weights[3]);
    }

    #[test]
    fn the_first_measure_decides_where_any_epoch_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::new(Best::new(path(&folder), &MEASURES));
        run.epochs(&[
            (None, 9.0),
            (Some(-5.0), -9.0),
            (None, 10.0),
            (Some(-4.0), -9.0),
            (None, 11.0),
            (Some(-4.5), 12.0),
        ]);
        let (epoch, weights) = run.written();
        assert_eq!((epoch.epoch, epoch.measure.as_str()), (4, "sharp"));
        assert!(weights == run.weights[3]);
    }

    /// Killed after the file was written and before the checkpoint was, a run looks at some epochs
    /// again; and at new ones.
    #[test]
    fn a_resumed_run_remembers_the_best() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = [-5.0, -2.0, -4.0, -3.0, -1.0].map(|cheap| (None, cheap));
        let mut run = Run::new(Best::new(path(&folder), &MEASURES));
        run.epochs(&numbers[..3]);
        let before = run.written();
        assert_eq!(before.0.epoch, 2);
        for (again, expected) in [(4, 2), (5, 5)] {
            let (best, damage) = Best::resume(path(&folder), &MEASURES);
            assert!(damage.is_none());
            assert_eq!(best.found(), Some(&before.0));
            let rbm = best.model(&Device::default()).unwrap().unwrap();
            assert!(weights(&rbm) == before.1);
            let mut resumed = Run::new(best);
            resumed.epochs(&numbers[..again]);
            let (epoch, weights) = resumed.written();
            assert_eq!(epoch.epoch, expected);
            assert!(weights == resumed.weights[usize::try_from(expected).unwrap() - 1]);
        }
    }

    #[test]
    fn a_damaged_file_is_moved_aside_and_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::new(Best::new(path(&folder), &MEASURES));
        run.epochs(&[(None, 1.0)]);
        run.best.write().unwrap();
        let mut bytes = std::fs::read(path(&folder)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(path(&folder), bytes).unwrap();
        let (best, damage) = Best::resume(path(&folder), &MEASURES);
        let damage = damage.unwrap().to_string();
        assert!(damage.contains("digest"), "{damage}");
        assert_eq!(best.found(), None);
        assert!(folder.path().join("best.safetensors.damaged").exists());
        // A model without a word of its epoch is no such file either.
        store::save_file(&run.trainer.model(), &path(&folder)).unwrap();
        let error = Best::read(&path(&folder)).unwrap_err().to_string();
        assert!(error.contains("best epoch"), "{error}");
    }
}
