//! What keeps a network from learning its training set by heart.

use rbm_train::TrainConfigError;
use serde::{Deserialize, Serialize};

/// Dropout, max-norm and weight decay; none of them by default.
///
/// Dropout is the inverted kind: what is kept is divided by the probability of keeping it, so that
/// the network without dropout is the mean of the thinned ones, and a pre-trained stack starts as
/// itself.
///
/// ```
/// use dbn::Regularisation;
///
/// let regularisation: Regularisation =
///     serde_json::from_str(r#"{"input_dropout": 0.2, "hidden_dropout": 0.5, "max_norm": 4.0}"#)?;
/// regularisation.validate()?;
/// let wrong = Regularisation { hidden_dropout: 1.0, ..regularisation };
/// let message = wrong.validate().unwrap_err().to_string();
/// assert_eq!(message, "regularisation.hidden_dropout is 1: expected a number in [0, 1)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: a simple way
/// to prevent neural networks from overfitting*, JMLR 15, 2014.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Regularisation {
    /// The probability that an input of the network is dropped.
    pub input_dropout: f64,
    /// The probability that a hidden unit is dropped.
    pub hidden_dropout: f64,
    /// The largest Euclidean norm of the incoming weights of a hidden unit; longer ones are
    /// shortened to it after each update. No limit where absent.
    pub max_norm: Option<f64>,
    /// The weight of `Σ W²/2` in the loss; biases are never penalised.
    pub l2: f64,
}

impl Regularisation {
    /// Whether training of this kind is possible.
    ///
    /// # Errors
    ///
    /// The field, what it holds, and what it may hold.
    pub fn validate(&self) -> Result<(), TrainConfigError> {
        for (field, p) in [
            ("regularisation.input_dropout", self.input_dropout),
            ("regularisation.hidden_dropout", self.hidden_dropout),
        ] {
            let holds = (0.0..1.0).contains(&p);
            TrainConfigError::unless(holds, field, p, "a number in [0, 1)")?;
        }
        if let Some(norm) = self.max_norm {
            let holds = norm.is_finite() && norm > 0.0;
            let expected = "a finite number above zero, or null";
            TrainConfigError::unless(holds, "regularisation.max_norm", norm, expected)?;
        }
        let holds = self.l2.is_finite() && self.l2 >= 0.0;
        let expected = "a finite number, zero or larger";
        TrainConfigError::unless(holds, "regularisation.l2", self.l2, expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_value_is_refused_by_name() {
        for (json, message) in [
            (
                r#"{"input_dropout": -0.1}"#,
                "regularisation.input_dropout is -0.1",
            ),
            (
                r#"{"hidden_dropout": 1.0}"#,
                "regularisation.hidden_dropout is 1",
            ),
            (r#"{"max_norm": 0.0}"#, "regularisation.max_norm is 0"),
            (r#"{"l2": -1.0}"#, "regularisation.l2 is -1"),
        ] {
            let regularisation: Regularisation = serde_json::from_str(json).unwrap();
            let error = regularisation.validate().unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        assert!(serde_json::from_str::<Regularisation>(r#"{"dropout": 0.5}"#).is_err());
    }
}
