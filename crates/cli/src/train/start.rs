//! The trainer that a run goes on with.

use burn::tensor::Device;
use burnzmann::train::{Recovered, Rotation, Trainer};

use crate::CliError;

/// The trainer of the newest whole checkpoint; none where there is no checkpoint yet.
pub(super) fn newest(checkpoints: &Rotation, device: &Device) -> Result<Option<Trainer>, CliError> {
    let found = checkpoints.load(device).map_err(|error| {
        CliError::BadInput(format!(
            "{error}; no other checkpoint of this run is whole, and without any of them it starts \
             over"
        ))
    })?;
    let Some(Recovered {
        trainer,
        path,
        damaged,
        ..
    }) = found
    else {
        return Ok(None);
    };
    for error in damaged {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        errln!(
            "note: {error}; going on from {name}, at update {}",
            trainer.steps()
        );
    }
    Ok(Some(trainer))
}
