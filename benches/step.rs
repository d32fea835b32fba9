//! One update of CD-1 at 784 × 500, batch 128: ours, the same written by hand, and the five matrix
//! products that both are made of, interleaved.
//!
//! `cargo bench --bench step`; `cargo xtask bench` runs it beside other libraries. The data are
//! binarised MNIST where `BURNZMANN_DATA` names a folder with it, else random rows as dense.
#![expect(clippy::print_stdout, reason = "this is the program's output")]

use std::path::PathBuf;
use std::time::Instant;

use burnzmann::data::MnistFiles;
use burnzmann::prelude::*;
use burnzmann::train::{Algorithm, LearningRate, Schedule};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const VISIBLE: usize = 784;
const HIDDEN: usize = 500;
const BATCH: usize = 128;
const RATE: f64 = 0.05;
const STEPS: usize = 200;

/// A name and one update, given its number.
type Contestant = (&'static str, Box<dyn FnMut(usize)>);

fn main() {
    // Cargo passes options of its own harness.
    let json = std::env::args().any(|word| word == "--json");
    let device = Device::default();
    let batches = data(&device);
    let mut trainer = trainer(&device);
    let mut hand = Hand::new(&device);
    let mut contestants: Vec<Contestant> = vec![
        ("burnzmann", {
            let batches = batches.clone();
            Box::new(move |i| {
                trainer
                    .step(batches[i % batches.len()].clone())
                    .expect("finite");
            })
        }),
        ("burnzmann, gradient by hand", {
            let batches = batches.clone();
            Box::new(move |i| hand.step(batches[i % batches.len()].clone(), i as u64))
        }),
        ("burnzmann, five bare products", {
            let w = Tensor::<2>::ones([VISIBLE, HIDDEN], &device);
            Box::new(move |i| five_products(&batches[i % batches.len()], &w))
        }),
    ];
    let mut times = vec![Vec::with_capacity(STEPS); contestants.len()];
    for i in 0..STEPS + 20 {
        for ((_, step), times) in contestants.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            step(i);
            device.sync().expect("the device answers");
            if i >= 20 {
                times.push(begin.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    for ((name, _), mut times) in contestants.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        if json {
            println!(r#"{{"peer": "{name}", "ms_per_step": {median:.4}}}"#);
        } else {
            println!("{median:8.3} ms  {name}");
        }
    }
}

/// Fifty batches of real or of random rows.
fn data(device: &Device) -> Vec<Tensor<2>> {
    let folder = std::env::var_os("BURNZMANN_DATA").map(PathBuf::from);
    let Some(folder) = folder else {
        eprintln!("BURNZMANN_DATA is not set: random rows with 13 % of the pixels on");
        let mut noise = Noise::new(1);
        let p = || Tensor::full([BATCH, VISIBLE], 0.13, device);
        return (0..50).map(|_| noise.bernoulli(p())).collect();
    };
    let files = MnistFiles::find(Some(&folder.join("binarized-mnist"))).expect("binarised MNIST");
    let mnist = Mnist::load(&files).expect("binarised MNIST");
    let rows: Vec<u32> = (0..6400).collect(); // 50 batches
    let batches = Batches::new(&mnist.train, &rows, BATCH, Binarisation::None, 1).expect("batches");
    batches.epoch(0, device).collect()
}

fn trainer(device: &Device) -> Trainer {
    let rbm = RbmConfig::new(VISIBLE, HIDDEN).init(&mut Noise::new(1), device);
    let config = TrainConfig {
        algorithm: Algorithm::Cd {
            k: Schedule::Constant(1),
        },
        learning_rate: LearningRate::Constant { rate: RATE },
        centring: None,
        ..TrainConfig::default()
    };
    Trainer::new(config, rbm, usize::MAX).expect("a valid configuration")
}

/// The same update with the derivative written out: no tape.
struct Hand {
    w: Tensor<2>,
    b: Tensor<2>,
    c: Tensor<2>,
}

impl Hand {
    fn new(device: &Device) -> Self {
        Self {
            w: Noise::new(1).normal([VISIBLE, HIDDEN], burn::tensor::DType::F32, device) * 0.01,
            b: Tensor::zeros([1, VISIBLE], device),
            c: Tensor::zeros([1, HIDDEN], device),
        }
    }

    fn step(&mut self, v: Tensor<2>, step: u64) {
        use burn::tensor::activation::sigmoid;
        let mut noise = Noise::new(1).at_step(step);
        let rate = RATE / v.dims()[0] as f64;
        let p = sigmoid(v.clone().matmul(self.w.clone()) + self.c.clone());
        let h = noise.bernoulli(p.clone());
        let q = sigmoid(h.matmul(self.w.clone().transpose()) + self.b.clone());
        let u = noise.bernoulli(q);
        let r = sigmoid(u.clone().matmul(self.w.clone()) + self.c.clone());
        let dw = v.clone().transpose().matmul(p.clone()) - u.clone().transpose().matmul(r.clone());
        self.w = self.w.clone() + dw * rate;
        self.b = self.b.clone() + (v - u).sum_dim(0) * rate;
        self.c = self.c.clone() + (p - r).sum_dim(0) * rate;
    }
}

fn five_products(v: &Tensor<2>, w: &Tensor<2>) {
    let h = v.clone().matmul(w.clone());
    let u = h.clone().matmul(w.clone().transpose());
    let r = u.clone().matmul(w.clone());
    let positive = v.clone().transpose().matmul(h);
    let negative = u.transpose().matmul(r);
    std::hint::black_box((positive, negative));
}
