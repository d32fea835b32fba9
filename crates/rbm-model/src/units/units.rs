//! The closed set of unit layers.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::{Bernoulli, Gaussian, Labelled, Support, UnitLayer, UnitsConfig};
use crate::{Noise, numerics::clipped_log_odds, rbm::in_new_parameters};

/// A layer of units of any kind: an enum and not a type parameter, so that models with different
/// layers are one type and a stack may mix them.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::units::{UnitLayer, UnitsConfig};
///
/// let layer = UnitsConfig::Bernoulli.init(5, &Device::default());
/// assert_eq!(layer.num_units(), 5);
/// ```
#[derive(Module, Debug)]
pub enum Units {
    /// Units in {0, 1}.
    Bernoulli(Bernoulli),
    /// Real units.
    Gaussian(Gaussian),
    /// Units in {0, 1} with a class label beside them.
    Labelled(Labelled),
}

/// How far from 0 and 1 a data mean is held when it becomes a bias. A pixel that is off in all the
/// data would otherwise have a bias of minus infinity, and could never be learned to turn on.
const MEAN_MARGIN: f64 = 1e-3;
/// The least standard deviation that a constant unit starts with.
const SIGMA_MARGIN: f64 = 1e-2;

impl Units {
    /// The configuration of this layer.
    pub fn config(&self) -> UnitsConfig {
        match self {
            Self::Bernoulli(_) => UnitsConfig::Bernoulli,
            Self::Gaussian(layer) => UnitsConfig::Gaussian {
                learn_sigma: layer.log_sigma.is_some(),
            },
            Self::Labelled(layer) => UnitsConfig::Labelled {
                classes: layer.classes(),
            },
        }
    }

    /// The layer of this kind whose independent units best fit data with these means and
    /// variances: the visible side of a data-driven start, and the base of annealing.
    ///
    /// Probabilities are held 10⁻³ away from 0 and 1 (those of label units from 0), standard
    /// deviations at 10⁻² or more.
    ///
    /// # Panics
    ///
    /// Where the lengths differ, or where a label has fewer than two classes or takes all units.
    pub fn fitted(kind: UnitsConfig, mean: &[f64], variance: &[f64], device: &Device) -> Self {
        assert_eq!(mean.len(), variance.len(), "a mean and a variance per unit");
        let row = |values: Vec<f64>| {
            let shape = [values.len()];
            Tensor::<1>::from_data(TensorData::new(values, shape), device)
        };
        match kind {
            UnitsConfig::Bernoulli => {
                let log_odds = mean.iter().map(|&p| clipped_log_odds(p, MEAN_MARGIN));
                Self::Bernoulli(Bernoulli::from_bias(row(log_odds.collect())))
            }
            UnitsConfig::Gaussian { learn_sigma } => {
                let log_sigma = variance.iter().map(|v| v.sqrt().max(SIGMA_MARGIN).ln());
                Self::Gaussian(Gaussian::from_parts(
                    row(mean.to_vec()),
                    learn_sigma.then(|| row(log_sigma.collect())),
                ))
            }
            UnitsConfig::Labelled { classes } => {
                let (features, label) = mean.split_at(mean.len().saturating_sub(classes));
                let log_odds = features.iter().map(|&p| clipped_log_odds(p, MEAN_MARGIN));
                let log_p = label.iter().map(|p| p.max(MEAN_MARGIN).ln());
                let bias = row(log_odds.chain(log_p).collect());
                Self::Labelled(Labelled::from_bias(bias, classes))
            }
        }
    }

    /// The layer on the way from `base` at `beta = 0` to this one at `beta = 1`.
    ///
    /// # Panics
    ///
    /// Where the two layers are of different kinds.
    pub fn anneal(&self, base: &Self, beta: f64) -> Self {
        match (self, base) {
            (Self::Bernoulli(layer), Self::Bernoulli(base)) => {
                Self::Bernoulli(layer.anneal(base, beta))
            }
            (Self::Gaussian(layer), Self::Gaussian(base)) => {
                Self::Gaussian(layer.anneal(base, beta))
            }
            (Self::Labelled(layer), Self::Labelled(base)) if layer.classes() == base.classes() => {
                Self::Labelled(layer.anneal(base, beta))
            }
            _ => panic!(
                "annealing needs a base of the same kind of units: {:?} here, {:?} as base",
                self.config(),
                base.config()
            ),
        }
    }

