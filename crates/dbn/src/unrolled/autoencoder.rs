//! The way up through a stack and down again.

use burn::module::Module;
use burn::tensor::Tensor;
use rbm_model::numerics::to_f64;

use super::{DataRows, Dense, Regularisation};
use crate::{Dbn, DbnError};

/// A [`Dbn`] unrolled into an encoder and a decoder: the weights on the way up and their transposes
/// on the way down, separate parameters from then on.
///
/// The loss is the cross-entropy between the data and the reconstruction where the visible units are
/// binary, half the squared error where they are Gaussian; in nats per row. With
/// [`input_dropout`](Regularisation::input_dropout) it is a denoising autoencoder. With the feature
/// `finetune` it implements Burn's `TrainStep` and `InferenceStep`; [`Finetune`](crate::Finetune) trains it
/// in one call.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::{Autoencoder, Dbn};
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
/// let dbn = Dbn::new(vec![layer(64, 20), layer(20, 3)])?;
/// let autoencoder = Autoencoder::from_dbn(&dbn)?;
/// let images = Tensor::<2>::ones([5, 64], &device);
/// assert_eq!(autoencoder.encode(images.clone()).dims(), [5, 3]);
/// assert_eq!(autoencoder.reconstruct(images).dims(), [5, 64]);
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # References
///
/// G. E. Hinton, R. R. Salakhutdinov: *Reducing the dimensionality of data with neural networks*,
/// Science 313, 2006.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// The layers from the data to the code.
    pub encoder: Vec<Dense>,
    /// The layers from the code to the data.
    pub decoder: Vec<Dense>,
    /// What holds during training; [`Finetune`](crate::Finetune) sets it.
    #[module(skip)]
    pub regularisation: Regularisation,
}

impl Autoencoder {
    /// The two directions of `dbn`.
    ///
    /// # Errors
    ///
    /// [`DbnError::Unrolled`] for a stack with label units.
    pub fn from_dbn(dbn: &Dbn) -> Result<Self, DbnError> {
        dbn.check_unrollable()?;
        Ok(Self {
            encoder: dbn.stack.iter().map(Dense::upward).collect(),
            decoder: dbn.stack.iter().rev().map(Dense::downward).collect(),
            regularisation: Regularisation::default(),
        })
    }

    /// The number of inputs, and of outputs.
    pub fn num_inputs(&self) -> usize {
        self.encoder[0].dims()[0]
    }

    /// The code of each row: `[batch, inputs]` to `[batch, code]`.
    pub fn encode(&self, x: Tensor<2>) -> Tensor<2> {
        self.encoder.iter().fold(x, |x, layer| layer.forward(x))
    }

    /// The data that a code stands for: `[batch, code]` to `[batch, inputs]`.
    pub fn decode(&self, code: Tensor<2>) -> Tensor<2> {
        self.decoder.iter().fold(code, |x, layer| layer.forward(x))
    }

    /// The rows as their codes tell them, `[batch, inputs]`.
    pub fn reconstruct(&self, x: Tensor<2>) -> Tensor<2> {
        self.decode(self.encode(x))
    }

    /// The mean loss of the rows without dropout, in nats per row.
    ///
    /// # Errors
    ///
    /// [`DbnError::Columns`] where the rows have another number of columns than the network has
    /// inputs.
    pub fn reconstruction_loss(&self, rows: &DataRows) -> Result<f64, DbnError> {
        rows.check_columns(self.num_inputs())?;
        let model = self.valid();
        let weight = model.encoder[0].linear.weight.val();
        let mut nats = 0.0;
        for (inputs, _) in rows.blocks(&weight.device()) {
            let count = inputs.dims()[0] as f64;
            let inputs = inputs.cast(weight.dtype());
            let outputs = model.output_inputs(inputs.clone());
            nats += count * to_f64(model.loss(outputs, inputs))[0];
        }
        Ok(nats / rows.len() as f64)
    }

    /// The inputs of the output units.
    pub(crate) fn output_inputs(&self, x: Tensor<2>) -> Tensor<2> {
        let (output, below) = self.decoder.split_last().expect("there is a layer");
        let hidden = self.encoder.iter().chain(below);
        output.inputs(hidden.fold(x, |x, layer| layer.forward(x)))
    }

    pub(crate) fn loss(&self, outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        let output = self.decoder.last().expect("there is a layer");
        output.activation.reconstruction_loss(outputs, targets)
    }
}
