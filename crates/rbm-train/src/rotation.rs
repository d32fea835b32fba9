//! The newest checkpoints of a run, each of them whole.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use rbm_model::store::{StoreError, changes};

use crate::{Trainer, checkpoint};

/// The newest checkpoints of a run: one file by the name that is given, and the ones before it beside
/// it, their age in their names (`checkpoint.safetensors`, `checkpoint-1.safetensors`, …).
///
/// A new checkpoint is written and synced under a name of its own before any other file is touched,
/// and then takes its place by renaming. At whichever moment the process is killed, the last
/// checkpoint that was written whole is there, and [`load`](Self::load) finds it.
///
/// The history of the run is one file for all of them, [`HISTORY`](Self::HISTORY), which grows by a line
/// an epoch; each of them states how much of it is its own. A rotation is for one run.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Rotation, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// let folder = tempfile::tempdir()?;
/// let checkpoints = Rotation::new(folder.path().join("checkpoint.safetensors"), 2);
/// for _ in 0..3 {
///     trainer.step(Tensor::ones([10, 6], &device))?;
///     checkpoints.save(&trainer)?;
/// }
/// // The newest one is damaged: the one before it is found.
/// std::fs::write(folder.path().join("checkpoint.safetensors"), "no checkpoint")?;
/// let found = checkpoints.load(&device)?.unwrap();
/// assert_eq!((found.trainer.steps(), found.damaged.len()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    newest: PathBuf,
    keep: u8,
}

/// A run as its newest whole checkpoint has it.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{Rotation, TrainConfig, Trainer};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100)?;
/// let folder = tempfile::tempdir()?;
/// let newest = folder.path().join("checkpoint.safetensors");
/// let checkpoints = Rotation::new(&newest, 1);
/// assert!(checkpoints.load(&device)?.is_none());
/// trainer.step(Tensor::ones([10, 6], &device))?;
/// checkpoints.save(&trainer)?;
/// let found = checkpoints.load(&device)?.expect("a checkpoint was saved");
/// assert_eq!((found.path, found.trainer.steps()), (newest, 1));
/// assert!(found.damaged.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
pub struct Recovered {
    /// The run.
    pub trainer: Trainer,
    /// The file that it is from.
    pub path: PathBuf,
    /// What was wrong with each newer file. They were moved aside: `.damaged` ends their names.
    pub damaged: Vec<StoreError>,
}

impl Rotation {
    /// The file with the history, beside the checkpoints.
    pub const HISTORY: &str = "history.jsonl";

    /// Checkpoints at `newest` and beside it, `keep` of them.
    ///
    /// # Panics
    ///
    /// Where `keep` is zero.
    pub fn new(newest: impl Into<PathBuf>, keep: u8) -> Self {
        assert!(keep > 0, "a rotation keeps one checkpoint at least");
        let newest = newest.into();
        Self { newest, keep }
    }

    /// Saves a run as the newest checkpoint, and removes the oldest one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the checkpoints that were there before are whole then.
    pub fn save(&self, trainer: &Trainer) -> Result<(), StoreError> {
        checkpoint::save_with_history(trainer, &self.fresh(), Self::HISTORY)?;
        for (from, to) in self.moves() {
            if from.exists() {
                changes::rename(&from, &to).map_err(StoreError::io("rename into", to))?;
            }
        }
        for age in self.keep..=u8::MAX {
            let path = self.place(age);
            if path.exists() {
                changes::remove_file(&path).map_err(StoreError::io("remove", path))?;
            }
        }
        Ok(())
    }

