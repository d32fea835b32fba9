//! The free energy of a stack, as far as it can be known.

use burn::module::Module;
use burn::tensor::Tensor;
use rbm_model::{Noise, Rbm, numerics::to_f64};

use crate::{Dbn, labels::blocks};

/// What is known of a row: the mean over the draws from `q`, and the square of its standard error.
pub(crate) struct RowBound {
    /// `-F̃(v)`, nats.
    pub(crate) value: f64,
    pub(crate) variance: f64,
}

impl Dbn {
    /// The variational free energy `F̃(v)` of each row, in nats: `-F̃(v) - log Z` of the top layer is the
    /// lower bound on `log p(v)` of [`log_likelihood_bound`](crate::log_likelihood_bound), so that rows
    /// compare by it as by the free energy of an RBM. For a network of one layer it is that free energy.
    ///
    /// It is a mean over `draws` draws of the hidden layers from `q(h | v)`; a label beside the top layer's
    /// features is summed out. Rows are worked on in blocks, in the precision of the parameters.
    ///
    /// # Shapes
    ///
    /// `v` is `[rows, visible]`; a number for each row.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use dbn::{Dbn, enumeration};
    /// use rbm_model::{Noise, RbmConfig, exact::log_partition};
    ///
    /// let (device, mut noise) = (Device::default(), Noise::new(1));
    /// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
    /// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
    /// let v = Tensor::<2>::ones([1, 6], &device);
    /// let found = dbn.variational_free_energy(v.clone(), 500, &Noise::new(2))[0];
    /// let bound = enumeration::bound(&dbn, v)?[0];
    /// assert!((-found - log_partition(dbn.top())? - bound).abs() < 0.01);
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Where `draws` is zero, or `v` has another width.
    pub fn variational_free_energy(&self, v: Tensor<2>, draws: usize, noise: &Noise) -> Vec<f64> {
        let bounds = self.row_bounds(v, draws, noise);
        bounds.into_iter().map(|bound| -bound.value).collect()
    }

    /// The bound of each row but for `log Z`.
    pub(crate) fn row_bounds(&self, v: Tensor<2>, draws: usize, noise: &Noise) -> Vec<RowBound> {
        assert!(draws > 0, "a mean needs a draw");
        let dbn = self.valid();
        let dtype = dbn.top().weight.val().dtype();
        let rows = v.without_autodiff().to_device(&dbn.device()).cast(dtype);
        let mirrors: Vec<Rbm> = dbn.stack.iter().map(Rbm::mirror).collect();
        let mut all = Vec::with_capacity(rows.dims()[0]);
        for (block, step) in blocks(&rows).zip(0..) {
            let mut noise = noise.at_step(step);
            let free = to_f64(dbn.log_weights(0, block.clone()));
            let drawn: Vec<Vec<f64>> = (0..draws)
                .map(|_| gains(&dbn, &mirrors, block.clone(), &mut noise))
                .collect();
            let n = draws as f64;
            all.extend(free.iter().enumerate().map(|(row, free)| {
                let mean = drawn.iter().map(|draw| draw[row]).sum::<f64>() / n;
                let squares: f64 = drawn.iter().map(|draw| (draw[row] - mean).powi(2)).sum();
                RowBound {
                    value: free + mean,
                    variance: squares / (n - 1.0).max(1.0) / n,
                }
            }));
        }
        all
    }
}

/// The sum of the gains of all layers along one draw from `q` for each row.
fn gains(dbn: &Dbn, mirrors: &[Rbm], v: Tensor<2>, noise: &mut Noise) -> Vec<f64> {
    let mut total = vec![0.0; v.dims()[0]];
    let mut x = v;
    let below_top = &dbn.stack[..dbn.num_layers() - 1];
    for ((rbm, mirror), layer) in below_top.iter().zip(mirrors).zip(0..) {
        x = rbm.sample_hidden(x, noise);
        let gain = to_f64(dbn.gain(layer, mirror, x.clone()));
        for (total, gain) in total.iter_mut().zip(gain) {
            *total += gain;
        }
    }
    total
}
