//! All parameters of a model by name, found by walking the module.

use std::{collections::BTreeMap, convert::Infallible};

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
    /// The shape that it has in the model.
    pub shape: Vec<usize>,
    /// Its values without a tape, row after row.
    pub values: Tensor<1>,
}

impl Parameter {
    /// The values on the host, in the shape of the parameter.
    pub fn to_data(&self) -> TensorData {
        let data = self.values.to_data();
        TensorData::from_bytes_vec(data.as_bytes().to_vec(), self.shape.clone(), data.dtype())
    }
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

/// Collects all parameters.
#[derive(Default)]
struct Collect {
    path: FieldPath,
    found: Vec<Parameter>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().without_autodiff();
        let shape = value.dims();
        self.found.push(Parameter {
            name: self.path.name(),
            id: param.id,
            shape: shape.to_vec(),
            values: value.reshape([shape.iter().product::<usize>()]),
        });
    }
}

fn parameters_of(module: &impl Module) -> Vec<Parameter> {
    let mut collect = Collect::default();
    module.visit(&mut collect);
    collect.found
}

/// The id of a parameter whose values were replaced.
enum Id {
    New,
    Of(ParamId),
}

/// Gives each parameter the values, row after row, and the id that `of` makes of its name, its shape, and
/// those that it has, up to the first error.
struct Replace<F, E> {
    path: FieldPath,
    of: F,
    error: Option<E>,
}

impl<F, E> ModuleMapper for Replace<F, E>
where
    F: FnMut(&str, &[usize], ParamId, Tensor<1>) -> Result<(Id, Tensor<1>), E>,
{
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
        let (own, value, mapper) = param.consume();
        let shape = value.dims();
        let row = value.clone().reshape([shape.iter().product::<usize>()]);
        match (self.of)(&self.path.name(), &shape, own, row) {
            Ok((Id::New, values)) => Param::from_tensor(values.reshape(shape)),
            Ok((Id::Of(id), values)) => Param::from_mapped_value(id, values.reshape(shape), mapper),
            Err(error) => {
                self.error = Some(error);
                Param::from_mapped_value(own, value, mapper)
            }
        }
    }
}

fn replace<M: Module, E>(
    module: M,
    of: impl FnMut(&str, &[usize], ParamId, Tensor<1>) -> Result<(Id, Tensor<1>), E>,
) -> Result<M, E> {
    let mut replace = Replace {
        path: FieldPath::default(),
        of,
        error: None,
    };
    let module = module.map(&mut replace);
    replace.error.map_or(Ok(module), Err)
}

fn replace_all<M: Module>(
    module: M,
    mut of: impl FnMut(ParamId, Tensor<1>) -> (Id, Tensor<1>),
) -> M {
    let of = |_: &str, _: &[usize], id, values| Ok::<_, Infallible>(of(id, values));
    replace(module, of).unwrap_or_else(|error| match error {})
}

impl Rbm {
    /// All parameters: those of the visible units, of the hidden units, and the weights. No value is read
    /// from the device.
    pub fn parameters(&self) -> Vec<Parameter> {
        parameters_of(self)
    }

    /// The model with the values of `other`, or at a `share` of the way to them, in its own parameters: an
    /// optimiser knows its states by their ids. Its device and type stay, and a tape where it has one.
    ///
    /// ```
    /// use rbm_model::{Noise, RbmConfig, numerics::to_f64};
    ///
    /// let new = |seed| RbmConfig::new(4, 3).init(&mut Noise::new(seed), &Default::default());
    /// let (one, other) = (new(1), new(2));
    /// let all = one.towards(&other, 1.0);
    /// assert_eq!(to_f64(all.weight.val()), to_f64(other.weight.val()));
    /// assert_eq!(all.weight.id, one.weight.id);
    /// ```
    ///
    /// # Panics
    ///
    /// Where `other` has parameters of other shapes.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f64) -> Self {
        let mut values = other.parameters().into_iter().map(|next| next.values);
        let moved = replace_all(self.valid(), |id, own| {
            let next = values.next().expect("a value for each parameter");
            let next = next.to_device(&own.device()).cast(own.dtype());
            if share == 1.0 {
                (Id::Of(id), next)
            } else {
                (Id::Of(id), own.clone() + (next - own).mul_scalar(share))
            }
        });
        if self.device().is_autodiff() {
            moved.train()
        } else {
            moved
        }
    }

    /// The model with other ids for its parameters, by their names.
    ///
    /// # Errors
    ///
    /// The name of a parameter that has none.
    #[doc(hidden)]
    pub fn with_parameter_ids(self, ids: &BTreeMap<String, u64>) -> Result<Self, String> {
        replace(self, |name, _, _, values| {
            let id = ids.get(name).ok_or_else(|| name.to_owned())?;
            Ok((Id::Of(ParamId::from(*id)), values))
        })
    }
}

