//! Paths in configurations: text where they are text, else their units, so that every path comes back.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a path stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    /// The bytes of a path that is not UTF-8, the 16-bit units of one of Windows.
    Units(Vec<u16>),
}

impl From<&Path> for Stored {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Units(units(path)),
        }
    }
}

impl TryFrom<Stored> for PathBuf {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::Text(text) => Ok(text.into()),
            Stored::Units(units) => Ok(of_units(units)?.into()),
        }
    }
}

#[cfg(unix)]
fn units(path: &Path) -> Vec<u16> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str()
        .as_bytes()
        .iter()
        .copied()
        .map(u16::from)
        .collect()
}

#[cfg(unix)]
fn of_units(units: Vec<u16>) -> Result<OsString, &'static str> {
    use std::os::unix::ffi::OsStringExt;
    let bytes = units.into_iter().map(u8::try_from);
    let bytes: Result<Vec<u8>, _> = bytes.collect();
    Ok(OsString::from_vec(bytes.map_err(
        |_| "expected a path as text or as bytes from 0 to 255",
    )?))
}

#[cfg(windows)]
fn units(path: &Path) -> Vec<u16> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().collect()
}

#[cfg(windows)]
fn of_units(units: Vec<u16>) -> Result<OsString, &'static str> {
    use std::os::windows::ffi::OsStringExt;
    Ok(OsString::from_wide(&units))
}

/// For `#[serde(with = "crate::stored_path")]`.
pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    Stored::from(path).serialize(serializer)
}

/// As [`serialize`].
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let stored = Stored::deserialize(deserializer)?;
    stored.try_into().map_err(serde::de::Error::custom)
}

/// The same for paths that may be absent.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, PathBuf, Serialize, Serializer, Stored};

    pub(crate) fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let stored = path.as_deref().map(Stored::from);
        stored.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        let stored = Option::<Stored>::deserialize(deserializer)?;
        let path = stored.map(PathBuf::try_from).transpose();
        path.map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Config {
        #[serde(with = "crate::stored_path")]
        data: PathBuf,
        #[serde(default, with = "crate::stored_path::option")]
        labels: Option<PathBuf>,
    }

    fn round_trip(config: Config) -> String {
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config);
        json
    }

    #[test]
    fn text_stays_text_as_it_was_in_earlier_versions() {
        let config = Config {
            data: "a b.csv".into(),
            labels: None,
        };
        assert_eq!(round_trip(config), r#"{"data":"a b.csv","labels":null}"#);
        let config: Config = serde_json::from_str(r#"{"data":"x"}"#).unwrap();
        assert_eq!(config.labels, None);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_comes_back() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(OsString::from_vec(b"caf\xe9.csv".to_vec()));
        let config = Config {
            data: path.clone(),
            labels: Some(path),
        };
        assert!(round_trip(config).contains("[99,97,102,233,46"));
        let error = serde_json::from_str::<Config>(r#"{"data":[300]}"#).unwrap_err();
        assert!(error.to_string().contains("bytes from 0 to 255"), "{error}");
    }
}
