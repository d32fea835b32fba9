//! One number for each chain, on the host or on a device.

use crate::numerics::to_f64;
use burn::tensor::Tensor;

/// One number a chain: what a step adds to its log-weight, in nats.
///
/// ```
/// use rbm_model::sampling::annealing::{Rows, Totals};
///
/// let mut totals = Totals::default();
/// totals.add(Rows::Host(vec![1.0, 2.0]));
/// totals.add(Rows::Host(vec![0.5, -2.0]));
/// assert_eq!(totals.finish(), [1.5, 0.0]);
/// ```
#[derive(Clone)]
pub enum Rows {
    /// In the memory of the host.
    Host(Vec<f64>),
    /// On a device, `[chains]`.
    Device(Box<Tensor<1>>),
}

/// Sums of [`Rows`] in double precision. Those on a device are fetched many at a time: a fetch
/// waits for everything before it.
///
/// ```
/// use burn::tensor::Tensor;
/// use rbm_model::sampling::annealing::{Rows, Totals};
///
/// let mut totals = Totals::default();
/// totals.add(Rows::Device(Box::new(Tensor::from_floats([1.0, 2.0], &Default::default()))));
/// assert_eq!(totals.finish(), [1.0, 2.0]);
/// ```
#[derive(Default)]
pub struct Totals {
    sums: Vec<f64>,
    pending: Vec<Tensor<1>>,
}

/// Rows that wait on a device before they are fetched.
const PENDING: usize = 64;

impl Totals {
    /// Adds the numbers of one step.
    pub fn add(&mut self, rows: Rows) {
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

    /// The sums, one a chain.
    pub fn finish(mut self) -> Vec<f64> {
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
