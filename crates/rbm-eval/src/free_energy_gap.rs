//! The free-energy gap: overfitting without a partition function.

use burn::module::Module;
use burn::tensor::Tensor;
use rbm_model::{
    Rbm,
    numerics::to_f64,
    sampling::annealing::statistics::{mean, standard_error},
};
use serde::{Deserialize, Serialize};

/// `mean F(held-out) - mean F(training)`, in nats per row.
///
/// `log Z` drops out of the difference, so this is exactly how much larger the training data's mean
/// log-likelihood is. A gap that grows while training goes on is overfitting.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::FreeEnergyGap;
/// use rbm_model::{Noise, RbmConfig};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let data = Noise::new(2).bernoulli(Tensor::full([40, 6], 0.5, &device));
/// let gap = FreeEnergyGap::new(&rbm, data.clone(), data);
/// assert!(gap.value.abs() < 1e-6 && gap.standard_error > 0.0);
/// ```
///
/// # References
///
/// G. E. Hinton: *A practical guide to training restricted Boltzmann machines*, 2010, section 6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreeEnergyGap {
    /// The gap: positive where the training data are more likely.
    pub value: f64,
    /// Its standard error, over the choice of the rows.
    pub standard_error: f64,
}

impl FreeEnergyGap {
    /// The gap between `training` and `held_out`, each `[rows, visible]`.
    ///
    /// # Panics
    ///
    /// Where one of them has no row, or another width than the model.
    pub fn new(rbm: &Rbm, training: Tensor<2>, held_out: Tensor<2>) -> Self {
        let training = free_energies(rbm, training);
        let held_out = free_energies(rbm, held_out);
        assert!(
            !training.is_empty() && !held_out.is_empty(),
            "a gap needs rows on both sides"
        );
        Self {
            value: mean(&held_out) - mean(&training),
            standard_error: standard_error(&training).hypot(standard_error(&held_out)),
        }
    }
}

/// Rows in a block: bounds the memory, whatever the number of rows.
pub(crate) const BLOCK: usize = 2_000;

/// `F(v)` of each row, in nats.
pub(crate) fn free_energies(rbm: &Rbm, v: Tensor<2>) -> Vec<f64> {
    let model = rbm.valid();
    let dtype = model.weight.val().dtype();
    let v = v.without_autodiff().to_device(&model.device());
    let rows = v.dims()[0];
    let mut all = Vec::with_capacity(rows);
    for first in (0..rows).step_by(BLOCK) {
        let block = v.clone().narrow(0, first, BLOCK.min(rows - first));
        all.extend(to_f64(model.free_energy(block.cast(dtype))));
    }
    all
}
