//! The distributions between the base and the model, and how a chain moves along them.

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};
use rbm_kernels::{
    anneal::{self, Step},
    on_pool,
    ops::binary_matmul,
};
use rbm_model::{
    Noise, Rbm, is_host,
    numerics::{log_sum_exp, log_sum_exp_rows, to_f64},
    units::{UnitLayer, Units, UnitsConfig},
};

use super::base::in_type_of;
use super::rows::Rows;
use crate::{
    EvalError,
    host::{Real, on_host},
};

/// The unnormalised densities
/// `log f_β(v) = -(1 - β)E₀(v) - βE_v(v) + Γ_β(β·vW)` from the base at `β = 0` to the model at
/// `β = 1`, where `Γ_β` belongs to the hidden layer on its way from its reference.
///
/// The energies are those of [`Rbm::anneal`], up to a constant for Gaussian units, and the
/// conditionals are the same. But the weights stay as they are: the inputs are scaled in their
/// place, so one product `vW` serves the change of the log-weight and the hidden draw.
pub(crate) struct Path {
    model: Rbm,
    base: Units,
    reference: Units,
    /// `Wᵀ`, on the host in rows of its own: it is multiplied by thousands of times and never changes.
    turned: Tensor<2>,
    /// The slope `b - b₀` of the visible bias, where the energy of the visible units is linear.
    slope: Option<Tensor<1>>,
    device: Device,
    dtype: DType,
    on_host: bool,
}

/// Visible states, and `E₀(v) - E_v(v)` of each: how fast the log-density rises along the path.
#[derive(Clone)]
pub(crate) struct Position {
    pub(crate) visible: Tensor<2>,
    tilt: Rows,
}

impl Path {
    pub(crate) fn new(rbm: &Rbm, base: &Units) -> Result<Self, EvalError> {
        let model = rbm.valid();
        let name = |units: &Units| units.config().name();
        if name(base) != name(&model.visible) {
            let (expected, found) = (name(&model.visible), name(base));
            return Err(EvalError::BaseKind { expected, found });
        }
        if base.num_units() != model.num_visible() {
            return Err(EvalError::Width {
                what: "the base",
                expected: model.num_visible(),
                found: base.num_units(),
            });
        }
        let weight = model.weight.val();
        let (device, dtype) = (weight.device(), weight.dtype());
        let base = in_type_of(base.clone(), weight.clone());
        if let (
            UnitsConfig::Labelled { classes: expected },
            UnitsConfig::Labelled { classes: found },
        ) = (model.visible.config(), base.config())
            && expected != found
        {
            let what = "the label of the base";
            return Err(EvalError::Width {
                what,
                expected,
                found,
            });
        }
        let slope = match &model.visible {
            Units::Bernoulli(_) | Units::Labelled(_) => Some(model.visible.bias() - base.bias()),
            Units::Gaussian(_) => None,
        };
        let on_host = is_host(&device) && matches!(dtype, DType::F32 | DType::F64);
        let turned = weight.transpose();
        let turned = if on_host {
            Tensor::from_data(turned.into_data(), (&device, dtype))
        } else {
            turned
        };
        Ok(Self {
            reference: model.hidden.reference(),
            model,
            base,
            turned,
            slope,
            on_host,
            device,
            dtype,
        })
    }

    /// The same path computed by tensor operations only, as a GPU does.
    #[cfg(test)]
    pub(crate) fn on_device(mut self) -> Self {
        self.on_host = false;
        self
    }

    /// `log Σ_v f₀(v)`, in double precision.
    pub(crate) fn log_base_partition(&self) -> f64 {
        log_partition_without_input(&self.base) + log_partition_without_input(&self.reference)
    }

    /// Independent draws from the base.
    pub(crate) fn start(&self, rows: usize, noise: &mut Noise) -> Position {
        let shape = [rows, self.base.num_units()];
        let inputs = Tensor::zeros(shape, (&self.device, self.dtype));
        self.place(self.base.sample(inputs, noise))
    }

    /// Chains at given states.
    pub(crate) fn place(&self, visible: Tensor<2>) -> Position {
        let visible = visible
            .without_autodiff()
            .to_device(&self.device)
            .cast(self.dtype);
        let tilt = match &self.slope {
            // Where the energy is linear, the difference is taken once, in the bias.
            Some(slope) => {
                let column = slope.clone().unsqueeze_dim::<2>(1);
                visible.clone().matmul(column).squeeze_dim::<1>(1)
            }
            None => self.base.energy(visible.clone()) - self.model.visible.energy(visible.clone()),
        };
        let tilt = self.rows(tilt);
        Position { visible, tilt }
    }

