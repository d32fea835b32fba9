//! Classes of rows.

mod builder;
mod read;

pub(crate) use builder::LabelsBuilder;
pub(crate) use read::gathered;
pub use read::read_labels;

use crate::DataError;

/// The class of each row, and what the classes are called.
///
/// A class is a number from 0 on, and has a name: labels may be words, or numbers that begin at 1 or have
/// gaps. Classes are numbered in the order of their names, numbers before words.
///
/// ```
/// use rbm_data::Labels;
///
/// let labels = Labels::from_names(["dog", "cat", "dog"])?;
/// assert_eq!(labels.classes(), [1, 0, 1]);
/// assert_eq!(labels.names(), ["cat", "dog"]);
/// // Numbers from 0 on are their own names.
/// assert_eq!(Labels::from(vec![2, 0]).names(), ["0", "1", "2"]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    classes: Vec<u8>,
    names: Vec<String>,
    /// What has to be said about how they were read.
    note: Option<String>,
}

impl Labels {
    /// The most classes that there may be.
    pub const MOST: usize = 256;

    /// The labels of rows whose classes have these names.
    ///
    /// Whole numbers have one name however they are written: `1.0` and `01` are `1`.
    ///
    /// # Errors
    ///
    /// [`DataError::Parameter`] for a name that is empty, a number that is not whole, or more than
    /// [`MOST`](Self::MOST) names.
    pub fn from_names<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, DataError> {
        let mut labels = LabelsBuilder::default();
        for name in names {
            let name = name.as_ref();
            labels.push(name).map_err(|expected| DataError::Parameter {
                name: "label",
                expected,
                found: format!("`{name}`"),
            })?;
        }
        Ok(labels.finish())
    }

    /// The class of each row, below the number of names.
    pub fn classes(&self) -> &[u8] {
        &self.classes
    }

    /// The names of the classes, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of the class of a row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn name_of(&self, row: usize) -> &str {
        &self.names[usize::from(self.classes[row])]
    }

    /// What has to be said about how they were read.
    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The same labels, with what has to be said about them.
    pub(crate) fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    /// The same classes, numbered as in `names`; else the first row whose class is not among them.
    pub(crate) fn numbered_as(&self, names: &[String]) -> Result<Self, usize> {
        let place = |name: &String| names.iter().position(|known| known == name);
        let places: Vec<Option<u8>> = self
            .names
            .iter()
            .map(|name| place(name).and_then(|place| u8::try_from(place).ok()))
            .collect();
        let moved = self
            .classes
            .iter()
            .enumerate()
            .map(|(row, &class)| places[usize::from(class)].ok_or(row));
        Ok(Self {
            classes: moved.collect::<Result<_, _>>()?,
            names: names.to_vec(),
            note: None,
        })
    }

    /// The labels of some rows.
    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        Self {
            classes: rows.iter().map(|&row| self.classes[row as usize]).collect(),
            names: self.names.clone(),
            note: None,
        }
    }

    /// The classes that one-hot rows have, all of `count` of them, whether there is one of each or not.
    pub(crate) fn of_columns(classes: Vec<u8>, names: Vec<String>) -> Self {
        Self {
            classes,
            names,
            note: None,
        }
    }
}

/// Class numbers as they are; the classes up to the largest one have them as names.
impl From<Vec<u8>> for Labels {
    fn from(classes: Vec<u8>) -> Self {
        let count = classes
            .iter()
            .max()
            .map_or(0, |&most| usize::from(most) + 1);
        Self {
            classes,
            names: (0..count).map(|class| class.to_string()).collect(),
            note: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_order_of_their_names() {
        let labels =
            Labels::from_names(["b", "10", "-1.0", "2.0", "b", "class10", "class9"]).unwrap();
        assert_eq!(labels.names(), ["-1", "2", "10", "b", "class9", "class10"]);
        assert_eq!(labels.classes(), [3, 2, 0, 1, 3, 5, 4]);
        assert_eq!(labels.name_of(3), "2");
    }

    #[test]
    fn numbers_from_zero_on_are_as_if_there_were_no_names() {
        let read = Labels::from_names(["3", "0", "1", "2", "1"]).unwrap();
        assert_eq!(read, Labels::from(vec![3, 0, 1, 2, 1]));
    }

    #[test]
    fn what_is_no_class_is_refused() {
        for (name, message) in [
            ("", "expected a class, found ``"),
            (" ", "expected a class"),
            ("nan", "expected a class"),
            ("0.5", "a whole number or a word"),
        ] {
            let error = Labels::from_names([name]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let many = (0..257).map(|class| class.to_string());
        let error = Labels::from_names(many).unwrap_err().to_string();
        assert!(error.contains("at most 256 classes"), "{error}");
    }

    #[test]
    fn other_labels_are_numbered_as_the_first_ones() {
        let known = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let later = Labels::from_names(["c", "b", "c"]).unwrap();
        let numbered = later.numbered_as(&known).unwrap();
        assert_eq!(numbered.classes(), [2, 1, 2]);
        assert_eq!(numbered.names(), known);
        let unknown = Labels::from_names(["b", "d", "c"]).unwrap();
        assert_eq!(unknown.numbered_as(&known), Err(1));
    }
}
