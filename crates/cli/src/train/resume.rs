//! What may be changed where a run goes on, and what has to be as it was.

use std::path::Path;

use burnzmann::train::{LearningRate, TrainConfig, Trainer};
use serde_json::{Value, json};

use crate::{CliError, RunConfig};

/// The options that a run which goes on may be given, by their ids.
pub(super) const OPTIONS: [&str; 17] = [
    "resume",
    "epochs",
    "lr",
    "constant_lr",
    "data",
    "data_dir",
    "labels",
    "likelihood_every",
    "patience",
    "no_early_stop",
    "checkpoint_every",
    "keep",
    "log",
    "stream",
    "device",
    "tui",
    "quiet",
];

/// Another plan for the rest of a run.
pub(super) struct Changes {
    epochs: Option<u64>,
    lr: Option<f64>,
    constant: bool,
}

impl Changes {
    pub(super) fn new(epochs: Option<u64>, lr: Option<f64>, constant: bool) -> Self {
        Self {
            epochs,
            lr,
            constant,
        }
    }

    /// Brings the trainer and the configuration to the same plan, and says what is different from before,
    /// if anything is. The run may stop early where rows are `held_out`.
    pub(super) fn apply(
        &self,
        config: &mut RunConfig,
        trainer: &mut Trainer,
        root: &Path,
        held_out: bool,
    ) -> Result<Option<String>, CliError> {
        // It was killed after it was given another plan, and before its checkpoint had it.
        let pending = catch_up(config, trainer, root)?;
        let rate = self.rate(config.train.learning_rate);
        if self.epochs.is_none() && rate.is_none() {
            return Ok(pending.then(|| said(trainer, "as it was told before")));
        }
        let epochs = self.epochs.unwrap_or(config.train.epochs);
        let before = trainer.config().clone();
        if epochs <= trainer.epochs() && self.epochs.is_none() {
            return Err(CliError::BadInput(format!(
                "--lr and --constant-lr are for epochs to come, and {} has all its {epochs}; add \
                 --epochs N with a larger number",
                root.display()
            )));
        }
        trainer
            .replan(epochs, rate)
            .map_err(|error| CliError::BadInput(format!("{}: {error}", root.display())))?;
        let mut more = String::new();
        let early = config.watch.watch().early_stop(epochs).filter(|_| held_out);
        let has_fallen = early.and_then(|mut early| early.look(trainer.history()));
        if epochs > trainer.epochs() && (config.ended.is_some() || has_fallen.is_some()) {
            // The epochs were asked for.
            config.ended = None;
            config.watch.early_stop = false;
            more.push_str("; it does not stop early any more");
        }
        let changed = *trainer.config() != before;
        if changed && trainer.steps() > 0 {
            config.earlier.push(before);
        }
        config.train = trainer.config().clone();
        let how = match (rate, self.epochs) {
            (Some(_), _) => "the learning rate starts again",
            (None, _) => "the learning rate goes on as in a run of so many epochs",
        };
        Ok((changed || !more.is_empty()).then(|| said(trainer, how) + &more))
    }

    /// The learning rate from now on, where it starts again.
    fn rate(&self, now: LearningRate) -> Option<LearningRate> {
        if self.lr.is_none() && !self.constant {
            return None;
        }
        let mut rate = now;
        let first = rate.first_mut();
        *first = self.lr.unwrap_or(*first);
        let first = *first;
        Some(if self.constant {
            LearningRate::Constant { rate: first }
        } else {
            rate
        })
    }
}

fn said(trainer: &Trainer, how: &str) -> String {
    let config = trainer.config();
    format!(
        "going on from epoch {} to {}: {how}, from {:.4}",
        trainer.epochs(),
        config.epochs,
        trainer.next_learning_rate(),
    )
}

