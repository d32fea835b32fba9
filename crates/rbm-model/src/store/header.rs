//! What a file of ours says of itself: a format, its version, and the fields of that version.

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::StoreError;

/// A header with `fields`, a plain struct, beside its format and version.
///
/// ```
/// use std::path::Path;
/// use rbm_model::store::{fields_of, header_of};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Fields { rows: usize }
///
/// let header = header_of("table", 2, &Fields { rows: 3 });
/// let fields: Fields = fields_of(header.clone(), "table", 2, Path::new("file"))?;
/// assert_eq!(fields.rows, 3);
/// assert!(fields_of::<Fields>(header, "table", 1, Path::new("file")).is_err());
/// # Ok::<(), rbm_model::store::StoreError>(())
/// ```
///
/// # Panics
///
/// Where the fields are no JSON object.
pub fn header_of(format: &str, version: u32, fields: &impl Serialize) -> Value {
    let mut header = serde_json::to_value(fields).expect("a header is plain data");
    header["format"] = format.into();
    header["version"] = version.into();
    header
}

/// The fields of a header that [`header_of`] made; `path` is the file's name in messages.
///
/// # Errors
///
/// [`StoreError::Content`] where the header is of another format or version, or has other fields.
pub fn fields_of<T: DeserializeOwned>(
    mut header: Value,
    format: &str,
    version: u32,
    path: &Path,
) -> Result<T, StoreError> {
    let other = |found: String| {
        StoreError::content(path, format!("a {format} file of version {version}"), found)
    };
    if let Value::Object(fields) = &mut header {
        let mut take = |name: &str| {
            let value = fields.remove(name);
            value.ok_or_else(|| other(format!("missing field `{name}`")))
        };
        let (stated, number) = (take("format")?, take("version")?);
        if stated != *format || number != version {
            let stated = stated.as_str().map_or(stated.to_string(), str::to_owned);
            return Err(other(format!("{stated} version {number}")));
        }
    }
    serde_json::from_value(header).map_err(|error| other(error.to_string()))
}
