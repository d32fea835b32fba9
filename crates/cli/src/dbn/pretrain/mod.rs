//! Greedy training.

mod args;
mod pictures;
mod standard;
mod watch;

pub use args::PretrainArgs;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use burn::tensor::Device;
use burnzmann::data::{Batches, Dataset, ReadOptions};
use burnzmann::dbn::Pretrainer;
use burnzmann::internal::{Asked, Purpose, Wanted};
use burnzmann::model::{Rbm, store::write_atomic, units::UnitsConfig};
use burnzmann::train::{Ending, EpochReport};
use burnzmann::{Binarise, Preparation, Residence, Table};
use serde_json::json;

use super::run::{DbnRunConfig, failure, save};
use crate::{
    CliError, FirstModel, RunFolder, Source, interrupt,
    run::DataRecord,
    table::{load, prepare},
    train,
};
use pictures::draw;
use watch::Watch;

/// The folder of the greedy training.
const LAYERS: &str = "layers";

/// The folder that the network is in.
pub(super) fn pretrain(args: &PretrainArgs) -> Result<PathBuf, CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let mut trained = Vec::new();
    let (folder, config, table) = match &args.resume {
        Some(root) => {
            let known = ["resume", "data", "data_dir", "labels", "device", "quiet"];
            args.given.only(&known, "a run that goes on")?;
            let moved = args.data.moved();
            let mut config = DbnRunConfig::read(root)?.unchanged(root, &moved)?;
            if let Some(first) = &mut config.first
                && !root.join(LAYERS).join("pretrain.json").is_file()
            {
                trained.push(first.load(&device)?);
            }
            let mut table = config.table(Asked::default(), args.quiet)?;
            // A file that was moved may have another name; that it is the same was seen.
            if let Ok(name) = Pretrainer::data_name(&root.join(LAYERS)) {
                table.train = table.train.with_name(name);
            }
            let folder = RunFolder::open(root)?;
            if moved.is_given() {
                config.write(&folder)?;
            }
            (folder, config, table)
        }
        None => {
            let data = &args.data;
            data.read.check(data.labels.as_deref())?;
            let source = data.data.clone().unwrap_or(Source::Auto);
            let dir = data.data_dir.as_deref();
            let (source, table) = load(
                &source,
                dir,
                data.labels.as_deref(),
                &data.read.over(&ReadOptions::default()),
                Residence::Memory,
                args.quiet,
            )?;
            let first = args.first.as_deref();
            let first = first.map(|path| First::open(path, args.last, &device));
            let first = first.transpose()?;
            let (table, mut config) = prepared(args, &source, table, first.as_ref())?;
            if let Some(First { rbm, record, .. }) = first {
                config.network.accepts(1, &rbm).map_err(failure)?;
                trained.push(rbm);
                config.first = Some(record);
            }
            // Everything is looked at before a folder is made.
            let (rows, binarisation) = (config.rows(&table), config.binarise.into());
            let network = config.network.clone();
            Pretrainer::new(network, &table.train, &rows, binarisation, &device)
                .map_err(failure)?;
            hint(&config, &table.train, &rows, &device)?;
            let out = args.out.clone();
            let out = out.unwrap_or_else(|| RunFolder::next_free(&source.name()));
            let config = config.remembered()?;
            let folder = RunFolder::create(&out)?;
            config.write(&folder)?;
            (folder, config, table)
        }
    };
    let rows = config.rows(&table);
    let mut run = trainer(
        args.resume.is_some(),
        trained,
        &folder,
        &config,
        &table.train,
        &rows,
        &device,
    )?;
    if config.best_epochs {
        run = run
            .with_held_out(&table.train, &table.validation_rows)
            .map_err(failure)?;
    }
    let mut watch = Watch::new(&config, args.quiet);
    let root = folder.root().display();
    watch.screen.line(&format!(
        "{}: {} rows of {} values, layers {:?} -> {root}",
        config.data,
        rows.len(),
        table.train.num_visible(),
        args_layers(&config),
    ));
    let stop = interrupt::interrupted()?;
    let ending = run.run(&mut [&mut watch], &|| stop.load(Ordering::Relaxed));
    watch.screen.close();
    if ending.map_err(failure)? == Ending::Interrupted {
        return Err(CliError::Interrupted(format!(
            "saved in layer {}; go on with `burnzmann dbn pretrain --resume {root}`",
            run.history().len() + 1
        )));
    }
    let dbn = run.dbn().map_err(CliError::failed)?;
    save(&dbn, &folder)?;
    let csv = csv_of_layers(run.history());
    write_atomic(&folder.path("metrics.csv"), csv.as_bytes()).map_err(CliError::failed)?;
    draw(&dbn, &table.train, &folder, &config).map_err(CliError::failed)?;
    watch.screen.line(&format!(
        "In {root}: dbn.safetensors, metrics.csv, filters-1.png and so on, generated.png"
    ));
    Ok(folder.root().to_owned())
}

