//! The distributions between the base and the model, and how a chain moves along them.

use super::{AnnealingError, Rows, base::in_type_of, host::Real};
use crate::{
    Noise, Rbm,
    noise::is_host,
    numerics::to_f64,
    units::{UnitLayer, Units},
};
use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};
use rbm_kernels::on_pool;

/// The unnormalised densities
/// `log f_β(v) = -(1 - β)E₀(v) - βE_v(v) + Γ_β(β·vW)` from the base at `β = 0` to the model at
/// `β = 1`, where `Γ_β` belongs to the hidden layer on its way from its reference.
///
/// The energies are those of [`Rbm::anneal`], up to a constant for Gaussian units, and the
/// conditionals are the same. But the weights stay as they are: the inputs are scaled in their
/// place, so one product `vW` serves the change of the log-weight and the hidden draw.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, exact::log_partition, sampling::annealing::{LogWeights, Path, Step, Totals}};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let rbm = RbmConfig::new(6, 4).init(&mut noise, &device);
/// // One step from the base to the model: the importance weights of independent draws.
/// let path = Path::new(&rbm, &rbm.visible)?;
/// let start = path.start(2000, &mut noise);
/// let (gains, _hidden) = path.hidden_step(&start, Step { from: 0.0, to: 1.0 }, &mut noise);
/// let mut totals = Totals::default();
/// totals.add(gains);
/// let weights = LogWeights::new(totals.finish());
/// let estimate = path.log_base_partition() + weights.log_mean();
/// assert!((estimate - log_partition(&rbm).unwrap()).abs() < 5.0 * weights.standard_error() + 1e-4);
/// # Ok::<(), rbm_model::sampling::annealing::AnnealingError>(())
/// ```
pub struct Path {
    pub(super) model: Rbm,
    pub(super) base: Units,
    pub(super) reference: Units,
    /// `Wᵀ`, on the host in rows of its own: it is multiplied by thousands of times and never changes.
    pub(super) turned: Tensor<2>,
    /// The slope `b - b₀` of the visible bias, where the energy of the visible units is linear.
    pub(super) slope: Option<Tensor<1>>,
    pub(super) device: Device,
    pub(super) dtype: DType,
    pub(super) on_host: bool,
}

/// Visible states, and `E₀(v) - E_v(v)` of each: how fast the log-density rises along the path.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, sampling::annealing::Path};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &device);
/// let path = Path::new(&rbm, &rbm.visible)?;
/// let position = path.place(Tensor::ones([3, 6], &device));
/// assert_eq!(path.free_energy(&position).len(), 3);
/// # Ok::<(), rbm_model::sampling::annealing::AnnealingError>(())
/// ```
#[derive(Clone)]
pub struct Position {
    /// `[chains, visible]`.
    pub visible: Tensor<2>,
    pub(super) tilt: Rows,
}

impl Path {
    /// The path from `base`, independent visible units, to `rbm`.
    ///
    /// # Errors
    ///
    /// [`AnnealingError`] where the base is of another kind or width than the visible units.
    pub fn new(rbm: &Rbm, base: &Units) -> Result<Self, AnnealingError> {
        let model = rbm.valid();
        let name = |units: &Units| units.config().name();
        if name(base) != name(&model.visible) {
            let (expected, found) = (name(&model.visible), name(base));
            return Err(AnnealingError::Kind { expected, found });
        }
        if base.num_units() != model.num_visible() {
            return Err(AnnealingError::Width {
                what: "the base",
                expected: model.num_visible(),
                found: base.num_units(),
            });
        }
        let weight = model.weight.val();
        let (device, dtype) = (weight.device(), weight.dtype());
        let base = in_type_of(base.clone(), weight.clone());
        if let (Some(expected), Some(found)) = (model.visible.classes(), base.classes())
            && expected != found
        {
            let what = "the label of the base";
            return Err(AnnealingError::Width {
                what,
                expected,
                found,
            });
        }
        let slope = model.visible.linear_bias().map(|bias| bias - base.bias());
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
    pub fn log_base_partition(&self) -> f64 {
        self.base.log_partition() + self.reference.log_partition()
    }

    /// Independent draws from the base.
    pub fn start(&self, rows: usize, noise: &mut Noise) -> Position {
        let shape = [rows, self.base.num_units()];
        let inputs = Tensor::zeros(shape, (&self.device, self.dtype));
        self.place(self.base.sample(inputs, noise))
    }

    /// Chains at given states.
    pub fn place(&self, visible: Tensor<2>) -> Position {
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
    pub fn on_workers<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if self.on_host { on_pool(work) } else { work() }
    }

    /// The model's free energy of each chain, `E_v(v) - Γ(vW)`.
    pub fn free_energy(&self, position: &Position) -> Vec<f64> {
        let v = position.visible.clone();
        to_f64(self.model.free_energy(v))
    }

    pub(super) fn tensor<R: Real>(&self, states: Vec<R>, shape: [usize; 2]) -> Tensor<2> {
        let data = TensorData::new(states, shape);
        Tensor::from_data(data, (&self.device, self.dtype))
    }

    pub(super) fn rows(&self, x: Tensor<1>) -> Rows {
        if self.on_host {
            Rows::Host(to_f64(x))
        } else {
            Rows::Device(Box::new(x))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::units::{Bernoulli, Gaussian, Labelled};

    use super::*;
    use crate::sampling::annealing::Totals;

    pub(in super::super) fn row(values: Vec<f64>) -> Tensor<1> {
        let data = TensorData::new(values.clone(), [values.len()]);
        Tensor::from_data(data, (&Device::flex(), DType::F64))
    }

    fn numbers(n: usize, scale: f64, rate: f64) -> Vec<f64> {
        (0..n)
            .map(|i| scale * (1.0 + rate * i as f64).sin())
            .collect()
    }

    /// Every pair of layers, with a base of another spread where there is one: (model, base).
    pub(in super::super) fn models(visible: usize, hidden: usize) -> Vec<(Rbm, Units)> {
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

    pub(in super::super) fn finish(rows: Rows) -> Vec<f64> {
        let mut totals = Totals::default();
        totals.add(rows);
        totals.finish()
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

    pub(in super::super) fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-11, "{a} {b}");
        }
    }

    #[test]
    fn a_base_that_does_not_belong_to_the_model_is_refused() {
        let (rbm, _) = models(7, 5).swap_remove(0);
        let other = Units::Gaussian(Gaussian::new(7, &Device::flex()));
        let error = Path::new(&rbm, &other).err().unwrap();
        assert!(matches!(error, AnnealingError::Kind { .. }), "{error}");
        let other = Units::Bernoulli(Bernoulli::new(6, &Device::flex()));
        let error = Path::new(&rbm, &other).err().unwrap();
        assert!(
            matches!(error, AnnealingError::Width { found: 6, .. }),
            "{error}"
        );
    }
}
