//! Where the files of MNIST are.

use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy, choose_base_strategy};

#[cfg(feature = "download")]
use super::download::Source;
use crate::DataError;

/// The four files as they are published, without `.gz`; labels first, so that a folder with
/// images from an interrupted download has its labels.
pub(super) const NAMES: [&str; 4] = [
    "train-labels-idx1-ubyte",
    "t10k-labels-idx1-ubyte",
    "train-images-idx3-ubyte",
    "t10k-images-idx3-ubyte",
];

const VARIABLE: &str = "MNIST_DIR";

/// The files of MNIST, or of a set that comes in the same form, in some folder.
///
/// Both spellings are known (`train-images-idx3-ubyte` and `train-images.idx3-ubyte`), each with
/// or without `.gz`. Labels may be missing: binarised MNIST has none.
///
/// ```
/// use rbm_data::{DataError, MnistFiles};
///
/// let error = MnistFiles::find(Some("no/such/folder".as_ref())).unwrap_err();
/// assert!(matches!(error, DataError::FilesMissing { missing, .. } if missing.len() == 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MnistFiles {
    /// The training images.
    pub train_images: PathBuf,
    /// Their labels.
    pub train_labels: Option<PathBuf>,
    /// The test images.
    pub test_images: PathBuf,
    /// Their labels.
    pub test_labels: Option<PathBuf>,
}

impl MnistFiles {
    /// The files in `data_dir` if that is given, else in the folder that the variable `MNIST_DIR`
    /// names if it is set, else in `burnzmann/mnist` in the user's cache folder.
    ///
    /// A folder that was named must hold the images: no other is tried.
    ///
    /// # Errors
    ///
    /// [`DataError::FilesMissing`] if the named folder lacks them; [`DataError::NotFound`] if
    /// none was named and the cache lacks them.
    pub fn find(data_dir: Option<&Path>) -> Result<Self, DataError> {
        match Place::of_this_process(data_dir) {
            Place::Named(directory) => Self::in_directory(&directory),
            Place::Cache(cache) => Self::in_cache(cache.as_deref()),
        }
    }

    /// Like [`find`](Self::find), but downloads into the user's cache what is missing there,
    /// unless a folder was named. Only with the feature `download`.
    ///
    /// `progress(file, done, total)` is called while `file` arrives, with bytes so far and, where
    /// the server says, in all. Each file is checked by its SHA-256 digest before it gets its
    /// name, so a file in the cache is a whole one.
    ///
    /// # Errors
    ///
    /// [`DataError::FilesMissing`] if a named folder lacks files; [`DataError::Download`] if no
    /// mirror delivered one of them; [`DataError::NotFound`] if there is no cache folder;
    /// [`DataError::Io`] if it cannot be written.
    ///
    /// ```no_run
    /// use rbm_data::{Mnist, MnistFiles};
    ///
    /// let files = MnistFiles::find_or_download(None, |file, done, total| {
    ///     eprintln!("{file}: {done} of {total:?} bytes");
    /// })?;
    /// let mnist = Mnist::load(&files)?;
    /// # Ok::<(), rbm_data::DataError>(())
    /// ```
    #[cfg(feature = "download")]
    pub fn find_or_download(
        data_dir: Option<&Path>,
        progress: impl FnMut(&str, u64, Option<u64>),
    ) -> Result<Self, DataError> {
        match Place::of_this_process(data_dir) {
            Place::Named(directory) => Self::in_directory(&directory),
            Place::Cache(Some(cache)) => Self::fetch(&cache, &Source::published(), progress),
            Place::Cache(None) => Self::in_cache(None),
        }
    }

    /// The files in one folder.
    ///
    /// # Errors
    ///
    /// [`DataError::FilesMissing`] if it lacks the images.
    pub fn in_directory(directory: impl AsRef<Path>) -> Result<Self, DataError> {
        let directory = directory.as_ref();
        let [train_labels, test_labels, train_images, test_images] =
            NAMES.map(|name| present(directory, name));
        match (train_images, test_images) {
            (Some(train_images), Some(test_images)) => Ok(Self {
                train_images,
                train_labels,
                test_images,
                test_labels,
            }),
            (train, test) => {
                let images = [(train, NAMES[2]), (test, NAMES[3])];
                let missing = images.into_iter().filter(|(path, _)| path.is_none());
                Err(DataError::FilesMissing {
                    directory: directory.to_path_buf(),
                    missing: missing.map(|(_, name)| name.to_owned()).collect(),
                })
            }
        }
    }

