//! What the reader of a file is told about it.

use serde::{Deserialize, Serialize};

/// What a file does not say about its columns and images.
///
/// A column is meant by its name in the header, or by its number: 1 is the first one of the file, and -1 the
/// last. Where a header has the text as a name, the name holds.
///
/// ```
/// use rbm_data::{Dataset, ReadOptions};
///
/// let options = ReadOptions { label_column: Some("kind".into()), ..ReadOptions::default() };
/// let text = "a,b,kind\n1,0,cat\n0,1,dog\n";
/// let data = Dataset::read_table_with(text.as_bytes(), "animals", &options)?;
/// assert_eq!(data.num_visible(), 2);
/// assert_eq!(data.class_names().unwrap(), ["cat", "dog"]);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadOptions {
    /// The column of a table that is the class of each row, and no value.
    pub label_column: Option<String>,
    /// Columns of a table that are left out.
    pub drop: Vec<String>,
    /// Whether the images of the file are stored column by column, as those of EMNIST.
    pub transpose: bool,
}

impl ReadOptions {
    /// Whether nothing is said, so that a file is read as [`Dataset::open`](crate::Dataset::open) does.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
