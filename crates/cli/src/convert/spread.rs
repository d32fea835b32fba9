//! The spread of Gaussian units, and what the weights of their model multiply.
//!
//! Here the energy is `Σ (v - b)²/2σ² - c·h - vWh`. Others have `(v/σ)Wh` (Hinton 2010, Krizhevsky 2009) or
//! `(v/σ²)Wh` (Cho, Ilin & Raiko 2011): the same model with weights of another size, unless every σ is 1.

use burn::tensor::TensorData;
use clap::ValueEnum;

use super::names::{Role, Side, role_of};
use super::tensors::{Tensors, flat, in_type_of, known, vector_length};

/// What the numbers of a spread are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpreadKind {
    /// The standard deviation σ
    Sigma,
    /// log σ
    LogSigma,
    /// σ²
    Variance,
    /// log σ²
    LogVariance,
    /// 1/σ²
    Precision,
}

impl SpreadKind {
    /// log σ, where the number is a spread at all.
    fn log_sigma(self, x: f64) -> Option<f64> {
        let log_sigma = match self {
            Self::Sigma => x.ln(),
            Self::LogSigma => x,
            Self::Variance => x.ln() / 2.0,
            Self::LogVariance => x / 2.0,
            Self::Precision => -x.ln() / 2.0,
        };
        log_sigma.is_finite().then_some(log_sigma)
    }
}

/// What the weights multiply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WeightsOn {
    /// The state v itself, as here
    #[value(name = "v")]
    State,
    /// v/σ
    #[value(name = "v/sigma")]
    Standardised,
    /// v/σ²
    #[value(name = "v/sigma2")]
    OverVariance,
}

/// What the user says about the spread.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpreadHints<'a> {
    /// The tensor that it is, or `none`.
    pub(super) name: Option<&'a str>,
    pub(super) kind: Option<SpreadKind>,
    pub(super) weights_on: Option<WeightsOn>,
}

/// The spread of the visible units.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spread {
    /// The tensor that it is from.
    pub(super) name: String,
    kind: SpreadKind,
    weights_on: WeightsOn,
    /// log σ of each visible unit.
    log_sigma: Vec<f64>,
}

impl Spread {
    /// The spread of the model whose weights have this prefix, if it has one.
    pub(super) fn find(
        tensors: &Tensors,
        prefix: &str,
        [visible, hidden]: [usize; 2],
        hints: SpreadHints<'_>,
    ) -> Result<Option<Self>, String> {
        let none = |reason: &str| match (hints.kind, hints.weights_on) {
            (None, None) => Ok(None),
            (kind, _) => Err(format!(
                "{} changes nothing: {reason}",
                if kind.is_some() {
                    "--sigma-is"
                } else {
                    "--weights-on"
                }
            )),
        };
        let (name, side, kind) = match hints.name {
            Some("none") => return none("--sigma none says that the units have no spread"),
            Some(name) => {
                known(tensors, name)?;
                (name, Side::Visible, role_of(name).and_then(kind_of))
            }
            None => {
                let mut found = candidates(tensors, prefix, [visible, hidden]);
                match found.len() {
                    0 => {
                        return none(
                            "no tensor is a spread of Gaussian units; --sigma NAME names one",
                        );
                    }
                    1 => found.remove(0),
                    _ => {
                        let names: Vec<&str> = found.iter().map(|&(name, ..)| name).collect();
                        return Err(format!(
                            "each of {} could be the spread of Gaussian units; choose one with --sigma NAME",
                            names.join(", ")
                        ));
                    }
                }
            }
        };
        if side == Side::Hidden {
            return Err(format!(
                "`{name}` is the spread of hidden units, which is read from files of burnzmann alone; \
                 --sigma none leaves it out"
            ));
        }
        let kind = hints.kind.or(kind).ok_or_else(|| {
            format!("the name `{name}` does not say what spread it is; give --sigma-is sigma, log-sigma, variance, log-variance or precision")
        })?;
        let log_sigma = log_sigmas(name, &tensors[name], kind, visible)?;
        let weights_on = match hints.weights_on {
            Some(weights_on) => weights_on,
            // The name that our files have, or a size that makes all three the same.
            None if name == "visible.log_sigma" => WeightsOn::State,
            None if log_sigma.iter().all(|&x| x == 0.0) => WeightsOn::State,
            None => {
                return Err(format!(
                    "`{name}` is the spread of Gaussian units, and nothing says what the weights multiply; give \
                     --weights-on v, v/sigma or v/sigma2 (--sigma none where it is something else)"
                ));
            }
        };
        Ok(Some(Self {
            name: name.to_owned(),
            kind,
            weights_on,
            log_sigma,
        }))
    }

