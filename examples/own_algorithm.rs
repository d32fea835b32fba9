//! A training algorithm and a Markov kernel of one's own, with the public interface alone.
//!
//! The images of 4×4 bars and stripes come in pairs of an image and its negative, and Gibbs sampling rarely
//! goes from one to the other. The kernel here proposes that after each sweep, and accepts by the rule of
//! Metropolis; the algorithm keeps chains that it moves.
//!
//! `cargo run --example own_algorithm` first holds means over the kernel's chains against sums over all states
//! of a random model: they differ by 0.008 at most. Then it learns the images with 16 hidden units in a few
//! seconds, and prints how often negatives were accepted at the end, 0.99, and the exact log-likelihood, -3.57
//! nats an image (-3.38 is the most there can be).

use burnzmann::model::{WeightInit, numerics::to_f64, sampling::independent_visible};
use burnzmann::prelude::*;
use burnzmann::train::{LearningRate, Phases, Rejection, Step, TrainingAlgorithm, Update};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A Gibbs sweep, and a step to the negative of the image.
struct Negatives;

impl Kernel for Negatives {
    /// Images, `[chains, pixels]`.
    type State = Tensor<2>;
    /// The share of negatives that were accepted.
    type Info = f64;

    fn init(&self, _rbm: &Rbm, visible: Tensor<2>, _noise: &mut Noise) -> Tensor<2> {
        visible
    }

    fn visible(&self, state: &Tensor<2>) -> Tensor<2> {
        state.clone()
    }

    fn step(&self, rbm: &Rbm, state: Tensor<2>, noise: &mut Noise) -> (Tensor<2>, f64) {
        let hidden = rbm.sample_hidden(state, noise);
        let images = rbm.sample_visible(hidden, noise);
        let negatives = images.ones_like() - images.clone();
        // The ratio of two probabilities has no partition function.
        let ratio = rbm.free_energy(images.clone()) - rbm.free_energy(negatives.clone());
        let probability = ratio.exp().clamp(0.0, 1.0).unsqueeze_dim::<2>(1);
        let accepted = noise.bernoulli(probability);
        let share = to_f64(accepted.clone().mean())[0];
        let images = accepted.clone() * negatives + (accepted.ones_like() - accepted) * images;
        (images, share)
    }
}

/// Persistent chains of that kernel.
struct Pairs {
    chains: Option<Tensor<2>>,
}

impl TrainingAlgorithm for Pairs {
    fn phases(&mut self, step: &Step, update: &mut Update) -> Result<Phases, Box<Rejection>> {
        let (model, noise) = (update.model, &mut *update.noise);
        let positive = Clamped::new(model, step.batch()).expected(model);
        let start = self.chains.take();
        let start = start.unwrap_or_else(|| independent_visible(model, CHAINS, noise));
        let (images, accepted) = Negatives.steps(model, start, SWEEPS, noise);
        let negative = Clamped::new(model, images.clone()).expected(model);
        self.chains = Some(images);
        let phases = Phases::new(step.weighted(positive), negative, SWEEPS);
        Ok(phases.with_statistic("accepted", accepted))
    }
}

const CHAINS: usize = 200;
const SWEEPS: usize = 2;

/// The largest difference between a mean of `v h` over long chains of the kernel and a sum over all states.
fn largest_difference(rbm: &Rbm) -> Result<f64, Box<dyn std::error::Error>> {
    let mut noise = Noise::new(2);
    let start = independent_visible(rbm, 10_000, &mut noise);
    let start = Negatives.init(rbm, start, &mut noise);
    let chains = Negatives.visible_after(rbm, start, 50, &mut noise);
    let [rows, _] = chains.dims();
    let products = chains.clone().transpose().matmul(rbm.hidden_mean(chains));
    let products = to_f64(products.div_scalar(rows as f64));
    let exact = exact::moments(rbm)?.interaction;
    let differences = products.iter().zip(exact).map(|(x, y)| (x - y).abs());
    Ok(differences.fold(0.0, f64::max))
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::default();
    let weight = WeightInit::Normal { std: 0.5 };
    let random = RbmConfig::new(16, 16).with_weight(weight);
    let random = random.init(&mut Noise::new(1), &device);
    let largest = largest_difference(&random)?;
    println!("E[v h] of chains differs from the exact one by at most {largest:.3}");

    let data = bars_and_stripes(4)?;
    let rows: Vec<u32> = (0..32).collect();
    let batches = Batches::new(&data, &rows, 32, Binarisation::None, 1)?;
    let rbm = RbmConfig::new(16, 16).init(&mut Noise::new(1), &device);
    let config = TrainConfig {
        learning_rate: LearningRate::Linear { from: 0.2, to: 0.0 },
        epochs: 4000,
        batch_size: 32,
        ..TrainConfig::default()
    };
    let pairs = Pairs { chains: None };
    let mut trainer = Trainer::new(config, rbm, batches.len())?.with_algorithm(pairs);
    fit(&mut trainer, &batches, &mut [], &|| false)?;
    let last = trainer.history().last().expect("there were epochs");
    let accepted = last.get("accepted").expect("a statistic of every update");
    println!("{accepted:.2} of the negatives were accepted at the end");
    let images = batches.rows_tensor(&rows, 0, &device);
    let nats = exact::log_likelihood(&trainer.model(), images)?;
    println!("{nats:.3} nats an image");
    Ok(())
}
