//! The loop over epochs.

use burn::data::dataloader::DataLoader;
use rbm_train::{Ending, internal::on_workers};

use super::UpDown;
use crate::{BatchLoader, DataRows, DbnError};

/// Trains by contrastive wake-sleep until the configured number of epochs is done or `stop` says so,
/// from wherever the run is: at the beginning, or in the middle of an epoch that it was
/// [saved](UpDown::save) in.
///
/// `stop` is asked between updates; `on_epoch` is called after each epoch, and once more where the
/// run is stopped, so it is the place to save it.
///
/// ```
/// use burn::tensor::Device;
/// use dbn::{DataRows, Dbn, UntiedDbn, UpDown, UpDownConfig, up_down};
/// use rbm_data::{Binarisation, digits};
/// use rbm_model::{Noise, RbmConfig};
///
/// let rows = DataRows::new(digits(), (0..200).collect(), Binarisation::Stochastic)?;
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(64, 20), layer(20, 10)])?;
/// let config = UpDownConfig { epochs: 2, ..UpDownConfig::default() };
/// let mut run = UpDown::new(config, &UntiedDbn::from(&dbn), rows.len())?;
/// up_down(&mut run, &rows, &|| false, &mut |_| Ok(()))?;
/// assert_eq!(run.history().len(), 2);
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # Errors
///
/// [`DbnError`] where the rows do not fit the network or the run, a label is missing or no class, a
/// loss is no number any more, or as `on_epoch` says.
pub fn up_down(
    run: &mut UpDown,
    rows: &DataRows,
    stop: &(dyn Fn() -> bool + Sync),
    on_epoch: &mut (dyn FnMut(&UpDown) -> Result<(), DbnError> + Send),
) -> Result<Ending, DbnError> {
    rows.check_columns(run.network.num_visible())?;
    if let Some(classes) = run.network.classes() {
        rows.check_classes(classes)?;
    }
    if rows.len() != run.rows {
        return Err(DbnError::Rows {
            data: rows.name().to_owned(),
            expected: run.rows,
            found: rows.len(),
        });
    }
    let weights = run.network.layers.iter().map(|layer| &layer.recognition);
    let largest = weights
        .chain([&run.network.top.weight])
        .map(|weight| weight.val().shape().num_elements())
        .max()
        .unwrap_or(0);
    let (device, terms) = (run.device(), run.config.batch_size * largest);
    on_workers(&device, terms, || epochs(run, rows, stop, on_epoch))
}

fn epochs(
    run: &mut UpDown,
    rows: &DataRows,
    stop: &dyn Fn() -> bool,
    on_epoch: &mut dyn FnMut(&UpDown) -> Result<(), DbnError>,
) -> Result<Ending, DbnError> {
    let loader = BatchLoader::new(
        Some(rows.clone()),
        run.config.batch_size,
        run.config.seed,
        run.epoch,
        &run.device(),
    );
    while run.epoch < run.config.epochs {
        let done = run.batch;
        for batch in loader.iter().skip(done) {
            if stop() {
                on_epoch(run)?;
                return Ok(Ending::Interrupted);
            }
            run.step(batch.map_err(|error| DbnError::Learner(error.to_string()))?)?;
        }
        on_epoch(run)?;
    }
    Ok(Ending::Finished)
}
