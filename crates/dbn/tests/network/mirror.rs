//! The variational argument for greedy training (G. E. Hinton, S. Osindero, Y.-W. Teh, 2006, section
//! 4), step by step and exact.

use burn::module::Module;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::Tensor;
use dbn::{Dbn, enumeration};
use rbm_model::{
    Rbm,
    exact::{exact_phase, log_probability},
    numerics::to_f64,
    objective::{Clamped, surrogate},
};

use crate::fixture::{assert_close, matrix, network, plain, tolerance};
use crate::plain::states;

fn mean(x: Vec<f64>) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

#[test]
fn a_mirror_on_top_leaves_the_distribution_as_it_was() {
    let slack = tolerance(1e-12, 5e-6);
    let one = network(&plain(&[5, 4], 0));
    let v = matrix(&states(5));
    let alone = log_probability(&one.stack[0], v.clone()).unwrap();
    let mut stack = vec![one.stack[0].clone()];
    for _ in 0..2 {
        stack.push(stack[stack.len() - 1].mirror());
        let dbn = Dbn::new(stack.clone()).unwrap();
        let found = enumeration::log_probability(&dbn, v.clone()).unwrap();
        assert_close(&found, &alone, slack, "log p(v)");
        // The posterior of an RBM is factorial: the bound is tight here, and only here.
        let found = enumeration::bound(&dbn, v.clone()).unwrap();
        assert_close(&found, &alone, slack, "the bound");
    }
}

/// `Σ_v q(h | v)` over the data: how likely each hidden state is, a mixture that no RBM need fit.
fn aggregated(rbm: &Rbm, data: &Tensor<2>, h: &[Vec<f64>]) -> Tensor<1> {
    let means = to_f64(rbm.hidden_mean(data.clone()));
    let rows = data.dims()[0] as f64;
    let q = |h: &Vec<f64>| {
        let of_row = |mean: &[f64]| {
            let unit = |(h, p): (&f64, &f64)| h * p + (1.0 - h) * (1.0 - p);
            h.iter().zip(mean).map(unit).product::<f64>()
        };
        means.chunks(h.len()).map(of_row).sum::<f64>() / rows
    };
    crate::fixture::vector(&h.iter().map(q).collect::<Vec<_>>())
}

/// Steps of gradient ascent small enough to be monotone: with the layer below held, the bound is the
/// top layer's likelihood of the aggregated posterior plus a constant. The likelihood itself is
/// above it at every step.
#[test]
fn exact_training_of_the_second_layer_never_lowers_the_bound() {
    let below = network(&plain(&[5, 4], 0)).stack[0].clone();
    // Data that the first layer has not fitted: there is something to gain.
    let rows: Vec<Vec<f64>> = states(5)
        .into_iter()
        .filter(|v| v[0] == v[1] && v[2] != v[4])
        .collect();
    let data = matrix(&rows);
    let h = states(4);
    let weights = aggregated(&below, &data, &h);
    let mut top = below.mirror().train();
    let mut optimizer = SgdConfig::new().init();
    let bound = |top: &Rbm| {
        let dbn = Dbn::new(vec![below.clone(), top.valid()]).unwrap();
        let bound = mean(enumeration::bound(&dbn, data.clone()).unwrap());
        (
            bound,
            mean(enumeration::log_probability(&dbn, data.clone()).unwrap()),
        )
    };
    let (start, likelihood) = bound(&top);
    assert!((start - likelihood).abs() < tolerance(1e-12, 1e-5));
    let mut last = start;
    for step in 0..200 {
        let positive = Clamped::new(&top, matrix(&h)).expected(&top);
        let positive = positive.with_weights(weights.clone());
        let loss = surrogate(&top, positive, exact_phase(&top).unwrap());
        let gradients = GradientsParams::from_grads(loss.backward(), &top);
        top = optimizer.step(0.2, top, gradients);
        let (now, likelihood) = bound(&top);
        let slack = tolerance(1e-12, 1e-5);
        assert!(now >= last - slack, "step {step}: {now} after {last}");
        assert!(
            likelihood >= now - slack,
            "step {step}: {likelihood} below {now}"
        );
        last = now;
    }
    assert!(last > start + 0.02, "from {start} to {last}");
}
