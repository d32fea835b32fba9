//! The gradient of the likelihood for every pair of kinds.

use burn::tensor::{Device, Tensor};
use rbm_model::{
    Rbm,
    exact::{exact_phase, log_partition},
    numerics::to_f64,
    objective::{Clamped, Phase, surrogate},
    units::UnitLayer,
};

use super::{derivatives, draws, name, on_tape, pairs};
use crate::fixture::{assert_close, tolerance};

/// `log Z` by the states of a discrete side, on the tape.
fn log_partition_on_tape(rbm: &Rbm) -> Tensor<1> {
    let log_weights = match (rbm.visible.num_states(), rbm.hidden.num_states()) {
        (Some(count), _) => rbm
            .free_energy(rbm.visible.states(0..count).autodiff())
            .neg(),
        (None, Some(count)) => {
            let h = rbm.hidden.states(0..count).autodiff();
            rbm.visible.cgf(rbm.visible_inputs(h.clone())) - rbm.hidden.energy(h)
        }
        (None, None) => panic!("a pair without a joint distribution"),
    };
    log_weights.exp().sum().log()
}

/// With an exact negative phase the surrogate has the derivatives of `mean F(v) + log Z` by every parameter,
/// with rows that weigh the same and with others.
#[test]
fn the_surrogate_has_the_gradient_of_the_likelihood() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-10, 1e-4);
    for rbm in pairs(&device).map(on_tape) {
        let v = draws(&rbm.visible, 7, 3).without_autodiff().autodiff();
        let log_z = log_partition_on_tape(&rbm);
        let exact = log_partition(&rbm).unwrap();
        assert_close(&to_f64(log_z.clone()), &[exact], slack, &name(&rbm));
        let loss = rbm.free_energy(v.clone()).mean() + log_z;
        let expected = derivatives(&rbm, loss.backward());
        let positive = Clamped::new(&rbm, v).expected(&rbm);
        let loss = surrogate(&rbm, positive, exact_phase(&rbm).unwrap());
        let found = derivatives(&rbm, loss.backward());
        for ((name_of, found), (_, expected)) in found.iter().zip(&expected) {
            let what = format!("{}, {name_of}", name(&rbm));
            assert_close(found, expected, slack, &what);
            assert!(
                expected.iter().any(|x| x.abs() > 1e-3),
                "{what} does not count"
            );
        }
    }
}

/// Drawn hidden states, rows of equal weight: the fused operation has the derivatives of the mean energies.
#[test]
fn drawn_phases_have_the_derivatives_of_their_energies() {
    let device = Device::default();
    let slack = tolerance(&device, 1e-11, 1e-4);
    for rbm in pairs(&device).map(on_tape) {
        let states = |seed| {
            let pair = (
                draws(&rbm.visible, 6, seed),
                draws(&rbm.hidden, 6, seed + 10),
            );
            let constant = |x: Tensor<2>| x.without_autodiff().autodiff();
            (constant(pair.0), constant(pair.1))
        };
        let ((v, h), (w, g)) = (states(1), states(2));
        let energy =
            rbm.energy(v.clone(), h.clone()).mean() - rbm.energy(w.clone(), g.clone()).mean();
        let expected = derivatives(&rbm, energy.backward());
        let phases = [Phase::drawn(&rbm, v, h), Phase::drawn(&rbm, w, g)];
        let [positive, negative] = phases;
        let found = derivatives(&rbm, surrogate(&rbm, positive, negative).backward());
        for ((name_of, found), (_, expected)) in found.iter().zip(&expected) {
            assert_close(
                found,
                expected,
                slack,
                &format!("{}, {name_of}", name(&rbm)),
            );
        }
    }
}
