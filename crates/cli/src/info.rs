//! `burnzmann info`: what a file or a run holds.

use std::path::{Path, PathBuf};

use burnzmann::Residence;
use burnzmann::data::{Dataset, ReadOptions, Scale};
use burnzmann::model::store::{Archive, MODEL_FILE};
use burnzmann::train::{Best, checkpoint};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::{CliError, DbnRunConfig, ReadArgs, RunFolder, convert, dbn, table::say_notes};

/// The options of `burnzmann info`.
#[derive(Args, Clone, Debug)]
pub struct InfoArgs {
    /// A run folder (of a deep belief network as well), a model or checkpoint (.safetensors, .npz, .pt, .h5), or data (IDX, .npy, .npz, .csv,
    /// a folder of PNG images)
    #[arg(value_name = "FILE_OR_RUN")]
    pub path: PathBuf,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub read: ReadArgs,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
}

impl InfoArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann info runs/mnist-1                        how far a run is, and how it was begun
  burnzmann info runs/mnist-1/model.safetensors      the shapes in a model
  burnzmann info rows.csv --json                     rows, columns and range of a table";
}

/// Says what a file or a run holds.
///
/// # Errors
///
/// [`CliError::BadInput`] where it is nothing that this program reads.
pub fn info(args: &InfoArgs) -> Result<(), CliError> {
    let path = &args.path;
    let read = args.read.over(&ReadOptions::default());
    let found = if path.is_dir() {
        of_folder(path, &read)?
    } else if !Dataset::exists(path) {
        return Err(CliError::BadInput(format!(
            "{}: expected a file or a folder, found nothing",
            path.display()
        )));
    } else {
        of_file(path, &read)?
    };
    if args.json {
        outln!("{found}");
    } else {
        print("", &found);
    }
    Ok(())
}

fn of_folder(path: &Path, read: &ReadOptions) -> Result<Value, CliError> {
    if RunFolder::is_run(path) {
        return of_run(path);
    }
    let models = [MODEL_FILE, dbn::PRETRAINED].map(|name| path.join(name));
    if let Some(model) = models.iter().find(|model| model.is_file()) {
        of_archive(model)
    } else {
        of_data(path, read)
    }
}

fn of_run(root: &Path) -> Result<Value, CliError> {
    if DbnRunConfig::is_run(root) {
        return dbn::summary(root);
    }
    let config = RunFolder::read_config(root)?;
    let mut found = Map::new();
    found.insert("kind".into(), "run".into());
    found.insert("epochs".into(), config.train.epochs.into());
    let mut checkpoints = Vec::new();
    for path in RunFolder::rotation_of(root, u8::MAX).existing() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        checkpoints.push(match checkpoint::progress(&path) {
            Ok(progress) => {
                if !found.contains_key("epochs_done") {
                    found.insert("epochs_done".into(), progress.epoch.into());
                    found.insert("updates_done".into(), progress.step.into());
                    let last = progress.history.last();
                    let metrics = last.map(|report| json!(report.metrics));
                    found.insert("metrics".into(), metrics.unwrap_or_default());
                }
                json!({"file": name, "epoch": progress.epoch, "update": progress.step})
            }
            Err(error) => json!({"file": name, "damaged": error.to_string()}),
        });
    }
    found.insert("checkpoints".into(), checkpoints.into());
    let best = root.join(RunFolder::BEST);
    if best.is_file() {
        found.insert(
            "best".into(),
            match Best::read(&best) {
                Ok(best) => serde_json::to_value(best).map_err(CliError::failed)?,
                Err(error) => json!({"damaged": error.to_string()}),
            },
        );
    }
    let config = serde_json::to_value(config).map_err(CliError::failed)?;
    found.insert("config".into(), config);
    Ok(found.into())
}

