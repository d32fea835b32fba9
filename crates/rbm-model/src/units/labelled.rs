//! Binary units with a class label beside them.

use burn::module::{Module, Param};
use burn::tensor::{
    Device, Tensor,
    activation::{log_softmax, sigmoid},
};

use super::{
    Bernoulli, Support, UnitKind, UnitLayer,
    bernoulli::{MEAN_MARGIN, softplus_step},
    linear,
};
use crate::{
    Noise,
    numerics::{clipped_log_odds, log_sum_exp, log_sum_exp_rows, softplus_sum, to_f64},
};

/// Binary features in {0, 1} followed by a group of label units of which exactly one is on, all with
/// `E(x) = -b·x`: a feature is on with probability `σ(b + I)`, label `k` with probability
/// `softmax(b + I)_k`, and `Γ(I) = Σ softplus(b + I) + log Σ_k exp(b_k + I_k)`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::units::{Labelled, UnitLayer};
///
/// // Two features and a label of four classes.
/// let layer = Labelled::new(6, 4, &Device::default());
/// let mean = layer.mean(Tensor::zeros([1, 6], &Device::default()));
/// let mean = mean.into_data().to_vec::<f32>().unwrap();
/// assert_eq!(mean[..2], [0.5; 2]);
/// assert!(mean[2..].iter().all(|p| (p - 0.25).abs() < 1e-6));
/// ```
///
/// # References
///
/// G. E. Hinton, S. Osindero, Y.-W. Teh: *A fast learning algorithm for deep belief nets*, Neural
/// Computation 18, 2006, section 6.1, for label units that compete; R. Salakhutdinov, A. Mnih, G. E.
/// Hinton, ICML 2007, section 2, for softmax units in a Boltzmann machine.
#[derive(Module, Debug)]
pub struct Labelled {
    /// The bias of each feature and then of each label, shape `[units]`. The label's are defined up
    /// to a common constant.
    pub bias: Param<Tensor<1>>,
    classes: usize,
}

impl Labelled {
    /// A layer of `num_units` units without bias, the last `classes` of which are the label.
    ///
    /// # Panics
    ///
    /// As [`from_bias`](Self::from_bias).
    pub fn new(num_units: usize, classes: usize, device: &Device) -> Self {
        Self::from_bias(Tensor::zeros([num_units], device), classes)
    }

    /// A layer with the given bias, shape `[units]`, as a parameter of its own: no derivative flows
    /// back to where it came from.
    ///
    /// # Panics
    ///
    /// Where there are fewer than two classes, or no feature beside them.
    pub fn from_bias(bias: Tensor<1>, classes: usize) -> Self {
        let units = bias.dims()[0];
        assert!(
            classes >= 2 && classes < units,
            "a label has two classes or more and features beside it: got {classes} classes among \
             {units} units"
        );
        Self {
            bias: Param::from_tensor(bias.detach()),
            classes,
        }
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The number of binary units before the label.
    pub fn num_features(&self) -> usize {
        self.bias.dims()[0] - self.classes
    }

    /// The features alone.
    pub fn features(&self) -> Bernoulli {
        Bernoulli::from_bias(self.bias.val().narrow(0, 0, self.num_features()))
    }

    /// Features and label of `[batch, units]`.
    pub fn split(&self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let features = self.num_features();
        let label = x.clone().narrow(1, features, self.classes);
        (x.narrow(1, 0, features), label)
    }

    /// The bias and the inputs of the features and of the label.
    fn total_inputs(&self, inputs: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        self.split(inputs + self.bias.val().unsqueeze())
    }
}

impl UnitKind for Labelled {
    type Settings = usize;

    const NAME: &'static str = "labelled";

    fn support(classes: usize) -> Support {
        Support::BinaryAndOneOf { classes }
    }

    fn validate(classes: usize, num_units: usize) -> Result<(), String> {
        if classes >= 2 && classes < num_units {
            return Ok(());
        }
        Err(format!(
            "classes is {classes}: a label has 2 classes or more, and the layer has {num_units} units, some of \
             which have to be features"
        ))
    }

    fn init(num_units: usize, classes: usize, device: &Device) -> Self {
        Self::new(num_units, classes, device)
    }

    /// Probabilities of features are held 10⁻³ away from 0 and 1, those of the label from 0.
    fn fitted(mean: &[f64], _variance: &[f64], classes: usize, device: &Device) -> Self {
        let (features, label) = mean.split_at(mean.len().saturating_sub(classes));
        let log_odds = features.iter().map(|&p| clipped_log_odds(p, MEAN_MARGIN));
        let log_p = label.iter().map(|p| p.max(MEAN_MARGIN).ln());
        Self::from_bias(
            linear::bias(log_odds.chain(log_p).collect(), device),
            classes,
        )
    }

    fn settings(&self) -> usize {
        self.classes
    }

    fn bias_param(&self) -> &Param<Tensor<1>> {
        &self.bias
    }