    /// The run of the newest checkpoint that is whole; none where there is no checkpoint.
    ///
    /// # Errors
    ///
    /// [`StoreError`], that of the newest one, where there are checkpoints and none can be loaded.
    pub fn load(&self, device: &Device) -> Result<Option<Recovered>, StoreError> {
        let mut damaged: Vec<(PathBuf, StoreError)> = Vec::new();
        for path in self.existing() {
            match checkpoint::load(&path, device) {
                Ok(trainer) => {
                    let damaged = damaged.into_iter().map(|(path, error)| {
                        move_aside(&path);
                        error
                    });
                    let damaged = damaged.collect();
                    return Ok(Some(Recovered {
                        trainer,
                        path,
                        damaged,
                    }));
                }
                Err(error) => damaged.push((path, error)),
            }
        }
        match damaged.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(None),
        }
    }

    /// The checkpoints that there are, the newest first, whole or not.
    pub fn existing(&self) -> Vec<PathBuf> {
        let places = (0..=u8::MAX).map(|age| self.place(age));
        std::iter::once(self.fresh())
            .chain(places)
            .filter(|path| path.is_file())
            .collect()
    }

    /// What happens after a new checkpoint is written, in this order. Between any two of them the
    /// new one and those before it are all there. The ages move up to the first place that is free, as that
    /// of a damaged one that was moved aside is: what is older keeps its place, and none is pushed out.
    fn moves(&self) -> Vec<(PathBuf, PathBuf)> {
        let free = (0..self.keep).find(|&age| !self.place(age).exists());
        let oldest = free.unwrap_or(self.keep - 1);
        let older = (1..=oldest).rev();
        older
            .map(|age| (self.place(age - 1), self.place(age)))
            .chain([(self.fresh(), self.place(0))])
            .collect()
    }

    /// Where a checkpoint is before it takes its place.
    fn fresh(&self) -> PathBuf {
        self.beside("-new")
    }

    fn place(&self, age: u8) -> PathBuf {
        match age {
            0 => self.newest.clone(),
            age => self.beside(&format!("-{age}")),
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let part = |part: Option<&std::ffi::OsStr>| {
            part.unwrap_or_default().to_string_lossy().into_owned()
        };
        let stem = part(self.newest.file_stem());
        let extension = part(self.newest.extension());
        self.newest
            .with_file_name(format!("{stem}{suffix}.{extension}"))
    }
}

/// Out of the rotation, where it would push whole checkpoints out. If that fails, it stays.
pub(crate) fn move_aside(path: &Path) {
    let mut name = path.as_os_str().to_owned();
    name.push(".damaged");
    let _ = changes::rename(path, name.as_ref());
}

#[cfg(test)]
mod tests {
    use std::fs;

    use burn::tensor::Tensor;
    use rbm_model::{Noise, RbmConfig};

    use super::*;
    use crate::{EpochReport, TrainConfig};

    fn trainer(steps: u64) -> Trainer {
        let device = Device::default();
        let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
        let mut trainer = Trainer::new(TrainConfig::default(), rbm, 100).unwrap();
        for _ in 0..steps {
            trainer.step(Tensor::ones([2, 4], &device)).unwrap();
        }
        trainer
    }

    fn steps(checkpoints: &Rotation) -> u64 {
        let found = checkpoints.load(&Device::default()).unwrap().unwrap();
        found.trainer.steps()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_newest_are_kept_and_a_smaller_number_removes_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.safetensors");
        let three = Rotation::new(&path, 3);
        for step in 1..=4 {
            three.save(&trainer(step)).unwrap();
        }
        assert_eq!(
            names(folder.path()),
            ["c-1.safetensors", "c-2.safetensors", "c.safetensors"]
        );
        let ages: Vec<u64> = three
            .existing()
            .iter()
            .map(|path| checkpoint::progress(path).unwrap().step)
            .collect();
        assert_eq!(ages, [4, 3, 2]);
        Rotation::new(&path, 1).save(&trainer(5)).unwrap();
        assert_eq!(names(folder.path()), ["c.safetensors"]);
        assert_eq!(steps(&three), 5);
    }

    /// Killed after the new file was written, and after each rename that follows.
    #[test]
    fn at_every_moment_of_a_save_the_newest_whole_one_is_found() {
        for keep in 1..=4 {
            let moves = usize::from(keep);
            for done in 0..=moves {
                let folder = tempfile::tempdir().unwrap();
                let checkpoints = Rotation::new(folder.path().join("c.safetensors"), keep);
                for step in 1..=5 {
                    checkpoints.save(&trainer(step)).unwrap();
                }
                checkpoint::save(&trainer(6), &checkpoints.fresh()).unwrap();
                assert_eq!(checkpoints.moves().len(), moves);
                for (from, to) in &checkpoints.moves()[..done] {
                    fs::rename(from, to).unwrap();
                }
                assert_eq!(steps(&checkpoints), 6, "{done} of {moves} renames");
                // And the run goes on from there.
                checkpoints.save(&trainer(7)).unwrap();
                assert_eq!(steps(&checkpoints), 7);
            }
        }
    }

    /// So many epochs more, each of them with a number of a name of so many letters.
    fn epochs(trainer: &mut Trainer, count: u64, letters: usize) {
        for _ in 0..count {
            let epoch = trainer.history().len() as u64 + 1;
            let mut report = EpochReport::new(epoch, 10 * epoch);
            report.insert("x".repeat(letters), (epoch as f64).sqrt());
            trainer.history.push(report);
        }
    }

