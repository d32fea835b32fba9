//! A table of values, one row per example.

use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, OnceLock};

use crate::{DataError, Labels, Scale, Survey, Values};

/// Examples of one size, with what is known about them.
///
/// Rows are numbered from 0 by `u32`. A data set is checked once, when it is made, and does not
/// change afterwards; its clones share the values. These are in memory, but for those of
/// [`Dataset::stream`]: there the file may change or disappear, which is an error of the methods that begin
/// with `try` and a panic of the others.
///
/// ```
/// use rbm_data::{Dataset, Values};
///
/// let values = Values::Bytes { data: vec![1, 0, 0, 1, 1, 1], levels: 1 };
/// let data = Dataset::new("toy", 2, values)?.with_labels(vec![0, 0, 1])?;
/// assert_eq!((data.rows(), data.num_visible()), (3, 2));
/// assert_eq!(data.select(&[2])?.labels(), Some(&[1][..]));
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    name: String,
    columns: usize,
    /// Shared: a clone of a data set is cheap.
    values: Arc<Values>,
    scale: Scale,
    /// What the values were stored as.
    kind: Option<&'static str>,
    labels: Option<Labels>,
    image_shape: Option<[usize; 2]>,
    column_names: Option<Vec<String>>,
    notes: Vec<String>,
    survey: Looked,
}

/// What was found where the values were looked at: it follows from them, so it makes no difference.
#[derive(Clone, Debug, Default)]
struct Looked(OnceLock<Arc<Survey>>);

impl PartialEq for Looked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Dataset {
    /// A data set of rows of `columns` values; `name` is for messages and reports.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] if the values are not one or more whole rows, fewer than 2³²;
    /// [`DataError::Parameter`] if `levels` is 0; [`DataError::Value`] for a byte above `levels`,
    /// a NaN or an infinity.
    pub fn new(name: impl Into<String>, columns: usize, values: Values) -> Result<Self, DataError> {
        let data = Self {
            name: name.into(),
            columns,
            scale: values.scale(),
            values: Arc::new(values),
            kind: None,
            labels: None,
            image_shape: None,
            column_names: None,
            notes: Vec::new(),
            survey: Looked::default(),
        };
        let length = data.values.len();
        let advice = "give the values of all rows, one row after the other";
        if columns == 0 || length == 0 || !length.is_multiple_of(columns) {
            let expected = format!("one or more rows of {columns} values (at least 1 a row)");
            return Err(data.size(expected, format!("{length} values"), advice));
        }
        if u32::try_from(length / columns).is_err() {
            let found = format!("{} rows", length / columns);
            return Err(data.size(
                format!("at most {} rows", u32::MAX),
                found,
                "use fewer rows",
            ));
        }
        data.check_values()?;
        Ok(data)
    }

    /// The same rows with a class each: [`Labels`], or numbers from 0 on.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] if there is not one label a row.
    pub fn with_labels(self, labels: impl Into<Labels>) -> Result<Self, DataError> {
        let labels = labels.into();
        if labels.classes().len() != self.rows() {
            let expected = format!("{} labels, one a row", self.rows());
            let found = format!("{} labels", labels.classes().len());
            return Err(self.size(expected, found, "take labels and rows from the same source"));
        }
        let note = labels.note().map(str::to_owned);
        let data = Self {
            labels: Some(labels),
            ..self
        };
        Ok(data.with_notes(note))
    }

    /// The same rows, their classes numbered as in `names`: what a model that was trained on classes of these
    /// names expects.
    ///
    /// ```
    /// use rbm_data::{Dataset, Labels, Values};
    ///
    /// let data = Dataset::new("later", 1, Values::Floats(vec![0.5, 0.1]))?;
    /// let data = data.with_labels(Labels::from_names(["dog", "dog"])?)?;
    /// let data = data.with_class_names(&["cat".into(), "dog".into()])?;
    /// assert_eq!(data.labels(), Some(&[1, 1][..]));
    /// # Ok::<(), rbm_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError::UnknownClass`] if a row is of another class. Rows without labels stay that.
    pub fn with_class_names(self, names: &[String]) -> Result<Self, DataError> {
        let Some(labels) = &self.labels else {
            return Ok(self);
        };
        match labels.numbered_as(names) {
            Ok(labels) => Ok(Self {
                labels: Some(labels),
                ..self
            }),
            Err(row) => Err(DataError::UnknownClass {
                dataset: self.name.clone(),
                row,
                found: labels.name_of(row).to_owned(),
                known: names.join(", "),
            }),
        }
    }

