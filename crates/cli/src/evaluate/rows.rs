//! The rows that a model is measured on, and those that it was trained on.

use burn::tensor::Tensor;
use burnzmann::eval::{Baselines, EvaluationData};
use burnzmann::{Residence, internal};

use crate::{CliError, Rows, Subject};

/// So much more of the rows than chance would have are equal to training rows where they are copies of
/// them: this, and four standard errors.
const COPIED: f64 = 0.05;

/// The rows asked for, with those that the *run* trained on where these are known, and where they are
/// other rows; else with the reason why nothing can be said of overfitting.
///
/// # Errors
///
/// [`CliError::BadInput`] where the rows cannot be read.
pub(crate) fn evaluation_data(subject: &Subject, rows: &Rows) -> Result<EvaluationData, CliError> {
    let data = EvaluationData::new(rows.tensor(&subject.device)?);
    Ok(match training(subject, rows, &data.rows)? {
        Ok((training, baselines)) => {
            let mut data = data.with_training(training);
            data.baselines = Some(baselines);
            data
        }
        Err(why) => data.without_training(why),
    })
}

/// What to say where rows of another file look less likely than the training rows.
pub(crate) const OTHER_DATA: &str = "These rows are not of the data that the run held out: that they \
     are less likely than its training rows is overfitting only if they are of the same kind.";

/// Whether the rows are of the data that the run was trained on.
pub(crate) fn is_of_the_run(subject: &Subject, rows: &Rows) -> bool {
    let run = subject.located().and_then(Result::ok);
    run.is_some_and(|(run, _)| run.data.is(&rows.source))
}

/// Rows and baselines of the training, or why they are not known.
fn training(
    subject: &Subject,
    rows: &Rows,
    asked: &Tensor<2>,
) -> Result<Result<(Tensor<2>, Baselines), String>, CliError> {
    let Some(located) = subject.located() else {
        return Ok(Err(
            "a model alone does not say which rows it was trained on; give the folder of its run"
                .to_owned(),
        ));
    };
    let unreadable =
        |error: &CliError| format!("the rows that the run was trained on cannot be read ({error})");
    let (run, changed) = match located {
        Ok(located) => located,
        Err(error) => return Ok(Err(unreadable(&error))),
    };
    if let Some(changed) = changed.first() {
        return Ok(Err(format!(
            "the rows that the run was trained on are not known any more ({changed})"
        )));
    }
    let own = run.data.is(&rows.source);
    let loaded;
    let table = if own {
        if let Some(why) = among_training(rows) {
            return Ok(Err(why));
        }
        &rows.table
    } else {
        match run.table(Residence::BySize, true) {
            Ok(table) => {
                loaded = table;
                &loaded
            }
            Err(error) => return Ok(Err(unreadable(&error))),
        }
    };
    let (expected, found) = (subject.rbm.num_visible(), table.train.num_visible());
    if expected != found {
        return Ok(Err(format!(
            "the data of the run have {found} columns now, and the model {expected} visible units"
        )));
    }
    let read = |some: &[u32]| rows.as_shown(&table.train, some, &subject.device);
    let (few, baselines) =
        internal::sample_of_training(&subject.rbm.visible, &table.train_rows, read)?;
    if !own && let Some(why) = copies(&baselines, asked) {
        return Ok(Err(why));
    }
    Ok(Ok((few, baselines)))
}

/// Why rows of the run's own data are not compared with its training rows.
pub(crate) fn among_training(rows: &Rows) -> Option<String> {
    if rows.is_test_set() {
        return None;
    }
    internal::among_training(&rows.table.train_rows, &rows.indices)
}

/// Why rows of another file are not compared with the training rows: more of them are equal to
/// training rows than chance would have.
fn copies(baselines: &Baselines, asked: &Tensor<2>) -> Option<String> {
    let (count, seen) = (asked.dims()[0], baselines.seen(asked));
    let by_chance = baselines.coverage();
    let (n, trained) = (count as f64, baselines.num_rows() as f64);
    let error = (by_chance * (1.0 - by_chance) * (1.0 / n + 1.0 / trained)).sqrt();
    (seen as f64 / n > by_chance + COPIED + 4.0 * error).then(|| {
        format!(
            "{seen} of these {count} rows are equal to rows that the model was trained on, more than \
             chance would have"
        )
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use burnzmann::model::units::UnitsConfig;

    use super::*;

    fn rows(numbers: impl Iterator<Item = u32>) -> Tensor<2> {
        let bit = |number: u32, unit: u32| f32::from(u8::from(number >> unit & 1 == 1));
        let values: Vec<f32> = numbers
            .flat_map(|number| (0..12).map(move |unit| bit(number, unit)))
            .collect();
        let shape = [values.len() / 12, 12];
        Tensor::from_data(TensorData::new(values, shape), &Device::default())
    }

    /// Rows that never repeat are copies if they are found again; of rows that always do, nothing
    /// follows.
    #[test]
    fn copies_are_told_from_rows_that_repeat() {
        let of = |training: Tensor<2>| {
            let mut found = Baselines::new(&UnitsConfig::Bernoulli.init(12, &Device::default()));
            found.add(&training);
            found
        };
        let unique = of(rows(0..200));
        assert!(copies(&unique, &rows(1000..1200)).is_none());
        let why = copies(&unique, &rows(100..300)).unwrap();
        assert!(why.contains("100 of these 200 rows are equal"), "{why}");
        let repeated = of(rows((0..200).map(|i| i % 2)));
        assert!(copies(&repeated, &rows((0..50).map(|i| i % 2))).is_none());
    }
}
