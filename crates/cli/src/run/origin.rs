//! The data of a run: where they were, and what they were.

use std::path::{Path, PathBuf};

use burnzmann::data::{Dataset, content_digest};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{CliError, Source, table::find_mnist};

/// What the files of a run's data were when it was begun: [digests](content_digest) of them. There are
/// none of data that are inside the program, and in the records of earlier versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digests {
    /// Of the data; of MNIST, its training images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Of the labels, where they are a file of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
}

impl Digests {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where the data of a run are now, where they are not where they were.
#[derive(Args, Clone, Debug, Default)]
pub struct MovedArgs {
    /// Where the data of the run are now, if they were moved; they have to be the same
    #[arg(long, value_name = "DATA")]
    pub data: Option<Source>,
    /// The folder that MNIST's files are in now
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where the labels of a file's rows are now
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
}

impl MovedArgs {
    /// Whether any of it was given.
    pub(crate) fn is_given(&self) -> bool {
        self.data.is_some() || self.data_dir.is_some() || self.labels.is_some()
    }
}

/// What a record of a run says of its data's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) data: Source,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) labels: Option<PathBuf>,
}

impl Place {
    /// The same place from wherever the program is run.
    fn absolute(self) -> Result<Self, CliError> {
        let absolute = |path: PathBuf| {
            std::path::absolute(&path)
                .map_err(|error| CliError::BadInput(format!("{}: {error}", path.display())))
        };
        Ok(Self {
            data: match self.data {
                Source::File(path) => Source::File(absolute(path)?),
                other => other,
            },
            data_dir: self.data_dir.map(absolute).transpose()?,
            labels: self.labels.map(absolute).transpose()?,
        })
    }

    /// What the files are now.
    fn digests(&self) -> Result<Digests, CliError> {
        let digest = |path: &Path| content_digest(path).map_err(CliError::bad_input);
        match &self.data {
            Source::File(path) => Ok(Digests {
                data: Some(digest(path)?),
                labels: self.labels.as_deref().map(digest).transpose()?,
            }),
            Source::Mnist => {
                let files = find_mnist(self.data_dir.as_deref(), true)?;
                let labels = files.train_labels.as_deref();
                Ok(Digests {
                    data: Some(digest(&files.train_images)?),
                    labels: labels.map(digest).transpose()?,
                })
            }
            Source::Auto | Source::Digits | Source::Bas4 => Ok(Digests::default()),
        }
    }
}

/// The record of a run, as far as it is about data.
pub(crate) trait DataRecord: Sized {
    /// The command that is told where the data are now, up to the run's folder.
    const RESUME: &str;

    fn place(&self) -> Place;
    fn digests(&self) -> &Digests;
    fn set_origin(&mut self, place: Place, digests: Digests);

    /// The record of a run that begins: with absolute paths, and with what the files are.
    fn remembered(mut self) -> Result<Self, CliError> {
        let place = self.place().absolute()?;
        let digests = place.digests()?;
        self.set_origin(place, digests);
        Ok(self)
    }

