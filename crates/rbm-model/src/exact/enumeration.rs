//! Which states are enumerated, and their energies block by block.

use burn::module::Module;
use burn::tensor::Tensor;
use thiserror::Error;

use crate::{Rbm, RbmConfig, noise::precise_dtype, numerics::to_f64, units::UnitsConfig};

/// The most units that are enumerated: 2²⁵ states are minutes of work, each further unit doubles
/// them.
pub const MAX_UNITS: usize = 25;

/// Numbers in a block of states or of what is computed from them.
const BLOCK: usize = 1 << 21;

/// A model whose states cannot be summed over.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, exact::{ExactError, log_partition}};
///
/// let rbm = RbmConfig::new(40, 30).init(&mut Noise::new(1), &Device::default());
/// let error = log_partition(&rbm).unwrap_err();
/// assert_eq!(error, ExactError::TooLarge { visible: 40, hidden: 30, gaussian: "" });
/// assert!(error.to_string().contains("40 visible and 30 hidden units"));
/// ```
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExactError {
    /// Neither layer is discrete and small.
    #[error(
        "exact enumeration needs a layer of at most {MAX_UNITS} units with two values each: this model has \
         {visible} visible and {hidden} hidden units{gaussian}; estimate log Z by annealed \
         importance sampling instead"
    )]
    TooLarge {
        /// The number of visible units.
        visible: usize,
        /// The number of hidden units.
        hidden: usize,
        /// Which of them are real-valued, as a clause.
        gaussian: &'static str,
    },
    /// All states at once would not fit.
    #[error(
        "exact training holds all {states} states at once, which takes about {:.1} GiB, and {:.1} GiB are \
         available: take at most {units} units on the smaller side, or train with persistent chains \
         instead",
        gibibytes(*needed), gibibytes(*available)
    )]
    Memory {
        /// The number of states.
        states: usize,
        /// Bytes that are needed, about.
        needed: u64,
        /// Bytes that are there.
        available: u64,
        /// The most units on the smaller side that would fit.
        units: usize,
    },
}

fn gibibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// A side of the model.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, exact::{Enumeration, ExactError, Side}};
///
/// let smaller = |visible, hidden| {
///     let rbm = RbmConfig::new(visible, hidden).init(&mut Noise::new(1), &Device::default());
///     Ok::<_, ExactError>(Enumeration::new(&rbm)?.side())
/// };
/// assert_eq!((smaller(3, 9)?, smaller(9, 3)?), (Side::Visible, Side::Hidden));
/// # Ok::<(), ExactError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The visible units.
    Visible,
    /// The hidden units.
    Hidden,
}

/// The states of one side of a model, in blocks, with the other side summed out.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::{Noise, RbmConfig, exact::{Enumeration, Side}};
///
/// let rbm = RbmConfig::new(10, 3).init(&mut Noise::new(1), &Device::default());
/// let states = Enumeration::new(&rbm)?;
/// assert_eq!((states.side(), states.num_states()), (Side::Hidden, 8));
/// # Ok::<(), rbm_model::exact::ExactError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// The model, mirrored where its hidden side is enumerated: always enumerated on the left.
    model: Rbm,
    side: Side,
    num_states: usize,
    block_rows: usize,
}

/// The number of states of the smaller discrete side of such a model, and which side that is.
pub(super) fn smaller(config: &RbmConfig) -> Result<(usize, Side), ExactError> {
    let (visible, hidden) = (config.num_visible, config.num_hidden);
    let smaller = [
        (config.visible.num_states(visible), Side::Visible),
        (config.hidden.num_states(hidden), Side::Hidden),
    ]
    .into_iter()
    .filter_map(|(n, side)| n.map(|n| (n, side)))
    .min_by_key(|&(n, _)| n);
    smaller
        .filter(|&(n, _)| n <= 1 << MAX_UNITS)
        .ok_or_else(|| {
            let is_real = |kind: UnitsConfig| !kind.support().is_discrete();
            let gaussian = match (is_real(config.visible), is_real(config.hidden)) {
                (true, _) => " (the visible ones are real-valued)",
                (_, true) => " (the hidden ones are real-valued)",
                _ => "",
            };
            ExactError::TooLarge {
                visible,
                hidden,
                gaussian,
            }
        })
}

impl Enumeration {
    /// Prepares the enumeration of the smaller discrete side of `rbm`, without a tape and in
    /// double precision where the device has it.
    ///
    /// # Errors
    ///
    /// [`ExactError::TooLarge`] where no discrete side has [`MAX_UNITS`] units or fewer.
    pub fn new(rbm: &Rbm) -> Result<Self, ExactError> {
        let (num_states, side) = smaller(&rbm.config())?;
        let model = rbm.valid();
        let dtype = precise_dtype(&model.device());
        let model = model.cast(dtype);
        let model = match side {
            Side::Visible => model,
            Side::Hidden => model.mirror(),
        };
        let widest = rbm.num_visible().max(rbm.num_hidden());
        Ok(Self {
            model,
            side,
            num_states,
            block_rows: (BLOCK / widest).clamp(1, num_states),
        })
    }

    /// The side whose states are enumerated.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The number of states.
    pub fn num_states(&self) -> usize {
        self.num_states
    }

    /// The number of blocks.
    pub fn num_blocks(&self) -> usize {
        self.num_states().div_ceil(self.block_rows)
    }

    /// The model with its enumerated side in the visible place.
    pub(super) fn model(&self) -> &Rbm {
        &self.model
    }

    /// The states of block `index`, `[rows, units]`, in the order of
    /// [`Units::states`](crate::units::Units::states).
    pub fn states(&self, index: usize) -> Tensor<2> {
        let first = index * self.block_rows;
        let last = (first + self.block_rows).min(self.num_states());
        self.model.visible.states(first..last)
    }

    /// `log Σ exp(-E)` of each state over the side that is summed out: minus its free energy.
    pub fn log_weights(&self, index: usize) -> Vec<f64> {
        to_f64(self.model.free_energy(self.states(index)).neg())
    }
}
