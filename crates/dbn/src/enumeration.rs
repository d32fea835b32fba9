//! The likelihood of tiny networks by enumeration, and the bound on it.
//!
//! Everything is summed over all states of the hidden layers below the top, at most [`MAX_UNITS`]
//! units each, in double precision where the device has it; the top layer's partition function is
//! [`rbm_model::exact`]'s. A label beside the top layer's features is summed out.

use burn::module::Module;
use burn::tensor::Tensor;
use rbm_model::{
    Rbm, exact,
    internal::precise_dtype,
    numerics::{log_sum_exp_rows, to_f64},
    units::{UnitLayer, Units},
};

use crate::{Dbn, DbnError};

/// The most units with two values each of a hidden layer below the top: with as many on both sides of a layer, a table
/// of their pairs has 2²⁴ entries.
pub const MAX_UNITS: usize = 12;

/// `log p(v)` of each row of `v`, `[rows, visible]`, in nats: the exact distribution that the
/// network [generates](Dbn::generate) from.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dbn::{Dbn, enumeration};
/// use rbm_model::{Noise, RbmConfig};
///
/// let (device, mut noise) = (Device::default(), Noise::new(1));
/// let below = RbmConfig::new(6, 5).init(&mut noise, &device);
/// // The mirror on top leaves the distribution of the layer below as it was.
/// let dbn = Dbn::new(vec![below.clone(), below.mirror()])?;
/// let v = Tensor::<2>::ones([1, 6], &device);
/// let alone = rbm_model::exact::log_probability(&below, v.clone())?[0];
/// assert!((enumeration::log_probability(&dbn, v)?[0] - alone).abs() < 1e-5);
/// # Ok::<(), dbn::DbnError>(())
/// ```
///
/// # Errors
///
/// [`DbnError::TooLarge`] or [`DbnError::Exact`] where a layer cannot be enumerated.
pub fn log_probability(dbn: &Dbn, v: Tensor<2>) -> Result<Vec<f64>, DbnError> {
    let (dbn, v) = prepared(dbn, v)?;
    let log_partition = exact::log_partition(dbn.top())?;
    let (below, features) = match dbn.stack.split_last() {
        Some((_, below)) if !below.is_empty() => (below, states(&below[below.len() - 1].hidden)),
        _ => (&[][..], v.clone()),
    };
    let mut log_p = dbn.top_log_weights(features).sub_scalar(log_partition);
    for (layer, rbm) in below.iter().enumerate().rev() {
        let visible = match layer {
            0 => v.clone(),
            _ => states(&below[layer - 1].hidden),
        };
        let joint = log_visible_given_hidden(rbm, visible) + log_p.unsqueeze();
        log_p = log_sum_exp_rows(joint);
    }
    Ok(to_f64(log_p))
}

/// The bound `E_q[log p(v | h) + …] + H(q) ≤ log p(v)` of each row of `v`, `[rows, visible]`, in nats,
/// with `q` factorial in each layer given the one below.
///
/// # References
///
/// G. E. Hinton, S. Osindero, Y.-W. Teh, 2006, section 4.
///
/// # Errors
///
/// As [`log_probability`].
pub fn bound(dbn: &Dbn, v: Tensor<2>) -> Result<Vec<f64>, DbnError> {
    let (dbn, v) = prepared(dbn, v)?;
    let log_partition = exact::log_partition(dbn.top())?;
    let below = &dbn.stack[..dbn.num_layers() - 1];
    // For each state of a layer: what is to come above it, from the top down.
    let mut above: Option<Tensor<1>> = None;
    for (layer, rbm) in below.iter().enumerate().rev() {
        let hidden = states(&rbm.hidden);
        let gain = dbn.gain(layer, &rbm.mirror(), hidden.clone());
        let gain = match above {
            Some(above) => gain + above,
            None => gain,
        };
        let visible = match layer {
            0 => v.clone(),
            _ => states(&below[layer - 1].hidden),
        };
        let q = log_hidden_given_visible(rbm, visible, hidden).exp();
        above = Some(q.matmul(gain.unsqueeze_dim::<2>(1)).squeeze_dim::<1>(1));
    }
    let mut value = dbn.log_weights(0, v).sub_scalar(log_partition);
    if let Some(above) = above {
        value = value + above;
    }
    Ok(to_f64(value))
}

impl Dbn {
    /// `-F(x)` of a layer's visible units, counted from 0, with any label summed out, `[rows]`.
    pub(crate) fn log_weights(&self, layer: usize, x: Tensor<2>) -> Tensor<1> {
        if layer + 1 == self.num_layers() {
            return self.top_log_weights(x);
        }
        self.stack[layer].free_energy(x).neg()
    }

    /// What the bound gains where the layer above `layer` (counted from 0) takes the place of that
    /// layer's own distribution of its hidden units `h`: `-F_{above}(h) + F̃(h)`, where `F̃` is the free
    /// energy of the mirror. It vanishes where the layer above is the mirror.
    ///
    /// With tied weights `log p(v | h) - log q(h | v)` is `F̃(h) - F(v)`, so the bound is
    /// `-F₁(v) + E_q[Σ gains] - log Z`, and neither conditional is ever computed.
    pub(crate) fn gain(&self, layer: usize, mirror: &Rbm, h: Tensor<2>) -> Tensor<1> {
        mirror.free_energy(h.clone()) + self.log_weights(layer + 1, h)
    }
}

/// The network and the data in double precision, where the device has it.
fn prepared(dbn: &Dbn, v: Tensor<2>) -> Result<(Dbn, Tensor<2>), DbnError> {
    for (rbm, layer) in dbn.stack[..dbn.num_layers() - 1].iter().zip(1..) {
        let states = rbm.hidden.num_states();
        if states.is_none_or(|states| states > 1 << MAX_UNITS) {
            return Err(DbnError::TooLarge {
                layer,
                max: MAX_UNITS,
                found: rbm.num_hidden(),
                kind: rbm.hidden.config().name(),
            });
        }
    }
    let dtype = precise_dtype(&dbn.device());
    let stack = dbn
        .stack
        .iter()
        .map(|rbm| rbm.valid().cast(dtype))
        .collect();
    Ok((Dbn { stack }, v.without_autodiff().cast(dtype)))
}

/// All states of a small layer.
fn states(units: &Units) -> Tensor<2> {
    units.states(0..units.num_states().expect("a small discrete layer"))
}

/// `log p(v | h)` of each row against each hidden state, `[rows, states]`.
fn log_visible_given_hidden(rbm: &Rbm, v: Tensor<2>) -> Tensor<2> {
    log_hidden_given_visible(&rbm.mirror(), states(&rbm.hidden), v).transpose()
}

/// `log p(h | v)` of each row against each row of `h`, `[rows of v, rows of h]`.
fn log_hidden_given_visible(rbm: &Rbm, v: Tensor<2>, h: Tensor<2>) -> Tensor<2> {
    let inputs = rbm.hidden_inputs(v);
    let normaliser = rbm.hidden.cgf(inputs.clone());
    inputs.matmul(h.clone().transpose())
        - rbm.hidden.energy(h).unsqueeze()
        - normaliser.unsqueeze_dim::<2>(1)
}
