//! The way up through a stack, with a softmax on top.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor};
use rbm_model::{Noise, numerics::to_f64};

use super::{DataRows, Dense, Regularisation, dense::linear};
use crate::{Dbn, DbnError};

/// The recognition path of a [`Dbn`] as a feed-forward network, with a softmax layer for classes.
///
/// Made [from a stack](Self::from_dbn), its hidden activities are the stack's means on the way up;
/// backpropagation then tunes all the weights. With the feature `finetune` it implements Burn's `TrainStep`
/// and `InferenceStep`, so Burn's learner trains it; [`Finetune`](crate::Finetune) does that in one call.
/// The softmax layer starts at zero, so that it alone moves in the first update, and no feature is
/// spoilt by the derivatives of random weights above it.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::{Dbn, DbnClassifier};
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(64, 20), layer(20, 30)])?;
/// let classifier = DbnClassifier::from_dbn(&dbn, 10)?;
/// assert_eq!(classifier.logits(Tensor::ones([5, 64], &device)).dims(), [5, 10]);
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # References
///
/// G. E. Hinton, R. R. Salakhutdinov: *Reducing the dimensionality of data with neural networks*,
/// Science 313, 2006, for pre-training and backpropagation; G. E. Hinton: *To recognize shapes, first
/// learn to generate images*, 2007, for the 784-500-500-2000 network on MNIST.
#[derive(Module, Debug)]
pub struct DbnClassifier {
    /// The hidden layers, from the data up.
    pub hidden: Vec<Dense>,
    /// The layer of class inputs, `[features, classes]`.
    pub output: Linear,
    /// What holds during training; [`Finetune`](crate::Finetune) sets it.
    #[module(skip)]
    pub regularisation: Regularisation,
    /// Whether training leaves the hidden layers as they are, so that the softmax layer is a logistic
    /// regression on their activities; [`Finetune`](crate::Finetune) sets it.
    #[module(skip)]
    pub frozen: bool,
}

impl DbnClassifier {
    /// The recognition path of `dbn`, with its weights and hidden biases, and `classes` classes on
    /// top.
    ///
    /// # Errors
    ///
    /// [`DbnError::Unrolled`] for a stack with label units, [`DbnError::TooFewClasses`] for fewer
    /// than two classes.
    pub fn from_dbn(dbn: &Dbn, classes: usize) -> Result<Self, DbnError> {
        dbn.check_unrollable()?;
        let hidden = dbn.stack.iter().map(Dense::upward).collect();
        Self::with_hidden(hidden, classes)
    }

    /// A network of logistic units with [random weights](Dense::random): what pre-training is
    /// compared with. `widths` are the numbers of inputs and of the units of each hidden layer.
    ///
    /// # Errors
    ///
    /// [`DbnError::NoLayers`] for fewer than two widths, [`DbnError::TooFewClasses`] for fewer than two
    /// classes.
    pub fn random(
        widths: &[usize],
        classes: usize,
        noise: &mut Noise,
        device: &Device,
    ) -> Result<Self, DbnError> {
        let pairs = widths.windows(2);
        let hidden = pairs.map(|pair| Dense::random(pair[0], pair[1], noise, device));
        Self::with_hidden(hidden.collect(), classes)
    }

    fn with_hidden(hidden: Vec<Dense>, classes: usize) -> Result<Self, DbnError> {
        let last = hidden.last().ok_or(DbnError::NoLayers)?;
        if classes < 2 {
            return Err(DbnError::TooFewClasses { found: classes });
        }
        let weight = last.linear.weight.val();
        let (device, dtype) = (weight.device(), weight.dtype());
        let zeros = Tensor::zeros([last.dims()[1], classes], (&device, dtype));
        Ok(Self {
            output: linear(zeros, Tensor::zeros([classes], (&device, dtype))),
            hidden,
            regularisation: Regularisation::default(),
            frozen: false,
        })
    }

    /// The number of inputs.
    pub fn num_inputs(&self) -> usize {
        self.hidden[0].dims()[0]
    }

    /// The number of classes.
    pub fn num_classes(&self) -> usize {
        self.output.weight.dims()[1]
    }

    /// The activities of each hidden layer, from the data up: `[batch, units]` each.
    pub fn activities(&self, x: Tensor<2>) -> Vec<Tensor<2>> {
        let mut activities: Vec<Tensor<2>> = Vec::with_capacity(self.hidden.len());
        for layer in &self.hidden {
            let below = activities.last().cloned().unwrap_or_else(|| x.clone());
            activities.push(layer.forward(below));
        }
        activities
    }

    /// The inputs of the classes, `[batch, inputs]` to `[batch, classes]`; their softmax is the
    /// probability of each class.
    ///
    /// # Panics
    ///
    /// Where `x` has another number of columns than the network has inputs.
    pub fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        let features = self.hidden.iter().fold(x, |x, layer| layer.forward(x));
        self.output.forward(features)
    }

    /// The most probable class of each row, `[batch]`.
    pub fn predict(&self, x: Tensor<2>) -> Tensor<1, Int> {
        self.logits(x).argmax(1).squeeze_dim::<1>(1)
    }

    /// The share of the rows that are taken for another class than their own.
    ///
    /// # Errors
    ///
    /// [`DbnError`] where the rows have another number of columns than the network has inputs, no
    /// labels, or labels that are none of its classes.
    pub fn error_rate(&self, rows: &DataRows) -> Result<f64, DbnError> {
        rows.check_columns(self.num_inputs())?;
        rows.check_labels(self.num_classes())?;
        let model = self.valid();
        let weight = model.output.weight.val();
        let device = weight.device();
        let mut wrong = 0.0;
        for (inputs, labels) in rows.blocks(&device) {
            let labels = labels.expect("the labels were checked");
            let predicted = model.predict(inputs.cast(weight.dtype()));
            wrong += to_f64(predicted.not_equal(labels).float().sum())[0];
        }
        Ok(wrong / rows.len() as f64)
    }
}
