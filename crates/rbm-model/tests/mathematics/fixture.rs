//! Models with known parameters, on the device under test.

use burn::tensor::{DType, Device, Tensor, TensorData};
use rbm_model::{
    Rbm,
    units::{Bernoulli, Gaussian, Units},
};

use crate::plain::Plain;

/// The best precision that a device computes in.
pub(crate) fn dtype(device: &Device) -> DType {
    rbm_model::internal::precise_dtype(device)
}

/// `precise` in double precision, `single` elsewhere.
pub(crate) fn tolerance(device: &Device, precise: f64, single: f64) -> f64 {
    if dtype(device) == DType::F64 {
        precise
    } else {
        single
    }
}

pub(crate) fn vector(values: &[f64], device: &Device) -> Tensor<1> {
    let data = TensorData::new(values.to_vec(), [values.len()]);
    Tensor::from_data(data, (device, dtype(device)))
}

pub(crate) fn matrix(rows: &[Vec<f64>], device: &Device) -> Tensor<2> {
    let data = TensorData::new(rows.concat(), [rows.len(), rows[0].len()]);
    Tensor::from_data(data, (device, dtype(device)))
}

/// The plain model as tensors.
pub(crate) fn rbm(plain: &Plain, device: &Device) -> Rbm {
    let b = vector(&plain.b, device);
    let visible = match &plain.log_sigma {
        None => Units::Bernoulli(Bernoulli::from_bias(b)),
        Some(s) if s.iter().all(|&s| s == 0.0) => Units::Gaussian(Gaussian::from_parts(b, None)),
        Some(s) => Units::Gaussian(Gaussian::from_parts(b, Some(vector(s, device)))),
    };
    let hidden = Units::Bernoulli(Bernoulli::from_bias(vector(&plain.c, device)));
    Rbm::from_parts(visible, hidden, matrix(&plain.w, device))
}

/// A model with weights strong enough that a broken kernel shows.
pub(crate) fn strong(visible: usize, hidden: usize, log_sigma: Option<f64>) -> Plain {
    let number = |i: usize, j: usize| 1.2 * (1.3 + 2.1 * i as f64 + 3.7 * j as f64).sin();
    Plain {
        w: (0..visible)
            .map(|i| (0..hidden).map(|j| number(i, j)).collect())
            .collect(),
        b: (0..visible).map(|i| 0.4 * number(i, hidden)).collect(),
        c: (0..hidden).map(|j| 0.4 * number(visible, j)).collect(),
        log_sigma: log_sigma.map(|s| (0..visible).map(|i| s * number(i, hidden + 1)).collect()),
    }
}

/// The pairs of layers that every identity is shown for: Bernoulli, Gaussian of unit variance and
/// of learned variance, over Bernoulli hidden units.
pub(crate) fn pairs(visible: usize, hidden: usize) -> [Plain; 3] {
    [
        strong(visible, hidden, None),
        strong(visible, hidden, Some(0.0)),
        strong(visible, hidden, Some(0.3)),
    ]
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
