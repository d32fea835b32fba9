//! The enumeration itself.

use burn::tensor::Device;
use rbm_model::{
    Noise, RbmConfig,
    exact::{
        Enumeration, ExactError, Side, log_likelihood, log_partition, log_probability, moments,
    },
    units::UnitsConfig,
};

use crate::fixture::{assert_close, matrix, pairs, rbm, strong, tolerance};
use crate::plain::states;

#[test]
fn log_partition_of_every_pair_is_the_sum_over_all_states() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-13, 2e-6);
    for plain in pairs(5, 3).into_iter().chain(pairs(3, 6)) {
        let rbm = rbm(&plain, &device);
        let expected = plain.log_partition();
        assert_close(&[log_partition(&rbm).unwrap()], &[expected], slack, "log Z");
        let mirrored = log_partition(&rbm.mirror()).unwrap();
        assert_close(&[mirrored], &[expected], slack, "log Z of the mirror");
    }
}

/// 2¹⁴ states of 700 units come in several blocks.
#[test]
fn blocks_add_up_and_probabilities_to_one() {
    let device = Device::default();
    let wide = RbmConfig::new(700, 14).init(&mut Noise::new(3), &device);
    let states_of_wide = Enumeration::new(&wide).unwrap();
    assert_eq!(states_of_wide.side(), Side::Hidden);
    assert!(states_of_wide.num_blocks() > 3);
    let found = moments(&wide).unwrap();
    assert_close(
        &[found.log_partition],
        &[log_partition(&wide).unwrap()],
        1e-14,
        "log Z in two ways",
    );
    // With weights of 0.01 the means stay near those of free units.
    assert!(found.hidden.iter().all(|h| (h - 0.5).abs() < 0.2));

    let small = rbm(&strong(8, 4, None), &device);
    let all: Vec<Vec<f64>> = states(8).collect();
    let log_p = log_probability(&small, matrix(&all, &device)).unwrap();
    let total: f64 = log_p.iter().map(|x| x.exp()).sum();
    assert_close(&[total], &[1.0], tolerance(&device, 1e-12, 2e-5), "Σ p(v)");
}

#[test]
fn log_likelihood_is_minus_the_loss_per_row() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-13, 2e-6);
    for plain in pairs(5, 3) {
        let data: Vec<Vec<f64>> = states(5).step_by(3).collect();
        let found = log_likelihood(&rbm(&plain, &device), matrix(&data, &device)).unwrap();
        assert_close(&[found], &[-plain.loss(&data)], slack, "L");
    }
}

#[test]
fn models_too_large_say_so() {
    let device = Device::default();
    let mut noise = Noise::new(1);
    let large = RbmConfig::new(26, 26).init(&mut noise, &device);
    let error = log_partition(&large).unwrap_err();
    assert!(matches!(
        error,
        ExactError::TooLarge {
            visible: 26,
            hidden: 26,
            ..
        }
    ));
    assert!(error.to_string().contains("annealed importance sampling"));
    // Real-valued units cannot be enumerated, few as they are.
    let real = RbmConfig::new(3, 30)
        .with_visible(UnitsConfig::Gaussian { learn_sigma: false })
        .init(&mut noise, &device);
    let error = log_partition(&real).unwrap_err().to_string();
    assert!(error.contains("visible ones are real-valued"), "{error}");
}
