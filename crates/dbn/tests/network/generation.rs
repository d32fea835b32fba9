//! Draws of the network against enumeration.

use burn::tensor::{Bool, Device, Tensor, TensorData};
use rbm_model::{Noise, numerics::to_f64};

use crate::fixture::{assert_close, assert_moments, network, plain, repeated, tolerance};

const CHAINS: usize = 20_000;
/// Many times what these chains take to forget their start.
const SWEEPS: usize = 80;

#[test]
fn moments_of_generated_states_are_those_of_the_distribution() {
    for (widths, classes) in [
        (&[5, 4][..], 0),
        (&[5, 4, 3], 0),
        (&[4, 3, 3, 2], 0),
        (&[4, 3, 2], 3),
    ] {
        let plain = plain(widths, classes);
        let dbn = network(&plain);
        let mut noise = Noise::new(5);
        let start = dbn.random_chains(CHAINS, &mut noise);
        let drawn = dbn.generate(start, SWEEPS, &mut noise);
        let p = plain.distribution();
        let what = format!("{widths:?}, {classes} classes");
        assert_moments(&to_f64(drawn.visible.clone()), &p, &what);
        // The means are those of the draws: the same expectation, and never a greater spread.
        let mean = to_f64(drawn.mean.clone().mean_dim(0));
        for (i, mean) in mean.iter().enumerate() {
            let expected: f64 = p.iter().map(|(v, p)| p * v[i]).sum();
            let sigma = (expected * (1.0 - expected) / CHAINS as f64).sqrt();
            assert!(
                (mean - expected).abs() < 4.5 * sigma,
                "{what}: mean of unit {i}"
            );
        }
        let binary = to_f64(drawn.mean).iter().all(|&x| x == 0.0 || x == 1.0);
        assert!(!binary, "means are no draws");
    }
}

/// Far from equilibrium: after one sweep from given data the network has the distribution that the
/// sum over all paths there gives.
#[test]
fn one_sweep_from_data_has_the_transition_probability() {
    for (widths, classes) in [(&[5, 4, 3][..], 0), (&[4, 3, 2], 3), (&[5, 4], 0)] {
        let plain = plain(widths, classes);
        let dbn = network(&plain);
        let v: Vec<f64> = (0..widths[0])
            .map(|i| f64::from(u8::from(i % 3 == 0)))
            .collect();
        let mut noise = Noise::new(3);
        let chains = dbn.chains_at(repeated(&v, CHAINS), &mut noise);
        let drawn = to_f64(dbn.generate(chains, 1, &mut noise).visible);
        assert_moments(&drawn, &plain.after_a_sweep(&v), &format!("{widths:?}"));
    }
}

#[test]
fn draws_of_a_class_have_its_conditional_moments() {
    for (widths, classes) in [(&[4, 3, 2][..], 3), (&[4, 3], 2)] {
        let plain = plain(widths, classes);
        let dbn = network(&plain);
        for class in 0..classes {
            let mut noise = Noise::new(7 + class as u64);
            let drawn = dbn.generate_classes(&vec![class; CHAINS], SWEEPS, &mut noise);
            let drawn = to_f64(drawn.unwrap().visible);
            assert_moments(
                &drawn,
                &plain.distribution_of(class),
                &format!("class {class}"),
            );
        }
    }
}

fn mask(held: [bool; 5], rows: usize) -> Tensor<2, Bool> {
    let data = TensorData::new(held.repeat(rows), [rows, 5]);
    Tensor::from_data(data, &Device::default())
}

/// One layer: the free units have the conditional distribution given the held ones.
#[test]
fn completions_of_one_layer_have_the_conditional_distribution() {
    for classes in [0, 3] {
        let plain = plain(&[5, 4], classes);
        let held = [true, false, true, false, false];
        let v = [1.0, 1.0, 0.0, 1.0, 1.0];
        let fits = |state: &[f64]| {
            state
                .iter()
                .zip(v)
                .zip(held)
                .all(|((s, v), held)| !held || *s == v)
        };
        let mut given: Vec<_> = plain
            .distribution()
            .into_iter()
            .filter(|(s, _)| fits(s))
            .collect();
        let total: f64 = given.iter().map(|(_, p)| p).sum();
        for (_, p) in &mut given {
            *p /= total;
        }
        let dbn = network(&plain);
        let found = dbn.inpaint(
            repeated(&v, CHAINS),
            mask(held, CHAINS),
            SWEEPS,
            &mut Noise::new(2),
        );
        let drawn = to_f64(found.visible);
        assert!(drawn.chunks(5).all(fits));
        // Only the free units: what is held has no spread.
        let free = |x: &[f64]| vec![x[1], x[3], x[4]];
        let drawn: Vec<f64> = drawn.chunks(5).flat_map(free).collect();
        let given: Vec<_> = given.iter().map(|(s, p)| (free(s), *p)).collect();
        assert_moments(&drawn, &given, "free units");
    }
}

