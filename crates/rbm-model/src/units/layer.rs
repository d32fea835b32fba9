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

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::{
        numerics::to_f64,
        units::{Bernoulli, Gaussian, Labelled, Units},
    };

    fn row(values: &[f64]) -> Tensor<1> {
        let data = TensorData::new(values.to_vec(), [values.len()]);
        Tensor::from_data(data, (&Device::flex(), DType::F64))
    }

    fn layers() -> Vec<Units> {
        let bias = [0.4, -1.3, 0.2, 2.0, -0.5];
        let log_sigma = [0.3, -0.4, 0.0, 0.7, -0.1];
        vec![
            Units::Bernoulli(Bernoulli::from_bias(row(&bias))),
            Units::Labelled(Labelled::from_bias(row(&bias), 3)),
            Units::Gaussian(Gaussian::from_parts(row(&bias), None)),
            Units::Gaussian(Gaussian::from_parts(row(&bias), Some(row(&log_sigma)))),
        ]
    }

    const INPUTS: [f64; 5] = [0.7, 2.1, -1.0, 0.4, -3.0];

    /// Of all states where there are finitely many; else the normal density, written out.
    #[test]
    fn the_conditional_probabilities_are_normalised() {
        for layer in layers() {
            let inputs = row(&INPUTS).unsqueeze::<2>();
            if let Some(count) = layer.num_states() {
                let states = layer.states(0..count);
                let log_p = to_f64(layer.log_probability(states, inputs.expand([count, 5])));
                let sum: f64 = log_p.into_iter().map(f64::exp).sum();
                assert!((sum - 1.0).abs() < 1e-12, "{:?}: {sum}", layer.config());
                continue;
            }
            let states = [1.0, -2.0, 0.5, 4.0, 0.1];
            let (mean, variance) = (layer.mean(inputs.clone()), layer.variance(inputs.clone()));
            let moments = to_f64(mean).into_iter().zip(to_f64(variance));
            let expected: f64 = moments
                .zip(states)
                .map(|((m, s), x)| -0.5 * ((x - m).powi(2) / s + (std::f64::consts::TAU * s).ln()))
                .sum();
            let found = to_f64(layer.log_probability(row(&states).unsqueeze(), inputs))[0];
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn the_normaliser_without_inputs_is_the_one_at_zero() {
        for layer in layers() {
            let zero = Tensor::<2>::zeros([1, 5], (&Device::flex(), DType::F64));
            let (found, expected) = (layer.log_partition(), to_f64(layer.cgf(zero))[0]);
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    /// What `support` says of a kind is what its states and its draws are.
    #[test]
    fn states_and_draws_lie_in_the_support() {
        for layer in layers() {
            let support = layer.support();
            assert_eq!(support.is_discrete(), layer.num_states().is_some());
            let inputs = row(&INPUTS).unsqueeze::<2>().expand([200, 5]);
            let drawn = layer.sample(inputs, &mut Noise::new(5));
            let values = to_f64(drawn.clone());
            let zero_or_one = values.iter().all(|&x| x == 0.0 || x == 1.0);
            assert_eq!(support.is_discrete(), zero_or_one, "{support:?}");
            let features = to_f64(layer.without_label(drawn));
            assert_eq!(features.len(), 200 * layer.num_features());
            if let Some(classes) = support.classes() {
                for row in values.chunks(5) {
                    assert_eq!(row[5 - classes..].iter().sum::<f64>(), 1.0);
                }
                assert_eq!(features[..2], values[..2]);
                assert_eq!(features[2..4], values[5..7]);
            }
        }
    }
}
