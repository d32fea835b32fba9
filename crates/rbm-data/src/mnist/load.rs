//! What the files of MNIST hold.

use std::path::Path;

use super::MnistFiles;
use crate::{
    DataError, Dataset, Values,
    idx::{IdxImages, IdxLabels},
};

const CLASSES: u8 = 10;

/// MNIST in memory, one byte a pixel.
///
/// Any set that comes in the same files is read as well, whatever the size and number of its
/// images: binarised MNIST (0 and 255, no labels) among them.
///
/// ```
/// use rbm_data::{Mnist, MnistFiles};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
/// #     let image = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255];
/// #     std::fs::write(folder.path().join(name), image).unwrap();
/// # }
/// # let folder = folder.path();
/// let mnist = Mnist::load(&MnistFiles::in_directory(folder)?)?;
/// assert_eq!(mnist.train.num_visible(), mnist.test.num_visible());
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mnist {
    /// The training set.
    pub train: Dataset,
    /// The test set.
    pub test: Dataset,
}

impl Mnist {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// Those of [`IdxImages::open`] and [`IdxLabels::open`]; [`DataError::Format`] for a label
    /// above 9; [`DataError::Size`] if the images of the two sets differ in size, or the labels
    /// of one differ in number from its images.
    pub fn load(files: &MnistFiles) -> Result<Self, DataError> {
        let train = set(
            "MNIST train",
            &files.train_images,
            files.train_labels.as_deref(),
        )?;
        let test = set(
            "MNIST test",
            &files.test_images,
            files.test_labels.as_deref(),
        )?;
        if train.image_shape() != test.image_shape() {
            let shape = |data: &Dataset| {
                let [height, width] = data.image_shape().unwrap_or_default();
                format!("{height} x {width}")
            };
            let expected = format!("test images of {}, as those for training", shape(&train));
            let advice = "take the files of both sets from the same source";
            return Err(test.size(expected, shape(&test), advice));
        }
        Ok(Self { train, test })
    }
}

fn set(name: &str, images: &Path, labels: Option<&Path>) -> Result<Dataset, DataError> {
    let IdxImages {
        height,
        width,
        pixels: data,
        ..
    } = IdxImages::open(images)?;
    let values = Values::Bytes { data, levels: 255 };
    let data = Dataset::new(name, height * width, values)?.with_image_shape(height, width)?;
    let Some(path) = labels else {
        return Ok(data);
    };
    let labels = IdxLabels::open(path)?;
    labels.check_below(CLASSES, path)?;
    data.with_labels(labels.labels)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    use super::*;
    use crate::idx::tests::{file, gzip};

    /// A folder with these files.
    fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    fn load(files: &[(&str, Vec<u8>)]) -> Result<Mnist, DataError> {
        let folder = folder(files);
        Mnist::load(&MnistFiles::in_directory(folder.path()).unwrap())
    }

    fn small(labels: &[u8], test_shape: [u32; 2]) -> Vec<(&'static str, Vec<u8>)> {
        let [height, width] = test_shape;
        let pixels = vec![255; (height * width) as usize];
        let count = u32::try_from(labels.len()).unwrap();
        vec![
            (
                "train-images-idx3-ubyte",
                file(&[2, 1, 2], &[0, 1, 254, 255]),
            ),
            ("train-labels-idx1-ubyte.gz", gzip(&file(&[count], labels))),
            (
                "t10k-images.idx3-ubyte.gz",
                gzip(&file(&[1, height, width], &pixels)),
            ),
        ]
    }

    #[test]
    fn a_small_set_is_read_with_and_without_labels() {
        let mnist = load(&small(&[9, 0], [1, 2])).unwrap();
        assert_eq!((mnist.train.rows(), mnist.test.rows()), (2, 1));
        assert_eq!(mnist.train.labels(), Some(&[9, 0][..]));
        assert_eq!(mnist.test.labels(), None);
        assert_eq!(mnist.train.image_shape(), Some([1, 2]));
        assert_eq!(mnist.test.column_means(), [1.0, 1.0]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let message = |files: &[_]| load(files).unwrap_err().to_string();
        let shape = message(&small(&[1, 2], [2, 1]));
        assert!(shape.contains("expected test images of 1 x 2"), "{shape}");
        assert!(shape.contains("found 2 x 1"), "{shape}");
        let count = message(&small(&[1, 2, 3], [1, 2]));
        assert!(
            count.contains("expected 2 labels, one a row, found 3 labels"),
            "{count}"
        );
        let label = message(&small(&[1, 10], [1, 2]));
        assert!(
            label.contains("train-labels-idx1-ubyte.gz, label at byte 9"),
            "{label}"
        );
    }

    /// The folder of real data, if this machine has it.
    fn real(name: &str) -> Option<PathBuf> {
        let folder = env::var_os("BURNZMANN_DATA").map(|data| PathBuf::from(data).join(name));
        if folder.is_none() {
            eprintln!("skipped: BURNZMANN_DATA does not name a folder with {name}");
        }
        folder
    }

    #[test]
    fn the_real_set() {
        let Some(folder) = real("mnist") else { return };
        let mnist = Mnist::load(&MnistFiles::find(Some(&folder)).unwrap()).unwrap();
        assert_eq!((mnist.train.rows(), mnist.test.rows()), (60_000, 10_000));
        assert_eq!(mnist.train.image_shape(), Some([28, 28]));
        assert_eq!(mnist.train.labels().unwrap()[..5], [5, 0, 4, 1, 9]);
        assert_eq!(mnist.test.labels().unwrap()[..5], [7, 2, 1, 0, 4]);
        // The mean that everybody normalises with.
        let means = mnist.train.column_means();
        let mean = means.iter().map(|&mean| f64::from(mean)).sum::<f64>() / 784.0;
        assert!((mean - 0.1307).abs() < 5e-5, "{mean}");
    }

    #[test]
    fn the_real_binarised_set() {
        let Some(folder) = real("binarized-mnist") else {
            return;
        };
        let mnist = Mnist::load(&MnistFiles::find(Some(&folder)).unwrap()).unwrap();
        for (data, rows, expected) in [
            (&mnist.train, 60_000, 0.13066),
            (&mnist.test, 10_000, 0.13245),
        ] {
            assert_eq!((data.rows(), data.labels()), (rows, None));
            let Values::Bytes { data: pixels, .. } = data.values() else {
                panic!("bytes")
            };
            assert!(pixels.iter().all(|&pixel| pixel == 0 || pixel == 255));
            let means = data.column_means();
            let mean = means.iter().map(|&mean| f64::from(mean)).sum::<f64>() / 784.0;
            assert!((mean - expected).abs() < 5e-6, "{mean}");
        }
    }
}
