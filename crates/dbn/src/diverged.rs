//! What of a network is no number any more.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use rbm_model::numerics::to_f64;

use crate::DbnError;

impl DbnError {
    /// A loss that is no finite number in `epoch`, counted from 1, with the first parameter of the network
    /// that is none either.
    pub(crate) fn diverged<M: Module>(epoch: u64, network: &M) -> Self {
        let mut search = Search::default();
        network.visit(&mut search);
        let what = search.found.unwrap_or_else(|| {
            "the loss is not a finite number, though every parameter is one".to_owned()
        });
        Self::Diverged { epoch, what }
    }
}

/// Walks through the parameters until one is not finite.
#[derive(Default)]
struct Search {
    path: Vec<String>,
    found: Option<String>,
}

impl ModuleVisitor for Search {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.found.is_some() {
            return;
        }
        let tensor = param.val().without_autodiff();
        let columns = tensor.dims()[D - 1].max(1);
        let values = to_f64(tensor);
        let Some(at) = values.iter().position(|x| !x.is_finite()) else {
            return;
        };
        let place = match D {
            1 => format!("of unit {at}"),
            _ => format!("between input {} and unit {}", at / columns, at % columns),
        };
        self.found = Some(format!(
            "`{}` {place} is {} (layers, inputs and units are counted from 0)",
            self.path.join("."),
            values[at]
        ));
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
        let message = DbnError::diverged(7, &network).to_string();
        assert!(
            message.contains("in epoch 7: the loss is not a finite number, though every parameter"),
            "{message}"
        );
        let mut weight = [0f32; 9];
        weight[5] = f32::NAN;
        let weight = Tensor::<1>::from_floats(weight, &device).reshape([3, 3]);
        network.hidden[1].linear.weight = Param::from_tensor(weight);
        let message = DbnError::diverged(7, &network).to_string();
        assert!(
            message.contains("`hidden.1.linear.weight` between input 1 and unit 2 is NaN"),
            "{message}"
        );
        let bias = Tensor::from_floats([0.0, f32::INFINITY, 0.0], &device);
        network.hidden[0].linear.bias = Some(Param::from_tensor(bias));
        let message = DbnError::diverged(7, &network).to_string();
        assert!(
            message.contains("`hidden.0.linear.bias` of unit 1 is inf"),
            "{message}"
        );
    }
}
