//! What is where in the folder of a run.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use burnzmann::model::store::{CONFIG_FILE, MODEL_FILE, StoreError, TEMPORARY, write_atomic};
use burnzmann::train::checkpoint::RunProgress;
use burnzmann::train::{Rotation, checkpoint};

use super::RunConfig;
use crate::{CliError, DbnRunConfig};

/// The folder of a run, held by this process alone for as long as the value lives.
///
/// ```
/// use burnzmann_cli::RunFolder;
///
/// let parent = tempfile::tempdir()?;
/// let folder = RunFolder::create(&parent.path().join("run"))?;
/// assert!(folder.path("metrics.csv").starts_with(parent.path()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    /// The folders that were made for it, the innermost first.
    made: Vec<PathBuf>,
    _lock: File,
}

/// The file that the process which works on the run holds.
const LOCK: &str = "lock";
/// The effective configuration.
const CONFIG: &str = "run.json";
/// The whole state of the run, newest.
const CHECKPOINT: &str = "checkpoint.safetensors";

/// What runs write: where there is no run, files of these names are somebody else's.
const FILES: [&str; 8] = [
    CHECKPOINT,
    Rotation::HISTORY,
    RunFolder::BEST,
    MODEL_FILE,
    CONFIG_FILE,
    "metrics.csv",
    "metrics.jsonl",
    "dbn.safetensors",
];

impl RunFolder {
    /// The model of the best epoch.
    pub const BEST: &str = "best.safetensors";

    /// A folder for a new run.
    ///
    /// # Errors
    ///
    /// Where the folder already holds a run, or cannot be made or locked.
    pub fn create(root: &Path) -> Result<Self, CliError> {
        let io = |error: std::io::Error| {
            CliError::bad_input(format!(
                "{}: cannot make the folder: {error}",
                root.display()
            ))
        };
        let missing = root
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        fs::create_dir_all(root).map_err(io)?;
        if root.join(CONFIG).exists() {
            return Err(CliError::BadInput(format!(
                "{} already holds a run; choose another --out, or add --resume to go on with it",
                root.display()
            )));
        }
        if let Some(name) = FILES.iter().find(|name| root.join(name).exists()) {
            return Err(CliError::BadInput(format!(
                "{}: holds no run, and a file {name} that a run would overwrite; choose another --out",
                root.display()
            )));
        }
        let folder = Self::lock(root)?;
        Ok(Self { made, ..folder })
    }

    /// Takes back what [`create`](Self::create) made, and the configuration: of a run that could not begin.
    /// What else is in the folder stays.
    pub fn discard(self) {
        // What cannot be removed does no harm. The history is written before the first checkpoint; one of
        // somebody else's would have refused the run.
        let _ = fs::remove_file(self.path(Rotation::HISTORY));
        let _ = fs::remove_file(self.path(CONFIG));
        let _ = fs::remove_file(self.path(LOCK));
        for folder in &self.made {
            let _ = fs::remove_dir(folder);
        }
    }

    /// The folder of a run that was begun.
    ///
    /// # Errors
    ///
    /// Where there is none, or another process works on it.
    pub fn open(root: &Path) -> Result<Self, CliError> {
        if !Self::is_run(root) {
            return Err(CliError::BadInput(format!(
                "{}: expected the folder of a run, found no {CONFIG} in it",
                root.display()
            )));
        }
        Self::lock(root)
    }

    /// Whether a folder holds a run.
    pub fn is_run(root: &Path) -> bool {
        root.join(CONFIG).is_file()
    }

    /// The first of `runs/NAME-1`, `runs/NAME-2`, … that is free.
    pub fn next_free(name: &str) -> PathBuf {
        (1..u32::MAX)
            .map(|number| Path::new("runs").join(format!("{name}-{number}")))
            .find(|path| !path.exists())
            .expect("there is always another number")
    }

