//! Times an update of CD-1 by Burn's autodiff and optimiser: stock operations against the kernels.
//!
//! ```text
//! cargo run --release -p burnzmann-kernels --example cd_step [FILE]
//! ```
//!
//! `FILE` is an uncompressed IDX file of 28 × 28 images; without it the states are random, 13 % ones.

#![expect(clippy::print_stdout, reason = "a table for a person")]

use std::time::Instant;

use burn::{
    module::{Module, Param},
    optim::{GradientsParams, SgdConfig},
    tensor::{Device, Distribution, Tensor, TensorData, activation::sigmoid},
};
use rbm_kernels::{
    ops::{self, Side},
    philox::Key,
    uniform::{Address, fill_uniform},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SHAPE: [usize; 3] = [128, 784, 500];

#[derive(Module, Debug)]
struct Rbm {
    w: Param<Tensor<2>>,
    b: Param<Tensor<1>>,
    c: Param<Tensor<1>>,
}

/// How the work is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Stock operations; noise made by the host's threads.
    Stock,
    /// The same graph with the kernels in it.
    Kernels,
    /// The interaction of both phases as one linear function of the weights.
    Statistics,
}

fn main() {
    let [batch, visible, hidden] = SHAPE;
    let data = data(batch * 8, visible);
    for way in [
        Way::Stock,
        Way::Kernels,
        Way::Statistics,
        Way::Stock,
        Way::Kernels,
        Way::Statistics,
    ] {
        let device = Device::flex().autodiff();
        let normal = Distribution::Normal(0.0, 0.01);
        let mut rbm = Rbm {
            w: Param::from_tensor(Tensor::random([visible, hidden], normal, &device)),
            b: Param::from_tensor(Tensor::zeros([visible], &device)),
            c: Param::from_tensor(Tensor::zeros([hidden], &device)),
        };
        let mut optimiser = SgdConfig::new().init();
        let (mut times, mut parts) = (Vec::new(), Vec::new());
        for step in 0..300 {
            let first = step % 8 * batch;
            let v = data.clone().narrow(0, first, batch);
            let start = Instant::now();
            let milliseconds = || start.elapsed().as_secs_f64() * 1e3;
            let loss = loss(&rbm, v, way, step as u64);
            let forward = milliseconds();
            let gradients = GradientsParams::from_grads(loss.backward(), &rbm);
            let backward = milliseconds();
            rbm = optimiser.step(0.05, rbm, gradients);
            let all = milliseconds();
            times.push(all);
            parts.push([forward, backward - forward, all - backward]);
        }
        let middle = |mut x: Vec<f64>| {
            x.sort_by(f64::total_cmp);
            (x[0], x[x.len() / 2])
        };
        let name = match way {
            Way::Stock => "stock",
            Way::Kernels => "kernels",
            Way::Statistics => "kernels, one statistic",
        };
        let (least, median) = middle(times.split_off(20));
        print!("{name:>24}: least {least:.3} ms, median {median:.3} ms; least of");
        for (i, part) in ["chain", "backward", "update"].into_iter().enumerate() {
            let (least, _) = middle(parts[20..].iter().map(|times| times[i]).collect());
            print!(" {part} {least:.3}");
        }
        println!();
    }
}

fn loss(rbm: &Rbm, v: Tensor<2>, way: Way, step: u64) -> Tensor<1> {
    let address = |draw| Address {
        key: Key::from_seed(1),
        step,
        draw,
    };
    let plain = rbm.valid();
    let (w, b, c) = (plain.w.val(), plain.b.val(), plain.c.val());
    let product = |x: Tensor<2>, w: Tensor<2>| match way {
        Way::Stock => x.matmul(w),
        _ => ops::binary_matmul(x, w),
    };
    let weight = match way {
        Way::Statistics => w.clone(),
        _ => rbm.w.val(),
    };
    let rows = v.dims()[0] as f64;
    let positive = product(v.clone(), weight.clone());
    let (p, h) = draw(
        way,
        positive.clone().without_autodiff(),
        c.clone(),
        address(0),
    );
    let (_, model) = draw(way, product(h, w.transpose()), b, address(1));
    let negative = product(model.clone(), weight);
    let q = mean(way, negative.clone().without_autodiff(), c, address(2));
    let biases = |v: Tensor<2>, p: Tensor<2>| {
        let column = |bias: Tensor<1>| bias.unsqueeze_dim::<2>(1);
        (v.matmul(column(rbm.b.val())) + p.matmul(column(rbm.c.val()))).mean()
    };
    let interaction = if way == Way::Statistics {
        let side = |states: &Tensor<2>, other: &Tensor<2>, scale| Side {
            states: states.clone(),
            other: other.clone(),
            scale,
        };
        let difference =
            ops::statistics([side(&v, &p, rows.recip()), side(&model, &q, -rows.recip())]);
        (rbm.w.val() * difference).sum()
    } else {
        let sum = (positive * p.clone()).sum() - (negative * q.clone()).sum();
        sum.mul_scalar(rows.recip())
    };
    biases(model, q) - biases(v, p) - interaction
}

fn draw(way: Way, inputs: Tensor<2>, bias: Tensor<1>, address: Address) -> (Tensor<2>, Tensor<2>) {
    if way != Way::Stock {
        return ops::sample_bernoulli_with_mean(inputs, bias, address);
    }
    let (device, shape) = (inputs.device(), inputs.dims());
    let mean = sigmoid(inputs + bias.unsqueeze());
    let mut values = vec![0f32; shape[0] * shape[1]];
    fill_uniform(&mut values, address);
    let uniform = Tensor::<2>::from_data(TensorData::new(values, shape), &device);
    let sample = uniform.lower(mean.clone()).float();
    (mean, sample)
}

fn mean(way: Way, inputs: Tensor<2>, bias: Tensor<1>, address: Address) -> Tensor<2> {
    match way {
        Way::Stock => sigmoid(inputs + bias.unsqueeze()),
        _ => ops::sample_bernoulli_with_mean(inputs, bias, address).0,
    }
}

fn data(rows: usize, columns: usize) -> Tensor<2> {
    let values: Vec<f32> = match std::env::args().nth(1) {
        Some(path) => {
            let file = std::fs::read(&path).expect("a file to read");
            let pixels = &file[16..][..rows * columns];
            pixels
                .iter()
                .map(|&x| f32::from(u8::from(x > 127)))
                .collect()
        }
        None => {
            let mut u = vec![0f32; rows * columns];
            fill_uniform(
                &mut u,
                Address {
                    key: Key::from_seed(2),
                    step: 0,
                    draw: 0,
                },
            );
            u.iter().map(|&u| f32::from(u8::from(u < 0.13))).collect()
        }
    };
    Tensor::from_data(TensorData::new(values, [rows, columns]), &Device::flex())
}
