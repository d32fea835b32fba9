//! Values from an independent enumeration, written down once.

use burn::tensor::{Device, Tensor};
use rbm_model::{
    exact::{log_partition, log_probability, moments},
    numerics::to_f64,
};

use crate::fixture::{assert_close, matrix, rbm, tolerance};
use crate::plain::Plain;

fn g3(visible: usize, hidden: usize) -> Plain {
    Plain {
        w: (0..visible)
            .map(|i| {
                (0..hidden)
                    .map(|j| (1.0 + i as f64 + 2.0 * j as f64).sin())
                    .collect()
            })
            .collect(),
        b: (0..visible).map(|i| 0.1 * i as f64 - 0.25).collect(),
        c: (0..hidden).map(|j| 0.3 - 0.2 * j as f64).collect(),
        log_sigma: None,
    }
}

fn model(w: Vec<Vec<f64>>, b: &[f64], c: &[f64]) -> Plain {
    Plain {
        w,
        b: b.to_vec(),
        c: c.to_vec(),
        log_sigma: None,
    }
}

#[test]
fn log_partition_functions() {
    let device = Device::default();
    let mut g5 = g3(3, 2);
    g5.log_sigma = Some(vec![0.0; 3]);
    let cases = [
        (
            "G1",
            model(vec![vec![0.0; 3]; 4], &[0.0; 4], &[0.0; 3]),
            4.852_030_263_919_617,
        ),
        (
            "G2",
            model(vec![vec![2.0]], &[0.5], &[-1.0]),
            2.014_674_965_500_975_5,
        ),
        ("G3", g3(6, 4), 7.370_311_333_978_35),
        (
            "G4",
            model(
                vec![
                    vec![1.0, 0.0, 0.0],
                    vec![0.0, -2.0, 0.0],
                    vec![0.0, 0.0, 3.0],
                ],
                &[0.2, -0.4, 0.1],
                &[-0.3, 0.5, 0.0],
            ),
            6.165_114_020_891_803,
        ),
        ("G5", g5, 4.891_426_213_802_589),
    ];
    let slack = tolerance(&device, 1e-13, 2e-6);
    for (name, plain, expected) in cases {
        let rbm = rbm(&plain, &device);
        for (side, rbm) in [("", rbm.clone()), (" mirrored", rbm.mirror())] {
            let found = log_partition(&rbm).unwrap();
            assert_close(&[found], &[expected], slack, &format!("{name}{side}"));
        }
    }
}

#[test]
fn g3_free_energy_log_probability_and_entropy() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-13, 2e-6);
    let rbm = rbm(&g3(6, 4), &device);
    let v = matrix(&[vec![1.0, 0.0, 1.0, 1.0, 0.0, 1.0]], &device);
    let free = to_f64(rbm.free_energy(v.clone()));
    assert_close(&free, &[-2.777_690_664_999_723_5], slack, "F");
    let log_p = log_probability(&rbm, v).unwrap();
    assert_close(&log_p, &[-4.592_620_668_978_626], slack, "log p");
    let all: Vec<Vec<f64>> = crate::plain::states(6).collect();
    let log_p = log_probability(&rbm, matrix(&all, &device)).unwrap();
    let entropy: f64 = log_p.iter().map(|x| -x.exp() * x).sum();
    assert_close(&[entropy], &[4.064_730_831_742_128_5], slack, "entropy");
}

#[test]
fn g3_moments() {
    let device = Device::default();
    // The golden numbers are rounded to eight digits.
    let slack = tolerance(&device, 6e-9, 2e-6);
    let rbm = rbm(&g3(6, 4), &device);
    for (side, mirrored) in [("", false), (" mirrored", true)] {
        let found = if mirrored {
            let m = moments(&rbm.mirror()).unwrap();
            let row: Vec<f64> = (0..4).map(|j| m.interaction[j * 6]).collect();
            (m.hidden, m.visible, row)
        } else {
            let m = moments(&rbm).unwrap();
            (m.visible, m.hidden, m.interaction[..4].to_vec())
        };
        let v = [
            0.542_843_78,
            0.582_400_14,
            0.520_449_69,
            0.425_253_69,
            0.413_721_62,
            0.507_479_3,
        ];
        assert_close(&found.0, &v, slack, &format!("E[v]{side}"));
        let h = [0.602_360_38, 0.476_738_26, 0.472_238_77, 0.488_515_27];
        assert_close(&found.1, &h, slack, &format!("E[h]{side}"));
        let v0h = [0.384_872_89, 0.260_069_4, 0.193_214_84, 0.313_783_41];
        assert_close(&found.2, &v0h, slack, &format!("E[v0 h]{side}"));
    }
}

/// Over all hidden states, weighted by their probability at 101101: no sampling.
#[test]
fn g3_mean_after_one_sweep() {
    let device = Device::default();
    let slack = tolerance(&device, 6e-9, 2e-6);
    let plain = g3(6, 4);
    let rbm = rbm(&plain, &device);
    let start = vec![1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    let p = to_f64(rbm.hidden_mean(matrix(&[start], &device)));
    let states: Vec<Vec<f64>> = crate::plain::states(4).collect();
    let weights: Vec<f64> = states
        .iter()
        .map(|h| {
            h.iter()
                .zip(&p)
                .map(|(h, p)| h * p + (1.0 - h) * (1.0 - p))
                .product()
        })
        .collect();
    let means = rbm.visible_mean(matrix(&states, &device));
    let weights: Tensor<2> = matrix(&[weights], &device);
    let found = to_f64(weights.matmul(means));
    let expected = [
        0.517_983_46,
        0.556_395_13,
        0.514_064_7,
        0.446_579_14,
        0.440_644_99,
        0.518_520_54,
    ];
    assert_close(&found, &expected, slack, "E[v] after a sweep");
}