/// Refuses a configuration that is not that of the checkpoint; one that the run has had before is brought
/// up to date.
fn catch_up(config: &mut RunConfig, trainer: &mut Trainer, root: &Path) -> Result<bool, CliError> {
    // The first weights left no trace.
    let found = trainer.model().config().with_weight(config.model.weight);
    differs(
        root,
        &json!({"model": config.model}),
        &json!({"model": found}),
    )?;
    let same =
        |a: &TrainConfig, b: &TrainConfig| difference("train", &json!(a), &json!(b)).is_none();
    let now = trainer.config().clone();
    if same(&config.train, &now) {
        return Ok(false);
    }
    if !config.earlier.iter().any(|earlier| same(earlier, &now)) {
        differs(
            root,
            &json!({"train": config.train}),
            &json!({"train": now}),
        )?;
    }
    let plan = &config.train;
    let restarted = plan.learning_rate != now.learning_rate
        || plan.learning_rate_since != now.learning_rate_since;
    let rate = restarted.then_some(plan.learning_rate);
    trainer
        .replan(plan.epochs, rate)
        .map_err(|error| CliError::BadInput(format!("{}: {error}", root.display())))?;
    config.train = trainer.config().clone();
    Ok(true)
}

fn differs(root: &Path, stated: &Value, found: &Value) -> Result<(), CliError> {
    let Some((field, stated, found)) = difference("", stated, found) else {
        return Ok(());
    };
    Err(CliError::BadInput(format!(
        "{}: {field} is {stated}, and the checkpoint that the run goes on from was trained with {found}; \
         write {found} there again (--epochs, --lr and --constant-lr are what a run that goes on may be \
         given)",
        root.join("run.json").display()
    )))
}

/// The first field in which two configurations are different, and what each has there.
pub(crate) fn difference(field: &str, a: &Value, b: &Value) -> Option<(String, Value, Value)> {
    match (a, b) {
        (Value::Object(left), Value::Object(right)) => {
            let names = left.keys().chain(right.keys());
            let null = &Value::Null;
            names
                .map(|name| {
                    let inner = if field.is_empty() {
                        name.clone()
                    } else {
                        format!("{field}.{name}")
                    };
                    let of = |side: &serde_json::Map<String, Value>| {
                        side.get(name).unwrap_or(null).clone()
                    };
                    (inner, of(left), of(right))
                })
                .find_map(|(inner, left, right)| difference(&inner, &left, &right))
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.find_map(|(i, (left, right))| difference(&format!("{field}[{i}]"), left, right))
        }
        // A number that was printed and read again may have another last bit.
        (Value::Number(left), Value::Number(right)) => {
            let (x, y) = (left.as_f64()?, right.as_f64()?);
            let equal = left == right
                || left.is_f64() && right.is_f64() && (x - y).abs() <= 1e-14 * x.abs();
            (!equal).then(|| (field.to_owned(), a.clone(), b.clone()))
        }
        _ => (a != b).then(|| (field.to_owned(), a.clone(), b.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_and_both_values_are_named() {
        let train = TrainConfig::default();
        assert_eq!(difference("", &json!(train), &json!(train)), None);
        let other = TrainConfig {
            learning_rate: LearningRate::Linear { from: 0.2, to: 0.0 },
            ..train.clone()
        };
        assert_eq!(
            difference("train", &json!(train), &json!(other)),
            Some((
                "train.learning_rate.from".to_owned(),
                json!(0.1),
                json!(0.2)
            ))
        );
        let seed = TrainConfig {
            seed: u64::MAX,
            ..train.clone()
        };
        let near = TrainConfig {
            seed: u64::MAX - 1,
            ..train.clone()
        };
        assert!(difference("", &json!(seed), &json!(near)).is_some());
        let plain = TrainConfig {
            centring: None,
            ..train.clone()
        };
        let (field, ..) = difference("", &json!(train), &json!(plain)).unwrap();
        assert_eq!(field, "centring");
        let layers = |train: &TrainConfig| json!({"layers": [TrainConfig::default(), train]});
        let (field, ..) = difference("", &layers(&train), &layers(&other)).unwrap();
        assert_eq!(field, "layers[1].learning_rate.from");
    }
}
