//! What an update of an autoencoder does.

use burn::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsParams, ModuleOptimizer, MultiGradientsParams};
use burn::tensor::Tensor;
use burn::train::{InferenceStep, RegressionOutput, TrainOutput, TrainStep};
use rbm_model::Noise;

use super::thinning::dropped;
use crate::{Autoencoder, Batch};

impl Autoencoder {
    /// The inputs of the output units of a network thinned by dropout.
    fn thinned_output_inputs(&self, x: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let (output, below) = self.decoder.split_last().expect("there is a layer");
        let p = self.regularisation;
        let x = dropped(x, p.input_dropout, noise);
        let features = self.encoder.iter().chain(below).fold(x, |x, layer| {
            dropped(layer.forward(x), p.hidden_dropout, noise)
        });
        output.inputs(features)
    }

    fn prepared(&self, batch: Batch) -> (Tensor<2>, Noise) {
        let dtype = self.encoder[0].linear.weight.val().dtype();
        (batch.inputs.cast(dtype), batch.noise)
    }

    fn constrained(mut self) -> Self {
        let regularisation = self.regularisation;
        let hidden = self.encoder.len() + self.decoder.len() - 1;
        let layers = self.encoder.iter_mut().chain(&mut self.decoder);
        for layer in layers.take(hidden) {
            layer.linear = regularisation.constrained(layer.linear.clone());
        }
        self
    }
}

impl TrainStep for Autoencoder {
    type Input = Batch;
    type Output = RegressionOutput;

    /// The gradient of the reconstruction's loss and of the penalty on the weights.
    fn step(&self, batch: Batch) -> TrainOutput<RegressionOutput> {
        let (inputs, mut noise) = self.prepared(batch);
        let outputs = self.thinned_output_inputs(inputs.clone(), &mut noise);
        let loss = self.loss(outputs.clone(), inputs.clone());
        let layers = self.encoder.iter().chain(&self.decoder);
        let gradients = self
            .regularisation
            .penalised(loss.clone(), layers.map(|layer| &layer.linear))
            .backward();
        TrainOutput::new(
            self,
            gradients,
            RegressionOutput::new(loss, outputs, inputs),
        )
    }

    fn optimize(
        self,
        optimizer: &mut ModuleOptimizer,
        learning_rate: ModuleLearningRate,
        gradients: GradientsParams,
    ) -> Self {
        optimizer.step(learning_rate, self, gradients).constrained()
    }

    fn optimize_multi(
        self,
        optimizer: &mut ModuleOptimizer,
        learning_rate: ModuleLearningRate,
        gradients: MultiGradientsParams,
    ) -> Self {
        let tuned = optimizer.step_multi(learning_rate, self, gradients);
        tuned.constrained()
    }
}

impl InferenceStep for Autoencoder {
    type Input = Batch;
    type Output = RegressionOutput;

    fn step(&self, batch: Batch) -> RegressionOutput {
        let (inputs, _) = self.prepared(batch);
        let outputs = self.output_inputs(inputs.clone());
        let loss = self.loss(outputs.clone(), inputs.clone());
        RegressionOutput::new(loss, outputs, inputs)
    }
}
