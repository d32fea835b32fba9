//! All parameters of a model by name, found by walking the module.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::Rbm;
use crate::units::Units;

/// A parameter of a model.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig};
///
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &Device::default());
/// let names: Vec<String> = rbm.parameters().into_iter().map(|p| p.name).collect();
/// assert_eq!(names, ["visible.bias", "hidden.bias", "weight"]);
/// ```
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The path of its field in the model, `visible.bias`.
    pub name: String,
    /// What an optimiser knows it by.
    pub id: ParamId,
    /// Its values.
    pub values: TensorData,
}

/// The path to the parameter that a walk is at: the names of the fields on the way. The variants of
/// an enum are no part of it, so that the names are the same for all kinds of units.
#[derive(Default)]
struct FieldPath(Vec<String>);

impl FieldPath {
    fn enter(&mut self, name: &str, container: &str) {
        if !container.starts_with("Enum:") {
            self.0.push(name.to_owned());
        }
    }

    fn exit(&mut self, container: &str) {
        if !container.starts_with("Enum:") {
            self.0.pop();
        }
    }

    fn name(&self) -> String {
        self.0.join(".")
    }
}

/// Collects what `of` makes of each parameter.
struct Collect<F, T> {
    path: FieldPath,
    of: F,
    found: Vec<T>,
}

impl<T, F: FnMut(String, ParamId, &dyn Fn() -> TensorData) -> T> ModuleVisitor for Collect<F, T> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = || param.val().into_data();
        let item = (self.of)(self.path.name(), param.id, &values);
        self.found.push(item);
    }
}

fn collect<T>(
    module: &impl Module,
    of: impl FnMut(String, ParamId, &dyn Fn() -> TensorData) -> T,
) -> Vec<T> {
    let mut collect = Collect {
        path: FieldPath::default(),
        of,
        found: Vec::new(),
    };
    module.visit(&mut collect);
    collect.found
}

impl Rbm {
    /// All parameters with their values: those of the visible units, of the hidden units, and the
    /// weights.
    pub fn parameters(&self) -> Vec<Parameter> {
        collect(self, |name, id, values| Parameter {
            name,
            id,
            values: values(),
        })
    }

    /// The names and ids of all parameters, in the order of [`parameters`](Self::parameters). No
    /// value is read from the device.
    pub fn parameter_ids(&self) -> Vec<(String, ParamId)> {
        collect(self, |name, id, _| (name, id))
    }
}

/// Replaces the parameters of a layer, by name, with those that `take` gives for a name and a shape,
/// up to its first error.
struct Replace<F, E> {
    path: FieldPath,
    take: F,
    error: Option<E>,
    device: Device,
}

impl<E, F: FnMut(&str, &[usize]) -> Result<(TensorData, DType), E>> ModuleMapper for Replace<F, E> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        match (self.take)(&self.path.name(), &param.val().dims()) {
            Ok((data, dtype)) => Param::from_tensor(Tensor::from_data(data, (&self.device, dtype))),
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

/// The layer with the parameters that `take` gives for each name and shape, in the type beside each.
pub(crate) fn with_parameters<E>(
    units: Units,
    device: &Device,
    take: impl FnMut(&str, &[usize]) -> Result<(TensorData, DType), E>,
) -> Result<Units, E> {
    let mut replace = Replace {
        path: FieldPath::default(),
        take,
        error: None,
        device: device.clone(),
    };
    let units = units.map(&mut replace);
    replace.error.map_or(Ok(units), Err)
}

/// The layer with the same values in new parameters without a tape, on the device and in the type.
pub(crate) fn on_device_in_type(units: Units, device: &Device, dtype: DType) -> Units {
    struct To(Device, DType);
    impl ModuleMapper for To {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let value = param.val().without_autodiff();
            Param::from_tensor(value.to_device(&self.0).cast(self.1))
        }
    }
    units.map(&mut To(device.clone(), dtype))
}

/// The layer with the same values in new parameters.
pub(crate) fn in_new_parameters(units: Units) -> Units {
    struct New;
    impl ModuleMapper for New {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            Param::from_tensor(param.val().detach())
        }
    }
    units.map(&mut New)
}