    fn in_cache(cache: Option<&Path>) -> Result<Self, DataError> {
        let files = cache.and_then(|cache| Self::in_directory(cache).ok());
        files.ok_or_else(|| DataError::NotFound {
            tried: vec![
                format!("the variable {VARIABLE} (not set)"),
                match cache {
                    Some(cache) => cache.display().to_string(),
                    None => "the user's cache (there is no home folder)".into(),
                },
            ],
        })
    }

    /// Completes `cache` from `source`.
    #[cfg(feature = "download")]
    pub(super) fn fetch(
        cache: &Path,
        source: &Source,
        mut progress: impl FnMut(&str, u64, Option<u64>),
    ) -> Result<Self, DataError> {
        for name in NAMES {
            if present(cache, name).is_none() {
                source.fetch(name, cache, &mut progress)?;
            }
        }
        Self::in_directory(cache)
    }
}

/// Where to look.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// A folder that was named: there or nowhere.
    Named(PathBuf),
    /// The user's cache, if there is one.
    Cache(Option<PathBuf>),
}

impl Place {
    fn of_this_process(data_dir: Option<&Path>) -> Self {
        let variable = std::env::var_os(VARIABLE).map(PathBuf::from);
        let cache = choose_base_strategy().ok().map(|base| base.cache_dir());
        Self::choose(data_dir, variable, cache)
    }

    fn choose(data_dir: Option<&Path>, variable: Option<PathBuf>, cache: Option<PathBuf>) -> Self {
        let variable = variable.filter(|path| !path.as_os_str().is_empty());
        match data_dir.map(Path::to_path_buf).or(variable) {
            Some(directory) => Self::Named(directory),
            None => Self::Cache(cache.map(|cache| cache.join("burnzmann").join("mnist"))),
        }
    }
}

/// The file of this published name, in whatever spelling it is there.
fn present(directory: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replace("-idx", ".idx");
    [name, &dotted]
        .iter()
        .flat_map(|name| [directory.join(name), directory.join(format!("{name}.gz"))])
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_named_goes_before_the_variable_and_that_before_the_cache() {
        let [given, variable, cache] = ["given", "variable", "cache"].map(PathBuf::from);
        let named = |path: &Path| Place::Named(path.to_path_buf());
        let choose = |given, variable: Option<&PathBuf>| {
            Place::choose(given, variable.cloned(), Some(cache.clone()))
        };
        assert_eq!(choose(Some(&given), Some(&variable)), named(&given));
        assert_eq!(choose(None, Some(&variable)), named(&variable));
        let expected = Place::Cache(Some(cache.join("burnzmann/mnist")));
        assert_eq!(choose(None, None), expected);
        assert_eq!(choose(None, Some(&PathBuf::new())), expected);
    }

    #[test]
    fn both_spellings_and_packed_files_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [
            "train-images.idx3-ubyte.gz",
            "t10k-images-idx3-ubyte",
            "t10k-labels.idx1-ubyte",
        ] {
            fs::write(path(name), "").unwrap();
        }
        let files = MnistFiles::find(Some(folder.path())).unwrap();
        assert_eq!(files.train_images, path("train-images.idx3-ubyte.gz"));
        assert_eq!(files.train_labels, None);
        assert_eq!(files.test_images, path("t10k-images-idx3-ubyte"));
        assert_eq!(files.test_labels, Some(path("t10k-labels.idx1-ubyte")));
    }

    #[test]
    fn missing_files_are_named_with_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t10k-images-idx3-ubyte.gz"), "").unwrap();
        let message = MnistFiles::find(Some(folder.path()))
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with(&folder.path().display().to_string()),
            "{message}"
        );
        assert!(
            message.contains("missing: train-images-idx3-ubyte;"),
            "{message}"
        );
    }

    #[test]
    fn an_empty_cache_is_reported_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for cache in [None, Some(folder.path())] {
            let message = MnistFiles::in_cache(cache).unwrap_err().to_string();
            assert!(message.contains("MNIST_DIR (not set)"), "{message}");
            assert!(message.contains("--data-dir"), "{message}");
        }
    }
}
