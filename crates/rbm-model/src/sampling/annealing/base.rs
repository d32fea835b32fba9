//! What annealing starts from.

use crate::{Rbm, numerics::to_f64, rbm::on_device_in_type, units::Units};
use burn::tensor::Tensor;

/// The base-rate model of `data`: independent units with the data's means (and spreads, for
/// Gaussian units), which is what to anneal from.
///
/// The estimate is consistent from any base; from this one the way is short, and where the base is
/// far from the data, finite annealing may miss the modes that the data are in.
///
/// # Shapes
///
/// `data` is `[rows, visible]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(2, 3).init(&mut Noise::new(1), &device);
/// let data = Tensor::<2>::from_floats([[1.0, 0.0], [1.0, 1.0]], &device);
/// let base = rbm_model::sampling::annealing::base_rate(&rbm, data);
/// let bias = base.bias().into_data().to_vec::<f32>().unwrap();
/// assert!(bias[0] > 6.0 && bias[1].abs() < 1e-6);
/// ```
///
/// # Panics
///
/// Where `data` has no row, or another width than the model.
pub fn base_rate(rbm: &Rbm, data: Tensor<2>) -> Units {
    let [rows, columns] = data.dims();
    assert!(rows > 0, "a base rate needs data");
    assert_eq!(columns, rbm.num_visible(), "data are [rows, visible]");
    let data = data.without_autodiff();
    let centre = data.clone().mean_dim(0);
    let variance = to_f64((data - centre.clone()).square().mean_dim(0));
    // The spread of independent units is that of the data, whatever the model's own is.
    let kind = rbm.visible.config().with_all_parameters();
    let weight = rbm.weight.val();
    let base = kind.fitted(&to_f64(centre), &variance, &weight.device());
    in_type_of(base, weight)
}

/// The layer with its parameters in the floating-point type, and on the device, of `like`.
pub(super) fn in_type_of(units: Units, like: Tensor<2>) -> Units {
    let device = like.device().without_autodiff();
    on_device_in_type(units, &device, like.dtype())
}
