//! Files of every pair of kinds.

use burn::module::Module;
use burn::tensor::Device;
use rbm_model::{Rbm, numerics::to_f64, store};

use super::{derivatives, name, on_tape, pairs};

/// All values by name, to the bit.
fn values(rbm: &Rbm) -> Vec<(String, Vec<u64>)> {
    let bits = |parameter: rbm_model::Parameter| {
        let values = to_f64(parameter.values).into_iter();
        (parameter.name, values.map(f64::to_bits).collect())
    };
    rbm.parameters().into_iter().map(bits).collect()
}

/// A model that is saved and loaded is the same to the bit, with its kinds.
#[test]
fn a_stored_model_comes_back_to_the_bit() {
    let device = Device::default();
    for rbm in pairs(&device) {
        let folder = tempfile::tempdir().unwrap();
        // As models are kept: in single precision.
        let rbm = rbm.cast(device.settings().float_dtype.into());
        store::save(&rbm, folder.path()).unwrap();
        let loaded = store::load(folder.path(), &device).unwrap();
        assert_eq!(loaded.config(), rbm.config());
        assert_eq!(values(&loaded), values(&rbm), "{}", name(&rbm));
    }
}

/// No parameter is lost on the way to a copy, to another type, to a mirror and back, or to Burn's record.
#[test]
fn every_parameter_is_carried_along() {
    let device = Device::default();
    for rbm in pairs(&device) {
        let expected = values(&rbm);
        let count: usize = expected.iter().map(|(_, values)| values.len()).sum();
        assert_eq!(count, rbm.num_params(), "{}", name(&rbm));
        assert_eq!(values(&rbm.mirror().mirror()), expected, "{}", name(&rbm));
        assert_eq!(
            values(&on_tape(rbm.clone()).valid()),
            expected,
            "{}",
            name(&rbm)
        );
        let record = rbm.clone().into_record();
        let other = rbm.config().init(&mut rbm_model::Noise::new(1), &device);
        assert_eq!(
            values(&other.load_record(record)),
            expected,
            "{}",
            name(&rbm)
        );
        // And each has a derivative.
        let taped = on_tape(rbm);
        let v = super::draws(&taped.visible, 5, 1)
            .without_autodiff()
            .autodiff();
        let found = derivatives(&taped, taped.free_energy(v).sum().backward());
        for (parameter, derivative) in found {
            let what = format!("{parameter} of {}", name(&taped));
            assert!(derivative.iter().any(|&x| x != 0.0), "{what}");
        }
    }
}
