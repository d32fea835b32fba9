//! How long 60,000 images take up three layers.
//!
//! ```text
//! cargo run --workspace --example push_up
//! ```
//!
//! Random images of 784 pixels, a seventh of them on, go up a network 784-500-500-2000 of random weights, in
//! blocks of a thousand.

use std::{error::Error, time::Instant};

use burn::tensor::{Device, Tensor};
use dbn::Dbn;
use rbm_model::{Noise, RbmConfig};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WIDTHS: [usize; 4] = [784, 500, 500, 2000];
const BLOCKS: usize = 60;
const ROWS: usize = 1000;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let (device, mut noise) = (Device::default(), Noise::new(1));
    let layers = WIDTHS.windows(2);
    let layers = layers.map(|w| RbmConfig::new(w[0], w[1]).init(&mut noise, &device));
    let network = Dbn::new(layers.collect())?;
    let images = noise.bernoulli(Tensor::full([ROWS, WIDTHS[0]], 1.0 / 7.0, &device));
    let clock = Instant::now();
    for _ in 0..BLOCKS {
        drop(network.encode(images.clone(), WIDTHS.len() - 1));
    }
    device.sync()?;
    let seconds = clock.elapsed().as_secs_f64();
    println!("{} images up {WIDTHS:?}: {seconds:.2} s", BLOCKS * ROWS);
    Ok(())
}
