//! Ours: the trainer, the same update with the derivative written out, and its bare products.

use std::path::PathBuf;

use burn::tensor::DType;
use burnzmann::data::MnistFiles;
use burnzmann::eval::{Ais, base_rate};
use burnzmann::prelude::*;
use burnzmann::train::{Algorithm, Cd, LearningRate, Pcd, Schedule, internal::on_workers};
use rbm_kernels::ops::sample_bernoulli_with_mean;
use rbm_kernels::ops::{Side, bernoulli_mean, binary_matmul, sample_bernoulli, statistics};
use rbm_kernels::{philox::Key, uniform::Address};
use serde_json::json;

use crate::case::{Case, Rows, Work};
use crate::measure::{Contestant, one_by_one};

const RATE: f64 = 0.05;

/// Measures a case in this process and prints a line for each contestant.
pub(crate) fn work(case: &Case, backend: &str) -> Result<(), String> {
    let device = burnzmann::device::select(Some(backend)).map_err(|error| error.to_string())?;
    let dense = std::env::var("BURNZMANN_KERNELS").is_ok_and(|on| on == "off");
    let ours = if dense {
        "burnzmann-dense"
    } else {
        "burnzmann"
    };
    let sync = || device.sync().expect("the device answers");
    let timings = match case.work {
        Work::Cd(_) | Work::Pcd(_) => {
            let batches = batches(case, &device);
            let mut list = vec![training(ours, case, &batches, &device)];
            if !dense {
                list.push(by_hand(case, &batches, &device));
                list.push(products(case, &batches, &device));
            }
            let least = (20.min(20_000_000 / (case.visible * case.hidden)), 5);
            // Where `fit` does it.
            let terms = case.visible * case.hidden * case.batch;
            on_workers(&device, terms, || one_by_one(list, least, &sync))
        }
        Work::Ais(updates) => one_by_one(vec![anneal(ours, case, updates, &device)], (0, 1), &sync),
        Work::FreeEnergy => {
            let rows = rows(case, case.batch, &device);
            let rbm = model(case, &device);
            let work = move |_| drop(rbm.free_energy(rows.clone()));
            one_by_one(vec![(ours, Box::new(work))], (3, 5), &sync)
        }
        Work::Epoch => one_by_one(vec![epoch(ours, case, &device)], (0, 1), &sync),
    };
    for timing in timings {
        let line = json!({"peer": timing.peer, "ms_per_step": timing.milliseconds,
            "steps": timing.steps, "peak_mib": peak_mebibytes()});
        println!("{line}");
    }
    Ok(())
}

/// As many rows as were asked for, or as there are.
pub(crate) fn rows(case: &Case, count: usize, device: &Device) -> Tensor<2> {
    let shape = [count, case.visible];
    let numbers: Vec<u32> = (0..u32::try_from(count).expect("not so many")).collect();
    let folder = std::env::var_os("BURNZMANN_DATA").map(PathBuf::from);
    match (case.rows, folder) {
        (Rows::Mnist, Some(folder)) => {
            let files = MnistFiles::find(Some(&folder.join("binarized-mnist")));
            let mnist = Mnist::load(&files.expect("binarised MNIST")).expect("binarised MNIST");
            let all = Batches::new(&mnist.train, &numbers, count, Binarisation::None, 1);
            all.expect("rows of MNIST").rows_tensor(&numbers, 0, device)
        }
        (Rows::Digits, _) => {
            let data = digits();
            let numbers: Vec<u32> = numbers.iter().map(|i| i % 1797).collect();
            let all: Vec<u32> = (0..1797).collect();
            let half = Binarisation::Threshold(0.5);
            let all = Batches::new(&data, &all, 100, half, 1).expect("the digits");
            all.rows_tensor(&numbers, 0, device)
        }
        (Rows::Gray, _) => Noise::new(1).uniform(shape, DType::F32, device),
        (Rows::Random(density), _) => Noise::new(1).bernoulli(Tensor::full(shape, density, device)),
        (Rows::Mnist, None) => Noise::new(1).bernoulli(Tensor::full(shape, 0.13, device)),
    }
}

/// How many rows all contestants go round and round on.
pub(crate) fn pool(case: &Case) -> usize {
    (50 * case.batch).min(20_000).max(case.batch) / case.batch * case.batch
}

fn batches(case: &Case, device: &Device) -> Vec<Tensor<2>> {
    rows(case, pool(case), device).split(case.batch, 0)
}

fn model(case: &Case, device: &Device) -> Rbm {
    RbmConfig::new(case.visible, case.hidden).init(&mut Noise::new(1), device)
}

fn trainer(case: &Case, device: &Device) -> Trainer {
    let algorithm = match case.work {
        Work::Pcd(_) | Work::Ais(_) => Algorithm::from(Pcd {
            k: Schedule::Constant(case.k().unwrap_or(1)),
            chains: Some(case.batch),
        }),
        _ => Algorithm::from(Cd {
            k: Schedule::Constant(case.k().unwrap_or(1)),
        }),
    };
    // What the others do: a plain gradient and a constant rate.
    let config = TrainConfig {
        algorithm,
        learning_rate: LearningRate::Constant { rate: RATE },
        centring: None,
        ..TrainConfig::default()
    };
    let rbm = model(case, device);
    Trainer::new(config, rbm, usize::MAX).expect("a valid configuration")
}