    /// Weights `[visible, hidden]` that multiply the state itself, and the logarithms of the spread in their type;
    /// `given` is the tensor of that name.
    pub(super) fn apply(&self, weight: TensorData, given: &TensorData) -> (TensorData, TensorData) {
        let dtype = weight.dtype();
        let count = self.log_sigma.len();
        let as_it_is = self.kind == SpreadKind::LogSigma
            && given.dtype() == dtype
            && given.shape().iter().product::<usize>() == count;
        let log_sigma = if as_it_is {
            flat(given.clone())
        } else {
            in_type_of(self.log_sigma.clone(), vec![count], dtype)
        };
        let power = match self.weights_on {
            WeightsOn::State => return (weight, log_sigma),
            WeightsOn::Standardised => 1.0,
            WeightsOn::OverVariance => 2.0,
        };
        let shape = weight.shape().as_slice().to_vec();
        let columns = shape[1].max(1);
        let values = weight.iter::<f64>().enumerate();
        let scaled = values.map(|(place, w)| w * (-power * self.log_sigma[place / columns]).exp());
        (in_type_of(scaled.collect(), shape, dtype), log_sigma)
    }
}

fn kind_of((role, _): (Role, &str)) -> Option<SpreadKind> {
    match role {
        Role::Spread(_, kind) => Some(kind),
        _ => None,
    }
}

/// The tensors that are a spread by name and size, and not of another model in the file.
fn candidates<'a>(
    tensors: &'a Tensors,
    prefix: &str,
    [visible, hidden]: [usize; 2],
) -> Vec<(&'a str, Side, Option<SpreadKind>)> {
    let of_model = |other: &str| other.starts_with(prefix) || prefix.starts_with(other);
    let found = tensors.iter().filter_map(|(name, data)| {
        let (Role::Spread(side, kind), other) = role_of(name)? else {
            return None;
        };
        let units = match side {
            Side::Visible => visible,
            Side::Hidden => hidden,
        };
        let length = vector_length(data)?;
        (of_model(other) && [1, units].contains(&length)).then_some((
            name.as_str(),
            side,
            Some(kind),
        ))
    });
    found.collect()
}

