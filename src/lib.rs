//! Restricted Boltzmann machines and deep belief networks on [Burn](burn).
//!
//! One call trains a model with every default of the command line `burnzmann`:
//!
//! ```
//! use burnzmann::{Table, Training};
//!
//! let table = Table::digits(); // or Table::read("rows.csv")?, Table::mnist(None)?, Table::from_rows(&rows)?
//! let fitted = Training::new().hidden(16).epochs(30).seed(1).fit(&table)?;
//! println!("{}", fitted.evaluate()?); // nats per row with their bracket, and a verdict
//! let folder = tempfile::tempdir().unwrap();
//! fitted.save(folder.path())?;
//! # Ok::<(), burnzmann::Error>(())
//! ```
//!
//! It stands on these, which can be used by themselves:
//!
//! - [`model`]: the RBM as a Burn module, its energies, samplers, objective, exact enumeration
//! - [`data`]: MNIST, the 8×8 digits, bars and stripes, IDX files, batches
//! - [`train`]: CD-k and PCD-k, centring, schedules, checkpoints
//! - [`eval`]: partition functions, likelihoods, sample quality
//! - [`dbn`]: stacks of RBMs: greedy pre-training, generation, labels, a bound on the likelihood
//! - [`plot`]: filters, samples, learning curves as PNG
//! - [`device`]: the device by name
//!
//! # A tour of the parts
//!
//! Data, a model, its training; what it is worth, what it draws, where it is kept; and layers on top of it.
//!
//! ```
//! use burnzmann::prelude::*;
//! use burnzmann::{eval, model::store, plot};
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
//! let rbm = trainer.model();
//! let images = batches.rows_tensor(&rows, 0, &device);
//! let nats = exact::log_likelihood(&rbm, images.clone())?;
//! assert!(nats > -16.0 * 2f64.ln(), "better than a coin a pixel: {nats}");
//! // For any size: exact where it can be, annealed and bracketed where not, and a verdict.
//! let judged = eval::EvaluationData::new(images.clone());
//! let judged = eval::evaluate(&rbm, &judged, &eval::EvaluationConfig::default(), &mut |_| ())?;
//! assert!((judged.log_likelihood.value - nats).abs() < 1e-3);
//!
//! // Hundred sweeps of block Gibbs sampling from the data: the means of the last draws, as a picture.
//! let (gibbs, mut noise) = (Gibbs::new(100), Noise::new(2));
//! let chains = gibbs.init(&rbm, images.clone(), &mut noise);
//! let (_chains, info) = gibbs.step(&rbm, chains, &mut noise);
//! let means: Vec<f32> = rbm.visible.mean(info.visible_inputs).into_data().iter::<f32>().collect();
//! let picture = plot::fantasies(&means, plot::ImageShape::new(4, 4))?.render()?;
//!
//! let folder = tempfile::tempdir()?;
//! picture.save(folder.path().join("fantasies.png"))?;
//! store::save(&rbm, folder.path())?;
//! let again = store::load(folder.path(), &device)?;
//! assert_eq!(again.weight.val().into_data(), rbm.weight.val().into_data());
//!
//! // Two layers, each an RBM of what the one below makes of the data; the features of the upper one.
//! let dbn = pretrain(DbnConfig::new(16, &[12, 8]), &data, &rows, Binarisation::None, &device)?;
//! assert_eq!(dbn.encode(images, 2).dims(), [32, 8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use dbn;
pub use rbm_data as data;
pub use rbm_eval as eval;
pub use rbm_model as model;
pub use rbm_plot as plot;
pub use rbm_train as train;

pub mod device;

mod error;
pub use error::Error;

mod table;
pub use table::{Residence, Table};

mod preparation;
use preparation::{Asked, Prepared, Purpose, Wanted};
pub use preparation::{Binarise, Preparation};

mod training;
pub use training::{Likelihood, Training, Watch};
use training::{Outcome, Run};

mod lines;
pub use lines::Lines;

mod pictures;

mod fitted;
pub use fitted::Fitted;

/// What the command line needs of [`Training::fit`]'s parts. It may change in any version.
#[doc(hidden)]
pub mod internal {
    pub use crate::fitted::{among_training, sample_of_training, save_model};
    pub use crate::pictures::{curves, draw, panels, scale_of, shape_of};
    pub use crate::preparation::{Asked, Prepared, Purpose, Wanted};
    pub use crate::table::all_rows;
    pub use crate::training::{MEASURES, Outcome, Run, affordable, default_hidden, measured_by};
}

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

    pub use crate::{Fitted, Table, Training};
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
    #[doc = include_str!("../docs/guide/src/reading-data.md")]
    struct ReadingData;
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
    #[doc = include_str!("../docs/guide/src/file-formats.md")]
    struct FileFormats;
    #[doc = include_str!("../docs/guide/src/coming-from.md")]
    struct ComingFrom;
    #[doc = include_str!("../docs/guide/src/own-loop.md")]
    struct OwnLoop;
    #[doc = include_str!("../docs/guide/src/reproducibility.md")]
    struct Reproducibility;
}
