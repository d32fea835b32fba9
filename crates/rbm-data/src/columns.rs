//! Columns of an array that are no values.

use std::path::Path;

use crate::{
    DataError, Labels, ReadOptions,
    labels::gathered,
    npy::{NpyArray, NpyValues},
    roles::{Role, no_columns, roles},
    table,
};

/// An array without the columns that are labels or dropped, the labels, and what is said about them.
pub(crate) fn pick(
    array: NpyArray,
    options: &ReadOptions,
    file: &Path,
) -> Result<(NpyArray, Option<Labels>, Option<String>), DataError> {
    if options.label_column.is_none() && options.drop.is_empty() {
        return Ok((array, None, None));
    }
    let &[rows, width] = &array.shape[..] else {
        return no_columns(options, file).map(|()| (array, None, None));
    };
    let roles = roles(options, None, width, file)?;
    let label = roles.iter().position(|role| *role == Role::Label);
    let labels = label.map(|column| {
        let cells = (0..rows).map(|row| cell(&array.values, row * width + column));
        gathered(cells, file)
    });
    let labels = labels.transpose()?;
    let note = label.zip(labels.as_ref()).map(|(column, labels)| {
        let text = table::labels_note(&(column + 1).to_string(), labels);
        format!("{}: {text}", file.display())
    });
    let kept = NpyArray {
        shape: vec![
            rows,
            roles.iter().filter(|role| **role == Role::Value).count(),
        ],
        values: kept(array.values, &roles),
    };
    Ok((kept, labels, note))
}

/// An element as text.
pub(crate) fn cell(values: &NpyValues, place: usize) -> String {
    match values {
        NpyValues::Bytes(x) => x[place].to_string(),
        NpyValues::Singles(x) => x[place].to_string(),
        NpyValues::Doubles(x) => x[place].to_string(),
        NpyValues::Integers(x) => x[place].to_string(),
    }
}

fn kept(values: NpyValues, roles: &[Role]) -> NpyValues {
    fn some<T>(values: Vec<T>, roles: &[Role]) -> Vec<T> {
        let with = values.into_iter().zip(roles.iter().cycle());
        with.filter(|(_, role)| **role == Role::Value)
            .map(|(value, _)| value)
            .collect()
    }
    match values {
        NpyValues::Bytes(x) => NpyValues::Bytes(some(x, roles)),
        NpyValues::Singles(x) => NpyValues::Singles(some(x, roles)),
        NpyValues::Doubles(x) => NpyValues::Doubles(some(x, roles)),
        NpyValues::Integers(x) => NpyValues::Integers(some(x, roles)),
    }
}

/// Numbers that single precision does not have.
#[derive(Debug, Default)]
pub(crate) struct Rounded {
    count: usize,
    /// The first one: its place over all rows, and how it is written.
    first: Option<(usize, String)>,
}

impl Rounded {
    /// Looks at values of which the first one is at `start`.
    pub(crate) fn look(&mut self, values: &NpyValues, start: usize) {
        match values {
            NpyValues::Doubles(x) => {
                let inexact = |(_, x): &(usize, &f64)| {
                    x.fract() == 0.0 && x.abs() <= table::WHOLE_DOUBLE && !is_single(**x)
                };
                let places = x.iter().enumerate().filter(inexact);
                self.add(values, start, places.map(|(place, _)| place));
            }
            NpyValues::Integers(x) => {
                // In 64 bits, a whole number between two singles is next to neither.
                #[expect(clippy::cast_possible_truncation, reason = "that is the question")]
                let inexact = |(_, x): &(usize, &i64)| i128::from(**x) != (**x as f32) as i128;
                let places = x.iter().enumerate().filter(inexact);
                self.add(values, start, places.map(|(place, _)| place));
            }
            NpyValues::Bytes(_) | NpyValues::Singles(_) => {}
        }
    }

    fn add(&mut self, values: &NpyValues, start: usize, places: impl Iterator<Item = usize>) {
        for place in places {
            self.count += 1;
            self.first
                .get_or_insert_with(|| (start + place, cell(values, place)));
        }
    }

