//! Classes by exact free energy.
//!
//! With label units `y` beside the features `x` of the top layer, `p(y | x) ∝ exp(-F(x, y))` is a
//! sum over as many terms as there are classes (G. E. Hinton, S. Osindero, Y.-W. Teh, 2006, section
//! 6.2; H. Larochelle, Y. Bengio: *Classification using discriminative restricted Boltzmann
//! machines*, ICML 2008).

use burn::tensor::{Tensor, TensorData, activation::log_softmax};
use rbm_model::{
    Noise, Rbm,
    numerics::log_sum_exp_rows,
    units::{Labelled, UnitLayer, Units},
};

use crate::{Dbn, DbnError};

/// Rows whose classes are weighed together: a few tensors of so many times the top layer's width.
const BLOCK_ROWS: usize = 2000;

impl Dbn {
    /// `log p(y | v)` of each class, with the features taken at their means, in nats.
    ///
    /// # Shapes
    ///
    /// `v` is `[rows, visible]`, the result `[rows, classes]`.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use dbn::Dbn;
    /// use rbm_model::{Noise, RbmConfig, units::UnitsConfig};
    ///
    /// let (device, mut noise) = (Device::default(), Noise::new(1));
    /// let below = RbmConfig::new(6, 5).init(&mut noise, &device);
    /// let labelled = UnitsConfig::Labelled { classes: 3 };
    /// let top = RbmConfig::new(8, 4).with_visible(labelled).init(&mut noise, &device);
    /// let dbn = Dbn::new(vec![below, top])?;
    /// let log_p = dbn.classify(Tensor::ones([2, 6], &device))?;
    /// let total: f32 = log_p.exp().sum().into_scalar();
    /// assert!((total - 2.0).abs() < 1e-5);
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DbnError::NoClasses`] where the top layer has no label units.
    ///
    /// # Panics
    ///
    /// Where `v` has another width.
    pub fn classify(&self, v: Tensor<2>) -> Result<Tensor<2>, DbnError> {
        let below_top = self.num_layers() - 1;
        let blocks = blocks(&v).map(|block| {
            let features = self.encode(block, below_top);
            self.class_log_probabilities(features)
        });
        Ok(Tensor::cat(blocks.collect::<Result<_, _>>()?, 0))
    }

    /// `log p(y | x)` of each class given the features below the top layer, exact, in nats.
    ///
    /// # Shapes
    ///
    /// `features` is `[rows, features]`, the result `[rows, classes]`.
    ///
    /// # Errors
    ///
    /// [`DbnError::NoClasses`] where the top layer has no label units.
    ///
    /// # Panics
    ///
    /// Where `features` has another width.
    pub fn class_log_probabilities(&self, features: Tensor<2>) -> Result<Tensor<2>, DbnError> {
        let label = self.label_layer().ok_or(DbnError::NoClasses)?;
        Ok(log_softmax(
            class_log_weights(self.top(), label, features),
            1,
        ))
    }

    /// `-F(x)` of the top layer with any label summed out, shape `[rows]`.
    pub(crate) fn top_log_weights(&self, features: Tensor<2>) -> Tensor<1> {
        let Some(label) = self.label_layer() else {
            return self.top().free_energy(features).neg();
        };
        let energy = label.features().energy(features.clone());
        log_sum_exp_rows(class_log_weights(self.top(), label, features)) - energy
    }

    /// `Σ_y p(y | x) E[h | x, y]`.
    pub(crate) fn mean_over_labels(&self, features: Tensor<2>, label: &Labelled) -> Tensor<2> {
        let p = log_softmax(class_log_weights(self.top(), label, features.clone()), 1).exp();
        let mut total: Option<Tensor<2>> = None;
        for (inputs, class) in class_inputs(self.top(), label, features).zip(0..) {
            let share = self.top().hidden.mean(inputs) * p.clone().narrow(1, class, 1);
            total = Some(match total {
                Some(total) => total + share,
                None => share,
            });
        }
        total.expect("a label has classes")
    }

    /// The visible states of the top layer at these features: with a label drawn from `p(y | x)`
    /// where it has one.
    pub(crate) fn with_drawn_label(&self, features: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let [states] = self.top().off_tape([features], |top, [features]| {
            let Units::Labelled(label) = &top.visible else {
                return [features];
            };
            let weights = class_log_weights(top, label, features.clone());
            let drawn = noise.one_of(log_softmax(weights, 1).exp());
            [Tensor::cat(vec![features, drawn], 1)]
        });
        states
    }

    /// Classes as states of the label units, `[labels, classes]`.
    pub(crate) fn label_states(&self, labels: &[usize]) -> Result<Tensor<2>, DbnError> {
        let classes = self.classes().ok_or(DbnError::NoClasses)?;
        let mut states = vec![0f32; labels.len() * classes];
        for (row, &found) in labels.iter().enumerate() {
            if found >= classes {
                return Err(DbnError::UnknownClass { found, classes });
            }
            states[row * classes + found] = 1.0;
        }
        let weight = self.top().weight.val();
        Ok(Tensor::from_data(
            TensorData::new(states, [labels.len(), classes]),
            (&weight.device().without_autodiff(), weight.dtype()),
        ))
    }
}

/// `-F(x, y)` of a layer with a label but for the energy of the features, `[rows, classes]`.
fn class_log_weights(top: &Rbm, label: &Labelled, features: Tensor<2>) -> Tensor<2> {
    let bias = label.bias.val();
    let of_classes = class_inputs(top, label, features)
        .zip(0..)
        .map(|(inputs, class)| {
            let gamma =
                top.hidden.cgf(inputs) + bias.clone().narrow(0, label.num_features() + class, 1);
            gamma.unsqueeze_dim::<2>(1)
        });
    Tensor::cat(of_classes.collect(), 1)
}

/// The inputs of the hidden units of a layer with the label at each class in turn: one product for all
/// of them.
fn class_inputs(
    top: &Rbm,
    label: &Labelled,
    features: Tensor<2>,
) -> impl Iterator<Item = Tensor<2>> + use<> {
    let (first, classes) = (label.num_features(), label.classes());
    let of_label = top.weight.val().narrow(0, first, classes);
    let rows = features.dims()[0];
    let off = Tensor::zeros([rows, classes], (&features.device(), features.dtype()));
    let inputs = top.hidden_inputs(Tensor::cat(vec![features, off], 1));
    (0..classes).map(move |class| inputs.clone() + of_label.clone().narrow(0, class, 1))
}

/// The rows of a tensor, so many at a time.
pub(crate) fn blocks(x: &Tensor<2>) -> impl Iterator<Item = Tensor<2>> {
    let rows = x.dims()[0];
    let starts = (0..rows).step_by(BLOCK_ROWS);
    starts.map(move |first| x.clone().narrow(0, first, BLOCK_ROWS.min(rows - first)))
}
