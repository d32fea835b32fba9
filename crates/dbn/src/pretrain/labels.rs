//! The classes of the rows that a network is trained on.

use rbm_data::{Dataset, Values};

use crate::DbnError;

/// The class of each of the rows, all of them below `classes`.
pub(crate) fn labels(data: &Dataset, rows: &[u32], classes: usize) -> Result<Vec<u8>, DbnError> {
    let name = || data.name().to_owned();
    let Some(all) = data.labels() else {
        return Err(DbnError::NoLabels { data: name() });
    };
    let label = |&row: &u32| {
        let label = all[row as usize];
        if usize::from(label) < classes {
            return Ok(label);
        }
        Err(DbnError::Label {
            data: name(),
            row,
            found: label.into(),
            classes,
        })
    };
    rows.iter().map(label).collect()
}

/// [`labels`] with every class among them.
pub(crate) fn labels_of_all(
    data: &Dataset,
    rows: &[u32],
    classes: usize,
) -> Result<Vec<u8>, DbnError> {
    let labels = labels(data, rows, classes)?;
    let mut seen = vec![false; classes];
    for &label in &labels {
        seen[usize::from(label)] = true;
    }
    match seen.iter().position(|seen| !seen) {
        None => Ok(labels),
        Some(class) => Err(DbnError::EmptyClass {
            data: data.name().to_owned(),
            class,
            name: data
                .class_names()
                .and_then(|names| names.get(class).cloned())
                .unwrap_or_else(|| class.to_string()),
            classes,
        }),
    }
}

/// The values of rows of `columns` with the class of each behind it, one of so many on.
pub(super) fn beside(values: &Values, columns: usize, labels: &[u8], classes: usize) -> Values {
    fn joined<T: Copy>(rows: &[T], columns: usize, labels: &[u8], states: (&[T], T)) -> Vec<T> {
        let (off, on) = states;
        let mut all = Vec::with_capacity(rows.len() + labels.len() * off.len());
        for (row, &label) in rows.chunks(columns).zip(labels) {
            all.extend_from_slice(row);
            let first = all.len();
            all.extend_from_slice(off);
            all[first + usize::from(label)] = on;
        }
        all
    }
    match values {
        Values::Bytes { data, levels } => Values::Bytes {
            data: joined(data, columns, labels, (&vec![0; classes], *levels)),
            levels: *levels,
        },
        Values::Floats(data) => {
            let states = (&*vec![0.0; classes], 1.0);
            Values::Floats(joined(data, columns, labels, states))
        }
        Values::File(_) => unreachable!("chosen rows are in memory"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(labels: &[u8]) -> Dataset {
        let values = Values::Floats(vec![0.5; 2 * labels.len()]);
        let data = Dataset::new("toy", 2, values).unwrap();
        data.with_labels(labels.to_vec()).unwrap()
    }

    #[test]
    fn labels_are_those_of_the_rows_and_complete() {
        let data = data(&[0, 2, 1, 5, 0]);
        assert_eq!(labels_of_all(&data, &[4, 2, 1], 3).unwrap(), [0, 1, 2]);
        let message = |rows: &[u32], classes| {
            let result = labels_of_all(&data, rows, classes);
            result.unwrap_err().to_string()
        };
        let error = message(&[0, 3], 5);
        assert!(
            error.starts_with("toy: expected labels below 5") && error.contains("found 5 in row 3")
        );
        assert!(
            message(&[0, 1], 3)
                .contains("each of the 3 classes to train on, found none of class 1")
        );
        let bare = Dataset::new("bare", 1, Values::Floats(vec![0.0])).unwrap();
        let error = labels_of_all(&bare, &[0], 3).unwrap_err().to_string();
        assert!(
            error.starts_with("bare: expected a label for each row"),
            "{error}"
        );
    }

    #[test]
    fn one_of_the_columns_behind_a_row_is_on() {
        let bytes = Values::Bytes {
            data: vec![1, 2, 3, 4],
            levels: 9,
        };
        let expected = Values::Bytes {
            data: vec![1, 2, 0, 0, 9, 3, 4, 9, 0, 0],
            levels: 9,
        };
        assert_eq!(beside(&bytes, 2, &[2, 0], 3), expected);
        let floats = Values::Floats(vec![0.1, 0.2]);
        let expected = Values::Floats(vec![0.1, 0.0, 1.0, 0.2, 1.0, 0.0]);
        assert_eq!(beside(&floats, 1, &[1, 0], 2), expected);
    }
}
