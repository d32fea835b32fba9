//! A model that a command works on, and the rows that it is shown.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use burnzmann::data::{Batches, Binarisation, Dataset, ReadOptions, Scaling, subset};
use burnzmann::model::{Rbm, numerics::to_f32, store::StoreError};
use burnzmann::plot::ImageShape;
use burnzmann::train::{Trainer, checkpoint};
use burnzmann::{Binarise, Preparation, Residence, Table};
use clap::{Args, ValueEnum};

use crate::dbn::{self, DbnRunConfig, Directions, Network, NetworkArgs};
use crate::{
    CliError, MovedArgs, ReadArgs, RunConfig, RunFolder, Source, convert,
    run::DataRecord,
    source::binarise,
    table::{load, prepare},
};
use burnzmann::internal::{Asked, Purpose, Wanted, all_rows};

/// A part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The rows that were trained on.
    Train,
    /// The rows that training watched.
    Validation,
    /// The rows that training never saw.
    Test,
    /// All rows of the training data.
    All,
}

/// Which model, and on which device.
#[derive(Args, Clone, Debug)]
pub struct ModelArgs {
    /// A run folder, or a model that `burnzmann convert` reads: .safetensors, .npz, .pt or .h5
    #[arg(value_name = "RUN_OR_MODEL")]
    pub model: PathBuf,
    /// Take a run's model of the last epoch instead of the one that it left, which is that of the best
    /// epoch where rows are held out
    #[arg(long, conflicts_with = "best")]
    pub last: bool,
    /// Take the model of a run's best epoch, by the held-out likelihood: what is taken anyway where rows
    /// are held out
    #[arg(long)]
    pub best: bool,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

/// Which rows a model is shown.
#[derive(Args, Clone, Debug)]
pub struct RowsArgs {
    /// mnist, digits, bas4 or a file as in `burnzmann train` [default: the data of the run]
    #[arg(long, value_name = "DATA")]
    pub data: Option<Source>,
    /// The folder with MNIST's files
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The labels of a file's rows
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which rows: a part as training splits these data [default: test; all of a file that --data
    /// names]
    #[arg(long, value_enum)]
    pub split: Option<Part>,
    /// What numbers are divided by: MAX, none, or auto, from the values as in `burnzmann train` [default:
    /// as for training, else auto]
    #[arg(long, value_name = "MAX")]
    pub scale: Option<Scaling>,
    /// How gray levels become zeros and ones [default: as for training, else threshold, none for
    /// other units than those of zeros and ones]
    #[arg(long, value_parser = binarise())]
    pub binarise: Option<Binarise>,
}

/// A model with what is known about it.
pub struct Subject {
    /// The model; the first layer where it is a deep belief network.
    pub rbm: Rbm,
    /// The network, where it is one.
    pub network: Option<Directions>,
    /// Whether the run trained on the rows that are held out otherwise, too.
    all_rows: bool,
    /// The run that made it, where it lies in a run's folder.
    pub run: Option<RunConfig>,
    /// How the data were prepared that it was trained on, where that is known.
    pub preparation: Option<Preparation>,
    /// The folder or file that was named.
    path: PathBuf,
    /// Where it computes.
    pub device: Device,
}

/// Rows of data as a model is shown them.
pub struct Rows {
    /// What the data are.
    pub source: Source,
    /// All the data.
    pub table: Table,
    /// The rows in question.
    pub indices: Vec<u32>,
    /// Whether they are rows of the test set that has files of its own.
    from_test: bool,
    binarisation: Binarisation,
    /// Names the draws of stochastic binarisation.
    seed: u64,
}

impl Subject {
    /// Loads an RBM.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where there is none, or no such device.
    pub fn open(args: &ModelArgs) -> Result<Self, CliError> {
        let subject = Self::open_any(args, None)?;
        if subject.network.is_none() {
            return Ok(subject);
        }
        Err(CliError::BadInput(format!(
            "{}: expected an RBM, found a deep belief network; `burnzmann dbn --help` lists what is for \
             networks (layers/layer-1 in the folder of a run is its first RBM)",
            args.model.display()
        )))
    }