    /// The record of the run in `root` with the places that its data are at now: where `moved` says, else
    /// where they were. Also, a sentence about each file that is not what it was.
    ///
    /// Records of earlier versions have relative paths, and no digests. Such a path is looked for from
    /// where the program is run, and then from the folder of the run.
    fn located(mut self, root: &Path, moved: &MovedArgs) -> Result<(Self, Vec<String>), CliError> {
        let then = self.place();
        let at = |then: &PathBuf, now: Option<&PathBuf>, what, option| match now {
            Some(now) => Ok(now.clone()),
            None => find::<Self>(then, root, what, option),
        };
        let data = match (&then.data, &moved.data) {
            (Source::File(path), None) => Source::File(at(path, None, "the data", "--data")?),
            (Source::File(_), Some(Source::File(now))) => Source::File(now.clone()),
            (then, now) if now.as_ref().is_none_or(|now| now == then) => then.clone(),
            (then, now) => {
                let now = now.as_ref().map_or(String::new(), Source::to_string);
                return Err(CliError::BadInput(format!(
                    "--data says where the data of a run are now: the run in {} was begun on {then}, and \
                     {now} is something else",
                    root.display()
                )));
            }
        };
        let labels = match (&then.labels, &moved.labels) {
            (None, Some(_)) => {
                return Err(CliError::BadInput(format!(
                    "--labels says where the labels of a run are now: the run in {} was begun without a \
                     file of labels",
                    root.display()
                )));
            }
            (then, now) => {
                let then = then.as_ref();
                then.map(|then| at(then, now.as_ref(), "the labels", "--labels"))
                    .transpose()?
            }
        };
        let data_dir = match (&then.data_dir, &moved.data_dir) {
            (None, now) => now.clone(),
            (Some(then), now) => Some(at(then, now.as_ref(), "the files", "--data-dir")?),
        };
        let now = Place {
            data,
            data_dir,
            labels,
        };
        let now = now.absolute()?;
        let before = self.digests().clone();
        if before.is_empty() {
            self.set_origin(now, before);
            return Ok((self, Vec::new()));
        }
        let found = now.digests()?;
        let labels = now.labels.as_deref().map(Path::display);
        let pairs = [
            (now.data.to_string(), &before.data, &found.data),
            (
                labels.map_or("the labels".to_owned(), |path| path.to_string()),
                &before.labels,
                &found.labels,
            ),
        ];
        let changed = pairs
            .into_iter()
            .filter(|(_, then, now)| then.is_some() && then != now);
        let changed = changed.map(|(what, then, now)| {
            let say = |digest: &Option<String>| digest.clone().unwrap_or("none".to_owned());
            format!(
                "{what} is not what it was when the run in {} was begun: its digest was {} and is {}",
                root.display(),
                say(then),
                say(now)
            )
        });
        let changed = changed.collect();
        self.set_origin(now, before);
        Ok((self, changed))
    }

    /// As [`located`](Self::located), where a run is gone on with: data that changed are refused.
    fn unchanged(self, root: &Path, moved: &MovedArgs) -> Result<Self, CliError> {
        let (record, changed) = self.located(root, moved)?;
        match changed.first() {
            None => Ok(record),
            Some(changed) => Err(CliError::BadInput(format!(
                "{changed}; a run goes on with the data that it was begun with: put them back, or say \
                 where they are with --data and --labels"
            ))),
        }
    }

    /// As [`located`](Self::located), where data that changed are only worth a word.
    fn noted(self, root: &Path, moved: &MovedArgs) -> Result<Self, CliError> {
        let (record, changed) = self.located(root, moved)?;
        for changed in changed {
            errln!("note: {changed}; these are not the rows that it was trained on");
        }
        Ok(record)
    }
}

