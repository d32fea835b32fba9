//! The pseudo-log-likelihood.

use burn::module::Module;
use burn::tensor::{DType, Tensor, TensorData};
use rayon::prelude::*;
use rbm_kernels::anneal::softplus_sum;
use rbm_model::{
    Noise, Rbm,
    internal::is_host,
    numerics::to_f64,
    sampling::annealing::{
        host::{Real, on_host},
        statistics::{mean, standard_error},
    },
    units::{Support, UnitLayer},
};
use serde::{Deserialize, Serialize};

use crate::EvalError;

/// `Σ_i log p(v_i | v_{-i})`, averaged over rows, in nats per row.
///
/// It needs no partition function: with `v^i` the row whose unit `i` has its other value,
/// `log p(v_i | v_{-i}) = -softplus(F(v) - F(v^i))`. It is no likelihood and no bound on one: a model
/// with strongly correlated units, one that has collapsed say, may have a high pseudo-likelihood
/// and a poor likelihood. It serves to watch one training run, not to compare models.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::PseudoLogLikelihood;
/// use rbm_model::{Noise, Rbm, units::UnitsConfig};
///
/// let device = Device::default();
/// let layer = |n| UnitsConfig::Bernoulli.init(n, &device);
/// let rbm = Rbm::from_parts(layer(4), layer(3), Tensor::zeros([4, 3], &device));
/// let v = Tensor::<2>::from_floats([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 0.0]], &device);
/// let exact = PseudoLogLikelihood::exact(&rbm, v.clone())?;
/// assert!((exact.mean + 4.0 * 2f64.ln()).abs() < 1e-6); // every unit is a fair coin
/// let stochastic = PseudoLogLikelihood::stochastic(&rbm, v, &mut Noise::new(1))?;
/// assert!((stochastic.mean - exact.mean).abs() < 1e-6);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
///
/// # References
///
/// J. Besag: *Statistical analysis of non-lattice data*, The Statistician 24, 1975.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PseudoLogLikelihood {
    /// The mean over the rows.
    pub mean: f64,
    /// The standard error of the mean: over the choice of the rows, and of the unit where one was
    /// chosen.
    pub standard_error: f64,
    /// The number of rows.
    pub rows: usize,
    /// Whether every unit of every row was flipped, or one in each.
    pub exact: bool,
}

/// Numbers in the inputs of one block of flipped rows.
const BLOCK: usize = 1 << 21;

impl PseudoLogLikelihood {
    /// Over all units of the rows `v`, `[rows, visible]`, of the two values of the units. A flip changes the
    /// inputs `vW` by a row of `W`, so the cost is `rows × visible × hidden` softplus functions and
    /// one product.
    ///
    /// # Errors
    ///
    /// [`EvalError`] for real-valued visible units (whose conditionals are mixtures of `2^hidden`
    /// normal densities) and labels, for values that the units do not take, and for rows of another width.
    pub fn exact(rbm: &Rbm, v: Tensor<2>) -> Result<Self, EvalError> {
        let flips = Flips::new(rbm, v)?;
        let [rows, units] = flips.v.dims();
        let mut sums = vec![0.0; rows];
        // Blocks of rows bound the memory, whatever the number of rows.
        let per_block = (BLOCK / units.max(flips.model.num_hidden())).max(1);
        for first in (0..rows).step_by(per_block) {
            let count = per_block.min(rows - first);
            let part = flips.narrow(first, count);
            let conditionals = part.all();
            for (sum, row) in sums[first..first + count]
                .iter_mut()
                .zip(conditionals.chunks(units))
            {
                *sum = row.iter().sum();
            }
        }
        Self::of(&sums, true)
    }