/// In a deeper network the held units stand, in the means too, and pull the others along.
#[test]
fn held_units_of_a_deep_network_stay_and_matter() {
    let dbn = network(&plain(&[5, 4, 3], 0));
    let held = [true, true, false, false, false];
    let run = |x: f64| {
        let v = repeated(&[x, 1.0 - x, 0.5, 0.5, 0.5], CHAINS);
        let found = dbn.inpaint(v, mask(held, CHAINS), 30, &mut Noise::new(4));
        for values in [to_f64(found.visible.clone()), to_f64(found.mean)] {
            assert!(values.chunks(5).all(|row| row[..2] == [x, 1.0 - x]));
        }
        to_f64(found.visible.mean_dim(0))
    };
    let (low, high) = (run(0.0), run(1.0));
    let pulled = (2..5).map(|i| (low[i] - high[i]).abs()).fold(0.0, f64::max);
    assert!(
        pulled > 4.5 * (0.5 / CHAINS as f64).sqrt(),
        "{low:?} {high:?}"
    );
}

/// Means up and down, by hand; and draws up, whose mean over many is a sum over the layer between.
#[test]
fn encodings_are_those_of_the_layers_one_after_the_other() {
    let slack = tolerance(1e-12, 1e-5);
    let plain = plain(&[5, 4, 3], 0);
    let dbn = network(&plain);
    let v = [1.0, 0.0, 0.0, 1.0, 1.0];
    let first = plain.0[0].hidden_mean(&v);
    let second = plain.0[1].hidden_mean(&first);
    let up = |layer| to_f64(dbn.encode(repeated(&v, 1), layer));
    assert_close(&up(0), &v, 0.0, "the data");
    assert_close(&up(1), &first, slack, "the first layer");
    assert_close(&up(2), &second, slack, "the second layer");
    let down = dbn.stack[0].visible_mean(dbn.stack[1].visible_mean(dbn.encode(repeated(&v, 1), 2)));
    let found = to_f64(dbn.reconstruct(repeated(&v, 1), 2));
    assert_close(&found, &to_f64(down), slack, "down again");

    let mut expected = vec![0.0; 3];
    for h in crate::plain::states(4) {
        let unit = |(h, p): (&f64, &f64)| h * p + (1.0 - h) * (1.0 - p);
        let q: f64 = h.iter().zip(&first).map(unit).product();
        for (sum, mean) in expected.iter_mut().zip(plain.0[1].hidden_mean(&h)) {
            *sum += q * mean;
        }
    }
    let drawn = dbn.sample_encoding(repeated(&v, CHAINS), 2, &mut Noise::new(8));
    for (found, p) in to_f64(drawn.mean_dim(0)).iter().zip(expected) {
        let sigma = (p * (1.0 - p) / CHAINS as f64).sqrt();
        assert!((found - p).abs() < 4.5 * sigma, "{found} against {p}");
    }
}

/// The filters of the second layer are sums of those of the first, by its weights.
#[test]
fn filters_are_projected_by_the_product_of_the_weights() {
    let plain = plain(&[4, 3, 2], 2);
    let dbn = network(&plain);
    let (w, u) = (&plain.0[0].w, &plain.0[1].w);
    let entry = |i: usize, k: usize| (0..3).map(|j| w[i][j] * u[j][k]).sum();
    let expected: Vec<f64> = (0..4)
        .flat_map(|i| (0..2).map(move |k| entry(i, k)))
        .collect();
    let found = to_f64(dbn.projected_filters(2));
    assert_close(&found, &expected, tolerance(1e-13, 1e-6), "filters");
    assert_close(
        &to_f64(dbn.projected_filters(1)),
        &w.concat(),
        0.0,
        "the weights",
    );
}
