//! Parameters that take the values of another model's.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use rbm_model::Rbm;

/// The values of all parameters in their order, each as one row of numbers.
struct Values(Vec<Tensor<1>>);

impl Values {
    fn of(model: &Rbm) -> std::vec::IntoIter<Tensor<1>> {
        let mut values = Self(Vec::new());
        model.visit(&mut values);
        values.0.into_iter()
    }
}

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().without_autodiff();
        let count = value.shape().num_elements();
        self.0.push(value.reshape([count]));
    }
}

/// Makes each parameter a mean of itself, with weight `1 - share`, and of the next value.
struct Towards {
    values: std::vec::IntoIter<Tensor<1>>,
    share: f64,
}

impl ModuleMapper for Towards {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let next = self.values.next().expect("a value for each parameter");
        let share = self.share;
        param.map(|own| {
            let next = next
                .to_device(&own.device())
                .cast(own.dtype())
                .reshape(own.dims());
            if share == 1.0 {
                next
            } else {
                own.clone() + (next - own).mul_scalar(share)
            }
        })
    }
}

/// `model` on a device with autodiff, with the values of `other` and with ids of its own: an optimiser
/// knows its states by these.
///
/// # Panics
///
/// Where `other` has parameters of other shapes.
pub(crate) fn with_values_of(model: &Rbm, other: &Rbm) -> Rbm {
    part_of_the_way(model, other, 1.0)
}

/// As [`with_values_of`], at a share of the way from the values of `model` to those of `other`.
pub(crate) fn part_of_the_way(model: &Rbm, other: &Rbm, share: f64) -> Rbm {
    let values = Values::of(other);
    model.valid().map(&mut Towards { values, share }).train()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::{Noise, RbmConfig, numerics::to_f64, units::UnitsConfig};

    use super::*;

    /// Adds random numbers.
    struct Shift<'a>(&'a mut Noise);
    impl ModuleMapper for Shift<'_> {
        fn map_float<const D: usize>(&mut self, p: Param<Tensor<D>>) -> Param<Tensor<D>> {
            p.map(|x| {
                let n = x.shape().num_elements();
                let shift = self.0.normal([1, n], x.dtype(), &x.device());
                x.clone() + shift.reshape(x.dims())
            })
        }
    }

    #[test]
    fn all_parameters_take_the_values_and_keep_their_ids() {
        let config = RbmConfig::new(5, 3).with_visible(UnitsConfig::Gaussian { learn_sigma: true });
        let device = Device::default();
        let model = |seed| {
            let rbm = config.init(&mut Noise::new(seed), &device);
            let mut noise = Noise::new(seed + 10);
            rbm.map(&mut Shift(&mut noise))
        };
        let numbers = |rbm: &Rbm| -> Vec<f64> { Values::of(rbm).flat_map(to_f64).collect() };
        let (a, b) = (model(1), model(2));
        assert_eq!(numbers(&a).len(), 5 + 5 + 3 + 15);
        let found = with_values_of(&a, &b);
        assert_eq!(numbers(&found), numbers(&b));
        assert_eq!(found.weight.id, a.weight.id);
        assert_eq!(found.visible.bias_param().id, a.visible.bias_param().id);
        assert!(found.device().is_autodiff());
        let between = numbers(&part_of_the_way(&a, &b, 0.25));
        for ((x, a), b) in between.iter().zip(numbers(&a)).zip(numbers(&b)) {
            assert!((x - (0.75 * a + 0.25 * b)).abs() < 1e-6, "{x} {a} {b}");
        }
    }
}
