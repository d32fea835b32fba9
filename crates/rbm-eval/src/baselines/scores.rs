//! What needs no model.

use serde::{Deserialize, Serialize};

/// How likely rows are under two distributions that anybody has without training, in nats per row.
///
/// A model below either of them has not learned the data, however well its own likelihood is known.
/// See [`Baselines`](crate::Baselines).
///
/// ```
/// use rbm_eval::BaselineScores;
///
/// let scores = BaselineScores { independent: -6.93, table: Some(-0.71) };
/// assert_eq!(serde_json::to_string(&scores).unwrap(), r#"{"independent":-6.93,"table":-0.71}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineScores {
    /// The mean log-likelihood under independent units, each with its rate (its mean and spread,
    /// where it is real-valued).
    pub independent: f64,
    /// The mean log-likelihood under a table of the training rows: how often each of them occurred,
    /// and independent units for rows that are not in it. `None` where no row repeats.
    pub table: Option<f64>,
}
