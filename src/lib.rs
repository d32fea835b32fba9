//! Restricted Boltzmann machines and deep belief networks on [Burn](burn).
//!
//! - [`model`]: the RBM as a Burn module, its energies, samplers, objective, exact enumeration
//! - [`data`]: MNIST, the 8×8 digits, bars and stripes, IDX files, batches
//! - [`train`]: CD-k and PCD-k, centring, schedules, checkpoints
//! - [`eval`]: partition functions, likelihoods, sample quality
//! - [`dbn`]: stacks of RBMs: greedy pre-training, generation, labels, a bound on the likelihood
//! - [`plot`]: filters, samples, learning curves as PNG
//! - [`device`]: the device by name
//!
//! ```
//! use burnzmann::prelude::*;
//!
//! // Bars and stripes of side 4: 32 images of 16 pixels.
//! let data = bars_and_stripes(4)?;
//! let rows: Vec<u32> = (0..32).collect();
//! let batches = Batches::new(&data, &rows, 32, Binarisation::None, 1)?;
//!
//! let device = Device::default();
//! let rbm = RbmConfig::new(16, 8).init(&mut Noise::new(1), &device);
//! let config = TrainConfig { epochs: 500, batch_size: 32, ..TrainConfig::default() };
//! let mut trainer = Trainer::new(config, rbm, batches.len())?;
//! fit(&mut trainer, &batches, &mut [], &|| false)?;
//!
//! // 16 visible and 8 hidden units can be summed over: the likelihood is exact.
//! let images = batches.rows_tensor(&rows, 0, &device);
//! let nats = exact::log_likelihood(&trainer.model(), images)?;
//! assert!(nats > -16.0 * 2f64.ln(), "better than a coin a pixel: {nats}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use dbn;
pub use rbm_data as data;
pub use rbm_eval as eval;
pub use rbm_model as model;
pub use rbm_plot as plot;
pub use rbm_train as train;

pub mod device;

/// What most programs import.
pub mod prelude {
    pub use burn::module::Module;
    pub use burn::tensor::{Device, Tensor};
    pub use dbn::{Dbn, DbnConfig, pretrain};
    pub use rbm_data::{Batches, Binarisation, Dataset, Mnist, Split, bars_and_stripes, digits};
    pub use rbm_model::{
        DataStatistics, Noise, Rbm, RbmConfig, exact,
        objective::{Clamped, surrogate},
        sampling::{Gibbs, Kernel},
        units::{UnitLayer, Units, UnitsConfig},
    };
    pub use rbm_train::{TrainConfig, Trainer, fit};
}

/// The README's snippet, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The snippets of the guide, as tests: a module of chapters, so that a failure names its chapter.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../docs/guide/src/first-rbm.md")]
    struct FirstRbm;
    #[doc = include_str!("../docs/guide/src/algorithms.md")]
    struct Algorithms;
    #[doc = include_str!("../docs/guide/src/diagnostics.md")]
    struct Diagnostics;
    #[doc = include_str!("../docs/guide/src/gaussian.md")]
    struct GaussianUnits;
    #[doc = include_str!("../docs/guide/src/deep-belief-networks.md")]
    struct DeepBeliefNetworks;
    #[doc = include_str!("../docs/guide/src/backends.md")]
    struct Backends;
    #[doc = include_str!("../docs/guide/src/coming-from.md")]
    struct ComingFrom;
    #[doc = include_str!("../docs/guide/src/own-loop.md")]
    struct OwnLoop;
    #[doc = include_str!("../docs/guide/src/reproducibility.md")]
    struct Reproducibility;
}
