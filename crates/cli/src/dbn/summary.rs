//! What the folder of a network holds, for `burnzmann info`.

use std::path::Path;

use burnzmann::train::checkpoint;
use serde_json::{Map, Value, json};

use super::{
    run::{DbnRunConfig, PRETRAINED, UP_DOWN},
    tuning::Place,
};
use crate::CliError;

/// The layers with how far each is trained, the networks and the classifiers that are there, and the
/// configuration.
pub(crate) fn summary(root: &Path) -> Result<Value, CliError> {
    let config = DbnRunConfig::read(root)?;
    let mut found = Map::new();
    found.insert("kind".into(), "run of a deep belief network".into());
    let finished = root.join(PRETRAINED).is_file();
    found.insert("finished".into(), finished.into());
    let network = &config.network;
    let layers = network.layers.iter().zip(1..);
    let layers = layers.map(|(layer, number)| {
        let shape = network.rbm(number);
        let folder = root.join("layers").join(format!("layer-{number}"));
        let mut of_layer = json!({
            "layer": number,
            "visible": shape.num_visible,
            "hidden": shape.num_hidden,
            "units": shape.visible.name(),
            "epochs": layer.train.epochs,
            "finished": finished || folder.join("model.safetensors").is_file(),
        });
        let checkpoint = folder.join("checkpoint.safetensors");
        if checkpoint.is_file() {
            match checkpoint::progress(&checkpoint) {
                Ok(progress) => {
                    of_layer["epochs_done"] = progress.epoch.into();
                    of_layer["updates_done"] = progress.step.into();
                    let last = progress.history.last();
                    of_layer["metrics"] = json!(last.map(|report| &report.metrics));
                }
                Err(error) => of_layer["damaged"] = error.to_string().into(),
            }
        }
        of_layer
    });
    found.insert("layers".into(), layers.collect());
    if let Some(classes) = network.classes {
        found.insert("classes".into(), classes.into());
    }
    found.insert("up_down".into(), root.join(UP_DOWN).is_file().into());
    found.insert("classifiers".into(), classifiers(root).into());
    let config = serde_json::to_value(config).map_err(CliError::failed)?;
    found.insert("config".into(), config);
    Ok(found.into())
}

/// The classifiers below a folder, by name.
fn classifiers(root: &Path) -> Vec<Value> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let places = names.iter().filter_map(|name| {
        let place = Place::new(root, Path::new(name)).ok()?;
        let name = name.to_string_lossy();
        place
            .is_begun()
            .then(|| json!({"name": name, "finished": place.is_finished()}))
    });
    places.collect()
}
