//! What of a network is no number any more.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use rbm_model::numerics::to_f64;
use rbm_train::internal::too_large_column;

use crate::DbnError;

impl DbnError {
    /// A loss that is no finite number in `epoch`, counted from 1, with the first parameter of the network
    /// that is none either. Where all of them are finite, it is the column of `inputs` or the parameter that
    /// makes it so large.
    pub(crate) fn diverged<M: Module>(
        epoch: u64,
        network: &M,
        inputs: impl Iterator<Item = Tensor<2>>,
    ) -> Self {
        let mut search = Search::default();
        network.visit(&mut search);
        let what = search.found.unwrap_or_else(|| {
            let cause = match (too_large_column(inputs), search.largest) {
                (Some((column, value)), _) => {
                    format!("the data have {value:e} in column {column}")
                }
                (None, Some((value, name))) => format!("the largest is {name} at {value:e}"),
                (None, None) => "there is none".to_owned(),
            };
            format!(
                "the loss is not a finite number, though every parameter is one: {cause} (columns, layers, \
                 inputs and units are counted from 0)"
            )
        });
        Self::Diverged { epoch, what }
    }
}

/// The place and the value of the first of the largest of finite numbers.
fn largest(values: &[f64]) -> Option<(usize, f64)> {
    let numbered = values.iter().copied().enumerate();
    numbered.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()).then(b.0.cmp(&a.0)))
}

/// Walks through the parameters until one is not finite, and keeps the largest of those before it.
#[derive(Default)]
struct Search {
    path: Vec<String>,
    found: Option<String>,
    largest: Option<(f64, String)>,
}

impl ModuleVisitor for Search {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.found.is_some() {
            return;
        }
        let tensor = param.val().without_autodiff();
        let columns = tensor.dims()[D - 1].max(1);
        let values = to_f64(tensor);
        let first = values.iter().position(|x| !x.is_finite());
        let Some((at, value)) = first.map(|at| (at, values[at])).or(largest(&values)) else {
            return;
        };
        let place = match D {
            1 => format!("of unit {at}"),
            _ => format!("between input {} and unit {}", at / columns, at % columns),
        };
        let name = format!("`{}` {place}", self.path.join("."));
        if first.is_some() {
            self.found = Some(format!(
                "{name} is {value} (layers, inputs and units are counted from 0)"
            ));
        } else if self
            .largest
            .as_ref()
            .is_none_or(|(before, _)| value.abs() > before.abs())
        {
            self.largest = Some((value, name));
        }
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::Noise;

    use super::*;
    use crate::DbnClassifier;

    #[test]
    fn the_layer_and_the_unit_are_named() {
        let device = Device::default();
        let mut network =
            DbnClassifier::random(&[4, 3, 3], 2, &mut Noise::new(1), &device).unwrap();
        let diverged = |network: &DbnClassifier, inputs: Vec<Tensor<2>>| {
            DbnError::diverged(7, network, inputs.into_iter()).to_string()
        };
        // A column that is too large, whichever block it is in; else the largest parameter.
        let inputs = |large: f32| {
            let second = Tensor::from_floats([[1.0, 2.0, -large, 0.0]], &device);
            vec![Tensor::ones([2, 4], &device), second]
        };
        let message = diverged(&network, inputs(1e30));
        assert!(
            message.contains("in epoch 7: the loss is not a finite number, though every parameter")
                && message.contains("the data have -1.0")
                && message.contains("e30 in column 2"),
            "{message}"
        );
        let bias = Tensor::from_floats([0.0, 2.0, -5e5], &device);
        network.hidden[1].linear.bias = Some(Param::from_tensor(bias));
        let message = diverged(&network, inputs(1e9));
        assert!(
            message.contains("the largest is `hidden.1.linear.bias` of unit 2 at -5e5"),
            "{message}"
        );
        let mut weight = [0f32; 9];
        weight[5] = f32::NAN;
        let weight = Tensor::<1>::from_floats(weight, &device).reshape([3, 3]);
        network.hidden[1].linear.weight = Param::from_tensor(weight);
        let message = diverged(&network, Vec::new());
        assert!(
            message.contains("`hidden.1.linear.weight` between input 1 and unit 2 is NaN"),
            "{message}"
        );
        let bias = Tensor::from_floats([0.0, f32::INFINITY, 0.0], &device);
        network.hidden[0].linear.bias = Some(Param::from_tensor(bias));
        let message = diverged(&network, Vec::new());
        assert!(
            message.contains("`hidden.0.linear.bias` of unit 1 is inf"),
            "{message}"
        );
    }
}
