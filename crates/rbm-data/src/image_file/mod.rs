//! One image file as grey levels.

mod grey;
#[cfg(feature = "jpeg")]
mod jpeg;
mod png;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;

pub(crate) use self::grey::GreyImage;
use crate::DataError;

/// The largest side of an image: its pixels are visible units, and more of them are a mistake.
const LARGEST_SIDE: u32 = 4096;
/// What is read.
const KINDS: &str = if cfg!(feature = "jpeg") {
    "PNG or JPEG"
} else {
    "PNG"
};
/// The first bytes of a PNG file, and of a JPEG file.
pub(crate) const PNG_MAGIC: &[u8] = b"\x89PNG";
pub(crate) const JPEG_MAGIC: &[u8] = b"\xff\xd8\xff";

/// Reads an image. Its first bytes say what it is, and its name says nothing.
///
/// # Errors
///
/// [`DataError::Format`] for a file that is no image, a damaged one, or one that is too large;
/// [`DataError::MissingFeature`] for a JPEG file without the feature `jpeg`; [`DataError::Io`].
pub(crate) fn decode(path: &Path) -> Result<GreyImage, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let mut file = BufReader::new(file);
    let mut first = Vec::new();
    (&mut file)
        .take(4)
        .read_to_end(&mut first)
        .and_then(|_| file.rewind())
        .map_err(DataError::io("read", path))?;
    let decoded = if first.starts_with(PNG_MAGIC) {
        png::decode(file)
    } else if first.starts_with(JPEG_MAGIC) {
        #[cfg(not(feature = "jpeg"))]
        return Err(DataError::MissingFeature {
            file: path.to_owned(),
            found: "a JPEG image",
            feature: "jpeg",
            instead: "convert the images to PNG",
        });
        #[cfg(feature = "jpeg")]
        jpeg::decode(file)
    } else if first.is_empty() {
        Err("an empty file".into())
    } else {
        let bytes: Vec<String> = first.iter().map(|byte| format!("{byte:02x}")).collect();
        Err(format!(
            "a file that begins with the bytes {}",
            bytes.join(" ")
        ))
    };
    decoded.map_err(|found| DataError::Format {
        file: path.to_owned(),
        field: "image",
        offset: 0,
        expected: format!("a {KINDS} image of at most {LARGEST_SIDE} pixels a side"),
        // The message goes on after it.
        found: found.trim_end_matches('.').to_owned(),
    })
}

/// Refuses an image that is too large, before memory is taken for its pixels.
fn check_size(width: u32, height: u32) -> Result<(), String> {
    if width.max(height) > LARGEST_SIDE {
        return Err(format!("an image of {width} x {height} pixels"));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    #[cfg(feature = "jpeg")]
    pub(crate) use super::jpeg::tests::BASELINE as JPEG;
    pub(crate) use super::png::tests::encoded;
    use super::*;

    #[test]
    fn what_is_no_image_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        for (content, found) in [
            (&b""[..], "found an empty file;"),
            (
                b"GIF89a",
                "found a file that begins with the bytes 47 49 46 38;",
            ),
            (b"P", "found a file that begins with the bytes 50;"),
            (b"\x89PNG, but no more", "found Invalid PNG signature;"),
        ] {
            fs::write(&path, content).unwrap();
            let error = decode(&path).unwrap_err().to_string();
            assert!(
                error.contains("a.png, image") && error.contains(found),
                "{error}"
            );
            assert!(
                error.contains(&format!(
                    "expected a {KINDS} image of at most 4096 pixels a side"
                )),
                "{error}"
            );
        }
        fs::remove_file(&path).unwrap();
        let error = decode(&path).unwrap_err();
        assert!(matches!(error, DataError::Io { action: "open", .. }));
    }

    #[test]
    #[cfg(not(feature = "jpeg"))]
    fn jpeg_without_its_feature_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        fs::write(&path, b"\xff\xd8\xff\xe0").unwrap();
        let error = decode(&path).unwrap_err().to_string();
        assert!(
            error.contains("a.png: found a JPEG image") && error.contains("--features jpeg"),
            "{error}"
        );
    }
}
