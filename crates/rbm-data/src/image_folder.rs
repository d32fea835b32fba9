//! A folder of PNG images.

use std::fs;
use std::path::{Path, PathBuf};

use image::{ImageReader, Limits};

use crate::{DataError, Dataset, Values, idx::IdxArray};

/// The largest side of an image: its pixels are visible units, and more of them are a mistake.
const LARGEST_SIDE: u32 = 4096;

/// Reads all `.png` files of a folder, in the order of their names, as grey images of one size;
/// see [`Dataset::open`].
pub(crate) fn open(folder: &Path) -> Result<Dataset, DataError> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(DataError::io("read", folder))?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
    });
    paths.sort_unstable();
    read(folder, &paths)
}

/// Reads images, all of the size of the first one; `folder` gives the data set its name.
pub(crate) fn read(folder: &Path, paths: &[PathBuf]) -> Result<Dataset, DataError> {
    let mut pixels = Vec::new();
    let mut size = None;
    for path in paths {
        let image = decode(path)?;
        let (width, height) = image.dimensions();
        let (expected_width, expected_height) = *size.get_or_insert((width, height));
        if (width, height) != (expected_width, expected_height) {
            return Err(DataError::Format {
                file: path.clone(),
                field: "size",
                offset: 16,
                expected: format!(
                    "{expected_width} x {expected_height} pixels, as in {}",
                    paths[0].display()
                ),
                found: format!("{width} x {height}"),
            });
        }
        if (pixels.len() + image.len()) as u64 > IdxArray::MAX_BYTES {
            return Err(DataError::TooLarge {
                file: folder.to_owned(),
                declared: format!("{} images", paths.len()),
                limit: IdxArray::MAX_BYTES,
            });
        }
        pixels.extend_from_slice(image.as_raw());
    }
    let Some((width, height)) = size else {
        return Err(DataError::Io {
            action: "find a .png file in",
            path: folder.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        });
    };
    let [width, height] = [width, height].map(|side| side as usize);
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    let values = Values::Bytes {
        data: pixels,
        levels: 255,
    };
    Dataset::new(name.to_string_lossy(), width * height, values)?.with_image_shape(height, width)
}

fn decode(path: &Path) -> Result<image::GrayImage, DataError> {
    let mut reader = ImageReader::open(path).map_err(DataError::io("open", path))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    reader.limits(limits);
    reader.set_format(image::ImageFormat::Png);
    let image = reader.decode().map_err(|error| DataError::Format {
        file: path.to_owned(),
        field: "image",
        offset: 0,
        expected: format!("a PNG image of at most {LARGEST_SIDE} pixels a side"),
        found: error.to_string(),
    })?;
    Ok(image.into_luma8())
}

#[cfg(test)]
mod tests {
    use image::GrayImage;

    use super::*;

    #[test]
    fn images_come_in_the_order_of_their_names_with_their_grey_levels() {
        let folder = tempfile::tempdir().unwrap();
        let save = |name: &str, width, pixels: Vec<u8>| {
            let height = u32::try_from(pixels.len()).unwrap() / width;
            let image = GrayImage::from_raw(width, height, pixels).unwrap();
            image.save(folder.path().join(name)).unwrap();
        };
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("cannot find a .png file in"), "{error}");
        save("b.png", 3, vec![255, 0, 0, 0, 0, 0]);
        save("a.PNG.png", 3, vec![0, 51, 102, 153, 204, 255]);
        fs::write(folder.path().join("notes.txt"), "no image").unwrap();
        let data = open(folder.path()).unwrap();
        assert_eq!(data.image_shape(), Some([2, 3]));
        let expected = [0, 51, 102, 153, 204, 255, 255, 0, 0, 0, 0, 0];
        let values = Values::Bytes {
            data: expected.to_vec(),
            levels: 255,
        };
        assert_eq!(data.values(), &values);

        let one = Dataset::open(folder.path().join("b.png")).unwrap();
        assert_eq!((one.rows(), one.image_shape()), (1, Some([2, 3])));

        save("c.png", 2, vec![0; 6]);
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("c.png") && error.contains("expected 3 x 2"),
            "{error}"
        );
        fs::write(folder.path().join("c.png"), b"\x89PNG no").unwrap();
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("c.png, image"), "{error}");
    }
}
