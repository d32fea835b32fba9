//! Runs that end in numbers that are none.

use burn::tensor::Tensor;
use rbm_model::{Parameter, Rbm, numerics::to_f64};
use thiserror::Error;

use crate::{Step, StepInfo, Trainer};

/// A run whose parameters or energies are no numbers any more.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
/// use rbm_train::{TrainConfig, Trainer};
///
/// let device = Device::flex();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let mut trainer = Trainer::new(TrainConfig::default(), rbm, 10)?;
/// // No row has an infinite pixel.
/// let error = trainer.step(Tensor::full([10, 6], f32::INFINITY, &device)).unwrap_err();
/// assert_eq!((error.step, error.epoch), (1, 1));
/// assert!(!error.value.is_finite());
/// assert!(error.to_string().starts_with("training diverged at update 1 (epoch 1)"));
/// # Ok::<(), rbm_train::TrainConfigError>(())
/// ```
#[derive(Clone, Debug, Error, PartialEq)]
#[error(
    "training diverged at update {step} (epoch {epoch}): {what} is {value} (columns and units are counted \
     from 0), at a learning rate of {learning_rate}; lower the learning rate, or check that the data lie \
     between 0 and 1 (or have unit variance, for Gaussian units). The last checkpoint is from before this"
)]
#[non_exhaustive]
pub struct Diverged {
    /// The update.
    pub step: u64,
    /// The epoch, counted from 1.
    pub epoch: u64,
    /// Which number it was, with its visible column or hidden unit.
    pub what: String,
    /// Its value.
    pub value: f64,
    /// The learning rate of the update.
    pub learning_rate: f64,
}

/// On devices where reading a number back stalls the queue, divergence is looked for this often.
const CHECK_EVERY: u64 = 50;

/// Data whose squares no energy in single precision can hold.
const TOO_LARGE: f64 = 1e18;

impl Trainer {
    /// The loss is a sum over all the parameters' energies, so it is finite only if they are.
    pub(crate) fn check_finite(
        &self,
        loss: &Tensor<1>,
        step: &Step<'_>,
        info: StepInfo,
    ) -> Result<(), Diverged> {
        let device = self.device();
        let cheap = rbm_model::internal::is_host(&device);
        if !cheap && !info.step.is_multiple_of(CHECK_EVERY) {
            return Ok(());
        }
        let value = to_f64(loss.clone().without_autodiff())[0];
        if value.is_finite() {
            return Ok(());
        }
        Err(self
            .find_non_finite(info)
            .unwrap_or_else(|| diverged(info, energy_of(&self.model(), &step.batch()), value)))
    }

    /// The first parameter that is not finite.
    pub(crate) fn find_non_finite(&self, info: StepInfo) -> Option<Diverged> {
        let (what, value) = non_finite_parameter(&self.model())?;
        Some(diverged(info, what, value))
    }
}

fn diverged(info: StepInfo, what: String, value: f64) -> Diverged {
    Diverged {
        step: info.step,
        epoch: info.epoch + 1,
        what,
        value,
        learning_rate: info.learning_rate,
    }
}

/// The first parameter of a model that is no finite number, in words, and its value: biases before
/// `log σ` before weights, the visible side before the hidden one. Columns and units are counted from 0.
pub(crate) fn non_finite_parameter(rbm: &Rbm) -> Option<(String, f64)> {
    let all = parameters(rbm);
    let others = all
        .iter()
        .map(|(_, values)| values.iter().filter(|x| !x.is_finite()).count())
        .sum::<usize>()
        .checked_sub(1)?;
    let (parameter, at, value) = all.iter().find_map(|(parameter, values)| {
        let at = values.iter().position(|x| !x.is_finite())?;
        Some((parameter, at, values[at]))
    })?;
    let mut what = name(rbm, parameter, at);
    if others > 0 {
        what += &format!(" (and {others} other parameters)");
    }
    Some((what, value))
}

/// One number of a parameter in words; parameters of further kinds by their names in the model.
fn name(rbm: &Rbm, parameter: &Parameter, at: usize) -> String {
    let hidden = rbm.num_hidden();
    let (side, own) = parameter.name.split_once('.').unwrap_or_default();
    let unit = match side {
        "visible" => visible(rbm, at),
        "hidden" => format!("hidden unit {at}"),
        _ => {
            let (column, unit) = (visible(rbm, at / hidden), at % hidden);
            return format!(
                "the {} between {column} and hidden unit {unit}",
                parameter.name
            );
        }
    };
    match own {
        "bias" => format!("the bias of {unit}"),
        "log_sigma" => format!("log σ of {unit}"),
        other => format!("`{other}` of {unit}"),
    }
}

/// How large a number of this parameter makes an energy.
fn energy_size(parameter: &Parameter, value: f64) -> f64 {
    if parameter.name.ends_with(".log_sigma") {
        (2.0 * value.abs()).exp()
    } else {
        value.abs()
    }
}

/// The name of a visible unit; label units stand beside the columns of the data.
fn visible(rbm: &Rbm, unit: usize) -> String {
    match unit.checked_sub(rbm.visible.num_features()) {
        Some(class) => format!("the label unit of class {class}"),
        None => format!("visible column {unit}"),
    }
}

