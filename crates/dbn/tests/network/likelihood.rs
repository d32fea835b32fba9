//! The exact likelihood and the exact bound, against loops over every joint state.

use dbn::enumeration;

use crate::fixture::{assert_close, matrix, network, plain, tolerance};

const SHAPES: [(&[usize], usize); 5] = [
    (&[4, 3], 0),
    (&[4, 3], 3),
    (&[4, 3, 5], 0),
    (&[5, 3, 2], 3),
    (&[4, 3, 3, 2], 2),
];

#[test]
fn the_probability_of_every_state_is_the_sum_over_all_above_it() {
    for (widths, classes) in SHAPES {
        let plain = plain(widths, classes);
        let (v, p): (Vec<Vec<f64>>, Vec<f64>) = plain.distribution().into_iter().unzip();
        assert_close(&[p.iter().sum()], &[1.0], 1e-12, "Σ p(v) of the loops");
        let found = enumeration::log_probability(&network(&plain), matrix(&v)).unwrap();
        let expected: Vec<f64> = p.iter().map(|p| p.ln()).collect();
        assert_close(&found, &expected, tolerance(1e-11, 5e-6), "log p(v)");
    }
}

#[test]
fn the_bound_is_the_sum_over_all_paths_and_below_the_likelihood() {
    for (widths, classes) in SHAPES {
        let plain = plain(widths, classes);
        let (v, p): (Vec<Vec<f64>>, Vec<f64>) = plain.distribution().into_iter().unzip();
        let found = enumeration::bound(&network(&plain), matrix(&v)).unwrap();
        let expected: Vec<f64> = v.iter().map(|v| plain.bound(v)).collect();
        assert_close(&found, &expected, tolerance(1e-11, 5e-6), "the bound");
        for (bound, p) in found.iter().zip(p) {
            assert!(*bound <= p.ln() + 1e-5, "{bound} above {}", p.ln());
        }
        if widths.len() > 2 {
            // These layers know nothing of each other: the bound is not tight.
            let gap: f64 = found
                .iter()
                .zip(plain.distribution())
                .map(|(b, (_, p))| p.ln() - b)
                .sum();
            assert!(gap > 0.1, "{gap}");
        }
    }
}

#[test]
fn networks_too_large_say_which_layer() {
    let large = network(&plain(&[3, 13, 2], 0));
    let v = matrix(&[vec![0.0; 3]]);
    let error = enumeration::bound(&large, v).unwrap_err().to_string();
    assert!(error.contains("layer 1 has 13 Bernoulli ones"), "{error}");
    let top = network(&plain(&[3, 2, 4], 0));
    let wide = network(&plain(&[26, 26], 0));
    assert!(enumeration::log_probability(&top, matrix(&[vec![1.0; 3]])).is_ok());
    let error = enumeration::log_probability(&wide, matrix(&[vec![0.0; 26]])).unwrap_err();
    assert!(
        error.to_string().contains("26 visible and 26 hidden"),
        "{error}"
    );
}
