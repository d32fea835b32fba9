//! How good is a restricted Boltzmann machine? Likelihoods that can be trusted, sample quality, and
//! a verdict.
//!
//! The likelihood of an RBM needs its partition function, which is a sum over all states. Where a
//! layer is small the sum is made ([`rbm_model::exact`]); where it is not, [annealed importance
//! sampling](Ais) estimates it. Annealing that fails makes a model look *better* than it is, so an
//! estimate is bracketed here: annealing forward gives a lower bound on `log Z` in expectation,
//! annealing back from draws of the model an upper one, [Bennett's acceptance ratio](Bar) the best
//! value between, and a [`Verdict`] says in words whether it is reliable, and whether the model is
//! better than [none at all](Baselines). [`evaluate`] does all of that in one call.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use rbm_eval::{EvaluationConfig, EvaluationData, Method, evaluate};
//! use rbm_model::{Noise, RbmConfig};
//!
//! let device = Device::default();
//! let rbm = RbmConfig::new(16, 8).init(&mut Noise::new(1), &device);
//! let rows = Noise::new(2).bernoulli(Tensor::full([50, 16], 0.5, &device));
//! let data = EvaluationData::new(rows);
//! let evaluation = evaluate(&rbm, &data, &EvaluationConfig::default(), &mut |_| ())?;
//! assert_eq!(evaluation.method, Method::Exact); // eight hidden units are enumerated
//! assert!((evaluation.log_likelihood.value + 16.0 * 2f64.ln()).abs() < 0.5);
//! # Ok::<(), rbm_eval::EvalError>(())
//! ```

mod error;
pub use error::EvalError;

pub use rbm_model::sampling::annealing::{
    Autocorrelation, Bar, Interval, LogWeights, Window, base_rate,
};

mod ais;
pub use ais::{Ais, AisEstimate, AnnealingSchedule, Bracket, Origin, ReverseEstimate};

mod pseudo_log_likelihood;
pub use pseudo_log_likelihood::PseudoLogLikelihood;

mod free_energy_gap;
pub use free_energy_gap::FreeEnergyGap;

mod reconstruction;
pub use reconstruction::Reconstruction;

mod nearest_neighbours;
pub use nearest_neighbours::NearestNeighbours;

mod adversarial_accuracy;
pub use adversarial_accuracy::AdversarialAccuracy;

mod mixing;
pub use mixing::Mixing;

mod principal_components;
pub use principal_components::PrincipalComponents;

mod baselines;
pub use baselines::{BaselineScores, Baselines};

mod evidence;
pub use evidence::Evidence;

mod verdict;
pub use verdict::Verdict;

mod method;
pub use method::Method;

mod progress;
pub use progress::{Progress, Stage};

mod evaluation_config;
pub use evaluation_config::EvaluationConfig;

mod evaluation_data;
pub use evaluation_data::EvaluationData;

mod evaluation;
pub use evaluation::{Evaluation, LogLikelihood, LogPartition, evaluate};