fn log_sigmas(
    name: &str,
    data: &TensorData,
    kind: SpreadKind,
    visible: usize,
) -> Result<Vec<f64>, String> {
    let length = vector_length(data).filter(|length| [1, visible].contains(length));
    if length.is_none() {
        return Err(format!(
            "`{name}` has shape {:?}: expected one spread, or one for each of {visible} visible units",
            data.shape().as_slice()
        ));
    }
    let mut log_sigma = Vec::with_capacity(visible);
    for (index, x) in data.iter::<f64>().enumerate() {
        log_sigma.push(kind.log_sigma(x).ok_or_else(|| {
            format!("`{name}` has {x} at index {index}, which is the spread of no unit")
        })?);
    }
    if log_sigma.len() == 1 {
        log_sigma = vec![log_sigma[0]; visible];
    }
    Ok(log_sigma)
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;

    fn tensors(named: &[(&str, Vec<f64>)]) -> Tensors {
        let tensor = |(name, values): &(&str, Vec<f64>)| {
            let data = TensorData::new(values.clone(), [values.len()]);
            ((*name).to_owned(), data)
        };
        named.iter().map(tensor).collect()
    }

    /// σ of 2, ½, 4 in each of the ways that it is written.
    #[test]
    fn every_kind_of_spread_is_the_same_one() {
        let sigma = [2.0f64, 0.5, 4.0];
        let ways: [(&str, fn(f64) -> f64); 5] = [
            ("sigma", |s| s),
            ("log_sigma", f64::ln),
            ("variance", |s| s * s),
            ("logvar", |s| (s * s).ln()),
            ("precision", |s| 1.0 / (s * s)),
        ];
        for (name, way) in ways {
            let named = tensors(&[(name, sigma.map(way).to_vec())]);
            let hints = SpreadHints {
                weights_on: Some(WeightsOn::OverVariance),
                ..SpreadHints::default()
            };
            let spread = Spread::find(&named, "", [3, 2], hints).unwrap().unwrap();
            let ones = TensorData::from([[1f64, 10.0]; 3]);
            let (weight, log_sigma) = spread.apply(ones, &named[name]);
            let weight: Vec<f64> = weight.iter().collect();
            let expected = [0.25, 2.5, 4.0, 40.0, 0.0625, 0.625];
            for (w, expected) in weight.iter().zip(expected) {
                assert!((w - expected).abs() < 1e-12, "{name}: {weight:?}");
            }
            assert_eq!(log_sigma.dtype(), DType::F64);
            for (found, sigma) in log_sigma.iter::<f64>().zip(sigma) {
                assert!((found - sigma.ln()).abs() < 1e-12, "{name}: {found}");
            }
        }
    }

    #[test]
    fn what_the_weights_multiply_is_asked_for_unless_it_does_not_matter() {
        let find = |values: Vec<f64>, hints| {
            Spread::find(&tensors(&[("sigma", values)]), "", [3, 2], hints)
        };
        let error = find(vec![2.0], SpreadHints::default()).unwrap_err();
        assert!(
            error.contains("--weights-on v, v/sigma or v/sigma2"),
            "{error}"
        );
        let unit = find(vec![1.0], SpreadHints::default()).unwrap().unwrap();
        assert_eq!(unit.log_sigma, [0.0; 3]);
        let standardised = SpreadHints {
            weights_on: Some(WeightsOn::Standardised),
            ..SpreadHints::default()
        };
        let spread = find(vec![2.0], standardised).unwrap().unwrap();
        let (weight, _) = spread.apply(
            TensorData::from([[1f32, 3.0]; 3]),
            &TensorData::from([2f32]),
        );
        assert_eq!(weight, TensorData::from([[0.5f32, 1.5]; 3]));
        let error = find(vec![1.0, -1.0, 1.0], SpreadHints::default()).unwrap_err();
        assert!(error.contains("-1 at index 1"), "{error}");
    }

    #[test]
    fn a_spread_is_not_dropped_and_another_models_is_none() {
        let find = |name: &str, length, prefix: &str, hints| {
            let named = tensors(&[(name, vec![1.0; length])]);
            Spread::find(&named, prefix, [3, 2], hints)
        };
        let of = |found: Result<Option<Spread>, String>| found.unwrap().map(|spread| spread.name);
        let silent = SpreadHints::default();
        assert_eq!(
            of(find("rbm.std", 3, "rbm.", silent)),
            Some("rbm.std".into())
        );
        assert_eq!(of(find("std", 3, "rbm.", silent)), Some("std".into()));
        assert_eq!(of(find("1.std", 3, "0.", silent)), None);
        assert_eq!(of(find("std", 7, "", silent)), None);
        let error = find("sigma_h", 2, "", silent).unwrap_err();
        assert!(error.contains("hidden units"), "{error}");
        let none = SpreadHints {
            name: Some("none"),
            ..silent
        };
        assert_eq!(of(find("sigma_h", 2, "", none)), None);
        let idle = SpreadHints {
            kind: Some(SpreadKind::Variance),
            ..none
        };
        let error = find("sigma", 3, "", idle).unwrap_err();
        assert!(error.contains("--sigma-is changes nothing"), "{error}");
        let named = SpreadHints {
            name: Some("s"),
            ..silent
        };
        let error = find("s", 3, "", named).unwrap_err();
        assert!(error.contains("--sigma-is sigma"), "{error}");
    }
}