    /// The same rows with a name for each column.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] if there is not one name a column.
    pub fn with_column_names(self, names: Vec<String>) -> Result<Self, DataError> {
        if names.len() != self.columns {
            let expected = format!("{} names, one a column", self.columns);
            let found = format!("{} names", names.len());
            return Err(self.size(expected, found, "name each column"));
        }
        Ok(Self {
            column_names: Some(names),
            ..self
        })
    }

    /// The same rows, and a sentence about how they were read.
    pub(crate) fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The same rows, to be shown as images of `height` rows of `width` pixels.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] unless `height * width` is the number of columns.
    pub fn with_image_shape(self, height: usize, width: usize) -> Result<Self, DataError> {
        if height.checked_mul(width) != Some(self.columns) {
            let expected = format!("an image shape of {} pixels, one a column", self.columns);
            let found = format!("{height} x {width}");
            return Err(self.size(expected, found, "give the height and width of the images"));
        }
        Ok(Self {
            image_shape: Some([height, width]),
            ..self
        })
    }

    /// The same numbers divided by something else: `scale` takes the place of the one that the data
    /// have, that of [`Values::Bytes`] or of a file's values.
    ///
    /// ```
    /// use rbm_data::{Scale, digits};
    ///
    /// let mut pixels = [0.0; 64];
    /// digits().with_scale(Scale::NONE).copy_row(0, &mut pixels);
    /// assert_eq!(pixels[2..5], [5.0, 13.0, 9.0]);
    /// ```
    #[must_use]
    pub fn with_scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// The same numbers after the scale that [`Survey::auto`] finds for all rows.
    pub(crate) fn auto_scaled(self) -> Self {
        let scale = self.survey().auto_of_all().unwrap_or(Scale::NONE);
        self.with_scale(scale)
    }

    /// The same rows, that were stored as this.
    pub(crate) fn with_kind(self, kind: &'static str) -> Self {
        Self {
            kind: Some(kind),
            ..self
        }
    }

    /// The same rows under another name.
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// What the numbers are divided by.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// What the numbers were stored as: `uint8`, `text`, `images`, ….
    pub fn kind(&self) -> &'static str {
        self.kind.unwrap_or(match &*self.values {
            Values::Bytes { .. } => "uint8",
            Values::Floats(_) => "float32",
            Values::File(rows) => rows.kind(),
        })
    }

    /// What numbers there are, before the scale, in one pass over all of them. It is made once, and for
    /// values that stay in their file when that is opened.
    pub fn survey(&self) -> &Survey {
        self.survey
            .0
            .get_or_init(|| self.values.survey(self.columns))
    }

    /// The row, the column and the value of the first value that is wanted, after the scale.
    ///
    /// ```
    /// use rbm_data::{Dataset, Values};
    ///
    /// let data = Dataset::new("toy", 2, Values::Floats(vec![0.0, 1.0, 0.5, 1.5]))?;
    /// assert_eq!(data.find(|x| x > 1.0)?, Some((1, 1, 1.5)));
    /// # Ok::<(), rbm_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    pub fn find(
        &self,
        is_wanted: impl Fn(f32) -> bool,
    ) -> Result<Option<(usize, usize, f32)>, DataError> {
        let found = self.values.find(is_wanted, self.scale)?;
        Ok(found.map(|(place, value)| (place / self.columns, place % self.columns, value)))
    }

    /// The row, the column and the value of the first value outside of `range`, after the scale: by the
    /// [`survey`](Self::survey) where all are inside, so that rows in a file are not read once more.
    ///
    /// ```
    /// use rbm_data::{Dataset, Values};
    ///
    /// let data = Dataset::new("toy", 2, Values::Floats(vec![0.0, 1.0, 0.5, 1.5]))?;
    /// assert_eq!(data.find_outside(0.0..=1.0)?, Some((1, 1, 1.5)));
    /// assert_eq!(data.find_outside(0.0..=1.5)?, None);
    /// # Ok::<(), rbm_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    pub fn find_outside(
        &self,
        range: RangeInclusive<f32>,
    ) -> Result<Option<(usize, usize, f32)>, DataError> {
        let is_inside = |value: f32| range.contains(&self.scale.apply(value));
        if is_inside(self.survey().least()) && is_inside(self.survey().largest()) {
            return Ok(None);
        }
        self.find(|value| !range.contains(&value))
    }

    /// The share of all values that are above `threshold`: by the [`survey`](Self::survey), or in a pass
    /// of its own where that does not say it.
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    pub fn share_above(&self, threshold: f32) -> Result<f64, DataError> {
        if let Some(share) = self.survey().share_above(self.scale, threshold) {
            return Ok(share);
        }
        let (mut above, mut row) = (0u64, vec![0.0; self.columns]);
        for index in 0..self.rows() {
            self.try_copy_row(index, &mut row)?;
            above += row.iter().map(|&x| u64::from(x > threshold)).sum::<u64>();
        }
        Ok(above as f64 / self.values.len() as f64)
    }

    /// All values of data in memory after their scale, in a compact form that is that scale's own.
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read), where values stay in a file.
    pub fn scaled_values(&self) -> Result<Values, DataError> {
        if let Values::Bytes { data, .. } = &*self.values {
            let most = data.iter().copied().max().unwrap_or_default();
            let levels = (most.max(1)..=u8::MAX).find(|&levels| Scale::from(levels) == self.scale);
            if let Some(levels) = levels {
                let data = data.clone();
                return Ok(Values::Bytes { data, levels });
            }
        }
        let mut all = vec![0.0; self.values.len()];
        let write = |slot: &mut f32, value| *slot = value;
        self.values
            .write(0..all.len(), self.scale, &mut all, write)?;
        Ok(Values::Floats(all))
    }

    /// The same rows as images whose rows are the columns of these. Rows that are no images, of a table, are
    /// squares.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] where the number of columns is no square.
    pub(crate) fn transposed(self) -> Result<Self, DataError> {
        let side = self.columns.isqrt();
        let [height, width] = self.image_shape.unwrap_or([side, side]);
        if height * width != self.columns {
            let expected = "images to turn, or rows of n × n values".into();
            let found = format!("{} columns", self.columns);
            return Err(self.size(expected, found, "leave --transpose out"));
        }
        // The value at (i, j) of a turned image is at (j, i) of the stored one.
        let places: Vec<usize> = (0..self.columns)
            .map(|place| (place % height) * width + place / height)
            .collect();
        let values = match &*self.values {
            Values::Bytes { data, levels } => Values::Bytes {
                data: permuted(data, &places),
                levels: *levels,
            },
            Values::Floats(data) => Values::Floats(permuted(data, &places)),
            Values::File(rows) => Values::File(rows.clone()),
        };
        let note = format!(
            "{}: images of {width} × {height} pixels, turned: stored columns are rows",
            self.name
        );
        let names = self.column_names.map(|names| permuted(&names, &places));
        let data = Self {
            values: values.into(),
            column_names: names,
            survey: Looked::default(),
            ..self
        };
        Ok(data.with_image_shape(width, height)?.with_notes([note]))
    }

    /// The name for messages and reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many examples, at least one.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// How many values an example has: the number of visible units that take it.
    pub fn num_visible(&self) -> usize {
        self.columns
    }

    /// All values, row by row, before the [scale](Self::scale).
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The class of each row, where known.
    pub fn labels(&self) -> Option<&[u8]> {
        self.labels.as_ref().map(Labels::classes)
    }

    /// The names of the classes, where the rows have labels: a label is a place in this list.
    pub fn class_names(&self) -> Option<&[String]> {
        self.labels.as_ref().map(Labels::names)
    }

    /// The names of the columns, where the file had them in a header.
    pub fn column_names(&self) -> Option<&[String]> {
        self.column_names.as_deref()
    }

    /// What was decided when the file was read, a sentence each, to be shown to who named the file.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The height and width of a row seen as an image, where it is one.
    pub fn image_shape(&self) -> Option<[usize; 2]> {
        self.image_shape
    }

    /// Writes the values of one row, as they are, to `out`, which has
    /// [`num_visible`](Self::num_visible) elements.
    ///
    /// # Panics
    ///
    /// If the row does not exist or `out` has another length, or if values that stay in a file cannot be
    /// read any more.
    pub fn copy_row(&self, row: usize, out: &mut [f32]) {
        read(self.try_copy_row(row, out));
    }

    /// [`copy_row`](Self::copy_row) of values that may stay in a file.
    ///
    /// # Errors
    ///
    /// Those of [`NpyRows::read`](crate::npy::NpyRows::read).
    ///
    /// # Panics
    ///
    /// If the row does not exist or `out` has another length.
    pub fn try_copy_row(&self, row: usize, out: &mut [f32]) -> Result<(), DataError> {
        self.write_row(row, out, |slot, value| *slot = value)
    }

    /// The mean of each column over all rows, summed in double precision.
    ///
    /// [`Batches::column_means`](crate::Batches::column_means) is the mean over the rows of a
    /// training set, after their binarisation.
    ///
    /// # Panics
    ///
    /// If values that stay in a file cannot be read any more.
    pub fn column_means(&self) -> Vec<f32> {
        read(self.means(0..self.rows(), |value| value))
    }

    /// A data set of the given rows, in that order; a copy of them.
    ///
    /// The copy's rows are numbered anew from 0, and with them their stochastic binarisation. To
    /// train on a part, leave the data whole and give [`Batches`](crate::Batches) the rows.
    ///
    /// # Errors
    ///
    /// [`DataError::Size`] if there is none, or one of them does not exist; those of
    /// [`NpyRows::read`](crate::npy::NpyRows::read) where values stay in a file, which the copy's do not.
    pub fn select(&self, rows: &[u32]) -> Result<Self, DataError> {
        self.check_rows(rows)?;
        Ok(Self {
            name: self.name.clone(),
            columns: self.columns,
            values: self
                .values
                .gather(rows.iter().map(|&row| self.range(row as usize)))?
                .into(),
            labels: self.labels.as_ref().map(|labels| labels.select(rows)),
            image_shape: self.image_shape,
            column_names: self.column_names.clone(),
            notes: self.notes.clone(),
            scale: self.scale,
            kind: Some(self.kind()),
            survey: Looked::default(),
        })
    }

    /// Calls `write(slot, value)` for each column of `row`.
    #[inline]
    pub(crate) fn write_row(
        &self,
        row: usize,
        out: &mut [f32],
        write: impl FnMut(&mut f32, f32),
    ) -> Result<(), DataError> {
        self.values.write(self.range(row), self.scale, out, write)
    }

    /// The mean over `rows` of each column after `map`.
    pub(crate) fn means(
        &self,
        rows: impl ExactSizeIterator<Item = usize>,
        map: impl Fn(f32) -> f32,
    ) -> Result<Vec<f32>, DataError> {
        let count = rows.len() as f64;
        let (mut sums, mut values) = (vec![0f64; self.columns], vec![0f32; self.columns]);
        for row in rows {
            self.try_copy_row(row, &mut values)?;
            for (sum, &value) in sums.iter_mut().zip(&values) {
                *sum += f64::from(map(value));
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
        let means = sums.iter().map(|sum| (sum / count) as f32).collect();
        Ok(means)
    }

    /// At least one row, and all of them here.
    pub(crate) fn check_rows(&self, rows: &[u32]) -> Result<(), DataError> {
        let advice = "choose row numbers of this data set";
        if rows.is_empty() {
            return Err(self.size("at least one row".into(), "an empty choice".into(), advice));
        }
        match rows.iter().find(|&&row| row as usize >= self.rows()) {
            None => Ok(()),
            Some(row) => {
                let expected = format!("row numbers below {}", self.rows());
                Err(self.size(expected, row.to_string(), advice))
            }
        }
    }

    /// An error about the value at position `index`.
    pub(crate) fn value_error(
        &self,
        index: usize,
        expected: &'static str,
        found: f64,
        advice: &'static str,
    ) -> DataError {
        DataError::Value {
            dataset: self.name.clone(),
            row: index / self.columns,
            column: index % self.columns,
            expected,
            found,
            advice,
        }
    }

    pub(crate) fn size(&self, expected: String, found: String, advice: &'static str) -> DataError {
        DataError::Size {
            dataset: self.name.clone(),
            expected,
            found,
            advice,
        }
    }

    fn range(&self, row: usize) -> Range<usize> {
        row * self.columns..(row + 1) * self.columns
    }

    fn check_values(&self) -> Result<(), DataError> {
        match &*self.values {
            Values::Bytes { levels: 0, .. } => Err(DataError::Parameter {
                name: "levels",
                expected: "1 to 255, the byte that stands for 1".into(),
                found: "0".into(),
            }),
            Values::Bytes { data, levels } => match data.iter().position(|byte| byte > levels) {
                None => Ok(()),
                Some(index) => {
                    let advice = "raise `levels` to the largest byte that stands for a value";
                    let found = data[index].into();
                    Err(self.value_error(index, "a byte not above `levels`", found, advice))
                }
            },
            Values::Floats(data) => match data.iter().position(|value| !value.is_finite()) {
                None => Ok(()),
                Some(index) => {
                    let advice = "remove or replace such values before the data set is made";
                    let found = data[index].into();
                    Err(self.value_error(index, "a finite number", found, advice))
                }
            },
            // Looked at when the file was opened.
            Values::File(_) => Ok(()),
        }
    }
}

/// What was read; where that failed, the methods that promise it panic with the reason.
pub(crate) fn read<T>(result: Result<T, DataError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Each of as many rows with its values at other places.
fn permuted<T: Clone>(values: &[T], places: &[usize]) -> Vec<T> {
    let rows = values.chunks(places.len());
    rows.flat_map(|row| places.iter().map(|&place| row[place].clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(columns: usize, values: &[f32]) -> Result<Dataset, DataError> {
        Dataset::new("toy", columns, Values::Floats(values.to_vec()))
    }

    fn message<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_finite_is_located() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let text = message(floats(3, &[0.0, 1.0, 2.0, 3.0, 4.0, value]));
            assert!(
                text.starts_with("toy, row 1, column 2: expected a finite number"),
                "{text}"
            );
        }
    }

    #[test]
    fn bytes_above_the_levels_are_located() {
        let bytes = |levels| Values::Bytes {
            data: vec![0, 16, 17, 3],
            levels,
        };
        assert!(Dataset::new("toy", 2, bytes(17)).is_ok());
        let text = message(Dataset::new("toy", 2, bytes(16)));
        assert!(
            text.contains("row 1, column 0") && text.contains("found 17"),
            "{text}"
        );
        assert!(message(Dataset::new("toy", 2, bytes(0))).contains("levels"));
    }

    #[test]
    fn only_whole_rows_are_accepted() {
        for (columns, values) in [(2, &[][..]), (0, &[1.0]), (2, &[1.0, 2.0, 3.0])] {
            assert!(matches!(
                floats(columns, values),
                Err(DataError::Size { .. })
            ));
        }
    }

    #[test]
    fn labels_and_image_shape_must_fit() {
        let data = || floats(6, &[0.5; 12]).unwrap();
        assert!(message(data().with_labels(vec![1; 3])).contains("expected 2 labels"));
        assert!(message(data().with_image_shape(2, 2)).contains("found 2 x 2"));
        assert!(data().with_image_shape(usize::MAX, 2).is_err());
        let data = data().with_labels(vec![1, 2]).unwrap();
        assert_eq!(
            data.with_image_shape(2, 3).unwrap().image_shape(),
            Some([2, 3])
        );
    }

    #[test]
    fn means_are_taken_over_rows_of_each_column() {
        let bytes = Values::Bytes {
            data: vec![0, 4, 4, 4, 2, 4],
            levels: 4,
        };
        let data = Dataset::new("toy", 2, bytes).unwrap();
        assert_eq!(data.column_means(), [0.5, 1.0]);
        // A sum in single precision would stop at 2^24.
        let many = 20_000_000;
        let ones = Values::Bytes {
            data: vec![1; many],
            levels: 1,
        };
        assert_eq!(Dataset::new("ones", 1, ones).unwrap().column_means(), [1.0]);
    }

    #[test]
    fn turned_images_have_their_columns_as_rows() {
        // 0 1 2 / 3 4 5, stored by rows.
        let wide = floats(
            6,
            &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0],
        )
        .unwrap();
        let turned = wide.with_image_shape(2, 3).unwrap().transposed().unwrap();
        assert_eq!(turned.image_shape(), Some([3, 2]));
        let expected = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0, 9.0, 6.0, 8.0, 5.0, 7.0, 4.0];
        assert_eq!(turned.values(), &Values::Floats(expected.to_vec()));
        // A table of four columns is one of squares, and its columns keep their names.
        let bytes = Values::Bytes {
            data: vec![1, 2, 3, 4],
            levels: 4,
        };
        let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let data = Dataset::new("toy", 4, bytes)
            .unwrap()
            .with_column_names(names)
            .unwrap();
        let data = data.transposed().unwrap();
        let values = Values::Bytes {
            data: vec![1, 3, 2, 4],
            levels: 4,
        };
        assert_eq!((data.values(), data.image_shape()), (&values, Some([2, 2])));
        assert_eq!(data.column_names().unwrap(), ["a", "c", "b", "d"]);
        let error = message(floats(3, &[0.0; 3]).unwrap().transposed());
        assert!(
            error.contains("images to turn") && error.contains("3 columns"),
            "{error}"
        );
    }

    #[test]
    fn selected_rows_keep_their_labels_and_shape() {
        let data = floats(2, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let data = data
            .with_labels(vec![7, 8, 9])
            .unwrap()
            .with_image_shape(1, 2)
            .unwrap();
        let part = data.select(&[2, 0]).unwrap();
        assert_eq!(part.values(), &Values::Floats(vec![4.0, 5.0, 0.0, 1.0]));
        assert_eq!(part.labels(), Some(&[9, 7][..]));
        assert_eq!(part.image_shape(), Some([1, 2]));
        assert!(message(data.select(&[0, 3])).contains("row numbers below 3, found 3"));
        assert!(message(data.select(&[])).contains("at least one row"));
    }
}
