//! First and second moments of the model's distribution.

use burn::tensor::{Tensor, TensorData};

use super::{Enumeration, ExactError, Side};
use crate::{
    Rbm,
    numerics::{log_add_exp, log_sum_exp, to_f64},
    units::UnitLayer,
};

/// The moments of `p(v, h)` that a gradient is made of.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, exact::moments};
///
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &Device::default());
/// let moments = moments(&rbm)?;
/// assert_eq!((moments.visible.len(), moments.interaction.len()), (4, 12));
/// # Ok::<(), rbm_model::exact::ExactError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `log Z`, in nats.
    pub log_partition: f64,
    /// `E[v]`.
    pub visible: Vec<f64>,
    /// `E[h]`.
    pub hidden: Vec<f64>,
    /// `E[v hᵀ]`, visible by hidden, row by row.
    pub interaction: Vec<f64>,
}

/// The exact moments of a model, in two passes over its states.
///
/// # Errors
///
/// [`ExactError::TooLarge`] where no side can be enumerated.
pub fn moments(rbm: &Rbm) -> Result<Moments, ExactError> {
    let states = Enumeration::new(rbm)?;
    let blocks = 0..states.num_blocks();
    let log_partition = blocks
        .clone()
        .map(|block| log_sum_exp(&states.log_weights(block)))
        .fold(f64::NEG_INFINITY, log_add_exp);

    let model = states.model();
    let (left, right) = (model.num_visible(), model.num_hidden());
    let mut of_left = vec![0.0; left];
    let mut of_right = vec![0.0; right];
    let mut of_both = vec![0.0; left * right];
    for block in blocks {
        let s = states.states(block);
        let weights: Vec<f64> = states
            .log_weights(block)
            .iter()
            .map(|x| (x - log_partition).exp())
            .collect();
        let rows = weights.len();
        let weights = Tensor::<2>::from_data(
            TensorData::new(weights, [rows, 1]),
            (&s.device(), s.dtype()),
        );
        let mean = model.hidden.mean(model.hidden_inputs(s.clone()));
        let weighted = s * weights.clone();
        add(
            &mut of_both,
            weighted.clone().transpose().matmul(mean.clone()),
        );
        add(&mut of_left, weighted.sum_dim(0));
        add(&mut of_right, (mean * weights).sum_dim(0));
    }
    Ok(match states.side() {
        Side::Visible => Moments {
            log_partition,
            visible: of_left,
            hidden: of_right,
            interaction: of_both,
        },
        Side::Hidden => Moments {
            log_partition,
            visible: of_right,
            hidden: of_left,
            interaction: transposed(&of_both, left, right),
        },
    })
}

fn add(total: &mut [f64], block: Tensor<2>) {
    for (total, x) in total.iter_mut().zip(to_f64(block)) {
        *total += x;
    }
}

fn transposed(x: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let index = |column: usize| (0..rows).map(move |row| x[row * columns + column]);
    (0..columns).flat_map(index).collect()
}
