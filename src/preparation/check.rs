//! Whether values are such as the visible units have.

use rbm_data::Dataset;
use rbm_model::units::Support;

use super::wanted::{Purpose, Wanted};
use crate::{Binarise, Error};

/// Where gray levels are cut.
pub(super) const THRESHOLD: f32 = 0.5;
/// Whole numbers up to this may be ratings or counts as well as levels.
const FEW_LEVELS: f32 = 10.0;
/// In fewer rows than this many columns do not vary by chance.
const MANY_ROWS: usize = 10;

/// What is worth a note about values that are fit.
///
/// # Errors
///
/// [`Error::Input`] with what to do, where they are not.
pub(super) fn check(
    wanted: &Wanted,
    binarise: Binarise,
    data: &Dataset,
) -> Result<Vec<String>, Error> {
    let columns = data.num_visible();
    if wanted.purpose == Purpose::Training && data.survey().constant_columns() == columns {
        return Err(Error::Input(format!(
            "{}: all {columns} columns are constant: the {} rows are the same, and a model learns nothing \
             from them; expected rows that differ",
            data.name(),
            data.rows(),
        )));
    }
    // A model of an old version is shown everything that it was shown then.
    if wanted.stored.is_some_and(|stored| stored.scale.is_none()) {
        return Ok(Vec::new());
    }
    let support = wanted.units.support();
    if let (Purpose::Training, Some(classes)) = (wanted.purpose, support.classes()) {
        labels(classes, binarise, data)?;
    }
    if support.is_discrete() && !support.is_zero_one() {
        states(support, binarise, data)?;
        return Ok(Vec::new());
    }
    if !support.is_discrete() {
        if binarise == Binarise::Threshold {
            return vanished(wanted, data);
        }
        return Ok(Vec::new());
    }
    // What was accepted at training is what the model knows.
    let guessed = wanted.purpose != Purpose::Trained && !wanted.asked.is_something();
    if guessed && wanted.stored.is_none() {
        ratings(data)?;
    }
    if guessed || binarise != Binarise::Threshold {
        within(data, binarise)?;
    }
    match binarise {
        Binarise::Threshold => vanished(wanted, data),
        Binarise::None
            if wanted.purpose == Purpose::Training && !data.survey().is_binary(data.scale()) =>
        {
            Ok(vec![
                "gray levels are no states of binary units, so they have no likelihood: the \
                 pseudo-log-likelihood and the log-likelihood of the epochs are left out, and with them \
                 the choice of the best epoch"
                    .to_owned(),
            ])
        }
        Binarise::None | Binarise::Stochastic => Ok(Vec::new()),
    }
}

/// A scale is not guessed where it would be a mere guess.
fn ratings(data: &Dataset) -> Result<(), Error> {
    let survey = data.survey();
    let (least, largest) = (survey.least(), survey.largest());
    let few = (2.0..=FEW_LEVELS).contains(&largest) && least >= -1.0;
    if !survey.is_whole() || !few {
        return Ok(());
    }
    Err(Error::Input(format!(
        "{}: whole numbers from {least} to {largest} may be levels, counts or ratings, and nothing says \
         which; for levels, give --scale {largest}; for what is on wherever it is not 0, --scale 1 \
         --binarise threshold; ratings with a number for those that are missing are not taken",
        data.name()
    )))
}

/// Units that are no zeros and ones take their own values, and nothing makes these of gray levels.
fn states(support: Support, binarise: Binarise, data: &Dataset) -> Result<(), Error> {
    if binarise != Binarise::None {
        return Err(Error::Input(format!(
            "--binarise {binarise} makes zeros and ones: expected none for units that are {support}; leave the \
             option out"
        )));
    }
    let other = |x: f32| support.index_of(x.into()).is_none();
    let found = data.find(other)?;
    let Some((row, column, value)) = found else {
        return Ok(());
    };
    Err(Error::Input(format!(
        "{}, row {row}, column {column}: expected {support} for these units, found {}; give such values, or \
         choose other visible units",
        data.name(),
        scaled(data, value),
    )))
}

/// The last values of each row are a label: one of them is 1, and all others are 0.
fn labels(classes: usize, binarise: Binarise, data: &Dataset) -> Result<(), Error> {
    let label = Support::BinaryAndOneOf { classes };
    let columns = data.num_visible();
    let mut values = vec![0.0; columns];
    for row in 0..data.rows() {
        data.try_copy_row(row, &mut values)?;
        let values = &values[columns.saturating_sub(classes)..];
        let made = |&x: &f32| match binarise {
            Binarise::Threshold => f64::from(u8::from(x > THRESHOLD)),
            Binarise::None | Binarise::Stochastic => x.into(),
        };
        let state: Vec<f64> = values.iter().map(made).collect();
        if !label.is_state(&state) {
            let found: Vec<String> = values.iter().map(ToString::to_string).collect();
            return Err(Error::Input(format!(
                "{}, row {row}: expected a label in the last {classes} columns, one of them 1 and all others \
                 0, found {}{}; give each class a column of its own, or choose other visible units",
                data.name(),
                found.join(", "),
                division(data),
            )));
        }
    }
    Ok(())
}

