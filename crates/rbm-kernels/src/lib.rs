//! The numbers below the model: random bits that depend only on a key and a counter, and the few
//! loops that are worth writing for the processor.
//!
//! [`philox`] is the block function, [`uniform`] fills whole arrays from it on any number of
//! threads, [`PhiloxRng`] makes it a generator for the [`rand`] crate (shuffles, splits).
//!
//! [`sample_bernoulli`] draws a layer of binary units from their inputs, [`softplus_row_sum`] is
//! the hidden units' part of a free energy, [`anneal`] moves layers of annealed chains, and [`binary_matmul`] and its kin multiply by matrices
//! of zeros and ones. The module `ops` (feature `burn`) has them as operations on Burn's tensors.

mod simd;

pub mod philox;
mod rng;
mod words;

pub mod uniform;
pub use rng::PhiloxRng;

mod logistic;
pub use logistic::Logistic;

mod fresh;

mod pool;
pub use pool::{join, on_pool};

mod bernoulli;
pub use bernoulli::{bernoulli_mean, sample_bernoulli};
#[cfg(feature = "flex")]
mod centre;
mod columns;
pub use columns::add_column_sums;
#[cfg(feature = "flex")]
mod descend;
mod dot;
pub use dot::dot;
mod softplus;
pub use softplus::softplus_row_sum;

pub mod anneal;

mod binary;
mod bits;
mod direct;
mod line;
mod output;
mod plan;
mod product;
mod select;
mod table;
mod term;
mod transpose;
pub use binary::{Statistics, binary_matmul, binary_matmul_nt, binary_matmul_tn};
pub use bits::BitMatrix;

#[cfg(feature = "cube")]
mod cube;
#[cfg(feature = "vulkan")]
mod vulkan;
#[cfg(feature = "vulkan")]
pub use vulkan::vulkan_obstacle;
#[cfg(feature = "burn")]
pub mod ops;