    fn lock(root: &Path) -> Result<Self, CliError> {
        let path = root.join(LOCK);
        let fail = |error: &dyn std::fmt::Display| {
            CliError::BadInput(format!("{}: cannot write: {error}", path.display()))
        };
        let lock = File::create(&path).map_err(|error| fail(&error))?;
        match lock.try_lock() {
            Ok(()) => {
                if Self::is_run(root) {
                    remove_leftovers(root);
                }
                Ok(Self {
                    root: root.to_owned(),
                    made: Vec::new(),
                    _lock: lock,
                })
            }
            Err(TryLockError::WouldBlock) => Err(CliError::BadInput(format!(
                "{}: another process is working on this run; wait for it, or choose another --out",
                root.display()
            ))),
            Err(TryLockError::Error(error)) => Err(fail(&error)),
        }
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The checkpoints that the run goes on from, the newest `keep` of them.
    ///
    /// # Panics
    ///
    /// Where `keep` is zero.
    pub fn rotation(&self, keep: u8) -> Rotation {
        Self::rotation_of(&self.root, keep)
    }

    /// The checkpoints of the run in a folder that this process need not hold.
    ///
    /// # Panics
    ///
    /// Where `keep` is zero.
    pub fn rotation_of(root: &Path, keep: u8) -> Rotation {
        Rotation::new(root.join(CHECKPOINT), keep)
    }

    /// How far the run in a folder is, by its newest whole checkpoint.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where there is no run, or no whole checkpoint of it.
    pub fn progress(root: &Path) -> Result<RunProgress, CliError> {
        Self::read_config(root)?;
        let files = Self::rotation_of(root, u8::MAX).existing();
        let mut found = files.iter().map(|path| checkpoint::progress(path));
        let newest = found.next().unwrap_or_else(|| {
            let expected = "a checkpoint of the run";
            Err(StoreError::content(root, expected, "none yet"))
        });
        let whole = newest.or_else(|error| found.find_map(Result::ok).ok_or(error));
        whole.map_err(CliError::bad_input)
    }

    /// Writes the configuration.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be written.
    pub fn write_config(&self, config: &RunConfig) -> Result<(), StoreError> {
        let text = serde_json::to_string_pretty(config).expect("a configuration is plain data");
        self.write_record(&text)
    }

    /// Writes the configuration as text: from here on the folder holds a run.
    pub(crate) fn write_record(&self, text: &str) -> Result<(), StoreError> {
        write_atomic(&self.path(CONFIG), format!("{text}\n").as_bytes())?;
        remove_leftovers(&self.root);
        Ok(())
    }

    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where it is missing or not one.
    pub fn read_config(root: &Path) -> Result<RunConfig, CliError> {
        let path = root.join(CONFIG);
        let fail = |error: &dyn std::fmt::Display| {
            CliError::BadInput(format!(
                "{}: not the configuration of a run: {error}",
                path.display()
            ))
        };
        if DbnRunConfig::is_run(root) {
            return Err(CliError::BadInput(format!(
                "{}: expected the run of an RBM, found that of a deep belief network; `burnzmann dbn --help` \
                 lists what is for networks",
                root.display()
            )));
        }
        let text = fs::read_to_string(&path).map_err(|error| fail(&error))?;
        serde_json::from_str(&text).map_err(|error| fail(&error))
    }
}

/// Files that were being written beside the finished ones when a process was killed: in the folder of a
/// run, and in those below it that hold the layers or the tuning of a network. Nobody else writes there,
/// and nobody will finish them.
fn remove_leftovers(root: &Path) {
    const RECORDS: [&str; 2] = ["pretrain.json", "finetune.json"];
    let is_part = |folder: &Path| RECORDS.iter().any(|name| folder.join(name).is_file());
    for folder in remove_leftovers_in(root) {
        if is_part(&folder) {
            for layer in remove_leftovers_in(&folder) {
                remove_leftovers_in(&layer);
            }
        }
    }
}

/// Those of one folder; returns the folders in it.
fn remove_leftovers_in(folder: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        } else if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            // One that stays does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_and_a_second_run_too() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("run");
        let first = RunFolder::create(&root).unwrap();
        let error = RunFolder::create(&root).unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
        drop(first);
        fs::write(root.join(CONFIG), "{").unwrap();
        let error = RunFolder::create(&root).unwrap_err().to_string();
        assert!(error.contains("already holds a run"), "{error}");
        let error = RunFolder::read_config(&root).unwrap_err().to_string();
        assert!(error.contains("run.json"), "{error}");
        let error = RunFolder::open(parent.path()).unwrap_err().to_string();
        assert!(error.contains("found no run.json"), "{error}");
    }

    /// Only ours go, and only where there is a run already.
    #[test]
    fn what_was_left_unfinished_goes_and_what_is_the_users_stays() {
        let parent = tempfile::tempdir().unwrap();
        let names = [".tmpnotes", ".tmp", ".rbm-plot-x", ".burnzmann", "x.tmp"];
        let names = [
            &names[..],
            &["other/.burnzmann-tmp-a", "layers/pretrain.json"],
        ]
        .concat();
        let ours = [".burnzmann-tmp-Ab12", "layers/layer-1/.burnzmann-tmp-x"];
        let path = |name: &str| parent.path().join(name);
        fs::create_dir_all(path("layers/layer-1")).unwrap();
        fs::create_dir_all(path("other")).unwrap();
        let leave = || {
            for name in names.iter().chain(&ours) {
                fs::write(path(name), "x").unwrap();
            }
        };
        let there = |names: &[&str]| names.iter().filter(|name| path(name).exists()).count();
        leave();
        let folder = RunFolder::create(parent.path()).unwrap();
        assert_eq!((there(&names), there(&ours)), (names.len(), ours.len()));
        // From here on it is one.
        folder.write_record("{}").unwrap();
        assert_eq!((there(&names), there(&ours)), (names.len(), 0));
        drop(folder);
        leave();
        drop(RunFolder::open(parent.path()).unwrap());
        assert_eq!((there(&names), there(&ours)), (names.len(), 0));
    }
}
