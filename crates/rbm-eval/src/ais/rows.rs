//! One number for each chain, on the host or on a device.

use burn::tensor::Tensor;
use rbm_model::numerics::to_f64;

/// One number a chain.
#[derive(Clone)]
pub(crate) enum Rows {
    Host(Vec<f64>),
    Device(Box<Tensor<1>>),
}

/// Sums of [`Rows`] in double precision. Those on a device are fetched many at a time: a fetch
/// waits for everything before it.
#[derive(Default)]
pub(crate) struct Totals {
    sums: Vec<f64>,
    pending: Vec<Tensor<1>>,
}

/// Rows that wait on a device before they are fetched.
const PENDING: usize = 64;

impl Totals {
    pub(crate) fn add(&mut self, rows: Rows) {
        match rows {
            Rows::Host(rows) => self.add_host(&rows),
            Rows::Device(rows) => {
                self.pending.push(*rows);
                if self.pending.len() == PENDING {
                    self.fetch();
                }
            }
        }
    }

    pub(crate) fn finish(mut self) -> Vec<f64> {
        self.fetch();
        self.sums
    }

    fn fetch(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let width = self.pending[0].dims()[0];
        let all = to_f64(Tensor::cat(std::mem::take(&mut self.pending), 0));
        for rows in all.chunks(width) {
            self.add_host(rows);
        }
    }

    fn add_host(&mut self, rows: &[f64]) {
        self.sums.resize(rows.len(), 0.0);
        for (sum, row) in self.sums.iter_mut().zip(rows) {
            *sum += row;
        }
    }
}
