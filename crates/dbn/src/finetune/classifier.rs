//! What an update of a classifier does.

use burn::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer, MultiGradientsParams};
use burn::tensor::{Int, Tensor, activation::log_softmax};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use rbm_model::Noise;

use super::thinning::dropped;
use crate::{Batch, DbnClassifier, Dense};

impl DbnClassifier {
    /// The class inputs of a network thinned by dropout.
    fn thinned_logits(&self, x: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let p = self.regularisation;
        let x = dropped(x, p.input_dropout, noise);
        let mut up = |hidden: &[Dense], x: Tensor<2>| {
            hidden.iter().fold(x, |x, layer| {
                dropped(layer.forward(x), p.hidden_dropout, noise)
            })
        };
        let features = if self.frozen {
            // Without derivatives, the optimiser leaves them alone. Cut from a tape behind them they would
            // keep it, one for each update.
            up(&self.hidden.valid(), x.without_autodiff()).autodiff()
        } else {
            up(&self.hidden, x)
        };
        self.output.forward(features)
    }

    fn prepared(&self, batch: Batch) -> (Tensor<2>, Tensor<1, Int>, Noise) {
        let labels = batch
            .labels
            .expect("a classifier is trained on rows with labels");
        let inputs = batch.inputs.cast(self.output.weight.val().dtype());
        (inputs, labels, batch.noise)
    }

    /// The hidden layers that training moves.
    fn tuned(&self) -> &[Dense] {
        if self.frozen { &[] } else { &self.hidden }
    }

    fn constrained(mut self) -> Self {
        if self.frozen {
            return self;
        }
        let regularisation = self.regularisation;
        for layer in &mut self.hidden {
            layer.linear = regularisation.constrained(layer.linear.clone());
        }
        self
    }
}

/// The mean of `-log p(class)` over the rows, in nats, shape `[1]`.
fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let rows = logits.dims()[0] as f64;
    let log_p = log_softmax(logits, 1).gather(1, labels.unsqueeze_dim(1));
    log_p.sum().mul_scalar(-rows.recip())
}

impl TrainStep for DbnClassifier {
    type Input = Batch;
    type Output = ClassificationOutput;

    /// The gradient of the mean cross-entropy and of the penalty on the weights.
    ///
    /// # Panics
    ///
    /// Where the batch has no labels.
    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let (inputs, labels, mut noise) = self.prepared(batch);
        let logits = self.thinned_logits(inputs, &mut noise);
        let loss = cross_entropy(logits.clone(), labels.clone());
        let layers = self.tuned().iter().map(|layer| &layer.linear);
        let gradients = self
            .regularisation
            .penalised(loss.clone(), layers.chain([&self.output]))
            .backward();
        let output = ClassificationOutput::new(loss, logits, labels);
        TrainOutput::new(self, gradients, output)
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

impl InferenceStep for DbnClassifier {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        let (inputs, labels, _) = self.prepared(batch);
        let logits = self.logits(inputs);
        let loss = cross_entropy(logits.clone(), labels.clone());
        ClassificationOutput::new(loss, logits, labels)
    }
}
