//! The restricted Boltzmann machine as a Burn module, and its mathematics.
//!
//! The modules read from the ground up: [`numerics`] and [`Noise`], the [`units`] of a layer, the
//! [`Rbm`] itself, [`sampling`] from it, the training [`objective`], and [`exact`] enumeration,
//! which says what everything before it should have given.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use rbm_model::{Noise, RbmConfig, objective::{Clamped, surrogate}, sampling::Gibbs};
//!
//! let device = Device::default().autodiff();
//! let mut noise = Noise::new(42);
//! let rbm = RbmConfig::new(6, 4).init(&mut noise, &device);
//! let data = Tensor::<2>::ones([8, 6], &device);
//!
//! // One gradient of CD-1: the surrogate's derivative is the Monte Carlo gradient of -log p(v).
//! let positive = Clamped::new(&rbm, data);
//! let start = positive.sample_hidden(&rbm, &mut noise);
//! let fantasy = Gibbs::new(1).visible_from(&rbm, start, &mut noise);
//! let negative = Clamped::new(&rbm, fantasy);
//! let loss = surrogate(&rbm, positive.expected(&rbm), negative.expected(&rbm));
//! let gradients = loss.backward();
//! assert_eq!(rbm.weight.val().grad(&gradients).unwrap().dims(), [6, 4]);
//! ```

pub mod numerics;

mod noise;
pub use noise::Noise;

pub mod units;

mod rbm;
pub use rbm::{ConfigError, DataStatistics, Parameter, Rbm, RbmConfig, WeightInit};

pub mod sampling;

pub mod objective;

pub mod exact;

pub mod store;

/// What the other crates of this project need of this one. It may change in any version.
#[doc(hidden)]
pub mod internal {
    pub use crate::noise::{is_host, precise_dtype};
}
