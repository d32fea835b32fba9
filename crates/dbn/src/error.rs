//! What can be wrong with a stack, outside the code.

use rbm_eval::EvalError;
use rbm_model::{ConfigError, exact::ExactError};
use rbm_train::{FitError, TrainConfigError};
use thiserror::Error;

/// A deep belief network, or a run of one, that cannot be. Layers are counted from 1 at the data.
///
/// ```
/// use dbn::DbnConfig;
///
/// let error = DbnConfig::new(784, &[500, 0]).validate().unwrap_err();
/// assert!(error.to_string().starts_with("layer 2: num_hidden is 0"), "{error}");
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DbnError {
    /// A stack without layers.
    #[error("a deep belief network has one layer or more: found none; name the width of a layer")]
    NoLayers,
    /// Two neighbours that do not fit.
    #[error(
        "layer {layer} has {found} visible units where layer {below} below it has {expected} hidden ones: \
         make them the same number",
        below = layer - 1
    )]
    Widths {
        /// The upper of the two layers, counted from 1 at the data.
        layer: usize,
        /// The number of hidden units of the layer below.
        expected: usize,
        /// Its number of visible units, without a label.
        found: usize,
    },
    /// Rows that do not fit the network.
    #[error(
        "{data}: expected rows of {expected} values, one for each input of the network; found {found}; \
         take the data that the network was made for"
    )]
    Columns {
        /// The name of the data set.
        data: String,
        /// The number of inputs.
        expected: usize,
        /// The number of values in a row.
        found: usize,
    },
    /// Data without classes.
    #[error("{data}: expected a label for each row, found none; load the labels with the data")]
    NoLabels {
        /// The name of the data set.
        data: String,
    },
    /// A label that is no class.
    #[error(
        "{data}: expected labels below {classes}, the number of classes; found {found} in row {row}; \
         raise the number of classes or leave the row out"
    )]
    Label {
        /// The name of the data set.
        data: String,
        /// The row.
        row: u32,
        /// Its label.
        found: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A class that cannot be learned.
    #[error(
        "{data}: expected rows of each of the {classes} classes to train on, found none of class {name}; \
         add rows of it or lower the number of classes"
    )]
    EmptyClass {
        /// The name of the data set.
        data: String,
        /// The class without rows.
        class: usize,
        /// What it is called.
        name: String,
        /// The number of classes.
        classes: usize,
    },
    /// Data that were refused.
    #[error(transparent)]
    Data(#[from] rbm_data::DataError),
    /// A configuration with which no training is possible.
    #[error(transparent)]
    Config(#[from] rbm_train::TrainConfigError),
    /// A file that could not be written, read or understood.
    #[error(transparent)]
    Store(#[from] rbm_model::store::StoreError),
    /// Two neighbours of different kinds.
    #[error(
        "layer {layer} has {found} visible units where layer {below} below it has {expected} hidden ones: \
         make them the same kind",
        below = layer - 1
    )]
    Kinds {
        /// The upper of the two layers.
        layer: usize,
        /// The kind of the hidden units of the layer below.
        expected: &'static str,
        /// The kind of its visible units.
        found: &'static str,
    },
    /// Label units in a place where they have no meaning.
    #[error(
        "layer {layer} has label units: expected them only among the visible units of the top \
         layer, which is layer {top}"
    )]
    LabelsBelowTop {
        /// The layer.
        layer: usize,
        /// The top layer.
        top: usize,
    },
    /// The shape of a layer.
    #[error("layer {layer}: {source}")]
    Layer {
        /// The layer.
        layer: usize,
        /// What is wrong with it.
        source: ConfigError,
    },
    /// The training of a layer.
    #[error("layer {layer}: train.{source}")]
    Train {
        /// The layer.
        layer: usize,
        /// What is wrong with it.
        source: TrainConfigError,
    },
    /// A trained layer that the configuration has no place for.
    #[error(
        "the trained layer {layer}: expected {expected}, found {found}; give the layers that the \
         configuration names, from the data up"
    )]
    Trained {
        /// The layer, the first being 1.
        layer: usize,
        /// What the configuration has there.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A layer that is to start as the mirror of the one below, and cannot.
    #[error(
        "layer {layer}: mirror_start is true: expected {expected}, found {found}; choose that, or a \
         random start"
    )]
    MirrorStart {
        /// The layer.
        layer: usize,
        /// What a mirror needs.
        expected: String,
        /// What there is.
        found: String,
    },
    /// A class that is asked of the network and that it does not have.
    #[error("class {found} of {classes}: expected a number below that; choose another class")]
    UnknownClass {
        /// The class.
        found: usize,
        /// The number of classes.
        classes: usize,
    },
    /// The network has no label units.
    #[error(
        "the top layer of this network has no label units: train one with `classes`, or tune a \
         classifier on it"
    )]
    NoClasses,
    /// The training of a layer broke off.
    #[error("layer {layer}: {source}")]
    Fit {
        /// The layer.
        layer: usize,
        /// Why.
        source: FitError,
    },
    /// A measurement.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A top layer that cannot be enumerated.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// A layer below the top that cannot be enumerated.
    #[error(
        "exact sums need hidden layers of at most {max} units with two values each below the top: layer {layer} \
         has {found} {kind} ones; estimate a bound with `log_likelihood_bound`"
    )]
    TooLarge {
        /// The layer.
        layer: usize,
        /// The most units.
        max: usize,
        /// The number of units.
        found: usize,
        /// Their kind.
        kind: &'static str,
    },
    /// A run that is gone on with differently from how it began.
    #[error(
        "{what} is {found}: the run in {} was begun with {expected}; go on with that, or begin anew \
         in another folder",
        folder.display()
    )]
    OtherRun {
        /// What differs.
        what: String,
        /// What the run was begun with.
        expected: String,
        /// What came now.
        found: String,
        /// The folder of the run.
        folder: std::path::PathBuf,
    },
    /// Fewer classes than can be told apart.
    #[error(
        "a classifier has two classes or more: found {found}; give the number of labels in the data"
    )]
    TooFewClasses {
        /// The number asked for.
        found: usize,
    },
    /// A stack that is no function of its visible units alone.
    #[error(
        "layer {layer} has label units: expected a network without them, since an unrolled one gets \
         its labels from above; train one without `classes`"
    )]
    Unrolled {
        /// The layer.
        layer: usize,
    },
    /// Early stopping without anything to tell when.
    #[error("patience needs rows to validate on, found none; name some or leave `patience` out")]
    NoValidation,
    /// A loss that is no number any more.
    #[error("training diverged in epoch {epoch}: {what}; lower the learning rate")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: u64,
        /// The layer and the unit of the first parameter that is no finite number; where all of them are, the
        /// column of the data or the parameter that makes the loss so large.
        what: String,
    },
    /// Burn's learner failed.
    #[error("the learner stopped: {0}")]
    Learner(String),
    /// Another number of rows than a run was begun with.
    #[error(
        "{data}: expected {expected} rows, as many as the run was begun with; found {found}; go on \
         with the same rows"
    )]
    Rows {
        /// The name of the data set.
        data: String,
        /// The number at the beginning.
        expected: usize,
        /// The number now.
        found: usize,
    },
    /// A folder that holds a run already.
    #[error("{}: expected no run, found one; go on with it, or choose another folder", .0.display())]
    Occupied(std::path::PathBuf),
}

impl DbnError {
    pub(crate) fn trained(
        layer: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (expected, found) = (expected.into(), found.into());
        Self::Trained {
            layer,
            expected,
            found,
        }
    }

    /// Ok where `holds`, an error naming the field elsewhere.
    pub(crate) fn unless(
        holds: bool,
        field: &'static str,
        found: impl ToString,
        expected: &'static str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::Config(TrainConfigError {
            field,
            found: found.to_string(),
            expected,
        }))
    }
}
