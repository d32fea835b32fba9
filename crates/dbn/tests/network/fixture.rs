//! Networks with known parameters, on the device under test.

use burn::tensor::{DType, Device, Tensor, TensorData};
use dbn::Dbn;
use rbm_model::{
    Rbm,
    internal::precise_dtype,
    units::{Bernoulli, Labelled, Units},
};

use crate::plain::{Layer, Plain};

/// `precise` in double precision, `single` elsewhere.
pub(crate) fn tolerance(precise: f64, single: f64) -> f64 {
    if precise_dtype(&Device::default()) == DType::F64 {
        precise
    } else {
        single
    }
}

pub(crate) fn vector(values: &[f64]) -> Tensor<1> {
    let device = Device::default();
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, (&device, precise_dtype(&device)))
}

pub(crate) fn matrix(rows: &[Vec<f64>]) -> Tensor<2> {
    vector(&rows.concat()).reshape([rows.len(), rows[0].len()])
}

/// The same row so many times.
pub(crate) fn repeated(row: &[f64], times: usize) -> Tensor<2> {
    vector(row).unsqueeze::<2>().repeat_dim(0, times)
}

/// A stack of these widths with weights strong enough that a mistake shows, and a label beside the
/// top layer's features where there are classes.
pub(crate) fn plain(widths: &[usize], classes: usize) -> Plain {
    let top = widths.len() - 2;
    let layer = |l: usize| {
        let classes = if l == top { classes } else { 0 };
        let (visible, hidden) = (widths[l] + classes, widths[l + 1]);
        let number = |i: usize, j: usize| {
            1.1 * (1.3 + 2.1 * i as f64 + 3.7 * j as f64 + 0.9 * l as f64).sin()
        };
        Layer {
            w: (0..visible)
                .map(|i| (0..hidden).map(|j| number(i, j)).collect())
                .collect(),
            b: (0..visible).map(|i| 0.5 * number(i, hidden)).collect(),
            c: (0..hidden).map(|j| 0.5 * number(visible, j)).collect(),
            classes,
        }
    };
    Plain((0..=top).map(layer).collect())
}

fn rbm(layer: &Layer) -> Rbm {
    let visible = match layer.classes {
        0 => Units::Bernoulli(Bernoulli::from_bias(vector(&layer.b))),
        classes => Units::Labelled(Labelled::from_bias(vector(&layer.b), classes)),
    };
    let hidden = Units::Bernoulli(Bernoulli::from_bias(vector(&layer.c)));
    Rbm::from_parts(visible, hidden, matrix(&layer.w))
}

/// The plain network as tensors.
pub(crate) fn network(plain: &Plain) -> Dbn {
    Dbn::new(plain.0.iter().map(rbm).collect()).unwrap()
}

pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1.0),
            "{what}, entry {k}: {found} against {expected}"
        );
    }
}

/// The first and second moments of draws `[rows, units]` against those of a distribution, within
/// 4.5 standard errors each.
pub(crate) fn assert_moments(drawn: &[f64], distribution: &[(Vec<f64>, f64)], what: &str) {
    let units = distribution[0].0.len();
    let rows = drawn.len() / units;
    for i in 0..units {
        for j in i..units {
            let p: f64 = distribution.iter().map(|(v, p)| p * v[i] * v[j]).sum();
            let count = drawn.chunks(units).map(|v| v[i] * v[j]).sum::<f64>();
            let sigma = (p * (1.0 - p) / rows as f64).sqrt();
            let z = (count / rows as f64 - p) / sigma;
            assert!(
                z.abs() < 4.5,
                "{what}: units {i} and {j}: {z} sigma from {p}"
            );
        }
    }
}
