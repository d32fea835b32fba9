//! Deep belief networks: stacks of restricted Boltzmann machines.
//!
//! A [`DbnConfig`] says how wide the layers are and how each is trained; [`pretrain`] trains them
//! greedily ([`Pretrainer`] with checkpoints and observers); the [`Dbn`] that comes of it encodes,
//! generates, completes, classifies where its top layer has label units, and is measured by
//! [`log_likelihood_bound`], which is exact for tiny networks ([`enumeration`]).
//!
//! ```
//! use burn::tensor::Device;
//! use dbn::{DbnConfig, pretrain};
//! use rbm_data::{Binarisation, bars_and_stripes};
//! use rbm_model::Noise;
//!
//! let data = bars_and_stripes(4)?;
//! let rows: Vec<u32> = (0..32).collect();
//! let config = DbnConfig::new(16, &[20, 10]);
//! let dbn = pretrain(config, &data, &rows, Binarisation::None, &Device::default())?;
//!
//! let mut noise = Noise::new(1);
//! let chains = dbn.random_chains(5, &mut noise);
//! let drawn = dbn.generate(chains, 100, &mut noise);
//! assert_eq!(drawn.visible.dims(), [5, 16]);
//! assert_eq!(dbn.encode(drawn.visible, 2).dims(), [5, 10]);
//! # Ok::<(), dbn::DbnError>(())
//! ```
//!
//! The feature `finetune` adds the training of classifiers and autoencoders by Burn's learner (`Finetune`),
//! the feature `dashboard` Burn's screen for it.

mod diverged;
mod error;
pub use error::DbnError;

mod dbn;
pub use dbn::Dbn;

mod recognition;

mod labels;

mod generation;
pub use generation::Generated;

mod store;

pub mod enumeration;

mod free_energy;

mod bound;
pub use bound::{BoundConfig, LikelihoodBound, log_likelihood_bound};

mod config;
pub use config::{DbnConfig, LayerConfig, Propagation};

mod pretrain;
pub use pretrain::{PretrainObserver, Pretrainer, pretrain};

mod unrolled;
pub use unrolled::{
    Activation, Autoencoder, Batch, BatchLoader, DataRows, DbnClassifier, Dense, Regularisation,
};

#[cfg(feature = "finetune")]
mod finetune;
#[cfg(feature = "finetune")]
pub use finetune::{Finetune, FinetuneConfig, Finetuned};

mod up_down;
pub use up_down::{UntiedDbn, UntiedLayer, UpDown, UpDownConfig, up_down};
