//! A folder of images.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{
    DataError, Dataset, Labels, Values,
    idx::IdxArray,
    image_file::{GreyImage, decode},
    natural,
};

/// How the names of images end.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Reads all PNG and JPEG images of a folder, or of the folders in it, whose names are then classes, as grey
/// images of one size; see [`Dataset::open`]. Folders and files are in the order of their names, where numbers
/// are numbers.
pub(crate) fn open(folder: &Path) -> Result<Dataset, DataError> {
    let Entries {
        images, folders, ..
    } = &entries(folder)?;
    let mut classes = Vec::new();
    for class in folders {
        let inside = entries(class)?.images;
        if !inside.is_empty() {
            classes.push((class, inside));
        }
    }
    if classes.is_empty() {
        return read(folder, images);
    }
    if let Some(image) = images.first() {
        return Err(DataError::Size {
            dataset: folder.display().to_string(),
            expected: "images, or folders of images as classes".into(),
            found: format!("both ({} and {})", image.display(), classes[0].0.display()),
            advice: "move the images into folders, or name one of the folders",
        });
    }
    let names = classes.iter().flat_map(|(class, images)| {
        let name = class.file_name().unwrap_or(class.as_os_str());
        std::iter::repeat_n(name.to_string_lossy().into_owned(), images.len())
    });
    let labels = Labels::from_names(names.collect::<Vec<_>>())?;
    let note = format!(
        "{}: the folders in it are the labels, {} classes: {}",
        folder.display(),
        labels.names().len(),
        labels.names().join(", ")
    );
    let images: Vec<PathBuf> = classes.into_iter().flat_map(|(_, images)| images).collect();
    Ok(read(folder, &images)?
        .with_labels(labels)?
        .with_notes([note]))
}

