//! What users rely on without saying so.

use burnzmann::dbn::{self, Autoencoder};
use burnzmann::{prelude::*, train};

/// Compiles where each type may be sent to another thread, and used from several at once.
macro_rules! crosses_threads {
    ($($module:path { $($name:ident $(<$($arg:tt),+>)?),+ $(,)? })+) => {
        $({
            use $module as module;
            $(shared::<module::$name $(<$($arg),+>)?>();)+
        })+
    };
}

fn shared<T: Send + Sync + Unpin + 'static>() {}
fn sent<T: Send + Unpin + 'static>() {}

/// Every public type of the library.
#[test]
fn public_types_cross_threads() {
    crosses_threads! {
        burnzmann { Binarise, Error, Preparation, Residence, Table, Watch }
        burnzmann::model {
            ConfigError, DataStatistics, Noise, Rbm, RbmConfig, WeightInit,
        }
        burnzmann::model::units {
            Bernoulli, Gaussian, Labelled, Units, UnitsConfig,
        }
        burnzmann::model::sampling {
            ClampedGibbs, Gibbs, GibbsInfo, GibbsState,
        }
        burnzmann::model::objective { Clamped, Phase }
        burnzmann::model::exact { Enumeration, ExactError, Moments, Side }
        burnzmann::model::store { Archive, StoreError }
        burnzmann::data {
            Batches, Binarisation, DataError, Dataset, Epoch, Mnist, MnistFiles, Split, Values,
        }
        burnzmann::data::idx { IdxArray, IdxImages, IdxLabels }
        burnzmann::data::npy { NpyArray, NpyValues }
        burnzmann::train {
            Algorithm, Cd, ContrastiveDivergence, Decision, Diverged, Ending, EpochReport, Exact, FitError, HiddenStatistics, LearningRate, OptimizerConfig, Pcd, PersistentChains, Phases, Rejection,
            Rotation, Schedule<f64>, Shard, Step<'static>, StepInfo, TrainConfig, TrainConfigError,
        }
        burnzmann::train::checkpoint { RunProgress }
        burnzmann::eval {
            AdversarialAccuracy, Ais, AisEstimate, Autocorrelation, Bar, BaselineScores, Baselines, Bracket, EvalError, Evaluation,
            EvaluationConfig, EvaluationData, Evidence<'static>, FreeEnergyGap, Interval, LogLikelihood,
            LogPartition, LogWeights, Method, Mixing, NearestNeighbours, Origin, PrincipalComponents, Progress,
            PseudoLogLikelihood, Reconstruction, ReverseEstimate, AnnealingSchedule, Stage, Verdict, Window,
        }
        burnzmann::dbn {
            Activation, Autoencoder, Batch, BatchLoader, BoundConfig, DataRows, Dbn, DbnClassifier, DbnConfig,
            DbnError, Dense, FinetuneConfig, Finetuned<Autoencoder>, Generated, LayerConfig, LikelihoodBound,
            Propagation, Regularisation, UntiedDbn, UntiedLayer, UpDownConfig,
        }
        burnzmann::plot {
            CurvePanel, Curves, ImageShape, Picture, PlotError, ColourScale, Scatter, Series, Tiles,
        }
        burnzmann::device { DeviceError }
    }
    // One thread at a time: each holds an optimiser, or what the caller gave it.
    sent::<Trainer>();
    sent::<train::Recovered>();
    sent::<Training<'static>>();
    sent::<Fitted>();
    sent::<burnzmann::Likelihood>();
    sent::<train::metrics::Monitor>();
    sent::<dbn::Pretrainer>();
    sent::<dbn::UpDown>();
    sent::<dbn::Finetune>();
}

#[test]
fn the_device_by_name_computes() {
    for name in burnzmann::device::available() {
        // What is compiled in may have no hardware here; what is selected has to work.
        if let Ok(device) = burnzmann::device::select(Some(name)) {
            let sum = Tensor::<1>::from_floats([1.0, 2.0], &device).sum();
            assert_eq!(sum.into_scalar::<f32>(), 3.0, "{name}");
        }
    }
}
