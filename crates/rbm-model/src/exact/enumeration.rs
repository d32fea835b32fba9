//! Which states are enumerated, and their energies block by block.

use burn::module::Module;
use burn::tensor::{DType, Tensor, TensorData};
use thiserror::Error;

use crate::{Rbm, numerics::to_f64, precise_dtype};

/// The most units that are enumerated: 2²⁵ states are minutes of work, each further unit doubles
/// them.
pub const MAX_UNITS: usize = 25;

/// Numbers in a block of states or of what is computed from them.
const BLOCK: usize = 1 << 21;

/// A model whose states cannot be summed over.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExactError {
    /// Neither layer is discrete and small.
    #[error(
        "exact enumeration needs a layer of at most {MAX_UNITS} Bernoulli units: this model has \
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
}

/// A side of the model.
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
    num_units: usize,
    block_rows: usize,
}

impl Enumeration {
    /// Prepares the enumeration of the smaller discrete side of `rbm`, without a tape and in
    /// double precision where the device has it.
    ///
    /// # Errors
    ///
    /// [`ExactError::TooLarge`] where no discrete side has [`MAX_UNITS`] units or fewer.
    pub fn new(rbm: &Rbm) -> Result<Self, ExactError> {
        let (visible, hidden) = (rbm.num_visible(), rbm.num_hidden());
        let size = |units: &crate::units::Units, n| units.num_states().map(|_| n);
        let smaller = [
            (size(&rbm.visible, visible), Side::Visible),
            (size(&rbm.hidden, hidden), Side::Hidden),
        ]
        .into_iter()
        .filter_map(|(n, side)| n.map(|n| (n, side)))
        .min_by_key(|&(n, _)| n);
        let Some((num_units, side)) = smaller.filter(|&(n, _)| n <= MAX_UNITS) else {
            let gaussian = match (rbm.visible.num_states(), rbm.hidden.num_states()) {
                (None, _) => " (the visible ones are real-valued)",
                (_, None) => " (the hidden ones are real-valued)",
                _ => "",
            };
            return Err(ExactError::TooLarge {
                visible,
                hidden,
                gaussian,
            });
        };
        let model = rbm.valid();
        let dtype = precise_dtype(&model.device());
        let model = cast(&model, dtype);
        let model = match side {
            Side::Visible => model,
            Side::Hidden => model.mirror(),
        };
        let widest = visible.max(hidden);
        Ok(Self {
            model,
            side,
            num_units,
            block_rows: (BLOCK / widest).clamp(1, 1 << num_units),
        })
    }

    /// The side whose states are enumerated.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The number of states.
    pub fn num_states(&self) -> usize {
        1 << self.num_units
    }

    /// The number of blocks.
    pub fn num_blocks(&self) -> usize {
        self.num_states().div_ceil(self.block_rows)
    }

    /// The model with its enumerated side in the visible place.
    pub(super) fn model(&self) -> &Rbm {
        &self.model
    }

    /// The states of block `index`, `[rows, units]`: state `s` has unit `i` on where bit `i` of
    /// `s` is set.
    pub fn states(&self, index: usize) -> Tensor<2> {
        let first = index * self.block_rows;
        let last = (first + self.block_rows).min(self.num_states());
        let bits: Vec<f64> = (first..last)
            .flat_map(|state| {
                (0..self.num_units).map(move |unit| f64::from(state >> unit & 1 == 1))
            })
            .collect();
        let dtype: DType = self.model.weight.val().dtype();
        Tensor::from_data(
            TensorData::new(bits, [last - first, self.num_units]),
            (&self.model.device(), dtype),
        )
    }

    /// `log Σ exp(-E)` of each state over the side that is summed out: minus its free energy.
    pub fn log_weights(&self, index: usize) -> Vec<f64> {
        to_f64(self.model.free_energy(self.states(index)).neg())
    }
}

fn cast(rbm: &Rbm, dtype: DType) -> Rbm {
    struct To(DType);
    impl burn::module::ModuleMapper for To {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            param.map(|tensor| tensor.cast(self.0))
        }
    }
    rbm.clone().map(&mut To(dtype))
}
