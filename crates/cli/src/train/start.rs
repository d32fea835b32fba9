//! The trainer that a run begins or goes on with.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor};
use burnzmann::data::{Batches, DataError};
use burnzmann::model::{DataStatistics, Noise, Rbm, units::UnitsConfig};
use burnzmann::train::{Recovered, Rotation, Trainer};

use crate::{CliError, RunConfig};

/// The stream of random numbers that the first weights are drawn from.
const START: u64 = 2;

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

/// A new trainer, from the parameters of `first` where there is such a model, and one that can be trained as
/// the configuration says.
pub(super) fn new(
    config: &RunConfig,
    train: &Batches,
    first: Option<Rbm>,
    device: &Device,
) -> Result<Trainer, CliError> {
    let rbm = match first {
        Some(rbm) => rbm.to_device(device).map(&mut Single),
        None => {
            let statistics =
                statistics(train, config.model.visible, device).map_err(CliError::bad_input)?;
            let mut noise = Noise::new(config.train.seed).derive(START);
            config.model.init_from(&statistics, &mut noise, device)
        }
    };
    let possible = config.train.algorithm.check_model(&rbm.config());
    possible.map_err(CliError::bad_input)?;
    Trainer::new(config.train.clone(), rbm, train.len()).map_err(CliError::bad_input)
}

/// Parameters of other programs may be doubles.
struct Single;

impl ModuleMapper for Single {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| tensor.cast(DType::F32))
    }
}

/// The means and variances that the visible units start with: zeros and ones have p (1 - p).
fn statistics(
    train: &Batches,
    units: UnitsConfig,
    device: &Device,
) -> Result<DataStatistics, DataError> {
    let means = train.try_column_means()?;
    let mut statistics = DataStatistics::of_rates(&means);
    if !units.support().is_zero_one() {
        statistics.variance = variances(train, &statistics.mean, device)?;
    }
    Ok(statistics)
}

fn variances(train: &Batches, mean: &[f64], device: &Device) -> Result<Vec<f64>, DataError> {
    let mut sums = vec![0.0; mean.len()];
    for rows in train.rows().chunks(1000) {
        let block = train.try_rows_tensor(rows, 0, device)?;
        for row in crate::subject::values(block).chunks_exact(mean.len()) {
            for ((sum, &x), mean) in sums.iter_mut().zip(row).zip(mean) {
                *sum += (f64::from(x) - mean).powi(2);
            }
        }
    }
    let count = train.rows().len() as f64;
    Ok(sums.iter().map(|sum| sum / count).collect())
}
