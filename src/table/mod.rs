//! What is trained on.

mod residence;

use std::path::Path;

use rbm_data::{
    Dataset, Mnist, MnistFiles, ReadOptions, Scaling, Split, Values, bars_and_stripes, digits,
};

pub use residence::Residence;

use crate::{Asked, Binarise, Error};

/// Rows of data with what each is for: to train on, to watch the training by, to judge the model by.
///
/// Where the parts are rows of one data set, a tenth of them is held out to watch and a tenth to judge, at
/// random and the same ones whenever the data have as many rows.
///
/// How numbers become values of visible units is decided by the training rows when a model is trained, unless
/// [`with_scale`](Self::with_scale) and [`with_binarise`](Self::with_binarise) say it.
///
/// ```
/// use burnzmann::{Table, data::{Dataset, Labels}};
///
/// let table = Table::digits();
/// assert_eq!((table.train.num_visible(), table.train_rows.len()), (64, 1437));
/// assert_eq!((table.validation_rows.len(), table.test_rows.len()), (180, 180));
///
/// // Rows of one's own; labels are the data set's.
/// let table = Table::from_rows(&[[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])?;
/// assert_eq!((table.train_rows.len(), table.test_rows.len()), (2, 1));
/// let data = table.train.with_labels(Labels::from_names(["a", "b", "a", "b"])?)?;
/// assert_eq!(Table::new(data)?.train.class_names().unwrap(), ["a", "b"]);
/// # Ok::<(), burnzmann::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Table {
    /// The data of the rows to train on, and of those that are watched.
    pub train: Dataset,
    /// Rows to train on.
    pub train_rows: Vec<u32>,
    /// Rows held out to watch the training by; none where the data are all there is.
    pub validation_rows: Vec<u32>,
    /// The data of the rows to judge by, where they are files of their own.
    pub test: Option<Dataset>,
    /// Rows of `test` (of `train` where that is none) to judge by.
    pub test_rows: Vec<u32>,
    /// What was said about the values.
    pub(crate) asked: Asked,
}

/// The split of a data set is the same in every run.
const SPLIT_SEED: u64 = 0;
/// Of fewer rows a tenth is less than one.
const FEW_ROWS: usize = 10;

impl Table {
    /// A tenth of the rows to watch, a tenth to judge by: at least one each, where there are three.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] for 2³² rows or more.
    pub fn new(data: Dataset) -> Result<Self, Error> {
        let rows = data.rows();
        let split = if rows < FEW_ROWS {
            let held_out = usize::from(rows >= 3);
            Split::by_counts(rows, held_out, held_out, SPLIT_SEED)
        } else {
            Split::by_fractions(rows, 0.1, 0.1, SPLIT_SEED)
        };
        Ok(Self::with_split(data, split?))
    }

    /// The rows of each part as they are given.
    pub fn with_split(data: Dataset, split: Split) -> Self {
        Self {
            train: data,
            train_rows: split.train,
            validation_rows: split.validation,
            test: None,
            test_rows: split.test,
            asked: Asked::default(),
        }
    }

    /// All rows to train on, none held out, and all to judge by: where the data are all there is, and their
    /// distribution itself is to be learned.
    pub fn whole(data: Dataset) -> Self {
        let all = all_rows(&data);
        Self {
            train_rows: all.clone(),
            validation_rows: Vec::new(),
            test: None,
            test_rows: all,
            train: data,
            asked: Asked::default(),
        }
    }