/// What is in a folder, in the order of the names.
struct Entries {
    images: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

fn entries(folder: &Path) -> Result<Entries, DataError> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(DataError::io("read", folder))?;
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    // Hidden ones are of other programs: `.ipynb_checkpoints`, `._a.png`.
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort_by(|a, b| natural::compare(&name(a), &name(b)));
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let is_image = |path: &PathBuf| {
        let ending = path.extension();
        ending.is_some_and(|ending| {
            ENDINGS
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
    };
    Ok(Entries {
        images: files.into_iter().filter(is_image).collect(),
        folders,
    })
}

/// Reads images, all of the size of the first one; `folder` gives the data set its name.
pub(crate) fn read(folder: &Path, paths: &[PathBuf]) -> Result<Dataset, DataError> {
    let mut pixels = Pixels::default();
    let mut size = None;
    for path in paths {
        let image = decode(path)?;
        let (width, height) = (image.width, image.height);
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
        let count = u64::from(width) * u64::from(height);
        if pixels.levels.len() as u64 + count > IdxArray::MAX_BYTES {
            return Err(DataError::TooLarge {
                file: folder.to_owned(),
                declared: format!("{} images", paths.len()),
                limit: IdxArray::MAX_BYTES,
            });
        }
        pixels.add(&image);
    }
    let Some((width, height)) = size else {
        return Err(DataError::Io {
            action: "find a .png or .jpg file in",
            path: folder.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        });
    };
    let [width, height] = [width, height].map(|side| side as usize);
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    let (pixels, ground) = pixels.finish();
    let values = Values::Bytes {
        data: pixels,
        levels: 255,
    };
    let note = ground.map(|ground| {
        format!(
            "{}: images with transparent pixels are laid on {ground}, from which what they show differs most",
            folder.display()
        )
    });
    Dataset::new(name.to_string_lossy(), width * height, values)?
        .with_notes(note)
        .with_image_shape(height, width)
}

/// Grey levels of all images, and how opaque they are where one of them is not.
#[derive(Default)]
struct Pixels {
    levels: Vec<u8>,
    opacities: Vec<u8>,
}

impl Pixels {
    fn add(&mut self, image: &GreyImage) {
        if let Some(opacities) = &image.opacities {
            // Those before were opaque.
            self.opacities.resize(self.levels.len(), u8::MAX);
            self.opacities.extend_from_slice(opacities);
        }
        self.levels.extend_from_slice(&image.levels);
        if !self.opacities.is_empty() {
            self.opacities.resize(self.levels.len(), u8::MAX);
        }
    }

    /// The levels, all of them on one ground: the one of black and white that is farther from the mean of what
    /// is there.
    fn finish(self) -> (Vec<u8>, Option<&'static str>) {
        let Self { levels, opacities } = self;
        if opacities.iter().all(|&opacity| opacity == u8::MAX) {
            return (levels, None);
        }
        let pairs = || levels.iter().zip(&opacities);
        let seen: u64 = opacities.iter().map(|&opacity| u64::from(opacity)).sum();
        let light: u64 = pairs()
            .map(|(&level, &opacity)| u64::from(level) * u64::from(opacity))
            .sum();
        let (ground, name) = if 2 * light < seen * 255 {
            (255, "white")
        } else {
            (0, "black")
        };
        let over = pairs().map(|(&level, &opacity)| {
            let opacity = u32::from(opacity);
            let sum = u32::from(level) * opacity + ground * (255 - opacity);
            u8::try_from((sum + 127) / 255).expect("a mean of bytes is a byte")
        });
        (over.collect(), Some(name))
    }
}

#[cfg(test)]
mod tests {
    use png::{BitDepth, ColorType};

    use super::*;
    use crate::image_file::tests::encoded;

    fn save(folder: &Path, name: &str, width: u32, pixels: Vec<u8>) {
        let height = u32::try_from(pixels.len()).unwrap() / width;
        let file = encoded(
            [width, height],
            ColorType::Grayscale,
            BitDepth::Eight,
            &pixels,
        );
        fs::write(folder.join(name), file).unwrap();
    }

    /// A row of pixels of grey levels and opacities.
    fn row(pixels: &[[u8; 2]]) -> Vec<u8> {
        let width = u32::try_from(pixels.len()).unwrap();
        encoded(
            [width, 1],
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            pixels.as_flattened(),
        )
    }

    fn levels(data: &Dataset) -> &[u8] {
        match data.values() {
            Values::Bytes { data, .. } => data,
            other => panic!("no levels: {other:?}"),
        }
    }

    #[test]
    fn files_and_folders_are_counted_and_folders_are_classes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for (class, name, level) in [
            ("class10", "a.png", 1),
            ("class2", "10.png", 2),
            ("class2", "9.png", 3),
            ("class2", ".hidden.png", 4),
            (".ipynb_checkpoints", "a.png", 5),
            ("class1", "b.PNG", 6),
        ] {
            fs::create_dir_all(path.join(class)).unwrap();
            save(&path.join(class), "x.png", 1, vec![level]);
            fs::rename(path.join(class).join("x.png"), path.join(class).join(name)).unwrap();
        }
        fs::create_dir(path.join("empty")).unwrap();
        let data = open(path).unwrap();
        assert_eq!(levels(&data), [6, 3, 2, 1]);
        assert_eq!(data.class_names().unwrap(), ["class1", "class2", "class10"]);
        assert_eq!(data.labels(), Some(&[0, 1, 1, 2][..]));
        assert!(data.notes()[0].contains("3 classes: class1, class2, class10"));
        save(path, "1.png", 1, vec![0]);
        let error = open(path).unwrap_err().to_string();
        assert!(
            error.contains("found both") && error.contains("1.png"),
            "{error}"
        );
    }

    #[test]
    fn transparent_images_are_laid_on_what_they_differ_from() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        // Ink that is opaque, half opaque and not there.
        let of = |ink: u8| {
            fs::write(&path, row(&[[ink, 255], [ink, 128], [ink, 0]])).unwrap();
            open(folder.path()).unwrap()
        };
        let dark = of(10);
        assert_eq!(levels(&dark), [10, 132, 255]);
        assert!(
            dark.notes()[0].contains("laid on white"),
            "{:?}",
            dark.notes()
        );
        let light = of(250);
        assert_eq!(levels(&light), [250, 125, 0]);
        assert!(
            light.notes()[0].contains("laid on black"),
            "{:?}",
            light.notes()
        );
        // One that is opaque beside it, whichever comes first.
        save(folder.path(), "0.png", 3, vec![7, 8, 9]);
        save(folder.path(), "b.png", 3, vec![1, 2, 3]);
        let mixed = open(folder.path()).unwrap();
        assert_eq!(levels(&mixed)[..3], [7, 8, 9]);
        assert_eq!(levels(&mixed)[6..], [1, 2, 3]);
        // An alpha channel that hides nothing changes nothing.
        fs::write(&path, row(&[[40, 255]; 3])).unwrap();
        let data = open(folder.path()).unwrap();
        assert_eq!(
            (&levels(&data)[3..6], data.notes().len()),
            (&[40; 3][..], 0)
        );
    }

    #[test]
    #[cfg(feature = "jpeg")]
    fn jpeg_is_read_by_what_it_is() {
        use crate::image_file::tests::JPEG;

        let folder = tempfile::tempdir().unwrap();
        let pixels: Vec<u8> = (0..64)
            .map(|place| if place % 8 < 4 { 20 } else { 220 })
            .collect();
        fs::write(folder.path().join("a.png"), JPEG).unwrap();
        save(folder.path(), "b.png", 8, pixels.clone());
        let data = open(folder.path()).unwrap();
        let (jpeg, png) = levels(&data).split_at(64);
        assert_eq!(png, pixels);
        let far = jpeg.iter().zip(png).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(jpeg != png && far.unwrap() < 24, "{far:?}");
        fs::rename(folder.path().join("a.png"), folder.path().join("a.JPEG")).unwrap();
        assert_eq!(open(folder.path()).unwrap().values(), data.values());
        assert_eq!(
            Dataset::open(folder.path().join("a.JPEG")).unwrap().rows(),
            1
        );
    }

    #[test]
    fn images_come_in_the_order_of_their_names_with_their_grey_levels() {
        let folder = tempfile::tempdir().unwrap();
        let save = |name: &str, width, pixels| save(folder.path(), name, width, pixels);
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("cannot find a .png or .jpg file in"),
            "{error}"
        );
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
