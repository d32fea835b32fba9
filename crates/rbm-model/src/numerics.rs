//! Scalar functions that stay accurate where their textbook forms do not.

use burn::tensor::{DType, Tensor, TensorData};
use rbm_kernels::{ops::is_fast, softplus_row_sum};

/// `log(1 + exp(x))`, element by element, with the derivative `σ(x)` everywhere.
///
/// Written as `(x + |x|)/2 + log1p(exp(-|x|))`: the exponential never overflows, and reverse-mode
/// differentiation meets no branch whose untaken side is NaN. At zero the derivative of `|x|` is 0,
/// which makes the whole ½, as it must be; `max(x, 0)` instead would give 0 or 1.
///
/// # Shapes
///
/// Any; the result has the shape of `x`.
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let magnitude = x.clone().abs();
    let tail = magnitude.clone().neg().exp().log1p();
    (x + magnitude).mul_scalar(0.5) + tail
}

/// `Σ_j softplus(x_j + bias_j)` of each row, `[rows, units]` to `[rows]`: what the free energy of binary
/// units is made of.
///
/// On the `flex` backend, in single precision and off the tape, one pass of a kernel that sums in
/// double precision; [`softplus`] and a sum elsewhere.
pub(crate) fn softplus_sum(x: Tensor<2>, bias: Tensor<1>) -> Tensor<1> {
    let (device, rows) = (x.device(), x.dims()[0]);
    let on_tape = device.is_autodiff() || bias.device().is_autodiff();
    if on_tape || !(is_fast(&x) && is_fast(&bias)) {
        let total = x + bias.unsqueeze();
        return softplus(total).sum_dim(1).squeeze_dim::<1>(1);
    }
    let (x, bias) = (x.into_data(), bias.into_data());
    let mut sums = vec![0f64; rows];
    let values = |data| TensorData::as_slice::<f32>(data).expect("single precision is fast");
    softplus_row_sum(values(&x), 1.0, values(&bias), &mut sums);
    Tensor::from_data(TensorData::new(sums, [rows]), (&device, DType::F32))
}

/// `log Σ exp(x)`; minus infinity for no terms, and infinite or NaN where a term is.
///
/// ```
/// let x = [1000.0, 1000.0];
/// assert!((rbm_model::numerics::log_sum_exp(&x) - (1000.0 + 2f64.ln())).abs() < 1e-12);
/// ```
pub fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        // A NaN among the terms must show: `max` alone would pass over it.
        return x
            .iter()
            .fold(largest, |m, &x| if x.is_nan() { x } else { m });
    }
    let sum: f64 = x.iter().map(|x| (x - largest).exp()).sum();
    largest + sum.ln()
}

/// `log Σ exp(x)` over each row of finite numbers, `[rows, columns]` to `[rows]`, with the softmax as
/// its derivative.
pub fn log_sum_exp_rows(x: Tensor<2>) -> Tensor<1> {
    // Held constant: it cancels, in the value and in the derivative.
    let largest = x.clone().detach().max_dim(1);
    let sum = (x - largest.clone()).exp().sum_dim(1);
    (sum.log() + largest).squeeze_dim::<1>(1)
}

/// `log(exp(a) + exp(b))`.
///
/// ```
/// # use rbm_model::numerics::log_add_exp;
/// assert!((log_add_exp(-800.0, -800.0) - (-800.0 + 2f64.ln())).abs() < 1e-12);
/// assert_eq!(log_add_exp(f64::NEG_INFINITY, 3.0), 3.0);
/// ```
pub fn log_add_exp(a: f64, b: f64) -> f64 {
    log_sum_exp(&[a, b])
}

/// The log-odds `log(p / (1 - p))`, with `p` first moved into `[margin, 1 - margin]`.
///
/// ```
/// # use rbm_model::numerics::clipped_log_odds;
/// assert_eq!(clipped_log_odds(0.5, 1e-3), 0.0);
/// assert!((clipped_log_odds(0.0, 1e-3) + 999f64.ln()).abs() < 1e-12);
/// ```
///
/// # Panics
///
/// Where `margin` is not in (0, ½].
pub fn clipped_log_odds(p: f64, margin: f64) -> f64 {
    assert!(
        margin > 0.0 && margin <= 0.5,
        "a margin lies in (0, 0.5], got {margin}"
    );
    let p = p.clamp(margin, 1.0 - margin);
    p.ln() - (-p).ln_1p()
}

/// The values of `x` on the host in double precision, row by row.
///
/// # Panics
///
/// Where the device fails to hand the data over.
pub fn to_f64<const D: usize>(x: Tensor<D>) -> Vec<f64> {
    let data: TensorData = x.into_data();
    data.iter::<f64>().collect()
}

