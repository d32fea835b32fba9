//! Unrolled networks against the stack they come from, and their gradients against differences.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::nn::Linear;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use burn::train::{InferenceStep, TrainStep};
use dbn::{Autoencoder, Batch, Dbn, DbnClassifier, Dense, Regularisation};
use rbm_model::{
    Noise, Rbm,
    numerics::to_f64,
    units::{Bernoulli, Gaussian, Units},
};

fn draw(shape: [usize; 2], seed: u64) -> Tensor<2> {
    Noise::new(seed).normal(shape, DType::F64, &Device::flex())
}

fn vector(n: usize, seed: u64) -> Tensor<1> {
    draw([1, n], seed).squeeze_dim::<1>(0)
}

/// A stack of 5-4-3 units with weights of about one.
fn stack(gaussian: bool) -> Dbn {
    let binary = |n, seed| Units::Bernoulli(Bernoulli::from_bias(vector(n, seed)));
    let visible = if gaussian {
        Units::Gaussian(Gaussian::from_parts(vector(5, 1), Some(vector(5, 2) * 0.3)))
    } else {
        binary(5, 1)
    };
    let first = Rbm::from_parts(visible, binary(4, 3), draw([5, 4], 4));
    let second = Rbm::from_parts(binary(4, 5), binary(3, 6), draw([4, 3], 7));
    Dbn::new(vec![first, second]).unwrap()
}

fn batch() -> Batch {
    let labels = TensorData::from([0i32, 2, 1, 1, 0, 2]);
    Batch {
        inputs: Noise::new(8).uniform([6, 5], DType::F64, &Device::flex()),
        labels: Some(Tensor::<1, Int>::from_data(labels, &Device::flex())),
        noise: Noise::new(9),
    }
}

fn close(found: &[f64], expected: &[f64], slack: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < slack, "{found} {expected}");
    }
}

#[test]
fn hidden_activities_are_the_means_of_the_stack() {
    for gaussian in [false, true] {
        let dbn = stack(gaussian);
        let classifier = DbnClassifier::from_dbn(&dbn, 3).unwrap();
        let x = batch().inputs;
        let [first, second] = [1, 2].map(|layer| dbn.encode(x.clone(), layer));
        let activities = classifier.activities(x.clone());
        assert_eq!(activities.len(), 2);
        close(&to_f64(activities[0].clone()), &to_f64(first), 1e-12);
        close(
            &to_f64(activities[1].clone()),
            &to_f64(second.clone()),
            1e-12,
        );
        // The class layer is zero at the start: all classes alike.
        assert!(
            to_f64(classifier.logits(x.clone()))
                .iter()
                .all(|&x| x == 0.0)
        );

        let autoencoder = Autoencoder::from_dbn(&dbn).unwrap();
        let expected = dbn.reconstruct(x.clone(), 2);
        close(
            &to_f64(autoencoder.encode(x.clone())),
            &to_f64(second),
            1e-12,
        );
        close(
            &to_f64(autoencoder.reconstruct(x)),
            &to_f64(expected),
            1e-12,
        );
    }
}

/// The most probable class is that of the largest input.
#[test]
fn predictions_are_the_largest_class_inputs() {
    let mut classifier = DbnClassifier::from_dbn(&stack(false), 3).unwrap();
    classifier.output = Linear {
        weight: Param::from_tensor(draw([3, 3], 11)),
        bias: Some(Param::from_tensor(vector(3, 12))),
    };
    let x = draw([20, 5], 13);
    let logits = to_f64(classifier.logits(x.clone()));
    let predicted: Vec<i64> = classifier.predict(x).into_data().iter::<i64>().collect();
    for (row, class) in logits.chunks(3).zip(predicted) {
        let largest = row.iter().copied().fold(f64::MIN, f64::max);
        assert_eq!(row[usize::try_from(class).unwrap()], largest);
    }
}

/// All the parameters and their values.
#[derive(Default)]
struct Parameters(Vec<(ParamId, usize, Vec<f64>)>);

impl ModuleVisitor for Parameters {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push((param.id, D, to_f64(param.val())));
    }
}