fn of_file(path: &Path, read: &ReadOptions) -> Result<Value, CliError> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => of_archive(path),
        Some("pt" | "pth") => {
            let tensors = convert::read_torch(path)?;
            Ok(json!({"kind": "PyTorch tensors", "tensors": shapes(&tensors)}))
        }
        Some("h5" | "hdf5") => {
            let tensors = convert::read_hdf5(path)?;
            Ok(json!({"kind": "RBM of rbms, last update", "tensors": shapes(&tensors)}))
        }
        Some("npz") => {
            let arrays = burnzmann::data::npy::npz_shapes(path).map_err(CliError::bad_input)?;
            if ["indices", "indptr"]
                .iter()
                .all(|&name| arrays.contains_key(name))
            {
                return of_data(path, read);
            }
            let shapes = arrays.into_iter();
            let arrays: Map<String, Value> =
                shapes.map(|(name, shape)| (name, json!(shape))).collect();
            Ok(json!({"kind": "NumPy arrays", "arrays": arrays}))
        }
        // A table of data has other first bytes than a pickle.
        _ => convert::refuse_pickle(path).and_then(|()| of_data(path, read)),
    }
}

fn shapes(tensors: &convert::Tensors) -> Map<String, Value> {
    let shapes = tensors
        .iter()
        .map(|(name, data)| (name.clone(), json!(data.shape().as_slice())));
    shapes.collect()
}

fn of_archive(path: &Path) -> Result<Value, CliError> {
    let archive = Archive::load(path).map_err(CliError::bad_input)?;
    let header = archive.header();
    let kind = match header["format"].as_str() {
        Some("burnzmann-rbm") => "model",
        Some("burnzmann-checkpoint") => "checkpoint",
        Some("burnzmann-dbn") => "deep belief network",
        Some("burnzmann-untied-dbn") => "deep belief network of the up-down algorithm",
        Some("burnzmann-up-down") => "checkpoint of the up-down algorithm",
        Some("burnzmann-classifier") => "classifier",
        Some("burnzmann-autoencoder") => "autoencoder",
        Some(other) => other,
        None => "tensors of another program",
    };
    let mut found = Map::new();
    found.insert("kind".into(), kind.into());
    for key in ["epoch", "step"] {
        if let Some(value) = header.get(key) {
            found.insert(key.into(), value.clone());
        }
    }
    let (mut tensors, mut parameters) = (Map::new(), 0usize);
    for name in archive.names() {
        let shape = archive.shape(name).unwrap_or_default();
        let is_parameter = !kind.starts_with("checkpoint") || name.starts_with("model.");
        parameters += if is_parameter {
            shape.iter().product()
        } else {
            0
        };
        let dtype = archive.dtype(name).map(|dtype| format!("{dtype:?}"));
        tensors.insert(name.into(), json!({"shape": shape, "type": dtype}));
    }
    found.insert("parameters".into(), parameters.into());
    for key in ["model", "layers", "shape", "notes", "train"] {
        if let Some(value) = header.get(key) {
            found.insert(key.into(), value.clone());
        }
    }
    found.insert("tensors".into(), tensors.into());
    Ok(found.into())
}

fn of_data(path: &Path, read: &ReadOptions) -> Result<Value, CliError> {
    let data = Residence::BySize.open(path, read)?;
    say_notes(&data);
    let survey = data.survey();
    let distinct = match survey.distinct() {
        Some(count) => count.into(),
        None => Value::from("more than 256"),
    };
    Ok(json!({
        "kind": "data",
        "type": data.kind(),
        "rows": data.rows(),
        "columns": data.num_visible(),
        "image_shape": data.image_shape(),
        "classes": data.class_names().map(|names| names.join(", ")),
        "only_zeros_and_ones": survey.is_binary(Scale::NONE),
        "least": survey.least(),
        "largest": survey.largest(),
        "mean": survey.mean(),
        "distinct": distinct,
        "constant_columns": survey.constant_columns(),
        "scale_auto": data.scale().divisor(),
    }))
}

/// One line a value, with the way to it in front.
fn print(prefix: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let way = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                print(&way, value);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                print(&format!("{prefix}[{index}]"), item);
            }
        }
        Value::Null => {}
        Value::String(text) => outln!("{prefix}: {text}"),
        other => outln!("{prefix}: {other}"),
    }
}