    fn anneal(&self, base: &Self, beta: f64) -> Self {
        assert_eq!(
            self.classes, base.classes,
            "annealing needs a base of the same kind of units, with as many classes"
        );
        let bias = linear::interpolated(self.bias.val(), base.bias.val(), beta);
        Self::from_bias(bias, self.classes)
    }

    fn reference(&self) -> Self {
        Self::from_bias(self.bias.val().zeros_like(), self.classes)
    }

    fn cgf_step(&self, inputs: Tensor<2>, from: f64, to: f64) -> Tensor<1> {
        let (features, label) = self.total_inputs(inputs);
        let log_sum = |beta: f64| log_sum_exp_rows(label.clone().mul_scalar(beta));
        softplus_step(features, from, to) + log_sum(to) - log_sum(from)
    }
}

impl UnitLayer for Labelled {
    linear::linear_energy!();

    fn cgf(&self, inputs: Tensor<2>) -> Tensor<1> {
        let (features, label) = self.split(inputs);
        let (of_features, of_label) = self.split(self.bias.val().unsqueeze());
        softplus_sum(features, of_features.squeeze_dim::<1>(0)) + log_sum_exp_rows(label + of_label)
    }

    fn log_partition(&self) -> f64 {
        let label = self.bias.val().narrow(0, self.num_features(), self.classes);
        self.features().log_partition() + log_sum_exp(&to_f64(label))
    }

    fn mean(&self, inputs: Tensor<2>) -> Tensor<2> {
        let (features, label) = self.total_inputs(inputs);
        let features = sigmoid(features);
        Tensor::cat(vec![features, log_softmax(label, 1).exp()], 1)
    }

    fn variance(&self, inputs: Tensor<2>) -> Tensor<2> {
        let mean = self.mean(inputs);
        mean.clone() - mean.square()
    }

    fn sample(&self, inputs: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let (features, label) = self.split(inputs);
        let features = self.features().sample(features, noise);
        let bias = self.bias.val().narrow(0, self.num_features(), self.classes);
        let label = noise.one_of(log_softmax(label + bias.unsqueeze(), 1).exp());
        Tensor::cat(vec![features, label], 1)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn layer(device: &Device) -> Labelled {
        Labelled::from_bias(Tensor::from_floats([0.4, -0.3, 0.2, -1.0, 0.5], device), 3)
    }

    /// Every state of two features and a label of three classes, weighted by hand.
    #[test]
    fn the_normaliser_and_the_mean_are_sums_over_the_states() {
        let device = Device::default();
        let inputs = [1.1, -0.7, 0.3, 2.0, -0.4];
        let total: Vec<f64> = [0.4, -0.3, 0.2, -1.0, 0.5]
            .iter()
            .zip(inputs)
            .map(|(b, i)| b + i)
            .collect();
        let (mut sum, mut mean) = (0.0, [0.0; 5]);
        for features in 0..4 {
            for class in 0..3 {
                let mut x = [0.0; 5];
                (x[0], x[1]) = (f64::from(features & 1), f64::from(features >> 1));
                x[2 + class] = 1.0;
                let weight: f64 = f64::exp(x.iter().zip(&total).map(|(x, t)| x * t).sum());
                sum += weight;
                for (mean, x) in mean.iter_mut().zip(x) {
                    *mean += weight * x;
                }
            }
        }
        let inputs = Tensor::from_data(TensorData::from([inputs]), &device);
        let gamma = to_f64(layer(&device).cgf(inputs.clone()))[0];
        assert!((gamma - sum.ln()).abs() < 1e-6, "{gamma} {}", sum.ln());
        for (found, mean) in to_f64(layer(&device).mean(inputs)).iter().zip(mean) {
            assert!((found - mean / sum).abs() < 1e-6, "{found} {}", mean / sum);
        }
    }

    /// One label and one only; counts within 5 standard deviations of multinomial ones.
    #[test]
    fn one_label_is_drawn_with_the_softmax_probability() {
        let (device, rows) = (Device::default(), 40_000);
        let inputs = Tensor::<1>::from_floats([0.5, 0.0, -1.0, 0.3, 1.2], &device)
            .unsqueeze::<2>()
            .expand([rows, 5]);
        let layer = layer(&device);
        let mean = to_f64(layer.mean(inputs.clone()).narrow(0, 0, 1));
        let drawn = layer.sample(inputs, &mut Noise::new(4));
        let (features, label) = layer.split(drawn.clone());
        let without = crate::units::Units::Labelled(layer).without_label(drawn.clone());
        assert_eq!(to_f64(without), to_f64(features));
        assert!(to_f64(label.sum_dim(1)).iter().all(|&n| n == 1.0));
        let count = to_f64(drawn.sum_dim(0));
        for (count, p) in count.iter().zip(mean) {
            let n = f64::from(rows);
            let sigma = (n * p * (1.0 - p)).sqrt();
            assert!((count - n * p).abs() < 5.0 * sigma, "{count} at {p}");
        }
    }
}