    /// What is said of them, where there are any.
    pub(crate) fn note(&self, columns: usize, file: &Path) -> Option<String> {
        let (first, written) = self.first.as_ref()?;
        Some(format!(
            "{}: {} numbers are rounded, because single precision has whole numbers up to 16777216 alone; the \
             first one is {written}, in row {}, column {}",
            file.display(),
            self.count,
            first / columns,
            first % columns
        ))
    }
}

/// What is said where single precision does not have all the numbers.
pub(crate) fn rounded(values: &NpyValues, columns: usize, file: &Path) -> Option<String> {
    let mut rounded = Rounded::default();
    rounded.look(values, 0);
    rounded.note(columns, file)
}

/// The first finite number for which single precision has an infinity.
pub(crate) fn too_large(values: &NpyValues) -> Option<(usize, f64)> {
    let NpyValues::Doubles(values) = values else {
        return None;
    };
    let mut places = values.iter().copied().enumerate();
    places.find(|(_, value)| value.is_finite() && value.abs() > f64::from(f32::MAX))
}

#[expect(clippy::cast_possible_truncation, reason = "that is the question")]
fn is_single(value: f64) -> bool {
    f64::from(value as f32).to_bits() == value.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_arrays_are_counted() {
        let array = |values| NpyArray {
            shape: vec![2, 3],
            values,
        };
        let options = ReadOptions {
            label_column: Some("-1".into()),
            drop: vec!["1".into()],
            transpose: false,
        };
        for (values, left) in [
            (
                NpyValues::Integers(vec![9, 1, -1, 8, 0, 1]),
                NpyValues::Integers(vec![1, 0]),
            ),
            (
                NpyValues::Singles(vec![9.0, 0.5, -1.0, 8.0, 0.0, 1.0]),
                NpyValues::Singles(vec![0.5, 0.0]),
            ),
            (
                NpyValues::Doubles(vec![9.0, 0.5, -1.0, 8.0, 0.0, 1.0]),
                NpyValues::Doubles(vec![0.5, 0.0]),
            ),
        ] {
            let (kept, labels, note) = pick(array(values), &options, Path::new("a.npy")).unwrap();
            assert_eq!((&kept.shape[..], kept.values), (&[2, 1][..], left));
            assert_eq!(labels, Some(Labels::from_names(["-1", "1"]).unwrap()));
            assert!(
                note.unwrap()
                    .contains("a.npy: column 3 has the labels, 2 classes: -1, 1")
            );
        }
        let half = array(NpyValues::Singles(vec![9.0, 0.5, 1.0, 8.0, 0.0, 1.5]));
        let error = pick(half, &options, Path::new("a.npy"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a.npy, labels") && error.contains("`1.5` in row 1"),
            "{error}"
        );
        let images = NpyArray {
            shape: vec![1, 2, 2],
            values: NpyValues::Bytes(vec![0; 4]),
        };
        let error = pick(images, &options, Path::new("a.npy"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("label_column: expected a table"), "{error}");
    }

    #[test]
    fn numbers_that_singles_do_not_have_are_counted() {
        let note = |values| rounded(&values, 2, Path::new("a.npy"));
        let exact = [0, 1 << 24, -(1 << 24), 1 << 30, i64::MIN];
        assert_eq!(note(NpyValues::Integers(exact.to_vec())), None);
        let text = note(NpyValues::Integers(vec![0, 0, 0, (1 << 24) + 1, i64::MAX])).unwrap();
        assert!(
            text.contains("2 numbers") && text.contains("16777217, in row 1, column 1"),
            "{text}"
        );
        assert_eq!(
            note(NpyValues::Doubles(vec![0.1, 1e30, 16_777_216.0])),
            None
        );
        let text = note(NpyValues::Doubles(vec![0.1, 16_777_217.0])).unwrap();
        assert!(
            text.contains("1 numbers") && text.contains("row 0, column 1"),
            "{text}"
        );
        assert_eq!(
            too_large(&NpyValues::Doubles(vec![1e38, f64::INFINITY, -1e39])),
            Some((2, -1e39))
        );
    }
}