fn training<'a>(
    name: &'static str,
    case: &Case,
    batches: &'a [Tensor<2>],
    device: &Device,
) -> Contestant<'a> {
    let mut trainer = trainer(case, device);
    let step = move |i: usize| {
        trainer
            .step(batches[i % batches.len()].clone())
            .expect("finite");
    };
    (name, Box::new(step))
}

/// The same update with the same kernels and the derivative written out: no tape, no optimiser.
fn by_hand<'a>(case: &Case, batches: &'a [Tensor<2>], device: &Device) -> Contestant<'a> {
    let (k, persistent) = (case.k().unwrap_or(1), matches!(case.work, Work::Pcd(_)));
    let rbm = model(case, device);
    let (mut w, mut b, mut c) = (rbm.weight.val(), rbm.visible.bias(), rbm.hidden.bias());
    let mut chains: Option<Tensor<2>> = None;
    let key = Key::from_seed(1);
    let step = move |i: usize| {
        let at = |draw| Address {
            key,
            step: i as u64,
            draw,
        };
        let v = batches[i % batches.len()].clone();
        let rows = v.dims()[0] as f64;
        let inputs = binary_matmul(v.clone(), w.clone());
        let (p, mut h) = sample_bernoulli_with_mean(inputs, c.clone(), at(0));
        h = chains.take().unwrap_or(h);
        let mut draw = 1;
        let sweep = |h: Tensor<2>, draw: &mut u32| {
            let inputs = binary_matmul(h, w.clone().transpose());
            *draw += 1;
            sample_bernoulli(inputs, b.clone(), at(*draw))
        };
        for _ in 1..k {
            let u = sweep(h, &mut draw);
            draw += 1;
            h = sample_bernoulli(binary_matmul(u, w.clone()), c.clone(), at(draw));
        }
        let u = sweep(h, &mut draw);
        let inputs = binary_matmul(u.clone(), w.clone());
        let q = if persistent {
            let (mean, sample) = sample_bernoulli_with_mean(inputs, c.clone(), at(draw + 1));
            chains = Some(sample);
            mean
        } else {
            bernoulli_mean(inputs, c.clone())
        };
        let change = |x: Tensor<2>, y: Tensor<2>| {
            (x.mean_dim(0) - y.mean_dim(0))
                .squeeze_dim::<1>(0)
                .mul_scalar(RATE)
        };
        b = b.clone() + change(v.clone(), u.clone());
        c = c.clone() + change(p.clone(), q.clone());
        let data = Side {
            states: v,
            other: p,
            scale: RATE / rows,
        };
        let model = Side {
            states: u,
            other: q,
            scale: -RATE / rows,
        };
        w = w.clone() + statistics([data, model]);
    };
    ("burnzmann-by-hand", Box::new(step))
}

/// The dense products that an update is made of, and nothing else: five for CD-1.
fn products<'a>(case: &Case, batches: &'a [Tensor<2>], device: &Device) -> Contestant<'a> {
    let w = model(case, device).weight.val();
    let k = case.k().unwrap_or(1);
    let step = move |i: usize| {
        let v = batches[i % batches.len()].clone();
        let first = v.clone().matmul(w.clone());
        let (mut u, mut h) = (v.clone(), first.clone());
        for _ in 0..k {
            u = h.matmul(w.clone().transpose());
            h = u.clone().matmul(w.clone());
        }
        std::hint::black_box((v.transpose().matmul(first), u.transpose().matmul(h)));
    };
    ("bare dense products", Box::new(step))
}

fn anneal<'a>(name: &'static str, case: &Case, updates: usize, device: &Device) -> Contestant<'a> {
    let data = rows(case, 5000, device);
    let mut trainer = trainer(case, device);
    let batches = data.clone().split(case.batch, 0);
    for batch in batches.iter().cycle().take(updates) {
        trainer.step(batch.clone()).expect("finite");
    }
    let rbm = trainer.model();
    let base = base_rate(&rbm, data);
    let ais = Ais {
        chains: case.batch,
        ..Ais::default()
    };
    let step = move |_| {
        drop(
            ais.run(&rbm, &base, &mut |_, _| ())
                .expect("a finite model"),
        );
    };
    (name, Box::new(step))
}

fn epoch<'a>(name: &'static str, case: &Case, device: &Device) -> Contestant<'a> {
    let (case, device) = (*case, device.clone());
    let step = move |_| {
        let folder = std::env::var_os("BURNZMANN_DATA").map(PathBuf::from);
        let data = folder.map_or_else(digits, |folder| {
            let files = MnistFiles::find(Some(&folder.join("mnist"))).expect("MNIST");
            Mnist::load(&files).expect("MNIST").train
        });
        let rows: Vec<u32> = (0..u32::try_from(data.rows()).expect("not so many")).collect();
        let half = Binarisation::Threshold(0.5);
        let batches = Batches::new(&data, &rows, case.batch, half, 1).expect("batches");
        let rbm = RbmConfig::new(data.num_visible(), case.hidden).init(&mut Noise::new(1), &device);
        let config = TrainConfig {
            epochs: 1,
            batch_size: case.batch,
            ..TrainConfig::default()
        };
        let mut trainer = Trainer::new(config, rbm, batches.len()).expect("a valid configuration");
        fit(&mut trainer, &batches, &mut [], &|| false).expect("finite");
    };
    (name, Box::new(step))
}

/// The most memory that this process has held, where the system says so.
fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024)
}
