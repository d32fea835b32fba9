//! What a layer of any kind can do.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use super::{Support, UnitLayer, Units};
use crate::{Noise, rbm::in_new_parameters};

impl Units {
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
        self.support().num_states(self.num_units())
    }

    /// States of the layer by number, `[states, units]`, in the type of the bias. Unit `i` of state
    /// `s` has the value at digit `i` of `s`, the least first, in the base of the number of values that a
    /// unit takes (is on where bit `i` of `s` is set); the label of a labelled layer is what stands above the
    /// digits of its features.
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
        let (support, units, rows) = (self.support(), self.num_units(), numbers.len());
        let values: Vec<f64> = numbers
            .flat_map(|state| support.state(state, units))
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
