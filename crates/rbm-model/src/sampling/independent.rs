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

/// Draws of the visible units' [reference](crate::units::Units::reference), `[rows, visible]`: every state with
/// the same probability where their number is finite, and [`independent_visible`] where it is not. A start for
/// chains that knows nothing of the model.
///
/// ```
/// use rbm_model::{Noise, RbmConfig, numerics::to_f64, sampling::random_visible};
///
/// let mut noise = Noise::new(1);
/// let rbm = RbmConfig::new(10, 3).init(&mut noise, &Default::default());
/// let on: f64 = to_f64(random_visible(&rbm, 1000, &mut noise)).iter().sum();
/// assert!((on - 5000.0).abs() < 5.0 * 50.0); // the standard deviation of 10,000 coins is 50
/// ```
pub fn random_visible(rbm: &Rbm, rows: usize, noise: &mut Noise) -> Tensor<2> {
    let visible = rbm.visible.reference();
    let uniform = Rbm::from_parts(visible, rbm.hidden.clone(), rbm.weight.val());
    independent_visible(&uniform, rows, noise)
}