/// One element of one parameter moved.
struct Nudge {
    id: ParamId,
    element: usize,
    by: f64,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if param.id != self.id {
            return param;
        }
        param.map(|x| {
            let (device, shape) = (x.device(), x.dims());
            let mut values = to_f64(x);
            values[self.element] += self.by;
            Tensor::from_data(TensorData::new(values, shape), (&device, DType::F64)).require_grad()
        })
    }
}

/// Central differences of `loss` by all parameters, against the gradient.
fn check_gradient<M: Module>(network: &M, gradients: &GradientsParams, loss: impl Fn(&M) -> f64) {
    let mut parameters = Parameters::default();
    network.visit(&mut parameters);
    let step = 1e-5;
    for (id, rank, values) in parameters.0 {
        let gradient = if rank == 1 {
            to_f64(gradients.get::<1>(id).unwrap())
        } else {
            to_f64(gradients.get::<2>(id).unwrap())
        };
        assert_eq!(gradient.len(), values.len());
        for (element, &found) in gradient.iter().enumerate() {
            let at = |by| loss(&network.clone().map(&mut Nudge { id, element, by }));
            let expected = (at(step) - at(-step)) / (2.0 * step);
            assert!(
                (found - expected).abs() < 1e-8,
                "element {element} of a parameter of rank {rank}: {found} {expected}"
            );
        }
    }
}

fn squares<'a>(layers: impl Iterator<Item = &'a Linear>) -> f64 {
    layers
        .flat_map(|layer| to_f64(layer.weight.val()))
        .map(|w| w * w)
        .sum()
}

const REGULARISATIONS: [Regularisation; 3] = [
    Regularisation {
        input_dropout: 0.0,
        hidden_dropout: 0.0,
        max_norm: None,
        l2: 0.0,
    },
    Regularisation {
        input_dropout: 0.2,
        hidden_dropout: 0.5,
        max_norm: None,
        l2: 0.0,
    },
    Regularisation {
        input_dropout: 0.0,
        hidden_dropout: 0.0,
        max_norm: None,
        l2: 0.3,
    },
];

#[test]
fn the_classifiers_gradient_is_that_of_differences() {
    for regularisation in REGULARISATIONS {
        let mut classifier = DbnClassifier::from_dbn(&stack(true), 3).unwrap();
        classifier.output.weight = Param::from_tensor(draw([3, 3], 11));
        classifier.regularisation = regularisation;
        let classifier = classifier.train();
        let gradients = TrainStep::step(&classifier, batch()).grads;
        check_gradient(&classifier, &gradients, |network| {
            let loss = to_f64(TrainStep::step(network, batch()).item.loss)[0];
            let layers = network.hidden.iter().map(|layer| &layer.linear);
            loss + 0.5 * regularisation.l2 * squares(layers.chain([&network.output]))
        });
    }
}

#[test]
fn the_autoencoders_gradient_is_that_of_differences() {
    for regularisation in REGULARISATIONS {
        for gaussian in [false, true] {
            let mut autoencoder = Autoencoder::from_dbn(&stack(gaussian)).unwrap();
            autoencoder.regularisation = regularisation;
            let autoencoder = autoencoder.train();
            let gradients = TrainStep::step(&autoencoder, batch()).grads;
            check_gradient(&autoencoder, &gradients, |network| {
                let loss = to_f64(TrainStep::step(network, batch()).item.loss)[0];
                let layers = network.encoder.iter().chain(&network.decoder);
                let layers = layers.map(|layer: &Dense| &layer.linear);
                loss + 0.5 * regularisation.l2 * squares(layers)
            });
        }
    }
}

/// The loss written out: `-log softmax` of the class of each row.
#[test]
fn the_loss_is_the_mean_negative_log_probability() {
    let mut classifier = DbnClassifier::from_dbn(&stack(false), 3).unwrap();
    classifier.output.weight = Param::from_tensor(draw([3, 3], 11));
    let logits = to_f64(classifier.logits(batch().inputs));
    let expected: f64 = logits
        .chunks(3)
        .zip([0, 2, 1, 1, 0, 2])
        .map(|(row, class): (&[f64], usize)| {
            row.iter().map(|x| x.exp()).sum::<f64>().ln() - row[class]
        })
        .sum();
    let found = InferenceStep::step(&classifier, batch()).loss;
    close(&to_f64(found), &[expected / 6.0], 1e-12);
}