/// The values of `x` on the host in single precision, row by row.
///
/// # Panics
///
/// As [`to_f64`].
pub fn to_f32<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, activation::sigmoid};
    use proptest::prelude::*;

    use super::*;

    fn tensor(values: &[f64], device: &Device) -> Tensor<1> {
        Tensor::from_data(
            TensorData::new(values.to_vec(), [values.len()]),
            (device, DType::F64),
        )
    }

    #[test]
    fn softplus_and_its_derivative_are_finite_and_right_up_to_300() {
        let device = Device::flex().autodiff();
        let points = [-300.0, -40.0, -1.0, -1e-9, 0.0, 1e-9, 0.5, 40.0, 300.0];
        let x = tensor(&points, &device).require_grad();
        let y = softplus(x.clone());
        let derivative = to_f64(x.grad(&y.clone().sum().backward()).unwrap());
        for ((x, y), d) in points.into_iter().zip(to_f64(y)).zip(derivative) {
            let expected = if x > 0.0 {
                x + (-x).exp().ln_1p()
            } else {
                x.exp().ln_1p()
            };
            assert!(
                (y - expected).abs() <= 1e-15 * expected,
                "softplus({x}) = {y}"
            );
            let slope = 1.0 / (1.0 + (-x).exp());
            assert!((d - slope).abs() < 1e-15, "softplus'({x}) = {d}");
        }
    }

    proptest! {
        #[test]
        fn softplus_differs_from_its_mirror_image_by_its_argument(x in -700.0..700.0f64) {
            let y = to_f64(softplus(tensor(&[x, -x], &Device::flex())));
            prop_assert!((y[0] - y[1] - x).abs() < 1e-12 * x.abs().max(1.0));
        }

        #[test]
        fn log_sum_exp_is_shift_invariant_and_bounded(
            x in prop::collection::vec(-50.0..50.0f64, 1..20), shift in -1e4..1e4f64,
        ) {
            let shifted: Vec<f64> = x.iter().map(|x| x + shift).collect();
            let (plain, moved) = (log_sum_exp(&x), log_sum_exp(&shifted));
            prop_assert!((moved - plain - shift).abs() < 1e-10);
            let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(plain >= largest && plain <= largest + (x.len() as f64).ln() + 1e-12);
        }

        #[test]
        fn log_odds_undo_the_logistic_function(x in -30.0..30.0f64) {
            let p = to_f64(sigmoid(tensor(&[x], &Device::flex())))[0];
            // Near 1 the probability itself has lost digits: the error of p is an ulp of 1.
            let slack = 1e-14 + 3e-16 * (1.0 + x.exp());
            prop_assert!((clipped_log_odds(p, 1e-300) - x).abs() < slack * x.abs().max(1.0));
        }
    }

    /// In single precision by the kernel, in double precision and on the tape by stock operations.
    #[test]
    fn softplus_sums_agree_in_every_way() {
        let device = Device::flex();
        let inputs: Vec<f64> = (0..3 * 37).map(|k| 30.0 * f64::from(k).sin()).collect();
        let bias: Vec<f64> = (0..37).map(|k| f64::from(k).cos()).collect();
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        let of_row = |row: &[f64]| row.iter().zip(&bias).map(|(x, b)| softplus(x + b)).sum();
        let expected: Vec<f64> = inputs.chunks(37).map(of_row).collect();
        for (device, dtype, slack) in [
            (device.clone(), DType::F32, 1e-6),
            (device.clone(), DType::F64, 1e-13),
            (device.autodiff(), DType::F32, 1e-6),
        ] {
            let x = Tensor::<1>::from_data(inputs.as_slice(), (&device, dtype));
            let bias = Tensor::from_data(bias.as_slice(), (&device, dtype));
            let found = to_f64(softplus_sum(x.reshape([3, 37]), bias));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found / expected - 1.0).abs() < slack, "{found} {expected}");
            }
        }
    }

    #[test]
    fn sums_over_rows_are_those_of_the_slices() {
        let rows = tensor(&[900.0, 901.0, -3.0, -900.0, 0.5, 0.5], &Device::flex());
        let found = to_f64(log_sum_exp_rows(rows.reshape([2, 3])));
        for (found, row) in found.iter().zip([[900.0, 901.0, -3.0], [-900.0, 0.5, 0.5]]) {
            assert!((found - log_sum_exp(&row)).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn log_sum_exp_keeps_infinities_and_nan() {
        assert_eq!(log_sum_exp(&[]), f64::NEG_INFINITY);
        assert_eq!(log_sum_exp(&[f64::NEG_INFINITY; 3]), f64::NEG_INFINITY);
        assert_eq!(log_sum_exp(&[f64::INFINITY, 0.0]), f64::INFINITY);
        assert!(log_sum_exp(&[0.0, f64::NAN]).is_nan());
        assert!(log_sum_exp(&[f64::NEG_INFINITY, f64::NAN]).is_nan());
    }

    #[test]
    fn log_odds_are_held_within_a_margin_that_is_a_probability() {
        for (p, margin, expected) in [
            (0.0, 0.01, -99f64.ln()),
            (1.0, 0.01, 99f64.ln()),
            (0.2, 0.01, -4f64.ln()),
            (0.2, 0.5, 0.0),
        ] {
            let found = clipped_log_odds(p, margin);
            assert!((found - expected).abs() < 1e-12, "{p} {margin}: {found}");
        }
        for margin in [-0.1, 0.0, 0.6, f64::NAN] {
            let refused = std::panic::catch_unwind(|| clipped_log_odds(0.5, margin));
            assert!(refused.is_err(), "a margin of {margin}");
        }
    }
}