    /// Loads an RBM or a deep belief network.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and where `asked` names a layer or a network that is not there.
    pub fn open_with(args: &ModelArgs, asked: NetworkArgs) -> Result<Self, CliError> {
        let subject = Self::open_any(args, asked.network)?;
        let given = [
            ("--layer", asked.layer.is_some()),
            ("--network", asked.network.is_some()),
        ];
        match &subject.network {
            Some(network) => network.layer(asked.layer).map(drop)?,
            None => {
                if let Some((name, _)) = given.into_iter().find(|(_, given)| *given) {
                    return Err(CliError::BadInput(format!(
                        "{name} is for a deep belief network, and {} is an RBM; leave it out",
                        args.model.display()
                    )));
                }
            }
        }
        Ok(subject)
    }

    fn open_any(args: &ModelArgs, which: Option<Network>) -> Result<Self, CliError> {
        let device =
            burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
        let path = &args.model;
        if !path.exists() {
            return Err(CliError::BadInput(format!(
                "{}: expected a run folder or a .safetensors file, found nothing",
                path.display()
            )));
        }
        if let Some((network, config)) = dbn::open(path, which, &device)? {
            if args.best || args.last {
                let option = if args.best { "--best" } else { "--last" };
                return Err(CliError::BadInput(format!(
                    "{}: {option} expects the run of an RBM, and this is a deep belief network",
                    path.display()
                )));
            }
            return Ok(Self {
                rbm: network.up.stack[0].clone(),
                network: Some(network),
                all_rows: config.as_ref().is_some_and(|config| config.all_rows),
                preparation: config.as_ref().map(DbnRunConfig::preparation),
                run: config.map(|config| config.as_run()),
                path: path.clone(),
                device,
            });
        }
        let run = if RunFolder::is_run(path) {
            Some(RunFolder::read_config(path)?)
        } else {
            None
        };
        let rbm = if args.best {
            convert::load(&best_of(path)?, &device)?
        } else if args.last {
            last_of(path, &device)?
        } else {
            convert::load(path, &device)?
        };
        let preparation = convert::preparation_of(path, run.as_ref())?;
        Ok(Self {
            rbm,
            network: None,
            all_rows: false,
            run,
            preparation,
            path: path.clone(),
            device,
        })
    }

    /// The run that made the model, with the places that its data are at now, and a sentence about each
    /// of their files that is not what it was.
    pub(crate) fn located(&self) -> Option<Result<(RunConfig, Vec<String>), CliError>> {
        let run = self.run.clone()?;
        Some(run.located(&self.path, &MovedArgs::default()))
    }

    /// The number of columns of the data that the model is for.
    pub fn num_columns(&self) -> usize {
        match &self.network {
            // A label beside the first layer is no column.
            Some(network) => network.up.widths()[0],
            None => self.rbm.num_visible(),
        }
    }

    /// The rows asked for, which have a column for each visible unit.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where nothing says which data, or they do not fit.
    pub fn rows(&self, args: &RowsArgs, quiet: bool) -> Result<Rows, CliError> {
        let here;
        let run = match (&self.run, &args.data) {
            (Some(run), None) => {
                let mut run = run.clone();
                // Other labels are not those of the run.
                if args.labels.is_some() {
                    (run.labels, run.digests.labels) = (None, None);
                }
                let moved = MovedArgs {
                    data_dir: args.data_dir.clone(),
                    ..MovedArgs::default()
                };
                here = run.noted(&self.path, &moved)?;
                Some(&here)
            }
            (run, _) => run.as_ref(),
        };
        let source = match (&args.data, run) {
            (Some(source), _) => source,
            (None, Some(run)) => &run.data,
            (None, None) => {
                return Err(CliError::bad_input(
                    "a model alone does not say what data it is for: give --data mnist, digits, \
                     bas4 or a file",
                ));
            }
        };
        let dir = args
            .data_dir
            .as_deref()
            .or(run.and_then(|run| run.data_dir.as_deref()));
        let labels = match &args.data {
            Some(_) => args.labels.as_deref(),
            None => args
                .labels
                .as_deref()
                .or(run.and_then(|run| run.labels.as_deref())),
        };
        args.read.check(args.labels.as_deref())?;
        let (loaded, mut table) = self.table(source, dir, labels, args, quiet)?;
        if self.all_rows && args.data.is_none() {
            table.train_rows.append(&mut table.validation_rows);
        }
        let (expected, found) = (self.num_columns(), table.train.num_visible());
        if expected != found {
            return Err(CliError::BadInput(format!(
                "the model has {expected} visible units, and {source} has {found} columns: give \
                 the data that it is for"
            )));
        }
        let part = args.split.unwrap_or(match &args.data {
            Some(Source::File(_)) => Part::All,
            _ => Part::Test,
        });
        let (indices, from_test) = match part {
            Part::Train => (table.train_rows.clone(), false),
            Part::Validation => (table.validation_rows.clone(), false),
            Part::Test => (table.test_rows.clone(), table.test.is_some()),
            Part::All => (all_rows(&table.train), false),
        };
        if indices.is_empty() {
            return Err(CliError::bad_input(
                "these data have no rows in that part; choose another --split",
            ));
        }
        let wanted = Wanted {
            asked: Asked {
                scale: args.scale,
                binarise: args.binarise,
            },
            stored: self.preparation,
            usual: Binarise::Threshold,
            units: self.rbm.config().visible,
            purpose: match run {
                Some(run) if args.data.is_none() || run.data.is(source) => Purpose::Trained,
                _ => Purpose::Shown,
            },
        };
        let (table, Preparation { binarise, .. }) = prepare(&wanted, table, from_test, quiet)?;
        let rows = Rows {
            source: loaded,
            table,
            indices,
            from_test,
            binarisation: binarise.into(),
            seed: 0,
        };
        // Every value is looked at once, before any work is done on some of them.
        rows.batches(rows.dataset(), &rows.indices)?;
        Ok(rows)
    }