/// The data as the network is trained on them, and its configuration.
fn prepared(
    args: &PretrainArgs,
    source: &Source,
    table: Table,
    first: Option<&First>,
) -> Result<(Table, DbnRunConfig), CliError> {
    let mut config = args.config(source, &table, first)?;
    let wanted = Wanted {
        asked: args.data.asked(),
        stored: first
            .and_then(|first| first.preparation)
            .map(|preparation| preparation.on(&table.train)),
        usual: Binarise::Stochastic,
        units: config.network.visible,
        purpose: Purpose::Training,
    };
    let (table, Preparation { scale, binarise }) = prepare(&wanted, table, false, args.quiet)?;
    (config.scale, config.binarise) = (scale, binarise);
    Ok((table, config))
}

/// Says where Gaussian units are given columns that they do not suit.
fn hint(
    config: &DbnRunConfig,
    data: &Dataset,
    rows: &[u32],
    device: &Device,
) -> Result<(), CliError> {
    if config.network.visible != (UnitsConfig::Gaussian { learn_sigma: false }) {
        return Ok(());
    }
    let batches = Batches::new(data, rows, 1000, config.binarise.into(), 0);
    if let Some(hint) = standard::hint(&batches.map_err(CliError::bad_input)?, device) {
        errln!("note: {hint}");
    }
    Ok(())
}

/// A trained model that becomes the first layer.
pub(super) struct First {
    pub(super) rbm: Rbm,
    record: FirstModel,
    /// How the rows that it was trained on were prepared, where that is known.
    preparation: Option<Preparation>,
}

impl First {
    fn open(path: &Path, last: bool, device: &Device) -> Result<Self, CliError> {
        let (record, rbm) = if last {
            FirstModel::last_at(path, device)?
        } else {
            let mut record = FirstModel::at(path);
            let rbm = record.load(device)?;
            (record, rbm)
        };
        Ok(Self {
            rbm,
            preparation: record.preparation()?,
            record,
        })
    }
}

/// A run at its beginning, or as its folder holds it.
fn trainer(
    resume: bool,
    trained: Vec<Rbm>,
    folder: &RunFolder,
    config: &DbnRunConfig,
    data: &Dataset,
    rows: &[u32],
    device: &Device,
) -> Result<Pretrainer, CliError> {
    let (layers, binarisation) = (folder.path(LAYERS), config.binarise.into());
    let notes = config.preparation().notes();
    let run = if resume && layers.join("pretrain.json").is_file() {
        Pretrainer::resume(&layers, data, rows, binarisation, device)
            .map(|run| run.with_notes(notes))
    } else {
        Pretrainer::new(config.network.clone(), data, rows, binarisation, device)
            .and_then(|run| run.with_trained(trained))
            .and_then(|run| run.with_notes(notes).in_folder(&layers))
    };
    let run = run.map_err(failure)?;
    let (stated, found) = (json!(config.network), json!(run.config()));
    match train::difference("network", &stated, &found) {
        None => Ok(run),
        Some((field, stated, found)) => Err(CliError::BadInput(format!(
            "{}: {field} is {stated}, and the run in the folder beside it was begun with {found}; write \
             {found} there again, or begin another run",
            folder.path("run.json").display()
        ))),
    }
}

fn args_layers(config: &DbnRunConfig) -> Vec<usize> {
    config
        .network
        .layers
        .iter()
        .map(|layer| layer.num_hidden)
        .collect()
}

fn csv_of_layers(history: &[Vec<EpochReport>]) -> String {
    let reports = history.iter().zip(1u32..).flat_map(|(layer, number)| {
        layer.iter().map(move |report| {
            let mut report = report.clone();
            report.insert("layer", f64::from(number));
            report
        })
    });
    train::metrics_csv(&reports.collect::<Vec<_>>())
}
