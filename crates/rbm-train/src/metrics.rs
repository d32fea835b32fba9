//! Cheap numbers about a model in training, each over a subset of the data.

use burn::tensor::Tensor;
use rbm_data::{Batches, DataError, SUBSET_SEED, subset};
use rbm_model::{Noise, Rbm, numerics::to_f64};

use crate::{EpochReport, Observer, Trainer};

/// The mean over rows and units of `(v - E[v | E[h | v]])²`. A small error does not mean a good
/// model: it says that the chain moves little in one step.
pub fn reconstruction_error(rbm: &Rbm, v: Tensor<2>) -> f64 {
    let mean = rbm.visible_mean(rbm.hidden_mean(v.clone()));
    to_f64((v - mean).square().mean())[0]
}

/// The mean free energy of the rows of `v`, in nats; only differences have a meaning.
pub fn mean_free_energy(rbm: &Rbm, v: Tensor<2>) -> f64 {
    let free = to_f64(rbm.free_energy(v));
    free.iter().sum::<f64>() / free.len() as f64
}

/// Measures a model at each epoch on fixed random subsets of the training and the validation rows,
/// equal in size so that their free energies compare.
///
/// Adds to the report: `reconstruction_error` (of the validation rows where there are any),
/// `free_energy_train`, `free_energy_validation` and their difference `free_energy_gap` (which grows
/// where the model overfits; G. E. Hinton, 2010, section 6), `hidden_activity` (the mean of
/// `E[h | v]`), and `weight_change` (`|ΔW| / |W|` of the epoch's last update; about 10⁻³ is usual).
///
/// ```
/// use rbm_data::{Batches, Binarisation, bars_and_stripes};
/// use rbm_train::metrics::Monitor;
///
/// let data = bars_and_stripes(4)?;
/// let rows: Vec<u32> = (0..32).collect();
/// let batches = Batches::new(&data, &rows[..24], 8, Binarisation::None, 1)?;
/// let validation = Batches::new(&data, &rows[24..], 8, Binarisation::None, 1)?;
/// let monitor = Monitor::new(&batches, Some(&validation));
/// assert_eq!(monitor.rows(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Monitor {
    train: Batches,
    validation: Option<Batches>,
    train_rows: Vec<u32>,
    validation_rows: Vec<u32>,
}

/// Rows in a subset.
const SUBSET: usize = 1000;

impl Monitor {
    /// A monitor of rows that are [drawn](subset) from both sets once, 1,000 of each at most.
    pub fn new(train: &Batches, validation: Option<&Batches>) -> Self {
        let shorter = validation.map_or(usize::MAX, |v| v.rows().len());
        let count = train.rows().len().min(shorter).min(SUBSET);
        let drawn = |batches: &Batches| subset(batches.rows(), count, SUBSET_SEED);
        Self {
            train: train.clone(),
            validation: validation.cloned(),
            train_rows: drawn(train),
            validation_rows: validation.map(drawn).unwrap_or_default(),
        }
    }

    /// The number of rows in each subset.
    pub fn rows(&self) -> usize {
        self.train_rows.len()
    }

    fn tensor(batches: &Batches, rows: &[u32], trainer: &Trainer) -> Result<Tensor<2>, DataError> {
        // The binarisation of epoch 0 throughout, so that a curve moves with the model alone.
        let dtype = trainer.model().weight.val().dtype();
        let rows = batches.try_rows_tensor(rows, 0, &trainer.device())?;
        Ok(rows.cast(dtype))
    }
}

impl Observer for Monitor {
    fn on_epoch(
        &mut self,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let rbm = trainer.model();
        let train = Self::tensor(&self.train, &self.train_rows, trainer)?;
        let free_energy_train = mean_free_energy(&rbm, train.clone());
        report.insert("free_energy_train", free_energy_train);
        let held_out = match &self.validation {
            Some(batches) => {
                let v = Self::tensor(batches, &self.validation_rows, trainer)?;
                let free_energy = mean_free_energy(&rbm, v.clone());
                report.insert("free_energy_validation", free_energy);
                report.insert("free_energy_gap", free_energy - free_energy_train);
                v
            }
            None => train.clone(),
        };
        report.insert("reconstruction_error", reconstruction_error(&rbm, held_out));
        let activity = to_f64(rbm.hidden_mean(train).mean())[0];
        report.insert("hidden_activity", activity);
        if let Some(change) = trainer.weight_change() {
            report.insert("weight_change", change);
        }
        Ok(())
    }
}

/// Draws of the model for pictures: the persistent chains where there are any, else chains from the
/// given rows, `sweeps` Gibbs sweeps on; means given the last hidden states, `[chains, visible]`.
pub fn fantasies(
    trainer: &Trainer,
    start: Tensor<2>,
    chains: usize,
    sweeps: usize,
    noise: &mut Noise,
) -> Tensor<2> {
    fantasies_of(&trainer.model(), trainer, start, chains, sweeps, noise)
}

/// As [`fantasies`], of a model that the trainer had at another epoch.
pub fn fantasies_of(
    rbm: &Rbm,
    trainer: &Trainer,
    start: Tensor<2>,
    chains: usize,
    sweeps: usize,
    noise: &mut Noise,
) -> Tensor<2> {
    use rbm_model::{
        sampling::{Gibbs, Kernel},
        units::UnitLayer,
    };
    let kernel = Gibbs::new(sweeps);
    let visible = trainer
        .chains()
        .map_or(start, |state| state.visible.clone());
    let chains = chains.min(visible.dims()[0]);
    let state = kernel.init(rbm, visible.narrow(0, 0, chains), noise);
    let (_, info) = kernel.step(rbm, state, noise);
    rbm.visible.mean(info.visible_inputs)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_data::{Binarisation, Dataset, Values};
    use rbm_model::RbmConfig;

    use super::*;
    use crate::TrainConfig;

    /// A table sorted by class, rows of zeros and then rows of ones: the free energies of a row are two
    /// numbers, and both sets have half of each. The first hundred training rows would be of one class.
    #[test]
    fn rows_of_a_sorted_table_are_watched_evenly() {
        let values = (0..800).flat_map(|row| [f32::from(u8::from(row >= 400)); 6]);
        let data = Dataset::new("sorted", 6, Values::Floats(values.collect())).unwrap();
        let (held_out, rest): (Vec<u32>, Vec<u32>) = (0..800).partition(|row| row % 8 == 3);
        let of = |rows: &[u32]| Batches::new(&data, rows, 100, Binarisation::None, 1).unwrap();
        let (train, validation) = (of(&rest), of(&held_out));

        let mut rbm = RbmConfig::new(6, 3).init(&mut Noise::new(1), &Device::default());
        rbm.weight = rbm.weight.map(|w| w.add_scalar(1.0));
        let device = Device::default();
        let free = |x: f64| mean_free_energy(&rbm, Tensor::full([1, 6], x, &device));
        let distance = (free(0.0) - free(1.0)).abs();
        assert!(distance > 5.0);

        let trainer = Trainer::new(TrainConfig::default(), rbm.clone(), train.len()).unwrap();
        let mut monitor = Monitor::new(&train, Some(&validation));
        assert_eq!(monitor.rows(), 100);
        let mut report = EpochReport::new(1, 8);
        monitor.on_epoch(&trainer, &mut report).unwrap();
        // All held-out rows are watched, so that the choice among 700 training rows is the only chance.
        let error = distance * 0.5 * (1.0 / 100.0 - 1.0 / 700.0f64).sqrt();
        let gap = report.get("free_energy_gap").unwrap();
        assert!(gap.abs() < 4.5 * error, "{gap} of {distance}");
    }
}
