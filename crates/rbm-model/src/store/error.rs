//! What goes wrong with files.

use std::path::PathBuf;

use thiserror::Error;

/// A file that could not be written, read or understood.
///
/// ```
/// use burn::tensor::Device;
/// use rbm_model::store::{StoreError, load};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("model.safetensors");
/// let error = load(&path, &Device::default()).unwrap_err();
/// assert!(matches!(error, StoreError::Io { action: "read", .. }));
/// std::fs::write(&path, "no tensors")?;
/// let error = load(&path, &Device::default()).unwrap_err();
/// assert!(matches!(error, StoreError::Format { .. }));
/// assert!(error.to_string().contains("not a readable safetensors file"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The reason given.
        source: std::io::Error,
    },
    /// The file is no safetensors file, or it is damaged.
    #[error("{}: not a readable safetensors file ({reason}); is it complete?", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader met.
        reason: String,
    },
    /// The file is sound and holds something else than was asked for.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was expected.
        expected: String,
        /// What was there.
        found: String,
    },
}

impl StoreError {
    /// An error of the operating system, with what was attempted on which file.
    pub fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// A sound file with the wrong content.
    pub fn content(
        path: impl Into<PathBuf>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Content {
            path: path.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}
