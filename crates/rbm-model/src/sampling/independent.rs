//! Where chains start without data.

use burn::tensor::Tensor;

use crate::{Noise, Rbm, units::UnitLayer};

/// Draws of the visible units alone, as if there were no hidden ones, `[rows, visible]`: a start for
/// chains that owes nothing to any data.
pub fn independent_visible(rbm: &Rbm, rows: usize, noise: &mut Noise) -> Tensor<2> {
    let weight = rbm.weight.val();
    let shape = [rows, rbm.num_visible()];
    let inputs = Tensor::zeros(shape, (&weight.device(), weight.dtype()));
    let draw = |rbm: &Rbm, [inputs]: [_; 1]| [rbm.visible.sample(inputs, noise)];
    let [drawn] = rbm.off_tape([inputs], draw);
    drawn
}