/// A value and what it was divided by.
fn scaled(data: &Dataset, value: f32) -> String {
    format!("{value}{}", division(data))
}

/// What values were divided by, where they were.
fn division(data: &Dataset) -> String {
    match data.scale().divisor() {
        1.0 => String::new(),
        divisor => format!(" (after division by {divisor})"),
    }
}

/// Binary units take what is in [0, 1].
fn within(data: &Dataset, binarise: Binarise) -> Result<(), Error> {
    let found = data.find_outside(0.0..=1.0)?;
    let Some((row, column, value)) = found else {
        return Ok(());
    };
    let largest = data.survey().largest();
    let what = scaled(data, value);
    let scale = if data.survey().least() < 0.0 {
        let spins = data.find(|x| x.abs() != 1.0)?.is_none();
        let or = if spins {
            ", and -1 and 1 alone for spins, too (--visible spin)"
        } else {
            ""
        };
        format!("numbers below 0 are for Gaussian units (--visible gaussian){or}")
    } else {
        format!("give --scale {largest} if {largest} is to stand for 1")
    };
    let threshold = if binarise == Binarise::Threshold {
        ", or --binarise threshold to cut them at one half as they are"
    } else {
        ""
    };
    let expected = match binarise {
        Binarise::Stochastic => "a probability in [0, 1]",
        Binarise::None | Binarise::Threshold => "a value in [0, 1]",
    };
    Err(Error::Input(format!(
        "{}, row {row}, column {column}: expected {expected} for binary units, found {what}; \
         {scale}{threshold}",
        data.name()
    )))
}

/// What is lost at the threshold.
fn vanished(wanted: &Wanted, data: &Dataset) -> Result<Vec<String>, Error> {
    let (survey, scale, columns) = (data.survey(), data.scale(), data.num_visible());
    let varying = columns - survey.constant_columns();
    let left = columns - survey.constant_columns_above(scale, THRESHOLD);
    let share = data.share_above(THRESHOLD)?;
    // A few rows that a model is shown may well be equal after a threshold; not all of them off.
    let nothing = share == 0.0 || (share - 1.0).abs() < f64::EPSILON;
    if varying > 0 && left == 0 && (nothing || wanted.purpose == Purpose::Training) {
        let all = if share == 0.0 { "off" } else { "constant" };
        return Err(Error::Input(format!(
            "{}: of numbers from {} to {} divided by {}, all columns are {all} at the threshold \
             {THRESHOLD}; give --scale MAX, the number that stands for 1, or --binarise stochastic or \
             none",
            data.name(),
            survey.least(),
            survey.largest(),
            scale.divisor(),
        )));
    }
    if data.rows() >= MANY_ROWS && 2 * left < varying {
        return Ok(vec![format!(
            "of {varying} columns that vary, {} do not after the threshold {THRESHOLD}: --scale MAX says \
             which number stands for 1, and --binarise stochastic or none keeps the levels",
            varying - left
        )]);
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use rbm_model::units::UnitsConfig;

    use crate::{Binarise, Table, Training};

    /// Six features of rows that differ, and the last columns as given in the row of the fault.
    fn table(wrong: Option<[f32; 2]>) -> Table {
        let row = |index: usize| {
            let bit = |column: usize| f32::from(u8::from(index >> (column % 4) & 1 == 1));
            let label = match wrong {
                Some(wrong) if index == 7 => wrong,
                _ => [bit(0), 1.0 - bit(0)],
            };
            let features = (0..6).map(bit);
            features.chain(label).collect::<Vec<f32>>()
        };
        Table::from_rows(&(0..40).map(row).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn rows_without_one_label_are_refused() {
        let fit = |table: &Table| {
            let labelled = UnitsConfig::Labelled { classes: 2 };
            let training = Training::new().visible_units(labelled);
            training.hidden(2).epochs(1).fit(table)
        };
        fit(&table(None)).unwrap();
        // A threshold makes labels of these, and draws do not.
        let unsure = table(Some([0.75, 0.25]));
        fit(&unsure.clone().with_binarise(Binarise::Threshold)).unwrap();
        let unsure = unsure.with_binarise(Binarise::Stochastic);
        for (table, found) in [
            (table(Some([1.0, 1.0])), "1, 1"),
            (table(Some([0.0, 0.0])), "0, 0"),
            (unsure, "0.75, 0.25"),
        ] {
            let error = fit(&table).err().unwrap().to_string();
            let expected = format!(
                "rows, row 7: expected a label in the last 2 columns, one of them 1 and all others 0, found \
                 {found}; give each class a column of its own"
            );
            assert!(error.contains(&expected), "{error}");
        }
    }
}