    /// The layer that annealing starts a hidden side from: uniform where that is a distribution,
    /// the layer itself where it is not.
    pub fn reference(&self) -> Self {
        match self {
            Self::Bernoulli(layer) => {
                Self::Bernoulli(Bernoulli::from_bias(layer.bias.val().zeros_like()))
            }
            Self::Gaussian(_) => self.fresh(),
            Self::Labelled(layer) => Self::Labelled(Labelled::from_bias(
                layer.bias.val().zeros_like(),
                layer.classes(),
            )),
        }
    }

    /// A layer with the same values in parameters of its own: no optimiser takes the two for one,
    /// and no derivative flows between them.
    #[must_use]
    pub fn fresh(&self) -> Self {
        in_new_parameters(self.clone())
    }

    /// The values that the units take.
    pub fn support(&self) -> Support {
        self.config().support()
    }

    /// The number of label units, where there are any.
    pub fn classes(&self) -> Option<usize> {
        self.support().classes()
    }

    /// The number of units without the label's.
    pub fn num_features(&self) -> usize {
        self.num_units() - self.classes().unwrap_or(0)
    }

    /// States or inputs without those of the label, `[rows, features]`.
    pub fn without_label(&self, x: Tensor<2>) -> Tensor<2> {
        match self.classes() {
            Some(_) => x.narrow(1, 0, self.num_features()),
            None => x,
        }
    }

    /// The number of states of the whole layer, where that is finite and a number of this machine.
    pub fn num_states(&self) -> Option<usize> {
        self.config().num_states(self.num_units())
    }

    /// States of the layer by number, `[states, units]`, in the type of the bias. Unit `i` of state
    /// `s` is on where bit `i` of `s` is set; the label of a labelled layer is what stands above the
    /// bits of its features.
    ///
    /// # Panics
    ///
    /// Where the layer has no such states.
    pub fn states(&self, numbers: Range<usize>) -> Tensor<2> {
        let count = self.num_states().unwrap_or(0);
        assert!(
            numbers.end <= count,
            "states {numbers:?} of a layer that has {count}"
        );
        let (features, units) = (self.num_features(), self.num_units());
        let bit = |state: usize, unit: usize| {
            if unit < features {
                state >> unit & 1 == 1
            } else {
                state >> features == unit - features
            }
        };
        let rows = numbers.len();
        let values: Vec<f64> = numbers
            .flat_map(|state| (0..units).map(move |unit| f64::from(bit(state, unit))))
            .collect();
        let bias = self.bias();
        Tensor::from_data(
            TensorData::new(values, [rows, units]),
            (&bias.device().without_autodiff(), bias.dtype()),
        )
    }

    /// The bias, shape `[units]`.
    pub fn bias(&self) -> Tensor<1> {
        self.bias_param().val()
    }

    /// The bias as the parameter that it is.
    pub fn bias_param(&self) -> &Param<Tensor<1>> {
        match self {
            Self::Bernoulli(layer) => &layer.bias,
            Self::Gaussian(layer) => &layer.bias,
            Self::Labelled(layer) => &layer.bias,
        }
    }

    fn layer(&self) -> &dyn UnitLayer {
        match self {
            Self::Bernoulli(layer) => layer,
            Self::Gaussian(layer) => layer,
            Self::Labelled(layer) => layer,
        }
    }
}

impl UnitLayer for Units {
    fn num_units(&self) -> usize {
        self.layer().num_units()
    }

    fn energy(&self, states: Tensor<2>) -> Tensor<1> {
        self.layer().energy(states)
    }

    fn mean_energy(
        &self,
        mean: Tensor<2>,
        variance: Option<Tensor<2>>,
        weights: Option<Tensor<1>>,
    ) -> Tensor<1> {
        self.layer().mean_energy(mean, variance, weights)
    }

    fn linear_bias(&self) -> Option<Tensor<1>> {
        self.layer().linear_bias()
    }

    fn cgf(&self, inputs: Tensor<2>) -> Tensor<1> {
        self.layer().cgf(inputs)
    }

    fn log_partition(&self) -> f64 {
        self.layer().log_partition()
    }

    fn log_probability(&self, states: Tensor<2>, inputs: Tensor<2>) -> Tensor<1> {
        self.layer().log_probability(states, inputs)
    }

    fn mean(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.layer().mean(inputs)
    }

    fn variance(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.layer().variance(inputs)
    }

    fn variance_in_energy(&self, inputs: Tensor<2>) -> Option<Tensor<2>> {
        self.layer().variance_in_energy(inputs)
    }

    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        self.layer().sample(inputs, noise)
    }

    fn mean_and_sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, Tensor<2>) {
        self.layer().mean_and_sample(inputs, noise)
    }

    fn bias_per_input(&self) -> Option<Tensor<1>> {
        self.layer().bias_per_input()
    }
}