    /// With one unit of each row, chosen at random, and `visible` times its `log p(v_i | v_{-i})`:
    /// unbiased, with a variance that is some `visible` times larger.
    ///
    /// # Errors
    ///
    /// As [`exact`](Self::exact).
    pub fn stochastic(rbm: &Rbm, v: Tensor<2>, noise: &mut Noise) -> Result<Self, EvalError> {
        let flips = Flips::new(rbm, v)?;
        let [rows, units] = flips.v.dims();
        let device = flips.model.device();
        let uniform = to_f64(noise.uniform([rows, 1], DType::F32, &device));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a uniform number is 1 - 2^-24 at most: its product is below the number of units"
        )]
        let chosen: Vec<usize> = uniform
            .iter()
            .map(|u| (u * units as f64) as usize)
            .collect();
        let mut mask = vec![0f32; rows * units];
        for (row, &unit) in chosen.iter().enumerate() {
            mask[row * units + unit] = 1.0;
        }
        let dtype = flips.v.dtype();
        let mask = Tensor::<2>::from_data(TensorData::new(mask, [rows, units]), (&device, dtype));
        let v = flips.v.clone();
        let flipped = v.clone() + mask * flips.changes();
        let change = to_f64(flips.model.free_energy(v) - flips.model.free_energy(flipped));
        let values: Vec<f64> = change
            .iter()
            .map(|change| -(units as f64) * softplus(*change))
            .collect();
        Self::of(&values, false)
    }

    fn of(values: &[f64], exact: bool) -> Result<Self, EvalError> {
        let found = mean(values);
        if !found.is_finite() {
            let what = "the pseudo-log-likelihood";
            return Err(EvalError::NotFinite { what, found });
        }
        Ok(Self {
            mean: found,
            standard_error: standard_error(values),
            rows: values.len(),
            exact,
        })
    }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Rows of units with two values each, whose units are to be flipped.
struct Flips {
    model: Rbm,
    bias: Tensor<1>,
    v: Tensor<2>,
    /// The sum of the two values: what a value and the other one make.
    sum: f64,
}

impl Flips {
    fn new(rbm: &Rbm, v: Tensor<2>) -> Result<Self, EvalError> {
        let model = rbm.valid();
        let support = model.visible.support();
        let (Support::Values(&[low, high]), Some(bias)) = (support, model.visible.linear_bias())
        else {
            return Err(EvalError::UnitKind {
                estimator: "the pseudo-likelihood",
                units: model.visible.config().name(),
                instead: "use annealed importance sampling, or enumerate the hidden units",
            });
        };
        let [rows, columns] = v.dims();
        if columns != model.num_visible() {
            return Err(EvalError::Width {
                what: "the data",
                expected: model.num_visible(),
                found: columns,
            });
        }
        if rows == 0 {
            let what = "the data";
            return Err(EvalError::TooFewRows {
                what,
                least: 1,
                found: 0,
            });
        }
        let v = v
            .without_autodiff()
            .to_device(&model.device())
            .cast(model.weight.val().dtype());
        let [low, high] = [low, high].map(f64::from);
        let off = v.clone().sub_scalar(low) * v.clone().neg().add_scalar(high);
        if off.abs().max().into_scalar::<f64>() != 0.0 {
            let values = to_f64(v);
            let wrong = |x: &f64| support.index_of(*x).is_none();
            let at = values.iter().position(wrong).unwrap_or(0);
            return Err(EvalError::NotAState {
                row: at / columns,
                column: at % columns,
                found: values[at],
                expected: support,
            });
        }
        let sum = low + high;
        Ok(Self {
            model,
            bias,
            v,
            sum,
        })
    }

    fn narrow(&self, first: usize, rows: usize) -> Self {
        Self {
            model: self.model.clone(),
            bias: self.bias.clone(),
            v: self.v.clone().narrow(0, first, rows),
            sum: self.sum,
        }
    }

    /// What a flip adds to each unit.
    fn changes(&self) -> Tensor<2> {
        self.v.clone().mul_scalar(-2.0).add_scalar(self.sum)
    }

    /// `log p(v_i | v_{-i})` of every row and unit.
    fn all(&self) -> Vec<f64> {
        let inputs = self.model.hidden_inputs(self.v.clone());
        let dtype = inputs.dtype();
        let hidden = &self.model.hidden;
        let on_host = is_host(&inputs.device()) && matches!(dtype, DType::F32 | DType::F64);
        if !on_host || !hidden.support().is_binary() {
            return self.on_device(&inputs);
        }
        let total = inputs + hidden.bias().unsqueeze();
        if dtype == DType::F64 {
            self.on_host::<f64>(total)
        } else {
            self.on_host::<f32>(total)
        }
    }

    fn on_host<R: Real>(&self, total: Tensor<2>) -> Vec<f64> {
        let (units, hidden) = (self.model.num_visible(), self.model.num_hidden());
        let total = on_host::<R, 2>(total);
        let weight = on_host::<R, 2>(self.model.weight.val());
        let bias = to_f64(self.bias.clone());
        let v = on_host::<R, 2>(self.v.clone());
        let zero = R::narrow(0.0);
        let row = |(total, v): (&[R], &[R])| -> Vec<f64> {
            let gamma = softplus_sum(total, total, zero);
            (0..units)
                .map(|i| {
                    let change = self.sum - 2.0 * v[i].wide();
                    let w = &weight[i * hidden..(i + 1) * hidden];
                    let flipped = softplus_sum(total, w, R::narrow(change));
                    // F(v) - F(v^i)
                    -softplus(change * bias[i] + flipped - gamma)
                })
                .collect()
        };
        total
            .par_chunks(hidden)
            .zip(v.par_chunks(units))
            .flat_map_iter(row)
            .collect()
    }

