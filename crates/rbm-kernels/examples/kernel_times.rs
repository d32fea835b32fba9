//! Times the kernels against dense products of the `gemm` crate, which Burn's `flex` backend uses.
//!
//! ```text
//! cargo run --release -p burnzmann-kernels --example kernel_times [FILE]
//! ```
//!
//! `FILE` is an uncompressed IDX file of 28 × 28 images, for states as they are in real data. A
//! time is the least of many and their median, in microseconds; `RAYON_NUM_THREADS` sets threads.

#![expect(clippy::print_stdout, reason = "a table for a person")]

use std::{hint::black_box, time::Instant};

use rbm_kernels::{
    BitMatrix, Statistics, binary_matmul, binary_matmul_nt, binary_matmul_tn,
    philox::Key,
    sample_bernoulli, softplus_row_sum,
    uniform::{Address, fill_normal, fill_uniform},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SHAPES: [[usize; 3]; 5] = [
    [128, 784, 500],
    [128, 500, 784],
    [100, 784, 200],
    [2000, 784, 500],
    [10, 64, 100],
];

fn main() {
    println!(
        "{} threads; microseconds: least / median",
        rayon::current_num_threads()
    );
    let images = std::env::args()
        .nth(1)
        .map(|path| std::fs::read(path).expect("a file to read"));
    println!("|  m, k, n | ones | x·w | dense | x·wᵀ | dense | xᵀ·g | dense | bits of x | of xᵀ |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for shape in SHAPES {
        for density in [0.05, 0.13, 0.3, 0.5] {
            products(
                shape,
                &format!("{density}"),
                &ones(shape[0] * shape[1], density),
            );
        }
        if let (Some(images), [m, 784, _]) = (&images, shape) {
            let bits = images[16..][..m * 784]
                .iter()
                .map(|&x| f32::from(u8::from(x > 127)));
            products(shape, "file", &bits.collect::<Vec<_>>());
        }
    }
    println!("\n| rows, n | sample | with means | fill_uniform | fill_normal | softplus sums |");
    println!("|---|---|---|---|---|---|");
    for shape in [[10, 100], [128, 500], [128, 784], [2000, 784]] {
        elementwise(shape);
    }
}

fn products([m, k, n]: [usize; 3], name: &str, x: &[f32]) {
    let (mut w, mut g) = (vec![0f32; k * n], vec![0f32; m * n]);
    fill_normal(&mut w, address(2));
    fill_uniform(&mut g, address(3));
    let rows = BitMatrix::from_rows(x, [m, k]).expect("zeros and ones");
    let columns = BitMatrix::from_columns(x, [m, k]).expect("zeros and ones");
    let (mut out, mut gradient) = (vec![0f32; m * n], vec![0f32; k * n]);
    let phase = [Statistics {
        states: &columns,
        other: &g,
        scale: 1.0,
    }];
    let cells = [
        time(|| binary_matmul(&rows, &w, &mut out)),
        time(|| dense(&mut out, [m, k, n], (x, k, 1), (&w, n, 1))),
        time(|| binary_matmul_nt(&rows, &w, &mut out)),
        time(|| dense(&mut out, [m, k, n], (x, k, 1), (&w, 1, k))),
        time(|| binary_matmul_tn(&phase, &mut gradient)),
        time(|| dense(&mut gradient, [k, m, n], (x, 1, k), (&g, n, 1))),
        time(|| drop(black_box(BitMatrix::from_rows(x, [m, k])))),
        time(|| drop(black_box(BitMatrix::from_columns(x, [m, k])))),
    ];
    println!("| {m}, {k}, {n} | {name} | {} |", cells.join(" | "));
}

fn elementwise([rows, n]: [usize; 2]) {
    let mut x = vec![0f32; rows * n];
    fill_normal(&mut x, address(5));
    let bias = vec![0.1f32; n];
    let (mut samples, mut means) = (x.clone(), x.clone());
    let mut sums = vec![0f64; rows];
    let cells = [
        time(|| sample_bernoulli(&x, &bias, address(6), &mut samples, None)),
        time(|| sample_bernoulli(&x, &bias, address(6), &mut samples, Some(&mut means))),
        time(|| fill_uniform(&mut samples, address(6))),
        time(|| fill_normal(&mut samples, address(6))),
        time(|| softplus_row_sum(&x, 1.0, &bias, &mut sums)),
    ];
    println!("| {rows}, {n} | {} |", cells.join(" | "));
}

/// The least time of many, and the median.
fn time(mut work: impl FnMut()) -> String {
    let (begin, mut times) = (Instant::now(), Vec::new());
    while times.len() < 30 || begin.elapsed().as_millis() < 100 {
        let start = Instant::now();
        work();
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    format!("{:.1} / {:.1}", times[0], times[times.len() / 2])
}

/// `out = lhs · rhs`, each factor with its row and column strides.
fn dense(
    out: &mut [f32],
    [m, k, n]: [usize; 3],
    (lhs, lhs_row, lhs_column): (&[f32], usize, usize),
    (rhs, rhs_row, rhs_column): (&[f32], usize, usize),
) {
    let stride = |stride: usize| isize::try_from(stride).expect("short");
    // SAFETY: the slices hold matrices of these shapes and strides.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            stride(n),
            false,
            lhs.as_ptr(),
            stride(lhs_column),
            stride(lhs_row),
            rhs.as_ptr(),
            stride(rhs_column),
            stride(rhs_row),
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::Rayon(0),
        );
    }
}

fn ones(n: usize, density: f32) -> Vec<f32> {
    let mut u = vec![0f32; n];
    fill_uniform(&mut u, address(1));
    u.into_iter()
        .map(|u| f32::from(u8::from(u < density)))
        .collect()
}

fn address(draw: u32) -> Address {
    Address {
        key: Key::from_seed(1),
        step: 0,
        draw,
    }
}