    /// The rows of a file, or of a folder of images: all that [`Dataset::open`] reads. A `.npy` array of more
    /// than 1 GiB stays in its file.
    ///
    /// ```
    /// use burnzmann::Table;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("rows.csv");
    /// std::fs::write(&path, "a,b\n0,1\n1,1\n1,0\n").unwrap();
    /// assert_eq!(Table::read(&path)?.train.column_names().unwrap(), ["a", "b"]);
    /// # Ok::<(), burnzmann::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where there is no such file, or it is not what it should be.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::new(Residence::BySize.open(path.as_ref(), &ReadOptions::default())?)
    }

    /// Rows of numbers, all of the same length.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] where they are of different lengths, [`Error::Data`] where there are none or a number
    /// is not finite.
    pub fn from_rows(rows: &[impl AsRef<[f32]>]) -> Result<Self, Error> {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        let mut lengths = rows.iter().map(|row| row.as_ref().len()).enumerate();
        if let Some((row, found)) = lengths.find(|&(_, length)| length != columns) {
            return Err(Error::Input(format!(
                "rows: expected {columns} numbers in each, as in row 0, found {found} in row {row}; give \
                 rows of one length"
            )));
        }
        let values = rows.iter().flat_map(AsRef::as_ref).copied().collect();
        Self::new(Dataset::new("rows", columns, Values::Floats(values))?)
    }

    /// The 1,797 handwritten digits of 8 × 8 pixels that are inside the program.
    pub fn digits() -> Self {
        Self::new(digits()).expect("a tenth of the digits is many rows")
    }

    /// The handwritten digits of MNIST in `folder`, or where [`MnistFiles::find`] looks for them; with the feature
    /// `download`, they are downloaded where they are missing there. A twentieth of the training images is
    /// watched; the test images are judged by.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where the files are not there, or are not what they should be.
    pub fn mnist(folder: Option<&Path>) -> Result<Self, Error> {
        #[cfg(feature = "download")]
        let files = MnistFiles::find_or_download(folder, |_, _, _| ())?;
        #[cfg(not(feature = "download"))]
        let files = MnistFiles::find(folder)?;
        Self::from_mnist(Mnist::load(&files)?)
    }

    /// As [`mnist`](Self::mnist), of files that were read.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where there are fewer than 10 training images.
    pub fn from_mnist(Mnist { train, test }: Mnist) -> Result<Self, Error> {
        let split = Split::by_fractions(train.rows(), 0.05, 0.0, SPLIT_SEED)?;
        Ok(Self {
            test_rows: all_rows(&test),
            test: Some(test),
            ..Self::with_split(train, split)
        })
    }

    /// All bars and stripes of this side.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] for a side that [`bars_and_stripes`] does not make.
    pub fn bars_and_stripes(side: usize) -> Result<Self, Error> {
        Ok(Self::whole(bars_and_stripes(side)?))
    }

    /// The same rows, whose numbers are divided by this scale.
    ///
    /// ```
    /// use burnzmann::{Table, Training, data::Scale};
    ///
    /// // Whole numbers up to 5 may be levels or ratings: a scale is not guessed.
    /// let table = Table::from_rows(&[[0.0, 5.0], [5.0, 5.0], [5.0, 0.0], [1.0, 0.0]])?;
    /// let refused = Training::new().epochs(1).fit(&table).unwrap_err();
    /// assert!(refused.is_bad_input() && refused.to_string().contains("ratings"), "{refused}");
    /// let fitted = Training::new().epochs(1).fit(&table.with_scale(Scale::from(5)))?;
    /// assert_eq!(fitted.preparation().scale, Some(Scale::from(5)));
    /// # Ok::<(), burnzmann::Error>(())
    /// ```
    #[must_use]
    pub fn with_scale(mut self, scale: impl Into<Scaling>) -> Self {
        self.asked.scale = Some(scale.into());
        self
    }

    /// The same rows, whose grey levels become zeros and ones like this.
    #[must_use]
    pub fn with_binarise(mut self, binarise: Binarise) -> Self {
        self.asked.binarise = Some(binarise);
        self
    }

    /// The data of the rows to judge by.
    pub fn judged(&self) -> &Dataset {
        self.test.as_ref().unwrap_or(&self.train)
    }
}

/// The numbers of all rows.
pub fn all_rows(data: &Dataset) -> Vec<u32> {
    (0..u32::try_from(data.rows()).expect("a data set has fewer than 2^32 rows")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_different_lengths_are_refused() {
        let error = Table::from_rows(&[vec![0.0, 1.0], vec![1.0]]).unwrap_err();
        assert!(error.to_string().contains("found 1 in row 1"), "{error}");
        assert!(Table::from_rows(&[[0.0; 0]]).is_err());
    }

    /// Parts are disjoint and together all rows, down to two of them, which are too few to hold any out.
    #[test]
    fn few_rows_are_split_too() {
        for (rows, held_out) in [(2, 0), (3, 1), (9, 1), (10, 1), (25, 3), (1000, 100)] {
            let table = Table::from_rows(&vec![[0.0f32]; rows]).unwrap();
            let (watched, judged) = (table.validation_rows.len(), table.test_rows.len());
            assert_eq!((watched, judged), (held_out, held_out), "{rows} rows");
            let mut all = [table.train_rows, table.validation_rows, table.test_rows].concat();
            all.sort_unstable();
            assert_eq!(all, all_rows(&table.train));
        }
    }
}
