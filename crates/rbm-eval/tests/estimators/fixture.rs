//! Models with known parameters.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::RngExt;
use rbm_eval::{Ais, AnnealingSchedule};
use rbm_kernels::PhiloxRng;
use rbm_model::{
    Rbm,
    exact::log_probability,
    units::{Bernoulli, Gaussian, UnitLayer, Units},
};

pub(crate) fn vector(values: Vec<f64>) -> Tensor<1> {
    let shape = [values.len()];
    Tensor::from_data(
        TensorData::new(values, shape),
        (&Device::default(), DType::F64),
    )
}

pub(crate) fn matrix(values: Vec<f64>, columns: usize) -> Tensor<2> {
    let rows = values.len() / columns;
    vector(values).reshape([rows, columns])
}

pub(crate) fn bernoulli(bias: Vec<f64>) -> Units {
    Units::Bernoulli(Bernoulli::from_bias(vector(bias)))
}

pub(crate) fn gaussian(bias: Vec<f64>, log_sigma: Option<Vec<f64>>) -> Units {
    Units::Gaussian(Gaussian::from_parts(vector(bias), log_sigma.map(vector)))
}

fn numbers(n: usize, scale: f64, rate: f64) -> Vec<f64> {
    (0..n)
        .map(|i| scale * (1.3 + rate * i as f64).sin())
        .collect()
}

fn weight(visible: usize, hidden: usize, scale: f64) -> Tensor<2> {
    let number = |i: usize, j: usize| scale * (1.3 + 2.1 * i as f64 + 3.7 * j as f64).sin();
    let all = (0..visible).flat_map(|i| (0..hidden).map(move |j| number(i, j)));
    matrix(all.collect(), hidden)
}

/// A Bernoulli model whose weights are sines of this size.
pub(crate) fn binary(visible: usize, hidden: usize, scale: f64) -> Rbm {
    Rbm::from_parts(
        bernoulli(numbers(visible, 0.4, 2.1)),
        bernoulli(numbers(hidden, 0.4, 3.7)),
        weight(visible, hidden, scale),
    )
}

/// The same with Gaussian visible units of unequal spread.
pub(crate) fn real(visible: usize, hidden: usize, scale: f64) -> Rbm {
    let log_sigma = numbers(visible, 0.3, 1.7);
    Rbm::from_parts(
        gaussian(numbers(visible, 0.4, 2.1), Some(log_sigma)),
        bernoulli(numbers(hidden, 0.4, 3.7)),
        weight(visible, hidden, scale),
    )
}

/// The golden model G3.
pub(crate) fn g3() -> Rbm {
    let weight = (0..6u8).flat_map(|i| (0..4u8).map(move |j| f64::from(1 + i + 2 * j).sin()));
    Rbm::from_parts(
        bernoulli((0..6u8).map(|i| 0.1 * f64::from(i) - 0.25).collect()),
        bernoulli((0..4u8).map(|j| 0.3 - 0.2 * f64::from(j)).collect()),
        matrix(weight.collect(), 4),
    )
}

/// Independent units at zero: a base that knows nothing of the model.
pub(crate) fn plain_base(rbm: &Rbm) -> Units {
    let n = rbm.num_visible();
    match &rbm.visible {
        Units::Gaussian(_) => gaussian(vec![0.0; n], Some(vec![0.2; n])),
        uniform => uniform.reference(),
    }
}

pub(crate) fn ais(steps: usize, chains: usize, seed: u64) -> Ais {
    Ais {
        schedule: AnnealingSchedule::Linear { steps },
        chains,
        seed,
        ..Ais::default()
    }
}

/// All states of `n` units.
pub(crate) fn states(n: usize) -> Tensor<2> {
    let bit = |s: usize, i: usize| f64::from(u8::from(s >> i & 1 == 1));
    let all = (0..1usize << n).flat_map(|s| (0..n).map(move |i| bit(s, i)));
    matrix(all.collect(), n)
}

/// Exact draws of `v`: from the list of all visible states, or, for Gaussian units, of `v` given a
/// hidden state from the list of those.
pub(crate) fn exact_draws(rbm: &Rbm, n: usize, seed: u64) -> Tensor<2> {
    let discrete = matches!(rbm.visible, Units::Bernoulli(_));
    let model = if discrete { rbm.clone() } else { rbm.mirror() };
    let all = states(model.num_visible());
    let p = log_probability(&model, all.clone()).unwrap();
    let cumulative: Vec<f64> = p
        .iter()
        .scan(0.0, |sum, log_p| {
            *sum += log_p.exp();
            Some(*sum)
        })
        .collect();
    let mut rng = PhiloxRng::new(seed, 99);
    #[expect(clippy::cast_possible_wrap, reason = "a state of a few units")]
    let index: Vec<i64> = (0..n)
        .map(|_| {
            let u: f64 = rng.random();
            cumulative
                .partition_point(|&c| c < u)
                .min(cumulative.len() - 1) as i64
        })
        .collect();
    let drawn = all.select(0, Tensor::from_data(index.as_slice(), &Device::default()));
    if discrete {
        return drawn;
    }
    let mut noise = rbm_model::Noise::new(seed).derive(5);
    rbm.visible.sample(rbm.visible_inputs(drawn), &mut noise)
}

/// The mean and its standard error.
pub(crate) fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
