//! What the columns of a table are for.

use std::path::Path;

use crate::{DataError, ReadOptions};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Value,
    Label,
    Dropped,
}

/// The roles of so many columns, by their names where there is a header.
pub(crate) fn roles(
    options: &ReadOptions,
    names: Option<&[String]>,
    width: usize,
    file: &Path,
) -> Result<Vec<Role>, DataError> {
    let mut roles = vec![Role::Value; width];
    let place = |option, text: &str| {
        place(text, names, width).map_err(|expected| DataError::Parameter {
            name: option,
            expected: format!("{expected} of {}", file.display()),
            found: format!("`{text}`"),
        })
    };
    for text in &options.drop {
        roles[place("drop", text)?] = Role::Dropped;
    }
    if let Some(text) = &options.label_column {
        let label = place("label_column", text)?;
        if roles[label] == Role::Dropped {
            return Err(DataError::Parameter {
                name: "label_column",
                expected: "a column that is not dropped".into(),
                found: format!("`{text}`"),
            });
        }
        roles[label] = Role::Label;
    }
    if !roles.contains(&Role::Value) {
        return Err(DataError::Parameter {
            name: "drop",
            expected: format!("a column left of the {width} of {}", file.display()),
            found: "none".into(),
        });
    }
    Ok(roles)
}

/// The column that is meant by a name or a number, or what would be one.
fn place(text: &str, names: Option<&[String]>, width: usize) -> Result<usize, String> {
    let named: Vec<usize> = names
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, name)| *name == text)
        .map(|(place, _)| place)
        .collect();
    match named[..] {
        [place] => return Ok(place),
        [] => {}
        _ => {
            return Err(format!(
                "a number, because {} columns have that name,",
                named.len()
            ));
        }
    }
    let from_end = |number: i64| usize::try_from(number.unsigned_abs()).ok()?.checked_sub(1);
    let found = match text.parse::<i64>() {
        Ok(number) if number > 0 => from_end(number).filter(|&place| place < width),
        Ok(number) if number < 0 => from_end(number).and_then(|place| width.checked_sub(place + 1)),
        _ => None,
    };
    found.ok_or_else(|| match names {
        Some(names) => {
            let shown: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
            let more = if names.len() > shown.len() {
                ", …"
            } else {
                ""
            };
            format!(
                "a column: a number up to {width} or one of {}{more}",
                shown.join(", ")
            )
        }
        None => format!("a column: a number up to {width} (there is no header),"),
    })
}

/// What columns of labels are called.
const LABELS: [&str; 5] = ["label", "labels", "class", "target", "y"];
/// The side from which squares of pixels are likelier than chance.
const SIDE: usize = 8;

/// What is said where one of the values may be a label that nobody named: by its name, or because the others make
/// a square.
pub(crate) fn forgotten_label(columns: usize, names: Option<&[String]>) -> Option<String> {
    let is_label = |name: &&String| LABELS.iter().any(|known| name.eq_ignore_ascii_case(known));
    if let Some(name) = names.and_then(|names| names.iter().find(is_label)) {
        return Some(format!(
            "column `{name}` is taken for values; --label-column {name} takes it for labels"
        ));
    }
    let side = columns.checked_sub(1)?.isqrt();
    (side >= SIDE && side * side + 1 == columns).then(|| {
        format!(
            "{columns} columns are images of {side} × {side} and one more: if the first or the last one has \
             labels, --label-column 1 or --label-column -1 takes it out"
        )
    })
}

/// Refuses options about columns where there are none.
pub(crate) fn no_columns(options: &ReadOptions, file: &Path) -> Result<(), DataError> {
    let name = match options {
        ReadOptions {
            label_column: Some(_),
            ..
        } => "label_column",
        ReadOptions { drop, .. } if !drop.is_empty() => "drop",
        _ => return Ok(()),
    };
    Err(DataError::Parameter {
        name,
        expected: "a table with columns".into(),
        found: format!("images in {}", file.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        drop: &[&str],
        label: Option<&str>,
        names: Option<&[&str]>,
    ) -> Result<Vec<Role>, String> {
        let options = ReadOptions {
            label_column: label.map(str::to_owned),
            drop: drop.iter().map(|&text| text.to_owned()).collect(),
            transpose: false,
        };
        let names: Option<Vec<String>> =
            names.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        roles(&options, names.as_deref(), 3, Path::new("t.csv")).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_named_or_counted_from_either_end() {
        use Role::{Dropped, Label, Value};
        let names: &[&str] = &["2", "x", "y"];
        assert_eq!(
            found(&[], Some("x"), Some(names)),
            Ok(vec![Value, Label, Value])
        );
        assert_eq!(
            found(&["-1"], Some("1"), None),
            Ok(vec![Label, Value, Dropped])
        );
        // A name goes before a number.
        assert_eq!(
            found(&["2"], None, Some(names)),
            Ok(vec![Dropped, Value, Value])
        );
        assert_eq!(found(&["2"], None, None), Ok(vec![Value, Dropped, Value]));
    }

    #[test]
    fn labels_that_nobody_named_are_suspected() {
        let note = |columns, names: Option<&[&str]>| {
            let names = names.map(Owned::map_owned);
            forgotten_label(columns, names.as_deref())
        };
        assert!(
            note(785, None)
                .unwrap()
                .contains("images of 28 × 28 and one more")
        );
        assert!(
            note(3, Some(&["x", "Class", "z"]))
                .unwrap()
                .contains("--label-column Class")
        );
        for columns in [1, 2, 17, 64, 784] {
            assert_eq!(note(columns, None), None);
        }
        assert_eq!(note(2, Some(&["a", "b"])), None);
    }

    trait Owned {
        fn map_owned(&self) -> Vec<String>;
    }

    impl Owned for [&str] {
        fn map_owned(&self) -> Vec<String> {
            self.iter().map(|&name| name.to_owned()).collect()
        }
    }

    #[test]
    fn what_is_no_column_is_refused_with_those_that_are() {
        let names: &[&str] = &["a", "b", "b"];
        for (drop, label, message) in [
            (
                &["4"][..],
                None,
                "drop: expected a column: a number up to 3 or one of a, b, b of t.csv",
            ),
            (&["0"], None, "found `0`"),
            (&["-4"], None, "found `-4`"),
            (&["9223372036854775808"], None, "found `9"),
            (&[], Some("z"), "label_column: expected a column"),
            (&["b"], None, "2 columns have that name"),
            (&["a"], Some("1"), "not dropped"),
            (&["1", "2", "3"], None, "a column left"),
        ] {
            let error = found(drop, label, Some(names)).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        let error = found(&["z"], None, None).unwrap_err();
        assert!(error.contains("there is no header"), "{error}");
    }
}
