//! A binary model in plain loops over plain numbers: what the trainer's tensors are held to.

use burn::tensor::{Device, Tensor, TensorData};
use rbm_model::{
    Rbm,
    numerics::to_f64,
    units::{Bernoulli, Units},
};

/// An RBM with Bernoulli units on both sides.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    /// A row for each visible unit.
    pub(crate) w: Vec<Vec<f64>>,
    pub(crate) b: Vec<f64>,
    pub(crate) c: Vec<f64>,
}

pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// All states of `n` units.
pub(crate) fn states(n: usize) -> Vec<Vec<f64>> {
    let bit = |state: usize, unit: usize| f64::from(u8::from(state >> unit & 1 == 1));
    (0..1 << n)
        .map(|state| (0..n).map(|unit| bit(state, unit)).collect())
        .collect()
}

/// Rows of zeros and ones, a one where a fixed sequence lies below `p`.
pub(crate) fn rows(count: usize, columns: usize, p: f64, first: usize) -> Vec<Vec<f64>> {
    let on = |k: usize| ((first + k) as f64 * 0.618_033_988_749_895).fract() < p;
    let row = |r: usize| (0..columns).map(move |i| f64::from(u8::from(on(r * columns + i))));
    (0..count).map(|r| row(r).collect()).collect()
}

pub(crate) fn matrix(rows: &[Vec<f64>], device: &Device) -> Tensor<2> {
    let data = TensorData::new(rows.concat(), [rows.len(), rows[0].len()]);
    Tensor::from_data(data, device)
}

/// The mean of each column.
pub(crate) fn means(rows: &[Vec<f64>]) -> Vec<f64> {
    let mut sums = vec![0.0; rows[0].len()];
    for row in rows {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += x;
        }
    }
    sums.iter().map(|sum| sum / rows.len() as f64).collect()
}

pub(crate) fn assert_close(found: &[f64], expected: &[f64], slack: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= slack * expected.abs().max(1.0),
            "{what}, entry {k}: {found} against {expected}"
        );
    }
}

impl Plain {
    /// Weights of about one and biases of both signs.
    pub(crate) fn strong(visible: usize, hidden: usize) -> Self {
        let number = |i: usize, j: usize| 1.1 * (1.3 + 2.1 * i as f64 + 3.7 * j as f64).sin();
        Self {
            w: (0..visible)
                .map(|i| (0..hidden).map(|j| number(i, j)).collect())
                .collect(),
            b: (0..visible).map(|i| 0.6 * number(i, hidden)).collect(),
            c: (0..hidden).map(|j| 0.6 * number(visible, j)).collect(),
        }
    }

    pub(crate) fn of(rbm: &Rbm) -> Self {
        let w = to_f64(rbm.weight.val());
        Self {
            w: w.chunks(rbm.num_hidden()).map(<[f64]>::to_vec).collect(),
            b: to_f64(rbm.visible.bias()),
            c: to_f64(rbm.hidden.bias()),
        }
    }

    pub(crate) fn rbm(&self, device: &Device) -> Rbm {
        let layer = |bias: &[f64]| {
            let bias = Tensor::from_data(TensorData::new(bias.to_vec(), [bias.len()]), device);
            Units::Bernoulli(Bernoulli::from_bias(bias))
        };
        Rbm::from_parts(layer(&self.b), layer(&self.c), matrix(&self.w, device))
    }

    pub(crate) fn energy(&self, v: &[f64], h: &[f64]) -> f64 {
        let mut energy = 0.0;
        for (v, b) in v.iter().zip(&self.b) {
            energy -= v * b;
        }
        for (h, c) in h.iter().zip(&self.c) {
            energy -= h * c;
        }
        for (v, w) in v.iter().zip(&self.w) {
            for (h, w) in h.iter().zip(w) {
                energy -= v * w * h;
            }
        }
        energy
    }

    /// By the sum over the hidden states.
    pub(crate) fn free_energy(&self, v: &[f64]) -> f64 {
        let states = states(self.c.len());
        let sum: f64 = states.iter().map(|h| (-self.energy(v, h)).exp()).sum();
        -sum.ln()
    }

    pub(crate) fn hidden_mean(&self, v: &[f64]) -> Vec<f64> {
        let input = |j: usize| -> f64 { v.iter().zip(&self.w).map(|(v, w)| v * w[j]).sum() };
        (0..self.c.len())
            .map(|j| logistic(self.c[j] + input(j)))
            .collect()
    }

    pub(crate) fn visible_mean(&self, h: &[f64]) -> Vec<f64> {
        let input = |w: &[f64]| -> f64 { h.iter().zip(w).map(|(h, w)| h * w).sum() };
        let units = self.b.iter().zip(&self.w);
        units.map(|(b, w)| logistic(b + input(w))).collect()
    }

    /// The probability of each visible state, in the order of [`states`].
    pub(crate) fn probabilities(&self) -> Vec<f64> {
        let states = states(self.b.len());
        let weights: Vec<f64> = states
            .iter()
            .map(|v| (-self.free_energy(v)).exp())
            .collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| w / total).collect()
    }
}