#[cfg(test)]
mod tests {
    use crate::{Noise, RbmConfig, numerics::to_f64, units::UnitsConfig};

    use super::*;

    const KINDS: [UnitsConfig; 4] = [
        UnitsConfig::Bernoulli,
        UnitsConfig::Gaussian { learn_sigma: false },
        UnitsConfig::Gaussian { learn_sigma: true },
        UnitsConfig::Labelled { classes: 2 },
    ];

    fn model(kind: UnitsConfig) -> Rbm {
        let config = RbmConfig::new(5, 3).with_visible(kind);
        let rbm = config.init(&mut Noise::new(1), &Device::flex());
        let mut next = 0.0;
        let numbered = with_parameters(rbm.visible.clone(), &Device::flex(), |_, shape| {
            next += 1.0;
            let n = shape.iter().product::<usize>();
            let values = (0..n).map(|i| next + 0.1 * i as f32).collect();
            Ok::<_, ()>((
                TensorData::new::<f32, _>(values, shape.to_vec()),
                DType::F32,
            ))
        });
        Rbm {
            visible: numbered.unwrap(),
            ..rbm
        }
    }

    #[test]
    fn no_number_of_a_model_is_left_out_and_each_has_its_name() {
        for kind in KINDS {
            let rbm = model(kind);
            let all = rbm.parameters();
            let numbers: usize = all.iter().map(|p| p.values.num_elements()).sum();
            assert_eq!(numbers, rbm.num_params(), "{kind:?}");
            let names: Vec<&str> = all.iter().map(|p| p.name.as_str()).collect();
            match kind {
                UnitsConfig::Gaussian { learn_sigma: true } => {
                    let expected = ["visible.bias", "visible.log_sigma", "hidden.bias", "weight"];
                    assert_eq!(names, expected);
                    let values = all[1].values.clone().try_to_vec::<f32>().unwrap();
                    assert_eq!(values[..2], [2.0, 2.1]);
                }
                _ => assert_eq!(names, ["visible.bias", "hidden.bias", "weight"]),
            }
            let ids: Vec<_> = all.into_iter().map(|p| (p.name, p.id)).collect();
            assert_eq!(ids, rbm.parameter_ids());
        }
    }

    /// Every value is carried over, to ids of its own, and in the type that is asked for.
    #[test]
    fn a_layer_in_new_parameters_or_another_type_has_the_same_values() {
        let numbers = |units: &Units| -> Vec<(ParamId, DType, Vec<f64>)> {
            collect(units, |_, id, values| {
                let values = values();
                (id, values.dtype(), values.iter::<f64>().collect())
            })
        };
        for kind in KINDS {
            let layer = model(kind).visible;
            let before = numbers(&layer);
            let fresh = numbers(&in_new_parameters(layer.clone()));
            let double = on_device_in_type(layer, &Device::flex(), DType::F64);
            assert_eq!(to_f64(double.bias()).len(), 5);
            let double = numbers(&double);
            assert_eq!((before.len(), before.len()), (fresh.len(), double.len()));
            for ((old, fresh), double) in before.iter().zip(fresh).zip(double) {
                assert_ne!(old.0, fresh.0);
                assert_ne!(old.0, double.0);
                assert_eq!((&old.2, DType::F32), (&fresh.2, fresh.1));
                assert_eq!((&old.2, DType::F64), (&double.2, double.1));
            }
        }
    }

    #[test]
    fn the_first_parameter_that_cannot_be_had_is_the_error() {
        let layer = model(UnitsConfig::Gaussian { learn_sigma: true }).visible;
        let found = with_parameters(layer, &Device::flex(), |name, shape| {
            if name == "log_sigma" {
                return Err((name.to_owned(), shape.to_vec()));
            }
            Ok((TensorData::zeros::<f32, _>(shape.to_vec()), DType::F32))
        });
        assert_eq!(found.err(), Some(("log_sigma".to_owned(), vec![5])));
    }
}
