//! The kernels on GPUs, in `CubeCL`: the numbers are those of the host's kernels.
//!
//! Random words are the same to the bit. Functions of reals are computed by formulas whose error does
//! not depend on the driver (the languages of GPUs promise little for theirs), so that they differ
//! from the host's by roundings alone.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "what is an empty type to the host is not one in a kernel"
)]

mod bernoulli;
mod logistic;
mod noise;
mod normal;
mod philox;

pub(crate) use bernoulli::{mean, sample, sample_with_mean};
pub(crate) use noise::fill;
