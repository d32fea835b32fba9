//! What users rely on without saying so.

use burnzmann::prelude::*;
use burnzmann::{dbn, eval, model, train};

fn shared<T: Send + Sync>() {}
fn sent<T: Send>() {}

#[test]
fn public_types_cross_threads() {
    shared::<Rbm>();
    shared::<RbmConfig>();
    shared::<Noise>();
    shared::<Dataset>();
    shared::<TrainConfig>();
    shared::<train::EpochReport>();
    shared::<eval::Evaluation>();
    shared::<model::sampling::GibbsState>();
    shared::<Dbn>();
    shared::<DbnConfig>();
    sent::<Trainer>();
    sent::<dbn::Pretrainer>();
    sent::<dbn::DbnError>();
    sent::<model::store::StoreError>();
}

#[test]
fn the_device_by_name_computes() {
    for name in burnzmann::device::available() {
        // What is compiled in may have no hardware here; what is selected has to work.
        if let Ok(device) = burnzmann::device::select(Some(name)) {
            let sum = Tensor::<1>::from_floats([1.0, 2.0], &device).sum();
            assert_eq!(sum.into_scalar::<f32>(), 3.0, "{name}");
        }
    }
}