    /// The data, read as those of the run were unless the options say something else.
    fn table(
        &self,
        source: &Source,
        dir: Option<&Path>,
        labels: Option<&Path>,
        args: &RowsArgs,
        quiet: bool,
    ) -> Result<(Source, Table), CliError> {
        let of_run = self.run.as_ref().map(|run| run.read.clone());
        let stored = of_run
            .filter(|_| matches!(source, Source::File(_)))
            .unwrap_or_default();
        let read_as =
            |read: &ReadOptions| load(source, dir, labels, read, Residence::BySize, quiet);
        let found = read_as(&args.read.over(&stored));
        let visible = self.num_columns();
        let fits = |loaded: &Result<(Source, Table), CliError>| {
            loaded
                .as_ref()
                .is_ok_and(|(_, table)| table.train.num_visible() == visible)
        };
        if fits(&found) || args.data.is_none() || !args.read.is_empty() || stored.is_empty() {
            return found;
        }
        // Other rows may be without labels and without the columns that were left out.
        let bare = read_as(&ReadOptions {
            transpose: stored.transpose,
            ..ReadOptions::default()
        });
        if !fits(&bare) {
            return found;
        }
        if !quiet {
            errln!(
                "note: {source} has a column for each visible unit: --label-column and --drop of the run are \
                 not applied to it"
            );
        }
        bare
    }

