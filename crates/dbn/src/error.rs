//! What can be wrong with a stack, outside the code.

use thiserror::Error;

/// A deep belief network, or a run of one, that cannot be.
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
        /// Its number of visible units.
        found: usize,
    },
    /// Fewer classes than can be told apart.
    #[error("a classifier has two classes or more: found {found}; give the number of labels in the data")]
    Classes {
        /// The number asked for.
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
        "{data}: expected rows of each of the {classes} classes to train on, found none of class {class}; \
         add rows of it or lower the number of classes"
    )]
    EmptyClass {
        /// The name of the data set.
        data: String,
        /// The class without rows.
        class: usize,
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
    /// Early stopping without anything to tell when.
    #[error("patience needs rows to validate on, found none; name some or leave `patience` out")]
    NoValidation,
    /// A loss that is no number any more.
    #[error("tuning diverged in epoch {epoch}: the loss is not a finite number; lower the learning rate")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: u64,
    },
    /// Burn's learner failed.
    #[error("the learner stopped: {0}")]
    Learner(String),
}