/// The layer with the parameters that `take` gives for each name and shape, in the type beside each.
pub(crate) fn with_parameters<E>(
    units: Units,
    device: &Device,
    mut take: impl FnMut(&str, &[usize]) -> Result<(TensorData, DType), E>,
) -> Result<Units, E> {
    replace(units, |name, shape, _, own| {
        let (data, dtype) = take(name, shape)?;
        let row = TensorData::from_bytes_vec(data.as_bytes().to_vec(), own.dims(), data.dtype());
        Ok((Id::New, Tensor::from_data(row, (device, dtype))))
    })
}

/// The layer with the same values in new parameters without a tape, on the device and in the type.
pub(crate) fn on_device_in_type(units: Units, device: &Device, dtype: DType) -> Units {
    replace_all(units, |_, values| {
        let values = values.without_autodiff().to_device(device);
        (Id::New, values.cast(dtype))
    })
}

/// The layer with the same values in new parameters.
pub(crate) fn in_new_parameters(units: Units) -> Units {
    replace_all(units, |_, values| (Id::New, values.detach()))
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
            let numbers: usize = all.iter().map(|p| p.values.dims()[0]).sum();
            assert_eq!(numbers, rbm.num_params(), "{kind:?}");
            let names: Vec<&str> = all.iter().map(|p| p.name.as_str()).collect();
            match kind {
                UnitsConfig::Gaussian { learn_sigma: true } => {
                    let expected = ["visible.bias", "visible.log_sigma", "hidden.bias", "weight"];
                    assert_eq!(names, expected);
                    let values = to_f64(all[1].values.clone());
                    assert!((values[0] - 2.0).abs() + (values[1] - 2.1).abs() < 1e-6);
                    assert_eq!(all[3].to_data().shape().as_slice(), [5, 3]);
                }
                _ => assert_eq!(names, ["visible.bias", "hidden.bias", "weight"]),
            }
        }
    }

    /// Every value is carried over, to ids of its own, and in the type that is asked for.
    #[test]
    fn a_layer_in_new_parameters_or_another_type_has_the_same_values() {
        let numbers = |units: &Units| -> Vec<(ParamId, DType, Vec<f64>)> {
            let all = parameters_of(units).into_iter();
            all.map(|p| (p.id, p.values.dtype(), to_f64(p.values)))
                .collect()
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

    #[test]
    fn all_parameters_take_the_values_and_keep_their_ids() {
        let kind = UnitsConfig::Gaussian { learn_sigma: true };
        let a = model(kind);
        let b = Rbm::from_parts(a.visible.fresh(), a.hidden.fresh(), a.weight.val() + 1.0);
        let bias = a.visible.bias() - 3.0;
        let b = Rbm {
            visible: with_parameters(b.visible, &Device::flex(), |name, _| {
                let values = if name == "bias" {
                    bias.clone()
                } else {
                    bias.clone().mul_scalar(0.5)
                };
                Ok::<_, ()>((values.into_data(), DType::F32))
            })
            .unwrap(),
            ..b
        };
        let numbers = |rbm: &Rbm| -> Vec<f64> {
            let all = rbm.parameters().into_iter();
            all.flat_map(|p| to_f64(p.values)).collect()
        };
        let ids = |rbm: &Rbm| {
            rbm.parameters()
                .into_iter()
                .map(|p| p.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers(&a).len(), 5 + 5 + 3 + 15);
        for start in [a.clone(), a.clone().train()] {
            let found = start.towards(&b, 1.0);
            assert_eq!(numbers(&found), numbers(&b));
            assert_eq!(ids(&found), ids(&a));
            assert_eq!(found.device().is_autodiff(), start.device().is_autodiff());
        }
        let between = numbers(&a.towards(&b, 0.25));
        for ((x, a), b) in between.iter().zip(numbers(&a)).zip(numbers(&b)) {
            assert!((x - (0.75 * a + 0.25 * b)).abs() < 1e-6, "{x} {a} {b}");
        }
    }

    #[test]
    fn ids_are_given_by_name() {
        let rbm = model(UnitsConfig::Bernoulli);
        let names = ["hidden.bias", "visible.bias", "weight"];
        let mut ids: BTreeMap<_, _> = names.map(str::to_owned).into_iter().zip(11..).collect();
        let found = rbm.clone().with_parameter_ids(&ids).unwrap();
        assert_eq!(found.visible.bias_param().id.val(), 12);
        assert_eq!(found.weight.id.val(), 13);
        assert_eq!(to_f64(found.weight.val()), to_f64(rbm.weight.val()));
        ids.remove("weight");
        assert_eq!(
            rbm.with_parameter_ids(&ids).err(),
            Some("weight".to_owned())
        );
    }
}
