//! The reconstruction error.

use burn::module::Module;
use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    numerics::to_f64,
    sampling::annealing::statistics::{mean, standard_error},
    units::UnitLayer,
};
use serde::{Deserialize, Serialize};

/// How far a row is from `E[v | h]` with `h` drawn at the row, averaged over rows.
///
/// It says whether a chain moves away from the data in one step, not whether the model is good: it
/// falls where mixing gets worse. Use it to see that training has not broken down.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::Reconstruction;
/// use rbm_model::{Noise, Rbm, units::UnitsConfig};
///
/// let device = Device::default();
/// let layer = |n| UnitsConfig::Bernoulli.init(n, &device);
/// let rbm = Rbm::from_parts(layer(4), layer(3), Tensor::zeros([4, 3], &device));
/// let error = Reconstruction::new(&rbm, Tensor::ones([5, 4], &device), &mut Noise::new(1));
/// assert!((error.squared_error - 1.0).abs() < 1e-6); // four times (1 - ½)²
/// assert!((error.cross_entropy.unwrap() - 4.0 * 2f64.ln()).abs() < 1e-6);
/// ```
///
/// # References
///
/// G. E. Hinton: *A practical guide to training restricted Boltzmann machines*, 2010, section 5,
/// for what it is not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reconstruction {
    /// `Σ_i (v_i - E[v_i | h])²` per row.
    pub squared_error: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// `-log p(v | h)` per row, in nats, for visible units that are not real-valued.
    pub cross_entropy: Option<f64>,
}

impl Reconstruction {
    /// The error over the rows of `v`, `[rows, visible]`.
    ///
    /// # Panics
    ///
    /// Where `v` has no row, or another width than the model.
    pub fn new(rbm: &Rbm, v: Tensor<2>, noise: &mut Noise) -> Self {
        assert!(v.dims()[0] > 0, "a mean needs a row");
        let model = rbm.valid();
        let v = v
            .without_autodiff()
            .to_device(&model.device())
            .cast(model.weight.val().dtype());
        let hidden = model.sample_hidden(v.clone(), noise);
        let inputs = model.visible_inputs(hidden);
        let mean_visible = model.visible.mean(inputs.clone());
        let squares = to_f64((v.clone() - mean_visible).square().sum_dim(1));
        let is_discrete = model.visible.support().is_discrete();
        let cross_entropy = is_discrete.then(|| {
            let log_probability = to_f64(model.visible.log_probability(v, inputs));
            -mean(&log_probability)
        });
        Self {
            squared_error: mean(&squares),
            standard_error: standard_error(&squares),
            cross_entropy,
        }
    }
}
