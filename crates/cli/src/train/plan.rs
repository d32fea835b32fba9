//! From options and a file to the configuration of a run.

use std::path::PathBuf;

use burn::tensor::Device;
use burnzmann::data::ReadOptions;
use burnzmann::internal::{Asked, affordable, default_hidden};
use burnzmann::model::{Rbm, RbmConfig, units::UnitsConfig};
use burnzmann::train::{
    Algorithm, LEAST_UPDATES, LearningRate, OptimizerConfig, Schedule, TrainConfig, default_epochs,
};
use burnzmann::{Binarise, Preparation};

use super::{
    HiddenUnits, TrainArgs,
    args::with_chains,
    config_file::{ConfigFile, ModelTable},
};
use crate::{CliError, Digests, FirstModel, RunConfig, Source};

/// Options over a file over the defaults, before the data are known.
pub(super) struct Plan<'a> {
    args: &'a TrainArgs,
    file: ConfigFile,
    /// Which data.
    pub(super) source: Source,
    /// Where their files are.
    pub(super) data_dir: Option<PathBuf>,
    /// Where their labels are.
    pub(super) labels: Option<PathBuf>,
    /// How their file is read.
    pub(super) read: ReadOptions,
    /// Which model the run begins from, and what it is.
    first: Option<(FirstModel, RbmConfig)>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(args: &'a TrainArgs) -> Result<Self, CliError> {
        let file = match &args.config {
            Some(path) => ConfigFile::read(path)?,
            None => ConfigFile::default(),
        };
        Self::over(args, file)
    }

    /// The options over the content of a file.
    pub(super) fn over(args: &'a TrainArgs, file: ConfigFile) -> Result<Self, CliError> {
        let source = match &args.data.data {
            Some(source) => source.clone(),
            None => file.source()?.unwrap_or(Source::Auto),
        };
        args.data.read.check(args.data.labels.as_deref())?;
        // A column that is given takes the place of a file that was named before.
        let before = file
            .labels
            .clone()
            .filter(|_| args.data.read.label_column.is_none());
        Ok(Self {
            source,
            data_dir: args.data.data_dir.clone().or(file.data_dir.clone()),
            labels: args.data.labels.clone().or(before),
            read: args.data.read.over(&file.read),
            first: None,
            args,
            file,
        })
    }

    /// Loads the model that the run begins from, where it begins from one.
    pub(super) fn first(&mut self, device: &Device) -> Result<Option<Rbm>, CliError> {
        let named = self.args.start.as_deref().map(FirstModel::at);
        let Some(mut first) = named.or_else(|| self.file.start.clone()) else {
            return Ok(None);
        };
        let rbm = first.load(device)?;
        self.first = Some((first, rbm.config()));
        Ok(Some(rbm))
    }

    /// Whether the file is the record of a run that had other plans before, which no new run repeats.
    pub(super) fn was_replanned(&self) -> bool {
        !self.file.earlier.is_empty()
    }

    /// The configuration for data of this size, every field checked: so many rows to train on, and
    /// whether others are held out.
    pub(super) fn config(
        &self,
        source: &Source,
        visible: usize,
        rows: usize,
        held_out: bool,
    ) -> Result<RunConfig, CliError> {
        let train = self.train(rows)?;
        train.validate().map_err(CliError::bad_input)?;
        let table = self.model();
        if let Some(stated) = table.num_visible.filter(|&stated| stated != visible) {
            return Err(CliError::BadInput(format!(
                "model.num_visible is {stated}: the data have {visible} columns; leave it out, or \
                 give the data that it is for"
            )));
        }
        let hidden = table.num_hidden;
        let model = match &self.first {
            Some((first, found)) => self.begun_from(first, found, visible, hidden)?,
            None => {
                let default = || default_hidden(visible, rows, held_out);
                RbmConfig::new(visible, hidden.unwrap_or_else(default))
                    .with_visible(table.visible.unwrap_or_default())
                    .with_hidden(table.hidden.unwrap_or_default())
            }
        };
        let model = model.with_weight(table.weight);
        model.validate().map_err(CliError::bad_input)?;
        let watch = self.file.watch().over(&self.args.watch);
        watch.validate()?;
        affordable(&model, &train, rows)?;
        Ok(RunConfig {
            burnzmann: env!("CARGO_PKG_VERSION").to_owned(),
            data: source.clone(),
            data_dir: self.data_dir.clone(),
            labels: self.labels.clone(),
            digests: Digests::default(),
            read: self.read.clone(),
            // Known once the data are.
            scale: None,
            binarise: Preparation::binarise(
                self.asked().binarise,
                None,
                model.visible,
                Binarise::Threshold,
            ),
            model,
            train,
            start: self.first.as_ref().map(|(first, _)| first.clone()),
            watch,
            earlier: Vec::new(),
            ended: None,
        })
    }

    /// The model of the file, with the options over it.
    fn model(&self) -> ModelTable {
        let mut table = self.file.model.clone();
        table.visible = self.args.visible.or(table.visible);
        if let Some(HiddenUnits { kind, count }) = self.args.hidden {
            table.hidden = kind.or(table.hidden);
            table.num_hidden = Some(count);
        }
        table
    }

    /// The shape and the units of the model that the run begins from, where they are those of the run.
    fn begun_from(
        &self,
        first: &FirstModel,
        found: &RbmConfig,
        visible: usize,
        hidden: Option<usize>,
    ) -> Result<RbmConfig, CliError> {
        let table = self.model();
        let units = |stated: Option<UnitsConfig>, found: UnitsConfig| {
            (
                format!("{:?}", stated.unwrap_or(found)),
                format!("{found:?}"),
            )
        };
        let numbers = |stated: usize, found: usize| (stated.to_string(), found.to_string());
        let pairs = [
            ("visible units", numbers(visible, found.num_visible)),
            (
                "hidden units",
                numbers(hidden.unwrap_or(found.num_hidden), found.num_hidden),
            ),
            (
                "visible units of the kind",
                units(table.visible, found.visible),
            ),
            (
                "hidden units of the kind",
                units(table.hidden, found.hidden),
            ),
        ];
        for (what, (expected, found)) in pairs {
            if expected != found {
                return Err(CliError::BadInput(format!(
                    "{}: the model to start from has {found} {what}, and the run has {expected}; \
                     give the data that the model is for, and leave out --visible, --hidden and the table [model]",
                    first.model.display()
                )));
            }
        }
        Ok(found.clone())
    }

    /// What is said of the values.
    pub(super) fn asked(&self) -> Asked {
        let Asked { scale, binarise } = self.args.data.asked();
        Asked {
            scale: scale.or(self.file.scale),
            binarise: binarise.or(self.file.binarise),
        }
    }

    fn train(&self, rows: usize) -> Result<TrainConfig, CliError> {
        let (args, base) = (self.args, &self.file.train);
        let batch_size = args.batch.unwrap_or(base.batch_size);
        let stated = self.file.has_epochs.then_some(base.epochs);
        Ok(TrainConfig {
            algorithm: self.algorithm()?,
            optimizer: self.optimizer()?,
            learning_rate: self.learning_rate(),
            l1: args.l1.unwrap_or(base.l1),
            l2: args.l2.unwrap_or(base.l2),
            centring: base.centring.filter(|_| !args.no_centring),
            batch_size,
            epochs: args
                .epochs
                .or(stated)
                .unwrap_or_else(|| default_epochs(base.epochs, LEAST_UPDATES, rows, batch_size)),
            seed: args.seed.unwrap_or(base.seed),
            // A new run has its first rate at its beginning, whatever the file is the record of.
            learning_rate_since: 0,
            ..base.clone()
        })
    }

    fn algorithm(&self) -> Result<Algorithm, CliError> {
        let (args, mut of_file) = (self.args, self.file.train.algorithm.clone());
        let mut algorithm = match &args.algorithm {
            // What both have is as the file says, where it says anything.
            Some(named) if !self.file.has_algorithm => named.clone(),
            Some(named) if named.name() != of_file.name() => {
                named.clone().with_settings_of(&mut of_file)
            }
            _ => of_file,
        };
        if let (Some(k), Some(sweeps)) = (args.k, algorithm.sweeps()) {
            *sweeps = Schedule::Constant(k);
        }
        if args.chains.is_some() {
            let Some(chains) = algorithm.chains() else {
                return Err(CliError::BadInput(format!(
                    "--chains goes with --algorithm {}, and this is {}",
                    with_chains().join(" or "),
                    algorithm.name()
                )));
            };
            *chains = args.chains;
        }
        Ok(algorithm)
    }

    fn optimizer(&self) -> Result<OptimizerConfig, CliError> {
        match (self.args.momentum, &self.file.train.optimizer) {
            (None, optimizer) => Ok(optimizer.clone()),
            (Some(momentum), OptimizerConfig::Sgd { .. }) => Ok(OptimizerConfig::Sgd {
                momentum: Schedule::Constant(momentum),
            }),
            (Some(_), _) => Err(CliError::bad_input(
                "--momentum goes with the optimizer sgd, and the configuration names another",
            )),
        }
    }

    /// Another first rate keeps the way in which it falls.
    fn learning_rate(&self) -> LearningRate {
        let mut rate = self.file.train.learning_rate;
        let first = rate.first_mut();
        *first = self.args.lr.unwrap_or(*first);
        if self.args.constant_lr {
            return LearningRate::Constant { rate: *first };
        }
        rate
    }
}

