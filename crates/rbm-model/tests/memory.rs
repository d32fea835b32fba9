//! What draws leave behind. Alone in its process: it looks at how large that is.
#![cfg(target_os = "linux")]

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rbm_model::{
    Noise, RbmConfig,
    sampling::{ClampedGibbs, Gibbs, Kernel},
};

/// The memory of this process that is in use, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<f64>().unwrap() / 1024.0
}

/// On the tape, each sweep of these would leave half a MiB.
#[test]
fn a_model_in_training_draws_without_a_tape() {
    let mut noise = Noise::new(1);
    let rbm = RbmConfig::new(784, 500).init(&mut noise, &Device::flex());
    let rbm = rbm.train();
    let v = Tensor::<2>::zeros([100, 784], &rbm.device());
    let known = v.clone();
    let mut sweeps = |gibbs: &Gibbs, clamped: &ClampedGibbs| {
        let state = gibbs.init(&rbm, v.clone(), &mut noise);
        let (state, info) = gibbs.step(&rbm, state, &mut noise);
        let (state, _) = clamped.step(&rbm, state, &mut noise);
        assert!(state.hidden.device().is_autodiff() && info.visible_inputs.device().is_autodiff());
        let h = rbm.sample_hidden(state.visible, &mut noise);
        rbm.sample_visible(h, &mut noise)
    };
    // What is allocated once.
    drop(sweeps(&Gibbs::new(1), &ClampedGibbs::new(known.clone(), 1)));
    let before = resident();
    for _ in 0..3 {
        drop(sweeps(
            &Gibbs::new(50),
            &ClampedGibbs::new(known.clone(), 50),
        ));
    }
    let grown = resident() - before;
    assert!(grown < 20.0, "300 sweeps left {grown} MiB");
}
