//! Classes against enumeration.

use dbn::DbnError;
use rbm_model::{Noise, numerics::to_f64};

use crate::fixture::{assert_close, matrix, network, plain, repeated, tolerance};
use crate::plain::states;

#[test]
fn class_probabilities_are_those_of_enumeration() {
    for (widths, classes) in [(&[4, 3, 2][..], 3), (&[3, 5], 2), (&[4, 3, 3, 2], 4)] {
        let plain = plain(widths, classes);
        let dbn = network(&plain);
        let (x, joint): (Vec<Vec<f64>>, Vec<Vec<f64>>) = plain.features().into_iter().unzip();
        let given = joint.iter().flat_map(|p| {
            let total: f64 = p.iter().sum();
            p.iter().map(move |p| (p / total).ln())
        });
        let expected: Vec<f64> = given.collect();
        let found = to_f64(dbn.class_log_probabilities(matrix(&x)).unwrap());
        assert_close(&found, &expected, tolerance(1e-12, 1e-5), "log p(y | x)");
    }
}

/// The same at the features' means, more rows than are weighed at once.
#[test]
fn data_are_classified_by_the_means_of_their_features() {
    let plain = plain(&[4, 3, 2], 3);
    let dbn = network(&plain);
    let rows: Vec<Vec<f64>> = states(4).into_iter().cycle().take(4100).collect();
    let found = to_f64(dbn.classify(matrix(&rows)).unwrap());
    let mut expected = Vec::new();
    for v in &rows {
        let features = plain.0[0].hidden_mean(v);
        let weight = |class: usize| {
            let mut x = features.clone();
            x.extend((0..3).map(|k| f64::from(u8::from(k == class))));
            // The sum over hidden states is the same for means.
            plain.top().weight(&x)
        };
        let total: f64 = (0..3).map(weight).sum();
        expected.extend((0..3).map(|class| (weight(class) / total).ln()));
    }
    assert_close(&found, &expected, tolerance(1e-12, 1e-5), "log p(y | v)");
}

/// Up to the top layer of a network with labels: an average over classes, and draws of it.
#[test]
fn the_top_layer_is_reached_through_every_class() {
    let plain = plain(&[4, 3], 3);
    let dbn = network(&plain);
    let v = [1.0, 0.0, 1.0, 1.0];
    let (_, joint) = plain.features().into_iter().find(|(x, _)| *x == v).unwrap();
    let total: f64 = joint.iter().sum();
    let mut expected = vec![0.0; 3];
    for (class, p) in joint.iter().enumerate() {
        let mut x = v.to_vec();
        x.extend((0..3).map(|k| f64::from(u8::from(k == class))));
        for (sum, mean) in expected.iter_mut().zip(plain.top().hidden_mean(&x)) {
            *sum += p / total * mean;
        }
    }
    let found = to_f64(dbn.encode(repeated(&v, 1), 1));
    assert_close(&found, &expected, tolerance(1e-12, 1e-5), "E[h | v]");
    let n = 20_000;
    let drawn = dbn.sample_encoding(repeated(&v, n), 1, &mut Noise::new(3));
    for (found, p) in to_f64(drawn.mean_dim(0)).iter().zip(expected) {
        let sigma = (p * (1.0 - p) / n as f64).sqrt();
        assert!((found - p).abs() < 4.5 * sigma, "{found} against {p}");
    }
}

#[test]
fn classes_that_are_not_there_are_refused() {
    let bare = network(&plain(&[4, 3], 0));
    let v = repeated(&[0.0; 4], 2);
    let error = bare.classify(v).unwrap_err();
    assert!(matches!(error, DbnError::NoClasses), "{error}");
    let three = network(&plain(&[4, 3], 3));
    let error = three
        .generate_classes(&[0, 3], 1, &mut Noise::new(1))
        .unwrap_err();
    let expected = "class 3 of 3";
    assert!(error.to_string().starts_with(expected), "{error}");
    let error = bare
        .generate_classes(&[0], 1, &mut Noise::new(1))
        .unwrap_err();
    assert!(matches!(error, DbnError::NoClasses), "{error}");
}