/// Every parameter with its numbers, in the order in which they are looked at.
fn parameters(rbm: &Rbm) -> Vec<(Parameter, Vec<f64>)> {
    let with_numbers = |parameter: Parameter| {
        let numbers = to_f64(parameter.values.clone());
        (parameter, numbers)
    };
    rbm.parameters().into_iter().map(with_numbers).collect()
}

/// The column of rows `[batch, visible]`, in blocks, that has the largest value, and that value, where its
/// square is more than an energy in single precision can hold. What is not a number counts as the largest.
#[doc(hidden)]
pub fn too_large_column(rows: impl IntoIterator<Item = Tensor<2>>) -> Option<(usize, f64)> {
    let size = |x: f64| if x.is_nan() { f64::INFINITY } else { x.abs() };
    let of_block = |block: Tensor<2>| {
        let columns = block.dims()[1].max(1);
        let values = to_f64(block.without_autodiff()).into_iter().enumerate();
        let largest = values.max_by(|a, b| size(a.1).total_cmp(&size(b.1)));
        largest.map(|(at, value)| (at % columns, value))
    };
    rows.into_iter()
        .filter_map(of_block)
        .max_by(|a, b| size(a.1).total_cmp(&size(b.1)))
        .filter(|(_, value)| size(*value) > TOO_LARGE)
}

/// An energy that is not finite, of parameters that are, with what makes it so large: a column of the
/// batch, else the largest parameter.
fn energy_of(rbm: &Rbm, batch: &Tensor<2>) -> String {
    if let Some((column, value)) = too_large_column([batch.clone()]) {
        let column = visible(rbm, column);
        return format!("the energy of {column}, where the data have {value:e},");
    }
    let of_all = parameters(rbm);
    let sizes = of_all.iter().flat_map(|(parameter, values)| {
        let numbered = values.iter().enumerate();
        numbered.map(move |(at, &value)| (parameter, at, value))
    });
    let largest = sizes.max_by(|a, b| energy_size(a.0, a.2).total_cmp(&energy_size(b.0, b.2)));
    match largest {
        Some((parameter, at, value)) => {
            let name = name(rbm, parameter, at);
            format!("the energy, the largest parameter being {name} at {value:e},")
        }
        None => "the energy".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::Device;
    use rbm_model::{
        Noise, RbmConfig,
        units::{Units, UnitsConfig},
    };

    use super::*;
    use crate::{LearningRate, TrainConfig};

    fn gaussian(log_sigma: [f32; 3]) -> Rbm {
        let device = Device::default();
        let kind = UnitsConfig::Gaussian { learn_sigma: true };
        let config = RbmConfig::new(3, 2).with_visible(kind);
        let mut rbm = config.init(&mut Noise::new(1), &device);
        if let Units::Gaussian(layer) = &mut rbm.visible {
            layer.log_sigma = Some(Param::from_tensor(Tensor::from_floats(log_sigma, &device)));
        }
        rbm
    }

    fn trainer(rbm: Rbm, rate: f64) -> Trainer {
        let config = TrainConfig {
            learning_rate: LearningRate::Constant { rate },
            ..TrainConfig::default()
        };
        Trainer::new(config, rbm, 10).unwrap()
    }

    #[test]
    fn the_logarithm_of_a_spread_is_looked_at_like_every_parameter() {
        let found = non_finite_parameter(&gaussian([0.0, 0.0, f32::NEG_INFINITY]));
        let expected = ("log σ of visible column 2".to_owned(), f64::NEG_INFINITY);
        assert_eq!(found, Some(expected));
        assert_eq!(non_finite_parameter(&gaussian([0.0; 3])), None);
        let mirrored = gaussian([0.0, f32::NEG_INFINITY, f32::NEG_INFINITY]).mirror();
        let (what, _) = non_finite_parameter(&mirrored).unwrap();
        assert_eq!(what, "log σ of hidden unit 1 (and 1 other parameters)");
    }

    #[test]
    fn a_weight_is_named_by_its_column_and_its_unit() {
        let device = Device::default();
        let labelled = UnitsConfig::Labelled { classes: 2 };
        let config = RbmConfig::new(5, 3).with_visible(labelled);
        let mut rbm = config.init(&mut Noise::new(1), &device);
        for (at, name) in [
            (7, "the weight between visible column 2 and hidden unit 1"),
            (
                14,
                "the weight between the label unit of class 1 and hidden unit 2",
            ),
        ] {
            let mut weight = [0f32; 15];
            weight[at] = f32::INFINITY;
            let weight = Tensor::<1>::from_floats(&weight[..], &device).reshape([5, 3]);
            rbm.weight = Param::from_tensor(weight);
            assert_eq!(non_finite_parameter(&rbm).unwrap().0, name);
        }
    }

    #[test]
    fn a_column_of_data_that_no_energy_can_hold_is_named() {
        let mut trainer = trainer(gaussian([0.0; 3]), 0.1);
        let rows = [[0.0, 1.0, 0.5], [0.0, 1e25, 0.5]];
        let error = trainer.step(Tensor::from_floats(rows, &Device::default()));
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains(
                "update 1 (epoch 1): the energy of visible column 1, where the data have"
            ),
            "{message}"
        );
    }

    #[test]
    fn a_spread_that_vanishes_is_named_before_it_is_infinite() {
        let mut trainer = trainer(gaussian([0.0, -60.0, 0.5]), 0.1);
        let error = trainer.step(Tensor::ones([4, 3], &Device::default()));
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("log σ of visible column 1 at -6e1"),
            "{message}"
        );
    }
}
