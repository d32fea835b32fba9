//! Layers of conditionally independent units.
//!
//! A layer whose units receive the inputs `I` has the distribution
//! `p(x | I) ∝ exp(-E(x) + I·x)`. Everything a model needs of it is its energy, its
//! log-normaliser `Γ(I) = log Σ_x exp(-E(x) + I·x)`, its mean, its variance and a draw: the
//! [`UnitLayer`] interface. [`Units`] is the closed set of kinds that a model may mix.

mod bernoulli;
mod config;
mod gaussian;
mod labelled;
mod layer;
mod support;
#[expect(
    clippy::module_inception,
    reason = "one public type a file, named after it"
)]
mod units;

pub use bernoulli::Bernoulli;
pub use config::UnitsConfig;
pub use gaussian::Gaussian;
pub use labelled::Labelled;
pub use layer::UnitLayer;
pub use support::Support;
pub use units::Units;
