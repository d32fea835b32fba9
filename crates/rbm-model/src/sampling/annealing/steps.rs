//! How a chain moves along a path, and what that does to its weight.

use super::{
    Path, Position, Rows,
    host::{Real, on_host},
};
use crate::{Noise, units::UnitLayer};
use burn::tensor::{DType, Tensor};
use rbm_kernels::{
    anneal::{self, Step},
    ops::binary_matmul,
};

impl Path {
    /// `log f_to(v) - log f_from(v)` of each chain, and hidden states drawn at `to`.
    pub fn hidden_step(
        &self,
        position: &Position,
        step: Step,
        noise: &mut Noise,
    ) -> (Rows, Tensor<2>) {
        let inputs = self.model.hidden_inputs(position.visible.clone());
        let (gains, hidden) = match &self.model.hidden {
            layer if self.on_host && layer.support().is_binary() => {
                let uniform = noise.uniform(inputs.dims(), self.dtype, &self.device);
                let bias = layer.bias();
                let (gains, hidden) = match self.dtype {
                    DType::F64 => self.hidden_on_host::<f64>(inputs, uniform, bias, step),
                    _ => self.hidden_on_host::<f32>(inputs, uniform, bias, step),
                };
                (Rows::Host(gains), hidden)
            }
            layer => {
                let gains = layer.cgf_step(inputs.clone(), step.from, step.to);
                let layer = layer.anneal(&self.reference, step.to);
                let hidden = layer.sample(inputs.mul_scalar(step.to), noise);
                (self.rows(gains), hidden)
            }
        };
        let width = step.to - step.from;
        let gains = match (gains, &position.tilt) {
            (Rows::Host(mut gains), Rows::Host(tilt)) => {
                for (gain, tilt) in gains.iter_mut().zip(tilt) {
                    *gain += width * tilt;
                }
                Rows::Host(gains)
            }
            (Rows::Device(gains), Rows::Device(tilt)) => {
                Rows::Device(Box::new(*gains + tilt.clone().mul_scalar(width)))
            }
            _ => unreachable!("all rows of a path are in one place"),
        };
        (gains, hidden)
    }

    /// Visible states drawn at `beta` given the hidden ones.
    pub fn visible_step(&self, hidden: Tensor<2>, beta: f64, noise: &mut Noise) -> Position {
        let inputs = binary_matmul(hidden, self.turned.clone());
        if self.on_host
            && self.model.visible.support().is_binary()
            && let Some(slope) = &self.slope
        {
            let uniform = noise.uniform(inputs.dims(), self.dtype, &self.device);
            let bias = self.base.bias() + slope.clone().mul_scalar(beta);
            return match self.dtype {
                DType::F64 => self.visible_on_host::<f64>(inputs, uniform, bias, slope, beta),
                _ => self.visible_on_host::<f32>(inputs, uniform, bias, slope, beta),
            };
        }
        let layer = self.model.visible.anneal(&self.base, beta);
        self.place(layer.sample(inputs.mul_scalar(beta), noise))
    }

    fn hidden_on_host<R: Real>(
        &self,
        inputs: Tensor<2>,
        uniform: Tensor<2>,
        bias: Tensor<1>,
        step: Step,
    ) -> (Vec<f64>, Tensor<2>) {
        let shape = inputs.dims();
        let mut states = on_host::<R, 2>(inputs);
        let (uniform, bias) = (on_host::<R, 2>(uniform), on_host::<R, 1>(bias));
        let gains = anneal::hidden_step(&mut states, &uniform, &bias, step);
        (gains, self.tensor(states, shape))
    }

