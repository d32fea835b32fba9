//! What a layer of units has to supply.

use burn::tensor::Tensor;

use crate::Noise;

/// A layer of conditionally independent units, `p(x | I) ∝ exp(-E(x) + I·x)`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{numerics::to_f64, units::{Bernoulli, UnitLayer}};
///
/// let device = Device::default();
/// let layer = Bernoulli::from_bias(Tensor::from_floats([0.0, 1.0], &device));
/// let states = Tensor::from_floats([[1.0, 1.0], [1.0, 0.0]], &device);
/// assert_eq!(to_f64(layer.energy(states)), [-1.0, 0.0]); // -b·x
/// // Inputs that undo the biases leave fair coins: Γ is 2 log 2, the mean ½, the variance ¼.
/// let inputs = Tensor::<2>::from_floats([[0.0, -1.0]], &device);
/// assert!((to_f64(layer.cgf(inputs.clone()))[0] - 2.0 * 2f64.ln()).abs() < 1e-6);
/// assert_eq!(to_f64(layer.mean(inputs.clone())), [0.5; 2]);
/// assert_eq!(to_f64(layer.variance(inputs)), [0.25; 2]);
/// ```
///
/// # Shapes
///
/// States and inputs are `[batch, units]`; energies and log-normalisers `[batch]`.
///
/// # References
///
/// M. Welling, M. Rosen-Zvi, G. E. Hinton: *Exponential family harmoniums with an application to
/// information retrieval*, NIPS 17, 2004, for models whose layers are of any exponential family.
pub trait UnitLayer {
    /// The number of units.
    fn num_units(&self) -> usize;

    /// The energy `E(x)` of each row, without any input.
    fn energy(&self, states: Tensor<2>) -> Tensor<1>;

    /// `E[E(x)]` for states known by mean and variance, averaged over the rows, shape `[1]`: what a
    /// Rao-Blackwellised gradient is the derivative of. The rows weigh the same where there are no
    /// `weights`, `[batch]`; the variance has no part where the energy is linear in the state.
    fn mean_energy(
        &self,
        mean: Tensor<2>,
        variance: Option<Tensor<2>>,
        weights: Option<Tensor<1>>,
    ) -> Tensor<1>;

    /// The bias `b`, shape `[units]`, where the energy is `-b·x` and nothing else: it is then summed with
    /// the interaction, for all layers at once.
    fn linear_bias(&self) -> Option<Tensor<1>>;

    /// The log-normaliser `Γ(I) = log Σ_x exp(-E(x) + I·x)` of each row, in nats; its derivative
    /// by `I` is the mean. Also called the cumulant generating function.
    fn cgf(&self, inputs: Tensor<2>) -> Tensor<1>;

    /// `Γ(0)`, the log-normaliser without inputs, summed in double precision on the host, in nats.
    fn log_partition(&self) -> f64;

    /// `log p(x | I) = I·x - E(x) - Γ(I)` of each row, shape `[batch]`, in nats; a density for real
    /// units.
    fn log_probability(&self, states: Tensor<2>, inputs: Tensor<2>) -> Tensor<1> {
        let interaction = (states.clone() * inputs.clone())
            .sum_dim(1)
            .squeeze_dim::<1>(1);
        interaction - self.energy(states) - self.cgf(inputs)
    }

    /// `E[x | I]`.
    fn mean(&self, inputs: Tensor<2>) -> Tensor<2>;

    /// `Var[x | I]`.
    fn variance(&self, inputs: Tensor<2>) -> Tensor<2>;

    /// The variance, for units whose [`mean_energy`](Self::mean_energy) depends on it.
    fn variance_in_energy(&self, inputs: Tensor<2>) -> Option<Tensor<2>>;

    /// A draw of `x` given `I`.
    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2>;

    /// The mean and a draw, for the price of one where they share work.
    fn mean_and_sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, Tensor<2>) {
        (self.mean(inputs.clone()), self.sample(inputs, noise))
    }

    /// The rate at which the bias moves with a constant input: `∂bias/∂I`, shape `[units]`, or
    /// `None` where it is one. Centring needs it to move an offset into the bias.
    fn bias_per_input(&self) -> Option<Tensor<1>>;
}
