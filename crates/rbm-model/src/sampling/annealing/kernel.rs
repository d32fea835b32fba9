//! Steps along a path as a Markov kernel.

use burn::tensor::Tensor;

use super::{Path, Position, Rows, Step};
use crate::{Noise, sampling::Kernel};

/// Gibbs sampling along a path: the hidden units are drawn at the end of the step, and the visible ones given
/// them. The info is `log f_to(v) - log f_from(v)` of each chain, at the states before they move: what annealed
/// importance sampling adds to a log-weight (R. M. Neal, *Annealed importance sampling*, 2001, equation 5).
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{
///     Noise, RbmConfig, WeightInit, numerics::to_f64,
///     sampling::{Kernel, annealing::{Annealing, Path}},
/// };
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let config = RbmConfig::new(6, 4).with_weight(WeightInit::Normal { std: 0.0 });
/// let rbm = config.init(&mut noise, &device);
/// let path = Path::new(&rbm, &rbm.visible)?;
/// // Without weights the units are coins, wherever the chains begin.
/// let (sweep, start) = (Annealing::at(1.0), burn::tensor::Tensor::ones([1000, 6], &device));
/// let start = sweep.init(&path, start, &mut noise);
/// let on: f64 = to_f64(sweep.visible_after(&path, start, 2, &mut noise)).iter().sum();
/// assert!((on - 3000.0).abs() < 5.0 * 1500f64.sqrt());
/// # Ok::<(), rbm_model::sampling::annealing::AnnealingError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Annealing(pub Step);

impl Annealing {
    /// Sweeps at one inverse temperature, which leave its distribution unchanged.
    pub fn at(beta: f64) -> Self {
        Self(Step {
            from: beta,
            to: beta,
        })
    }
}

impl Kernel<Path> for Annealing {
    type State = Position;
    type Info = Rows;

    fn init(&self, path: &Path, visible: Tensor<2>, _noise: &mut Noise) -> Position {
        path.place(visible)
    }

    fn visible(&self, state: &Position) -> Tensor<2> {
        state.visible.clone()
    }

    fn step(&self, path: &Path, state: Position, noise: &mut Noise) -> (Position, Rows) {
        let (gains, hidden) = path.hidden_step(&state, self.0, noise);
        (path.visible_step(hidden, self.0.to, noise), gains)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LogWeights, Totals, path::tests::models};
    use super::*;
    use crate::{
        exact::{log_partition, moments},
        numerics::to_f64,
    };

    const CHAINS: usize = 4000;

    /// Sweeps in the middle of the path sample the model in the middle.
    #[test]
    fn sweeps_sample_the_annealed_model() {
        let (rbm, base) = models(7, 5).swap_remove(0);
        let path = Path::new(&rbm, &base).unwrap();
        for beta in [0.4, 1.0] {
            let mut noise = Noise::new(3);
            let start = path.start(CHAINS, &mut noise);
            let visible = Annealing::at(beta).visible_after(&path, start, 50, &mut noise);
            let means = to_f64(visible.mean_dim(0));
            let exact = moments(&rbm.anneal(&base, beta)).unwrap().visible;
            for (mean, exact) in means.iter().zip(exact) {
                let error = (exact * (1.0 - exact) / CHAINS as f64).sqrt();
                assert!((mean - exact).abs() < 5.0 * error, "{mean} {exact} {error}");
            }
        }
    }

    /// The gains on the way are the log-weights of annealed importance sampling.
    #[test]
    fn gains_add_up_to_the_partition_function() {
        let (rbm, base) = models(7, 5).swap_remove(0);
        let path = Path::new(&rbm, &base).unwrap();
        let mut noise = Noise::new(4);
        let mut position = path.start(CHAINS, &mut noise);
        let mut totals = Totals::default();
        for k in 0..10u32 {
            let (from, to) = (f64::from(k) / 10.0, f64::from(k + 1) / 10.0);
            let (next, gains) = Annealing(Step { from, to }).step(&path, position, &mut noise);
            totals.add(gains);
            position = next;
        }
        let weights = LogWeights::new(totals.finish());
        let found = path.log_base_partition() + weights.log_mean();
        let exact = log_partition(&rbm).unwrap();
        let error = weights.standard_error();
        assert!(
            (found - exact).abs() < 5.0 * error,
            "{found} {exact} {error}"
        );
        assert!(error < 0.1, "{error}");
    }
}