    fn on_device(&self, inputs: &Tensor<2>) -> Vec<f64> {
        let [rows, units] = self.v.dims();
        let hidden = self.model.num_hidden();
        let changes = self.changes();
        let gamma = self.model.hidden.cgf(inputs.clone());
        let weight = self.model.weight.val();
        let per_block = (BLOCK / hidden).max(1);
        let mut values = Vec::with_capacity(rows * units);
        for row in 0..rows {
            let (x, change) = (
                inputs.clone().narrow(0, row, 1),
                changes.clone().narrow(0, row, 1).transpose(),
            );
            let mut flipped = Vec::new();
            for first in (0..units).step_by(per_block) {
                let count = per_block.min(units - first);
                let moved = weight.clone().narrow(0, first, count)
                    * change.clone().narrow(0, first, count)
                    + x.clone();
                flipped.push(self.model.hidden.cgf(moved));
            }
            let bias = self.bias.clone() * change.squeeze_dim::<1>(1);
            let gain = bias + Tensor::cat(flipped, 0) - gamma.clone().narrow(0, row, 1);
            values.extend(to_f64(gain).into_iter().map(|gain| -softplus(gain)));
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use rbm_model::{RbmConfig, units::UnitsConfig};

    /// The two ways of computing it, and the definition by free energies, for every kind that has one.
    #[test]
    fn host_and_device_agree_with_flipped_free_energies() {
        let kinds = UnitsConfig::all().into_iter();
        for kind in kinds.filter(|kind| kind.support().has_two_values()) {
            agree_with_flipped_free_energies(kind);
        }
    }

    fn agree_with_flipped_free_energies(kind: UnitsConfig) {
        let device = Device::default();
        let config = RbmConfig::new(21, 37).with_weight(rbm_model::WeightInit::Normal { std: 0.7 });
        let rbm = config.with_visible(kind).init(&mut Noise::new(3), &device);
        let values = kind.support().values().unwrap();
        let [low, high] = [0, 1].map(|place: usize| f64::from(values[place]));
        let on = Noise::new(4).bernoulli(Tensor::full([5, 21], 0.4, &device));
        let v = on.mul_scalar(high - low).add_scalar(low);
        let flips = Flips::new(&rbm, v.clone()).unwrap();
        let inputs = rbm.hidden_inputs(v.clone());
        let (host, on_device) = (flips.all(), flips.on_device(&inputs));
        let values = to_f64(v.clone());
        assert_eq!((host.len(), on_device.len()), (5 * 21, 5 * 21));
        for (at, (a, b)) in host.iter().zip(&on_device).enumerate() {
            let (row, unit) = (at / 21, at % 21);
            let mut flipped = values[row * 21..(row + 1) * 21].to_vec();
            flipped[unit] = low + high - flipped[unit];
            let flipped = Tensor::from_data(TensorData::new(flipped, [1, 21]), &device);
            let own = rbm.free_energy(v.clone().narrow(0, row, 1));
            let change = to_f64(own - rbm.free_energy(flipped))[0];
            assert!((a + softplus(change)).abs() < 2e-5, "{a} {change}");
            assert!((a - b).abs() < 2e-5, "{a} {b}");
        }
    }

    #[test]
    fn gray_values_and_real_units_are_refused() {
        let device = Device::default();
        let rbm = RbmConfig::new(3, 2).init(&mut Noise::new(1), &device);
        let gray = Tensor::<2>::from_floats([[0.0, 1.0, 1.0], [1.0, 0.25, 0.0]], &device);
        let error = PseudoLogLikelihood::exact(&rbm, gray).unwrap_err();
        let (row, column, found) = (1, 1, 0.25);
        let expected = Support::BINARY;
        let not_a_state = EvalError::NotAState {
            row,
            column,
            found,
            expected,
        };
        assert_eq!(error, not_a_state);
        assert!(
            not_a_state
                .to_string()
                .contains("expected 0 or 1, found 0.25")
        );
        let gaussian = UnitsConfig::Gaussian { learn_sigma: false };
        let real = RbmConfig::new(3, 2).with_visible(gaussian);
        let real = real.init(&mut Noise::new(1), &device);
        let error = PseudoLogLikelihood::exact(&real, Tensor::zeros([1, 3], &device));
        assert!(matches!(error, Err(EvalError::UnitKind { .. })));
    }
}
