//! Classes of rows.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor, activation::softmax};
use burnzmann::Binarise;
use burnzmann::dbn::{Dbn, DbnClassifier};
use clap::Args;

use super::{
    model::NetworkArgs,
    run::{self, DbnRunConfig, Network},
    tuning::{NAME, Place},
};
use crate::apply::{Kind, Output, table};
use crate::{CliError, ModelArgs, RowsArgs, Subject, out};

/// The options of `burnzmann dbn classify`.
#[derive(Args, Clone, Debug)]
pub struct ClassifyArgs {
    /// The folder of the network, or the file of one with label units
    #[arg(value_name = "RUN_OR_MODEL")]
    pub model: PathBuf,
    /// By the classifier that `finetune` left in this folder below RUN [default: classifier, where it is
    /// there; else by the label units of the top layer]
    #[arg(long, value_name = "NAME", conflicts_with = "network")]
    pub name: Option<PathBuf>,
    /// By the label units of this network
    #[arg(long, value_enum)]
    pub network: Option<Network>,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    /// Where to write: .csv (row, class, a probability for each class, and the label where the data have
    /// it) or .npy [rows, classes], the probabilities [default: CSV on standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

impl ClassifyArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann dbn classify runs/digits-1 --data new.csv --out classes.csv
  burnzmann dbn classify runs/digits-1 --split test | head          with the labels, to compare
  burnzmann dbn classify runs/digits-1 --network up-down            by the label units of that network";
}

/// What tells the class of a row.
enum Judge {
    Classifier(DbnClassifier),
    Labels(Dbn),
}

impl Judge {
    fn classes(&self) -> usize {
        match self {
            Self::Classifier(network) => network.num_classes(),
            Self::Labels(dbn) => dbn.classes().expect("it was chosen for having them"),
        }
    }

    /// The probability of each class, `[rows, classes]`.
    fn probabilities(&self, v: Tensor<2>) -> Result<Tensor<2>, CliError> {
        match self {
            Self::Classifier(network) => {
                let dtype = network.output.weight.val().dtype();
                Ok(softmax(network.logits(v.cast(dtype)), 1))
            }
            Self::Labels(dbn) => {
                let dtype = dbn.top().weight.val().dtype();
                let log_p = dbn.classify(v.cast(dtype)).map_err(CliError::bad_input)?;
                Ok(log_p.exp())
            }
        }
    }
}

pub(super) fn classify(args: &ClassifyArgs) -> Result<(), CliError> {
    let out = args.out.as_deref();
    let out = out
        .map(|path| Output::new(path, &[Kind::Csv, Kind::Npy]))
        .transpose()?;
    let model = ModelArgs {
        model: args.model.clone(),
        best: false,
        last: false,
        device: args.device.clone(),
    };
    let asked = NetworkArgs {
        layer: None,
        network: args.network,
    };
    let subject = Subject::open_with(&model, asked)?;
    let Some(network) = &subject.network else {
        return Err(CliError::BadInput(format!(
            "{}: expected a deep belief network, found an RBM, which knows no classes",
            args.model.display()
        )));
    };
    let is_run = DbnRunConfig::is_run(&args.model);
    let config = is_run.then(|| DbnRunConfig::read(&args.model));
    let config = config.transpose()?;
    let (judge, binarise, by) = judge(args, config.as_ref(), &network.up, &subject.device)?;
    let mut chosen = args.rows.clone();
    chosen.binarise = chosen.binarise.or(binarise);
    let rows = subject.rows(&chosen, false)?;
    // The first error ends it; blocks after that are not looked at.
    let mut failed = None;
    let classes = judge.classes();
    let found = rows.map(&subject.device, |v| match judge.probabilities(v.clone()) {
        Ok(probabilities) => probabilities,
        Err(error) => {
            failed.get_or_insert(error);
            v
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let count = rows.indices.len();
    let best: Vec<usize> = found.chunks_exact(classes).map(largest).collect();
    let name = |class| match &config {
        Some(config) => config.class_name(class),
        None => class.to_string(),
    };
    let names: Vec<String> = (0..classes).map(name).collect();
    let labels = rows.label_names();
    match &out {
        Some(out) if out.kind == Kind::Npy => out.write_array(found, &[count, classes])?,
        _ => {
            let mut head = vec!["row".to_owned(), "class".to_owned()];
            head.extend(names.iter().map(|name| format!("p_{name}")));
            head.extend(labels.is_some().then(|| "label".to_owned()));
            let records = found.chunks_exact(classes).enumerate().map(|(place, p)| {
                let mut record = vec![rows.indices[place].to_string(), names[best[place]].clone()];
                record.extend(p.iter().map(f32::to_string));
                record.extend(labels.as_ref().map(|labels| labels[place].to_string()));
                record
            });
            match &out {
                Some(out) => out.write_table(&head, records)?,
                None => out::bytes(&table(&head, records)),
            }
        }
    }
    if let Some(out) = out {
        outln!("{out}: {count} rows, {classes} classes");
    }
    errln!("classes by {by}");
    if let Some(labels) = labels {
        let pairs = best.iter().zip(&labels);
        let wrong = pairs.filter(|&(&class, &label)| names[class] != label);
        let share = wrong.count() as f64 / count as f64;
        errln!("wrong classes  {:.2} % of {count} rows", 100.0 * share);
    }
    Ok(())
}

/// What tells the classes, how its rows are binarised where nothing else is asked for, and its name.
fn judge(
    args: &ClassifyArgs,
    config: Option<&DbnRunConfig>,
    network: &Dbn,
    device: &Device,
) -> Result<(Judge, Option<Binarise>, String), CliError> {
    let root = &args.model;
    if let (Some(name), None) = (&args.name, config) {
        return Err(CliError::BadInput(format!(
            "--name {} is for the folder of a run, and {} is none",
            name.display(),
            root.display()
        )));
    }
    if let Some(config) = config
        && args.network.is_none()
    {
        let name = args.name.clone().unwrap_or_else(|| NAME.into());
        let place = Place::new(root, &name)?;
        if place.is_finished() {
            let classifier = place.classifier(device)?;
            let trained = place
                .tuning()?
                .map_or(config.binarise, |then| then.binarise);
            let by = place.path().display().to_string();
            return Ok((
                Judge::Classifier(classifier),
                Some(run::judged(trained)),
                by,
            ));
        }
        if args.name.is_some() || place.is_begun() && network.classes().is_none() {
            return Err(CliError::BadInput(format!(
                "{}: no finished classifier in it; `burnzmann dbn finetune {} --name {}` makes one (with \
                 --resume where it was begun)",
                place.path().display(),
                root.display(),
                name.display(),
            )));
        }
    }
    if network.classes().is_none() {
        return Err(CliError::BadInput(format!(
            "{}: this network knows no classes: make a classifier of it (`burnzmann dbn finetune RUN`), or \
             train one with label units in its top layer (`burnzmann dbn pretrain --classes`)",
            root.display()
        )));
    }
    let binarise = config.map(|config| config.judged(None));
    let by = format!("the label units of {}", root.display());
    Ok((Judge::Labels(network.clone()), binarise, by))
}

/// The place of the largest number.
fn largest(p: &[f32]) -> usize {
    let numbered = p.iter().enumerate();
    let best = numbered.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
    best.map_or(0, |(class, _)| class)
}
