//! Runs that end in numbers that are none.

use burn::tensor::Tensor;
use rbm_model::numerics::to_f64;
use thiserror::Error;

use crate::{StepInfo, Trainer};

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
    "training diverged at update {step} (epoch {epoch}): {what} is {value}, at a learning rate of \
     {learning_rate}; lower the learning rate, or check that the data lie between 0 and 1 (or \
     have unit variance, for Gaussian units). The last checkpoint is from before this"
)]
#[non_exhaustive]
pub struct Diverged {
    /// The update.
    pub step: u64,
    /// The epoch, counted from 1.
    pub epoch: u64,
    /// Which number it was.
    pub what: String,
    /// Its value.
    pub value: f64,
    /// The learning rate of the update.
    pub learning_rate: f64,
}

/// On devices where reading a number back stalls the queue, divergence is looked for this often.
const CHECK_EVERY: u64 = 50;

impl Trainer {
    /// The loss is a sum over all the parameters' energies, so it is finite only if they are.
    pub(crate) fn check_finite(&self, loss: &Tensor<1>, info: StepInfo) -> Result<(), Diverged> {
        let device = self.device();
        let cheap = rbm_model::is_host(&device);
        if !cheap && !info.step.is_multiple_of(CHECK_EVERY) {
            return Ok(());
        }
        let value = to_f64(loss.clone().without_autodiff())[0];
        if value.is_finite() {
            return Ok(());
        }
        Err(self
            .find_non_finite(info)
            .unwrap_or_else(|| diverged(info, "the surrogate energy".into(), value)))
    }

    /// The first parameter that is not finite.
    pub(crate) fn find_non_finite(&self, info: StepInfo) -> Option<Diverged> {
        let rbm = self.model();
        let parameters = [
            ("visible.bias", to_f64(rbm.visible.bias())),
            ("hidden.bias", to_f64(rbm.hidden.bias())),
            ("weight", to_f64(rbm.weight.val())),
        ];
        parameters.into_iter().find_map(|(name, values)| {
            let at = values.iter().position(|x| !x.is_finite())?;
            let what = if name == "weight" {
                let hidden = rbm.num_hidden();
                format!("weight[{}, {}]", at / hidden, at % hidden)
            } else {
                format!("{name}[{at}]")
            };
            Some(diverged(info, what, values[at]))
        })
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
