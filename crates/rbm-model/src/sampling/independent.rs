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

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{
        RbmConfig,
        numerics::to_f64,
        units::{Bernoulli, Units, UnitsConfig},
    };

    const ROWS: usize = 2000;

    /// Independent draws know the bias, and random ones do not.
    #[test]
    fn random_states_know_nothing_of_the_model() {
        let device = Device::default();
        let bias = Tensor::full([5], 2.0, &device);
        let rbm = RbmConfig::new(5, 3).init(&mut Noise::new(1), &device);
        let rbm = Rbm {
            visible: Units::Bernoulli(Bernoulli::from_bias(bias)),
            ..rbm
        };
        let on = |x: Tensor<2>| to_f64(x.mean())[0];
        let error = 0.5 / ((ROWS * 5) as f64).sqrt();
        let found = on(independent_visible(&rbm, ROWS, &mut Noise::new(2)));
        assert!((found - 1.0 / (1.0 + (-2f64).exp())).abs() < 5.0 * error);
        let found = on(random_visible(&rbm, ROWS, &mut Noise::new(2)));
        assert!((found - 0.5).abs() < 5.0 * error);
    }

    /// Gaussian units have no uniform distribution; of a label exactly one unit is on, each as often.
    #[test]
    fn other_kinds_have_random_states_too() {
        let random = |kind: UnitsConfig| {
            let rbm = RbmConfig::new(5, 3).with_visible(kind);
            let rbm = rbm.init(&mut Noise::new(1), &Device::default());
            let drawn = |by: fn(&Rbm, usize, &mut Noise) -> Tensor<2>| {
                to_f64(by(&rbm, ROWS, &mut Noise::new(2)))
            };
            (drawn(random_visible), drawn(independent_visible))
        };
        let (random_states, independent) = random(UnitsConfig::Gaussian { learn_sigma: true });
        assert_eq!(random_states, independent);
        let (labelled, _) = random(UnitsConfig::Labelled { classes: 2 });
        let labels: Vec<&[f64]> = labelled.chunks(5).map(|row| &row[3..]).collect();
        assert!(labels.iter().all(|label| label[0] + label[1] == 1.0));
        let first: f64 = labels.iter().map(|label| label[0]).sum();
        assert!((first - 1000.0).abs() < 5.0 * (ROWS as f64 / 4.0).sqrt());
    }
}