    fn visible_on_host<R: Real>(
        &self,
        inputs: Tensor<2>,
        uniform: Tensor<2>,
        bias: Tensor<1>,
        slope: &Tensor<1>,
        beta: f64,
    ) -> Position {
        let shape = inputs.dims();
        let mut states = on_host::<R, 2>(inputs);
        let (uniform, bias) = (on_host::<R, 2>(uniform), on_host::<R, 1>(bias));
        let slope = on_host::<R, 1>(slope.clone());
        let tilt = anneal::visible_step(&mut states, &uniform, &bias, &slope, beta);
        Position {
            visible: self.tensor(states, shape),
            tilt: Rows::Host(tilt),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Rbm,
        numerics::to_f64,
        units::{Bernoulli, Units},
    };

    use super::super::path::tests::{close, finish, models, row};
    use super::*;
    use crate::sampling::annealing::Totals;

    /// Up to a constant (of Gaussian layers), `log f_to - log f_from` is the difference of the free
    /// energies of `Rbm::anneal`: at every pair of states, so the two are subtracted.
    #[test]
    fn gains_are_differences_of_annealed_free_energies() {
        for (k, (rbm, base)) in models(7, 5).into_iter().enumerate() {
            let v = Noise::new(3).bernoulli(row(vec![0.5; 70]).reshape([10, 7]));
            for path in [
                Path::new(&rbm, &base).unwrap(),
                Path::new(&rbm, &base).unwrap().on_device(),
            ] {
                let position = path.place(v.clone());
                for (from, to) in [(0.0, 1.0), (0.2, 0.7), (0.9, 0.35)] {
                    let step = Step { from, to };
                    let (gains, _) = path.hidden_step(&position, step, &mut Noise::new(1));
                    let gains = finish(gains);
                    let free = |beta| to_f64(rbm.anneal(&base, beta).free_energy(v.clone()));
                    let (before, after) = (free(from), free(to));
                    let first = gains[0] - (before[0] - after[0]);
                    for row in 0..10 {
                        let shift = gains[row] - (before[row] - after[row]);
                        assert!((shift - first).abs() < 1e-12, "model {k}, {from} to {to}");
                    }
                    if k == 0 {
                        assert!(
                            first.abs() < 1e-12,
                            "no constant for Bernoulli units: {first}"
                        );
                    }
                }
            }
        }
    }

    /// A step draws what `Rbm::anneal` at the same noise draws: the conditionals are the same.
    #[test]
    fn draws_are_those_of_the_annealed_model() {
        for (rbm, base) in models(7, 5) {
            let v = Noise::new(3).bernoulli(row(vec![0.5; 700]).reshape([100, 7]));
            for path in [
                Path::new(&rbm, &base).unwrap(),
                Path::new(&rbm, &base).unwrap().on_device(),
            ] {
                for (from, to) in [(0.1, 0.3), (1.0, 0.8), (0.0, 0.0)] {
                    let annealed = rbm.anneal(&base, to);
                    let (mut ours, mut theirs) = (Noise::new(9), Noise::new(9));
                    let step = Step { from, to };
                    let (_, h) = path.hidden_step(&path.place(v.clone()), step, &mut ours);
                    let expected = annealed.sample_hidden(v.clone(), &mut theirs);
                    close(&to_f64(h.clone()), &to_f64(expected));
                    let next = path.visible_step(h.clone(), to, &mut ours);
                    let expected = annealed.sample_visible(h, &mut theirs);
                    close(&to_f64(next.visible.clone()), &to_f64(expected));
                    // The tilt that the draw left is the one of its states.
                    let again = path.place(next.visible.clone());
                    close(&finish(next.tilt), &finish(again.tilt));
                }
            }
        }
    }

    /// Single precision on the host against tensors in double precision, over many small steps.
    #[test]
    fn sums_of_small_steps_in_single_precision_keep_their_digits() {
        let (rbm, base) = models(60, 40).swap_remove(0);
        let exact = Path::new(&rbm, &base).unwrap().on_device();
        let single = |x: Tensor<1>| x.cast(DType::F32);
        let Units::Bernoulli(hidden) = &rbm.hidden else {
            unreachable!()
        };
        let rbm32 = Rbm::from_parts(
            Units::Bernoulli(Bernoulli::from_bias(single(rbm.visible.bias()))),
            Units::Bernoulli(Bernoulli::from_bias(single(hidden.bias.val()))),
            rbm.weight.val().cast(DType::F32),
        );
        let host = Path::new(&rbm32, &base).unwrap();
        assert_eq!(host.dtype, DType::F32);
        let v = Noise::new(3).bernoulli(row(vec![0.5; 240]).reshape([4, 60]));
        let (a, b) = (exact.place(v.clone()), host.place(v));
        let n = 10_000;
        let mut totals = Totals::default();
        for k in 0..n {
            let (from, to) = (f64::from(k) / f64::from(n), f64::from(k + 1) / f64::from(n));
            let step = Step { from, to };
            totals.add(host.hidden_step(&b, step, &mut Noise::new(1)).0);
        }
        let whole = Step { from: 0.0, to: 1.0 };
        let expected = finish(exact.hidden_step(&a, whole, &mut Noise::new(1)).0);
        for (found, expected) in totals.finish().iter().zip(expected) {
            // Rounding W to single precision alone moves a free energy by some 10⁻⁶.
            assert!((found - expected).abs() < 2e-5, "{found} {expected}");
        }
    }
}