    /// More than the header of a safetensors file holds, which is 100 MB: so much is reported in a quarter
    /// of a million epochs.
    #[test]
    fn a_history_of_any_length_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Rotation::new(folder.path().join("c.safetensors"), 2);
        let mut trainer = trainer(1);
        epochs(&mut trainer, 10_000, 10_500);
        checkpoints.save(&trainer).unwrap();
        let history = folder.path().join(Rotation::HISTORY);
        let length = fs::metadata(&history).unwrap().len();
        assert!(length > 100_000_000, "{length}");
        let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size("c.safetensors") < 20_000);
        epochs(&mut trainer, 1, 10);
        checkpoints.save(&trainer).unwrap();
        assert!(fs::metadata(&history).unwrap().len() < length + 100);
        let found = checkpoints.load(&Device::default()).unwrap().unwrap();
        assert!(found.trainer.history() == trainer.history());
        // In one file, too.
        let alone = folder.path().join("alone.safetensors");
        checkpoint::save(&trainer, &alone).unwrap();
        let found = checkpoint::progress(&alone).unwrap();
        assert!(found.history == trainer.history());
    }

    /// Each checkpoint has its own length of the file; from an older one the epochs behind it are cut off
    /// and happen again.
    #[test]
    fn checkpoints_share_one_history() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.safetensors");
        let checkpoints = Rotation::new(&path, 3);
        let mut trainer = trainer(1);
        for _ in 0..4 {
            epochs(&mut trainer, 2, 10);
            checkpoints.save(&trainer).unwrap();
        }
        let lengths = || -> Vec<usize> {
            let progress = |path: &PathBuf| checkpoint::progress(path).unwrap();
            let files = checkpoints.existing();
            files
                .iter()
                .map(|path| progress(path).history.len())
                .collect()
        };
        assert_eq!(lengths(), [8, 6, 4]);
        fs::write(&path, "damaged").unwrap();
        let mut resumed = checkpoints
            .load(&Device::default())
            .unwrap()
            .unwrap()
            .trainer;
        assert_eq!(resumed.history().len(), 6);
        epochs(&mut resumed, 1, 10);
        checkpoints.save(&resumed).unwrap();
        // The new one takes the place of the damaged one, and the oldest one is still there.
        assert_eq!(lengths(), [7, 6, 4]);
        checkpoints.save(&resumed).unwrap();
        assert_eq!(lengths(), [7, 7, 6]);
        let text = fs::read_to_string(folder.path().join(Rotation::HISTORY)).unwrap();
        assert_eq!(text.lines().count(), 7);
    }

    #[test]
    fn damaged_files_are_passed_over_and_do_not_push_whole_ones_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.safetensors");
        let checkpoints = Rotation::new(&path, 2);
        assert!(checkpoints.load(&Device::default()).unwrap().is_none());
        checkpoints.save(&trainer(1)).unwrap();
        checkpoints.save(&trainer(2)).unwrap();
        // One bit of the last tensor.
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 16;
        fs::write(&path, bytes).unwrap();
        let found = checkpoints.load(&Device::default()).unwrap().unwrap();
        assert_eq!(found.trainer.steps(), 1);
        let reason = found.damaged[0].to_string();
        assert!(
            reason.contains("c.safetensors") && reason.contains("digest"),
            "{reason}"
        );
        assert_eq!(
            names(folder.path()),
            ["c-1.safetensors", "c.safetensors.damaged"]
        );
        checkpoints.save(&trainer(2)).unwrap();
        fs::write(&path, "").unwrap();
        assert_eq!(steps(&checkpoints), 1);

        fs::write(checkpoints.place(1), "").unwrap();
        let Err(error) = checkpoints.load(&Device::default()) else {
            panic!()
        };
        assert!(error.to_string().contains("is it complete"), "{error}");
    }

    #[test]
    fn a_save_that_fails_leaves_the_checkpoints_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Rotation::new(folder.path().join("c.safetensors"), 2);
        checkpoints.save(&trainer(1)).unwrap();
        // A folder that is not empty cannot be replaced by a file.
        fs::create_dir_all(checkpoints.fresh().join("x")).unwrap();
        let error = checkpoints.save(&trainer(2)).unwrap_err().to_string();
        assert!(error.contains("c-new.safetensors"), "{error}");
        assert_eq!(steps(&checkpoints), 1);
    }
}
