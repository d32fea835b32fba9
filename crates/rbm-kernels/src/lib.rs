//! The numbers below the model: random bits that depend only on a key and a counter.
//!
//! [`philox`] is the block function, [`uniform`] fills whole arrays from it on any number of
//! threads, [`PhiloxRng`] makes it a generator for the [`rand`] crate (shuffles, splits).

pub mod philox;
mod rng;
pub mod uniform;

pub use rng::PhiloxRng;
