//! Labels, one row after the other.

use std::collections::HashMap;

use super::Labels;
use crate::{natural, table::WHOLE_DOUBLE};

/// Collects the class of each row by its name.
#[derive(Debug, Default)]
pub(crate) struct LabelsBuilder {
    rows: Vec<usize>,
    places: HashMap<String, usize>,
    /// How the last class was written, and its place: rows are often sorted.
    last: Option<(String, usize)>,
}

impl LabelsBuilder {
    /// Adds a row, or says what was expected.
    pub(crate) fn push(&mut self, text: &str) -> Result<(), String> {
        if let Some((last, place)) = &self.last
            && last == text
        {
            self.rows.push(*place);
            return Ok(());
        }
        let name = canonical(text)?;
        let next = self.places.len();
        let place = *self.places.entry(name).or_insert(next);
        if place >= Labels::MOST {
            return Err(format!(
                "at most {} classes, and there are more in the first {} rows",
                Labels::MOST,
                self.rows.len() + 1
            ));
        }
        self.last = Some((text.to_owned(), place));
        self.rows.push(place);
        Ok(())
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The labels, their classes in the order of the names.
    pub(crate) fn finish(self) -> Labels {
        let mut named: Vec<(String, usize)> = self.places.into_iter().collect();
        named.sort_by(
            |(a, _), (b, _)| match (a.parse::<i64>(), b.parse::<i64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => std::cmp::Ordering::Less,
                (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
                (Err(_), Err(_)) => natural::compare(a, b),
            },
        );
        let mut classes = vec![0; named.len()];
        for (class, &(_, place)) in (0..=u8::MAX).zip(&named) {
            classes[place] = class;
        }
        Labels {
            classes: self.rows.into_iter().map(|place| classes[place]).collect(),
            names: named.into_iter().map(|(name, _)| name).collect(),
            note: None,
        }
    }
}

/// The name of a class, the same for all ways to write a whole number.
fn canonical(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("nan") {
        return Err("a class".to_owned());
    }
    if let Ok(number) = text.parse::<i64>() {
        return Ok(number.to_string());
    }
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < WHOLE_DOUBLE => {
            // Without the sign of a zero.
            Ok(format!("{}", number + 0.0))
        }
        Ok(number) if number.is_finite() && number.fract() != 0.0 => {
            Err("a class: a whole number or a word".to_owned())
        }
        _ => Ok(text.to_owned()),
    }
}
