//! What a kind of units has to supply beside its layer.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::{Support, UnitLayer};

/// A kind of units: how its layers are made, and how they move along a path of annealing.
///
/// With [`UnitLayer`] it is all that is asked of a kind. The list in `units/mod.rs` makes the enums
/// [`Units`](super::Units) and [`UnitsConfig`](super::UnitsConfig) of the kinds.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::units::{Gaussian, UnitKind, UnitLayer};
///
/// // Means 1 and -2, and standard deviations 2 and ½, where these are learned.
/// let layer = Gaussian::fitted(&[1.0, -2.0], &[4.0, 0.25], true, &Device::default());
/// let log_sigma = layer.log_sigma.unwrap().val().into_data().to_vec::<f32>().unwrap();
/// assert_eq!(log_sigma, [2f32.ln(), 0.5f32.ln()]);
/// assert!(!Gaussian::support(true).is_discrete());
/// ```
pub trait UnitKind: UnitLayer + Module {
    /// What a configuration says beside the name: the fields of the list, `()` for none, the type of the
    /// field for one, a tuple for more.
    type Settings: Copy;

    /// The kind in one word, for messages.
    const NAME: &'static str;

    /// The values that the units take.
    fn support(settings: Self::Settings) -> Support;

    /// Whether a layer of so many units can have the settings.
    ///
    /// # Errors
    ///
    /// The setting, what it is, and what it may be.
    fn validate(settings: Self::Settings, num_units: usize) -> Result<(), String> {
        let _ = (settings, num_units);
        Ok(())
    }

    /// The settings with which independent units have every parameter that they may have.
    #[must_use]
    fn with_all_parameters(settings: Self::Settings) -> Self::Settings {
        settings
    }

    /// A layer with zero bias.
    ///
    /// # Panics
    ///
    /// Where [`validate`](Self::validate) fails.
    fn init(num_units: usize, settings: Self::Settings, device: &Device) -> Self;

    /// The layer whose independent units best fit data with these means and variances, one each a unit;
    /// held away from values that no training could leave.
    ///
    /// # Panics
    ///
    /// Where [`validate`](Self::validate) fails.
    fn fitted(mean: &[f64], variance: &[f64], settings: Self::Settings, device: &Device) -> Self;

    /// The settings of this layer.
    fn settings(&self) -> Self::Settings;

    /// The bias as the parameter that it is, shape `[units]`.
    fn bias_param(&self) -> &Param<Tensor<1>>;

    /// The layer on the way from `base` at `beta = 0` to this one at `beta = 1`: energies are interpolated
    /// linearly, up to a constant. In parameters of its own.
    ///
    /// # Panics
    ///
    /// Where the base has other settings that count.
    #[must_use]
    fn anneal(&self, base: &Self, beta: f64) -> Self;

    /// The layer that annealing starts a hidden side from: uniform where that is a distribution, the layer
    /// itself where it is not. In parameters of its own.
    #[must_use]
    fn reference(&self) -> Self;

    /// `Γ_to(to·I) - Γ_from(from·I)` of each row of the inputs `I`, `[batch, units]` to `[batch]`, for the
    /// layer on its way from its [reference](Self::reference). A kind with many large terms subtracts them
    /// unit by unit, before they are summed.
    fn cgf_step(&self, inputs: Tensor<2>, from: f64, to: f64) -> Tensor<1> {
        let reference = self.reference();
        let gamma = |beta: f64| {
            let layer = self.anneal(&reference, beta);
            layer.cgf(inputs.clone().mul_scalar(beta))
        };
        gamma(to) - gamma(from)
    }
}