#[cfg(test)]
mod tests {
    use burnzmann::train::Pcd;
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        train: TrainArgs,
    }

    fn config(toml: &str, words: &[&str]) -> Result<RunConfig, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        std::fs::write(&path, toml).unwrap();
        let all = ["burnzmann", "--config", path.to_str().unwrap()];
        let args = Cli::parse_from(all.iter().chain(words)).train;
        let plan = Plan::new(&args).map_err(|error| error.to_string())?;
        plan.config(&plan.source, 64, 1000, true)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn options_override_the_file_and_the_file_the_defaults() {
        let toml = "data = \"digits\"\nbinarise = \"none\"\n[model]\nnum_hidden = 7\n[train]\nseed = 5\n\
                    algorithm = { kind = \"cd\", k = 3 }\n\
                    learning_rate = { kind = \"cosine\", from = 0.2, to = 0.01 }";
        let plain = config(toml, &[]).unwrap();
        assert_eq!((plain.model.num_hidden, plain.train.seed), (7, 5));
        // Without a number of epochs anywhere, few data make many of them.
        assert_eq!((plain.train.epochs, plain.binarise), (500, Binarise::None));
        let words = [
            "--hidden",
            "9",
            "--lr",
            "0.1",
            "--algorithm",
            "pcd",
            "--batch",
            "10",
        ];
        let over = config(toml, &words).unwrap();
        let expected = TrainConfig {
            algorithm: Pcd {
                k: Schedule::Constant(3),
                chains: None,
            }
            .into(),
            learning_rate: LearningRate::Cosine {
                from: 0.1,
                to: 0.01,
            },
            batch_size: 10,
            epochs: 50,
            seed: 5,
            ..TrainConfig::default()
        };
        assert_eq!((over.model.num_hidden, over.train), (9, expected));
    }

    /// An algorithm that is asked for has the file's settings where it states any, and else its own.
    #[test]
    fn an_algorithm_has_its_own_defaults_where_the_file_states_none() {
        for mut usual in Algorithm::all() {
            let words = ["--hidden", "8", "--algorithm", usual.name()];
            let silent = config("data = \"digits\"\n[train]\nseed = 5", &words).unwrap();
            assert_eq!(silent.train.algorithm, usual);
            let stated = "data = \"digits\"\n[train]\nalgorithm = { kind = \"cd\", k = 3 }";
            let mut stated = config(stated, &words).unwrap().train.algorithm;
            let k = stated.sweeps().map(|k| k.at(0));
            assert_eq!(k, usual.sweeps().map(|_| 3), "{}", usual.name());
        }
    }

    #[test]
    fn options_that_do_not_go_with_the_file_are_refused() {
        let cases: [(&str, &[&str], &str); 8] = [
            (
                "[train]\noptimizer = { kind = \"adam\" }",
                &["--momentum", "0.5"],
                "--momentum",
            ),
            (
                "[train]\nalgorithm = { kind = \"exact\" }",
                &["--chains", "5"],
                "--chains",
            ),
            ("[model]\nnum_visible = 63", &[], "model.num_visible is 63"),
            ("[train]\ncentring = 2.0", &[], "centring is 2"),
            (
                "",
                &["--hidden", "10000000"],
                "model.num_hidden: the weights",
            ),
            (
                "",
                &["--batch", "10000000"],
                "batch_size: a batch or its chains",
            ),
            ("", &["--batch", "1000000000"], "batch_size is 1000000000"),
            (
                "",
                &["--algorithm", "exact", "--hidden", "30"],
                "30 hidden units; estimate log Z",
            ),
        ];
        for (toml, words, message) in cases {
            let error = config(toml, words).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn real_valued_visible_units_are_given_the_levels_as_they_are() {
        let toml = "[model]\nvisible = { kind = \"gaussian\" }";
        assert_eq!(config(toml, &[]).unwrap().binarise, Binarise::None);
        let words = ["--binarise", "threshold"];
        assert_eq!(config(toml, &words).unwrap().binarise, Binarise::Threshold);
    }
}