/// Where a file is that was at `then`.
fn find<R: DataRecord>(
    then: &Path,
    root: &Path,
    what: &str,
    option: &str,
) -> Result<PathBuf, CliError> {
    let beside = root.join(then);
    // Of an absolute path the two are one.
    let places = if then.is_absolute() {
        vec![then]
    } else {
        vec![then, &beside]
    };
    if let Some(place) = places.iter().find(|place| Dataset::exists(place)) {
        return Ok(place.to_path_buf());
    }
    let looked = places.iter().map(|place| {
        let whole = std::path::absolute(place).unwrap_or_else(|_| place.to_path_buf());
        whole.display().to_string()
    });
    let looked = looked.collect::<Vec<_>>().join(" and ");
    Err(CliError::BadInput(format!(
        "{what} of the run in {root} are not where they were: looked for {looked}; `burnzmann {resume} \
         {root} {option} PLACE` says where they are now, and the run remembers it",
        root = root.display(),
        resume = R::RESUME,
    )))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A record that is nothing else.
    #[derive(Debug)]
    struct Record {
        place: Place,
        digests: Digests,
    }

    impl DataRecord for Record {
        const RESUME: &str = "resume";

        fn place(&self) -> Place {
            self.place.clone()
        }

        fn digests(&self) -> &Digests {
            &self.digests
        }

        fn set_origin(&mut self, place: Place, digests: Digests) {
            (self.place, self.digests) = (place, digests);
        }
    }

    fn of(data: impl Into<PathBuf>, labels: Option<PathBuf>) -> Record {
        Record {
            place: Place {
                data: Source::File(data.into()),
                data_dir: None,
                labels,
            },
            digests: Digests::default(),
        }
    }

    fn moved(data: Option<&Path>, labels: Option<&Path>) -> MovedArgs {
        MovedArgs {
            data: data.map(|path| Source::File(path.to_owned())),
            data_dir: None,
            labels: labels.map(Path::to_owned),
        }
    }

    #[test]
    fn data_are_found_again_and_are_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("run");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("rows.csv"), "0,1\n").unwrap();
        fs::write(path("labels.csv"), "3\n").unwrap();
        let begin = || {
            of(path("rows.csv"), Some(path("labels.csv")))
                .remembered()
                .unwrap()
        };
        let (found, changed) = begin().located(&root, &MovedArgs::default()).unwrap();
        assert_eq!((found.place, changed.len()), (begin().place, 0));

        // Moved: named, and found where it is said to be.
        let record = begin();
        fs::rename(path("rows.csv"), path("other.csv")).unwrap();
        let error = begin_error(&record, &root, &MovedArgs::default());
        let looked = format!("looked for {}", path("rows.csv").display());
        assert!(
            error.contains(&looked) && error.contains("--data PLACE"),
            "{error}"
        );
        let now = moved(Some(&path("other.csv")), None);
        let found = again(&record).unchanged(&root, &now).unwrap();
        assert_eq!(found.place.data, Source::File(path("other.csv")));
        assert_eq!(found.digests, record.digests);

        // Changed: refused to go on with, and said elsewhere.
        fs::write(path("other.csv"), "1,1\n").unwrap();
        fs::write(path("labels.csv"), "4\n").unwrap();
        let (_, changed) = again(&record).located(&root, &now).unwrap();
        assert_eq!(changed.len(), 2);
        assert!(
            changed[0].contains("other.csv is not what it was"),
            "{changed:?}"
        );
        assert!(
            changed[1].contains("labels.csv is not what it was"),
            "{changed:?}"
        );
        let error = again(&record)
            .unchanged(&root, &now)
            .unwrap_err()
            .to_string();
        assert!(error.contains("other.csv is not what it was"), "{error}");
        again(&record).noted(&root, &now).unwrap();
    }

    fn again(record: &Record) -> Record {
        Record {
            place: record.place.clone(),
            digests: record.digests.clone(),
        }
    }

    fn begin_error(record: &Record, root: &Path, moved: &MovedArgs) -> String {
        again(record).located(root, moved).unwrap_err().to_string()
    }

    /// As earlier versions wrote them: relative, without a digest.
    #[test]
    fn a_relative_path_is_looked_for_in_the_folder_of_the_run_too() {
        let folder = tempfile::tempdir().unwrap();
        let name = "rows-of-this-test-alone.csv";
        let error = begin_error(&of(name, None), folder.path(), &MovedArgs::default());
        let here = std::env::current_dir().unwrap().join(name);
        let beside = folder.path().join(name);
        let looked = format!("looked for {} and {}", here.display(), beside.display());
        assert!(error.contains(&looked), "{error}");
        fs::write(&beside, "0,1\n").unwrap();
        let (found, changed) = of(name, None)
            .located(folder.path(), &MovedArgs::default())
            .unwrap();
        assert_eq!(found.place.data, Source::File(beside));
        assert!(changed.is_empty());
    }

    #[test]
    fn what_cannot_have_moved_there_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let rows = folder.path().join("rows.csv");
        fs::write(&rows, "0,1\n").unwrap();
        let digits = || Record {
            place: Place {
                data: Source::Digits,
                data_dir: None,
                labels: None,
            },
            digests: Digests::default(),
        };
        let error = begin_error(&digits(), folder.path(), &moved(Some(&rows), None));
        assert!(error.contains("was begun on digits"), "{error}");
        let same = MovedArgs {
            data: Some(Source::Digits),
            ..MovedArgs::default()
        };
        assert!(digits().located(folder.path(), &same).is_ok());
        let error = begin_error(&of(&rows, None), folder.path(), &same);
        assert!(error.contains("digits is something else"), "{error}");
        let error = begin_error(&of(&rows, None), folder.path(), &moved(None, Some(&rows)));
        assert!(error.contains("without a file of labels"), "{error}");
    }
}
