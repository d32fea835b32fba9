//! How long annealed importance sampling takes, beside the matrix products that it cannot do
//! without.
//!
//! ```text
//! cargo run --release -p burnzmann-eval --example ais_speed -- [visible] [hidden] [chains] [schedule]
//! ```
//!
//! Without arguments: 784 × 500, 100 chains over the 14,500 steps of Salakhutdinov and Murray.

use std::{env, error::Error, time::Instant};

use burn::tensor::{Device, Tensor};
use rbm_eval::{Ais, AnnealingSchedule};
use rbm_model::{Noise, RbmConfig, WeightInit};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |k: usize, default| arguments.get(k).map_or(Ok(default), |text| text.parse());
    let (visible, hidden, chains) = (number(0, 784)?, number(1, 500)?, number(2, 100)?);
    let schedule: AnnealingSchedule = arguments
        .get(3)
        .map_or(Ok(AnnealingSchedule::default()), |s| s.parse())?;

    let device = Device::default();
    let config = RbmConfig::new(visible, hidden).with_weight(WeightInit::Normal { std: 0.05 });
    let rbm = config.init(&mut Noise::new(1), &device);
    let ais = Ais {
        schedule,
        chains,
        batch: chains,
        ..Ais::default()
    };
    let clock = Instant::now();
    let estimate = ais.run(&rbm, &rbm.visible, &mut |_, _| ())?;
    let seconds = clock.elapsed().as_secs_f64();

    // The same number of products of the same shapes, and nothing else.
    let mut noise = Noise::new(2);
    let v = noise.bernoulli(Tensor::full([chains, visible], 0.3, &device));
    let h = noise.bernoulli(Tensor::full([chains, hidden], 0.3, &device));
    let steps = estimate.betas;
    let clock = Instant::now();
    for _ in 0..steps {
        drop(rbm.hidden_inputs(v.clone()));
        drop(rbm.visible_inputs(h.clone()));
    }
    device.sync()?;
    let products = clock.elapsed().as_secs_f64();

    let interval = estimate.log_partition;
    println!("{visible} x {hidden}, {chains} chains, {steps} steps");
    println!(
        "log Z = {:.3} in [{:.3}, {:.3}], ESS {:.1}, variance of log w {:.4}",
        interval.value,
        interval.low,
        interval.high,
        estimate.effective_sample_size,
        estimate.log_weight_variance
    );
    println!(
        "annealing {seconds:.2} s, its products alone {products:.2} s: {:.2} times",
        seconds / products
    );
    Ok(())
}