    /// Does `work` on a thread of the [pool](on_pool) where that shares it out.
    pub(crate) fn on_workers<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if self.on_host { on_pool(work) } else { work() }
    }

    /// `log f_to(v) - log f_from(v)` of each chain, and hidden states drawn at `to`.
    pub(crate) fn hidden_step(
        &self,
        position: &Position,
        step: Step,
        noise: &mut Noise,
    ) -> (Rows, Tensor<2>) {
        let inputs = self.model.hidden_inputs(position.visible.clone());
        if let (true, Units::Bernoulli(layer), Rows::Host(tilt)) =
            (self.on_host, &self.model.hidden, &position.tilt)
        {
            let uniform = noise.uniform(inputs.dims(), self.dtype, &self.device);
            let bias = layer.bias.val();
            let (mut gains, hidden) = match self.dtype {
                DType::F64 => self.hidden_on_host::<f64>(inputs, uniform, bias, step),
                _ => self.hidden_on_host::<f32>(inputs, uniform, bias, step),
            };
            for (gain, tilt) in gains.iter_mut().zip(tilt) {
                *gain += (step.to - step.from) * tilt;
            }
            return (Rows::Host(gains), hidden);
        }
        let gains = self.gamma_step(inputs.clone(), step);
        let layer = self.model.hidden.anneal(&self.reference, step.to);
        let hidden = layer.sample(inputs.mul_scalar(step.to), noise);
        let width = step.to - step.from;
        let gains = match (self.rows(gains), &position.tilt) {
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
    pub(crate) fn visible_step(&self, hidden: Tensor<2>, beta: f64, noise: &mut Noise) -> Position {
        let inputs = binary_matmul(hidden, self.turned.clone());
        if let (true, Units::Bernoulli(_), Some(slope)) =
            (self.on_host, &self.model.visible, &self.slope)
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

    /// One sweep of Gibbs sampling at `beta`.
    pub(crate) fn sweep(&self, position: &Position, beta: f64, noise: &mut Noise) -> Position {
        let stay = Step {
            from: beta,
            to: beta,
        };
        let (_, hidden) = self.hidden_step(position, stay, noise);
        self.visible_step(hidden, beta, noise)
    }

    /// The model's free energy of each chain, `E_v(v) - Γ(vW)`.
    pub(crate) fn free_energy(&self, position: &Position) -> Vec<f64> {
        let v = position.visible.clone();
        to_f64(self.model.free_energy(v))
    }

    /// `Γ_to(to·vW) - Γ_from(from·vW)` of each row, with the hidden layer's own annealing.
    fn gamma_step(&self, inputs: Tensor<2>, step: Step) -> Tensor<1> {
        // Unit by unit before the sum: two sums of hundreds of nats would cancel to nothing.
        let binary = |x: Tensor<2>| {
            let size = x.clone().abs();
            let tail = |beta: f64| size.clone().mul_scalar(-beta).exp().log1p();
            let tails = tail(step.to) - tail(step.from);
            let ramp = (x + size.clone()).mul_scalar(0.5 * (step.to - step.from));
            (ramp + tails).sum_dim(1).squeeze_dim::<1>(1)
        };
        match &self.model.hidden {
            Units::Bernoulli(layer) => binary(inputs + layer.bias.val().unsqueeze()),
            Units::Labelled(layer) => {
                let (features, label) = layer.split(inputs + layer.bias.val().unsqueeze());
                let log_sum = |beta: f64| log_sum_exp_rows(label.clone().mul_scalar(beta));
                binary(features) + log_sum(step.to) - log_sum(step.from)
            }
            Units::Gaussian(_) => {
                let gamma = |beta: f64| {
                    let layer = self.model.hidden.anneal(&self.reference, beta);
                    layer.cgf(inputs.clone().mul_scalar(beta))
                };
                gamma(step.to) - gamma(step.from)
            }
        }
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

    fn tensor<R: Real>(&self, states: Vec<R>, shape: [usize; 2]) -> Tensor<2> {
        let data = TensorData::new(states, shape);
        Tensor::from_data(data, (&self.device, self.dtype))
    }

    fn rows(&self, x: Tensor<1>) -> Rows {
        if self.on_host {
            Rows::Host(to_f64(x))
        } else {
            Rows::Device(Box::new(x))
        }
    }
}

/// `Γ(0)` of a layer, summed in double precision.
fn log_partition_without_input(units: &Units) -> f64 {
    match units {
        Units::Bernoulli(layer) => {
            let softplus = |b: f64| b.max(0.0) + (-b.abs()).exp().ln_1p();
            to_f64(layer.bias.val()).into_iter().map(softplus).sum()
        }
        Units::Gaussian(layer) => {
            let log_sqrt_tau = 0.5 * std::f64::consts::TAU.ln();
            let log_sigma = layer.log_sigma.as_ref().map(|s| to_f64(s.val()));
            layer.num_units() as f64 * log_sqrt_tau + log_sigma.map_or(0.0, |s| s.into_iter().sum())
        }
        Units::Labelled(layer) => {
            let label = layer
                .bias
                .val()
                .narrow(0, layer.num_features(), layer.classes());
            log_partition_without_input(&Units::Bernoulli(layer.features()))
                + log_sum_exp(&to_f64(label))
        }
    }
}

#[cfg(test)]
mod tests {
    use rbm_model::units::{Bernoulli, Gaussian, Labelled};

    use super::*;
    use crate::ais::rows::Totals;

    fn row(values: Vec<f64>) -> Tensor<1> {
        let data = TensorData::new(values.clone(), [values.len()]);
        Tensor::from_data(data, (&Device::flex(), DType::F64))
    }

    fn numbers(n: usize, scale: f64, rate: f64) -> Vec<f64> {
        (0..n)
            .map(|i| scale * (1.0 + rate * i as f64).sin())
            .collect()
    }

    /// Every pair of layers, with a base of another spread where there is one: (model, base).
    fn models(visible: usize, hidden: usize) -> Vec<(Rbm, Units)> {
        let bernoulli =
            |n, rate| Units::Bernoulli(Bernoulli::from_bias(row(numbers(n, 0.7, rate))));
        let gaussian = |n, rate, spread: Option<f64>| {
            let log_sigma = spread.map(|s| row(numbers(n, s, 3.0 * rate)));
            Units::Gaussian(Gaussian::from_parts(row(numbers(n, 0.7, rate)), log_sigma))
        };
        let labelled =
            |n, rate| Units::Labelled(Labelled::from_bias(row(numbers(n, 0.7, rate)), 3));
        let weight = || row(numbers(visible * hidden, 0.8, 2.3)).reshape([visible, hidden]);
        let model = |v, h| Rbm::from_parts(v, h, weight());
        vec![
            (
                model(bernoulli(visible, 0.3), bernoulli(hidden, 0.9)),
                bernoulli(visible, 1.1),
            ),
            (
                model(gaussian(visible, 0.3, None), bernoulli(hidden, 0.9)),
                gaussian(visible, 1.1, Some(0.4)),
            ),
            (
                model(gaussian(visible, 0.3, Some(0.3)), bernoulli(hidden, 0.9)),
                gaussian(visible, 1.1, Some(0.4)),
            ),
            (
                model(bernoulli(visible, 0.3), gaussian(hidden, 0.9, Some(0.2))),
                bernoulli(visible, 1.1),
            ),
            (
                model(labelled(visible, 0.3), bernoulli(hidden, 0.9)),
                labelled(visible, 1.1),
            ),
            (
                model(bernoulli(visible, 0.3), labelled(hidden, 0.9)),
                bernoulli(visible, 1.1),
            ),
        ]
    }

    fn finish(rows: Rows) -> Vec<f64> {
        let mut totals = Totals::default();
        totals.add(rows);
        totals.finish()
    }

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

    #[test]
    fn the_free_energy_is_the_models() {
        for (rbm, base) in models(7, 5) {
            let v = Noise::new(3).bernoulli(row(vec![0.5; 70]).reshape([10, 7]));
            let path = Path::new(&rbm, &base).unwrap();
            let found = path.free_energy(&path.place(v.clone()));
            close(&found, &to_f64(rbm.free_energy(v)));
        }
    }

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-11, "{a} {b}");
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

    #[test]
    fn a_base_that_does_not_belong_to_the_model_is_refused() {
        let (rbm, _) = models(7, 5).swap_remove(0);
        let other = Units::Gaussian(Gaussian::new(7, &Device::flex()));
        let error = Path::new(&rbm, &other).err().unwrap();
        assert!(matches!(error, EvalError::BaseKind { .. }), "{error}");
        let other = Units::Bernoulli(Bernoulli::new(6, &Device::flex()));
        let error = Path::new(&rbm, &other).err().unwrap();
        assert!(
            matches!(error, EvalError::Width { found: 6, .. }),
            "{error}"
        );
    }
}
