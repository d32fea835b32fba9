//! Stochastic gradient descent.

use burn::optim::{Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};
use rbm_kernels::ops::descend;

/// Stochastic gradient descent with momentum: `v ← g + m v`, `x ← x - ε v`, as Burn's `Sgd` without
/// dampening, with each step in one pass over memory.
///
/// # References
///
/// B. T. Polyak: *Some methods of speeding up the convergence of iteration methods*, 1964.
#[derive(Clone, Debug)]
pub(crate) struct Descent {
    momentum: f64,
}

/// The velocity of a parameter.
#[derive(Clone)]
pub(crate) struct Velocity<const D: usize> {
    velocity: Tensor<D>,
}

/// In checkpoints it is called as that of Burn's `Sgd` is.
const MOMENTUM: &str = ".momentum";
const VELOCITY: &str = "velocity";

impl<const D: usize> RecordState for Velocity<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        let data = self.velocity.to_data();
        out.push_tensor(&format!("{prefix}{MOMENTUM}"), VELOCITY, data);
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let data = source.take_tensor(&format!("{prefix}{MOMENTUM}"), VELOCITY)?;
        let velocity = Tensor::from_data(data, device);
        Some(Self { velocity })
    }
}

impl Descent {
    pub(crate) fn new(momentum: f64) -> Self {
        Self { momentum }
    }
}

impl Optimizer for Descent {
    type State<const D: usize> = Velocity<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        x: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Velocity<D>>,
    ) -> (Tensor<D>, Option<Velocity<D>>) {
        if self.momentum == 0.0 {
            return (descend(x, gradient, rate), None);
        }
        let velocity = match state {
            Some(state) => descend(gradient, state.velocity, -self.momentum),
            None => gradient,
        };
        let next = descend(x, velocity.clone(), rate);
        (next, Some(Velocity { velocity }))
    }

    fn to_device<const D: usize>(state: Velocity<D>, device: &Device) -> Velocity<D> {
        Velocity {
            velocity: state.velocity.to_device(device),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, Param};
    use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig, momentum::MomentumConfig};

    use super::*;

    #[derive(Module, Debug)]
    struct Bowl {
        x: Param<Tensor<1>>,
    }

    /// Down a bowl beside Burn's own, which takes two passes: the same numbers.
    #[test]
    fn goes_where_burns_goes() {
        let device = Device::flex().autodiff();
        for momentum in [0.0, 0.7] {
            let config = MomentumConfig::new()
                .with_momentum(momentum)
                .with_dampening(0.0);
            let burns = SgdConfig::new().with_momentum((momentum > 0.0).then_some(config));
            let path = |mut optimizer: ModuleOptimizer| {
                let x = Tensor::<1>::from_floats([1.0, -2.0, 0.3], &device);
                let scale = Tensor::<1>::from_floats([1.0, 3.0, 0.1], &device);
                let mut bowl = Bowl {
                    x: Param::from_tensor(x),
                };
                let mut path = Vec::new();
                for step in 1..20 {
                    let loss = (bowl.x.val().square() * scale.clone()).sum();
                    let gradients = GradientsParams::from_grads(loss.backward(), &bowl);
                    bowl = optimizer.step(0.1 / f64::from(step), bowl, gradients);
                    path.extend(bowl.x.val().into_data().iter::<f32>());
                }
                path
            };
            let (found, expected) = (path(Descent::new(momentum).into()), path(burns.init()));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-6, "{found} {expected}");
            }
        }
    }
}
