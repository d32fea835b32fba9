//! The trainer that a run begins with.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor};
use rbm_data::{Batches, DataError};
use rbm_model::{DataStatistics, Noise, Rbm, RbmConfig, numerics::to_f32, units::UnitsConfig};
use rbm_train::{TrainConfig, Trainer};

use crate::Error;

/// The stream of random numbers that the first weights are drawn from.
const START: u64 = 2;

/// A new trainer, from the parameters of `first` where there is such a model, and one that can be trained as
/// the configuration says.
pub(super) fn new(
    model: &RbmConfig,
    config: &TrainConfig,
    train: &Batches,
    first: Option<Rbm>,
    device: &Device,
) -> Result<Trainer, Error> {
    let rbm = match first {
        Some(rbm) => rbm.to_device(device).map(&mut Single),
        None => {
            let statistics = statistics(train, model.visible, device)?;
            let mut noise = Noise::new(config.seed).derive(START);
            model.init_from(&statistics, &mut noise, device)
        }
    };
    config.algorithm.check_model(&rbm.config())?;
    Ok(Trainer::new(config.clone(), rbm, train.len())?)
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
        let block = to_f32(train.try_rows_tensor(rows, 0, device)?);
        for row in block.chunks_exact(mean.len()) {
            for ((sum, &x), mean) in sums.iter_mut().zip(row).zip(mean) {
                *sum += (f64::from(x) - mean).powi(2);
            }
        }
    }
    let count = train.rows().len() as f64;
    Ok(sums.iter().map(|sum| sum / count).collect())
}