    /// How a row of the visible units is shown.
    pub fn image_shape(&self, data: Option<&Dataset>) -> ImageShape {
        let shape = match (data.and_then(Dataset::image_shape), &self.run) {
            (Some(shape), _) => Some(shape),
            (None, Some(run)) => match run.data {
                Source::Mnist => Some([28, 28]),
                Source::Digits => Some([8, 8]),
                Source::Bas4 => Some([4, 4]),
                _ => None,
            },
            _ => None,
        };
        match shape {
            Some([height, width]) if height * width == self.num_columns() => {
                ImageShape::new(height, width)
            }
            _ => ImageShape::near_square(self.num_columns()),
        }
    }
}

/// The file with the model of the best epoch of the run in a folder.
pub(crate) fn best_of(run: &Path) -> Result<PathBuf, CliError> {
    let file = run.join(RunFolder::BEST);
    if !RunFolder::is_run(run) {
        return Err(CliError::BadInput(format!(
            "{}: --best expects the folder of a run, and this is none",
            run.display()
        )));
    }
    if !file.is_file() {
        return Err(CliError::BadInput(format!(
            "{}: no {} in it; a run that measures a likelihood leaves one with its first checkpoint",
            run.display(),
            RunFolder::BEST
        )));
    }
    Ok(file)
}

/// The model of the newest whole checkpoint of the run in a folder.
pub(crate) fn last_of(run: &Path, device: &Device) -> Result<Rbm, CliError> {
    Ok(last_checkpoint(run, device)?.0.model())
}

/// The newest whole checkpoint of the run in a folder, with its file.
pub(crate) fn last_checkpoint(run: &Path, device: &Device) -> Result<(Trainer, PathBuf), CliError> {
    if !RunFolder::is_run(run) {
        return Err(CliError::BadInput(format!(
            "{}: --last expects the folder of a run, and this is none",
            run.display()
        )));
    }
    let files = RunFolder::rotation_of(run, u8::MAX).existing();
    let load = |path: &PathBuf| checkpoint::load(path, device).map(|found| (found, path.clone()));
    let mut found = files.iter().map(load);
    let newest = found.next().unwrap_or_else(|| {
        let expected = "a checkpoint of the run";
        Err(StoreError::content(run, expected, "none"))
    });
    let whole = newest.or_else(|error| found.find_map(Result::ok).ok_or(error));
    whole.map_err(CliError::bad_input)
}

/// Rows that are on the device at a time.
const BLOCK: usize = 1000;

impl Rows {
    /// The same rows, with other draws where they are binarised by drawing.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The data set that the rows belong to.
    pub fn dataset(&self) -> &Dataset {
        if self.from_test {
            self.table.judged()
        } else {
            &self.table.train
        }
    }

    /// The labels of the rows, where the data have them.
    pub fn labels(&self) -> Option<Vec<u8>> {
        self.labels_of(&self.indices)
    }

    /// The labels of some of the rows, where the data have them.
    pub fn labels_of(&self, rows: &[u32]) -> Option<Vec<u8>> {
        let labels = self.dataset().labels()?;
        let label = |&index: &u32| labels[index as usize];
        Some(rows.iter().map(label).collect())
    }

    /// At most `count` of the rows, [drawn](subset) by the seed: the first rows of a table are no
    /// sample of it where the table is sorted.
    pub fn subset(&self, count: usize) -> Vec<u32> {
        subset(&self.indices, count, self.seed)
    }

    /// The names of the classes of the rows, where the data have them.
    pub fn label_names(&self) -> Option<Vec<&str>> {
        let data = self.dataset();
        let (labels, names) = (data.labels()?, data.class_names()?);
        let name = |&index: &u32| names[usize::from(labels[index as usize])].as_str();
        Some(self.indices.iter().map(name).collect())
    }

    /// All rows as one tensor `[rows, visible]`.
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] where the values do not suit the binarisation.
    pub fn tensor(&self, device: &Device) -> Result<Tensor<2>, CliError> {
        self.tensor_of(&self.indices, device)
    }

    /// Some of the rows as one tensor.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub fn tensor_of(&self, rows: &[u32], device: &Device) -> Result<Tensor<2>, CliError> {
        self.as_shown(self.dataset(), rows, device)
    }

    /// Rows of any data set as one tensor, binarised as these rows are.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub fn as_shown(
        &self,
        set: &Dataset,
        rows: &[u32],
        device: &Device,
    ) -> Result<Tensor<2>, CliError> {
        self.batches(set, rows)?
            .try_rows_tensor(rows, 0, device)
            .map_err(CliError::bad_input)
    }

    /// Whether they are rows of a test set that has files of its own.
    pub fn is_test_set(&self) -> bool {
        self.from_test && self.table.test.is_some()
    }

    /// `map` of blocks of the rows, one after the other: `[rows, visible]` to `[rows, n]`.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub fn map(
        &self,
        device: &Device,
        mut map: impl FnMut(Tensor<2>) -> Tensor<2>,
    ) -> Result<Vec<f32>, CliError> {
        let batches = self.batches(self.dataset(), &self.indices)?;
        let mut all = Vec::new();
        for rows in self.indices.chunks(BLOCK) {
            let rows = batches.try_rows_tensor(rows, 0, device);
            all.extend(to_f32(map(rows.map_err(CliError::bad_input)?)));
        }
        Ok(all)
    }

    fn batches(&self, set: &Dataset, rows: &[u32]) -> Result<Batches, CliError> {
        Batches::new(set, rows, BLOCK, self.binarisation, self.seed).map_err(CliError::bad_input)
    }
}
