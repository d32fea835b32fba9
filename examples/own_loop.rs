//! A training loop of one's own: the bare surrogate, Burn's optimiser, persistent chains.
//!
//! `cargo run --example own_loop` learns the 32 images of 4×4 bars and stripes with 16 hidden units in a
//! few seconds and prints the exact log-likelihood, -3.52 nats an image (a fair coin for each pixel has
//! -11.09, and -3.38 is the most there can be). `Trainer` adds centring, schedules and checkpoints, and
//! gets further.

use burn::optim::{GradientsParams, SgdConfig};
use burnzmann::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const UPDATES: u64 = 6000;
const CHAINS: usize = 200;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::default();
    let data = bars_and_stripes(4)?;
    let rows: Vec<u32> = (0..32).collect();
    let images =
        Batches::new(&data, &rows, 32, Binarisation::None, 1)?.rows_tensor(&rows, 0, &device);

    let stream = Noise::new(1);
    let mut rbm = RbmConfig::new(16, 16).init(&mut stream.derive(1), &device.clone().autodiff());
    let mut optimizer = SgdConfig::new().init();
    let gibbs = Gibbs::new(10);
    let mut hidden = stream
        .derive(2)
        .bernoulli(Tensor::full([CHAINS, 16], 0.5, &device));
    for update in 0..UPDATES {
        let mut noise = stream.at_step(update);
        let sampler = rbm.valid();
        let positive = Clamped::new(&rbm, images.clone()).expected(&sampler);
        let fantasy = gibbs.visible_from(&sampler, hidden, &mut noise);
        let clamped = Clamped::new(&rbm, fantasy);
        let (mean, drawn) = clamped.hidden_mean_and_sample(&sampler, &mut noise);
        let negative = clamped.with_hidden_mean(&sampler, mean);
        hidden = drawn;

        let gradients = surrogate(&rbm, positive, negative).backward();
        let gradients = GradientsParams::from_grads(gradients, &rbm);
        let rate = 0.2 * (1.0 - update as f64 / UPDATES as f64);
        rbm = optimizer.step(rate, rbm, gradients);
        if (update + 1).is_multiple_of(1000) {
            let nats = exact::log_likelihood(&rbm.valid(), images.clone())?;
            println!("{:6} updates  {nats:.3} nats an image", update + 1);
        }
    }
    Ok(())
}
